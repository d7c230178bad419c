//! What `dev` prints: everything to paste and nothing to look up.

use std::{fmt::Write as _, path::Path};

use super::logins::Logins;
use crate::{configuration::DEV_DIR, out::Out};

/// What the banner tells of the server.
pub(super) struct Shown<'a> {
    pub(super) url: &'a str,
    pub(super) data_dir: &'a Path,
    pub(super) config: Option<&'a Path>,
    pub(super) logins: &'a Logins,
}

pub(super) fn banner(out: Out, shown: &Shown<'_>, clock_control: bool) -> String {
    let Shown { url, data_dir, logins, .. } = shown;
    let mut text = format!("{} {url}\n\n", out.bold("Guardhouse listens at"));
    let pages = [
        ("API, to read and try", "docs"),
        ("API description", "openapi.json"),
        ("mail that was sent", "dev/mailbox"),
        ("metrics", "metrics"),
        ("whether it is ready", "readyz"),
    ];
    for (what, path) in pages {
        _ = writeln!(text, "  {what:20} {url}/{path}");
    }
    _ = writeln!(text, "\n{}", out.bold("Users"));
    for login in &logins.0 {
        let roles = if login.roles.is_empty() { String::new() } else { format!("  ({})", login.roles.join(" ")) };
        _ = writeln!(text, "  {:20} {}{roles}", login.email, login.password);
    }
    if let Some(login) = logins.0.first() {
        _ = writeln!(text, "\n{}\n{}", out.bold("Try"), commands(url, &login.email, &login.password));
        if let Some(key) = &login.api_key {
            _ = writeln!(text, "  # an API key of the same user, for machines");
            _ = writeln!(text, "  curl -s {url}/api/admin/users -H \"X-API-Key: {key}\"\n");
        }
    }
    _ = writeln!(text, "{}\n  {}\n", out.bold("Verbs beside it"), verb(shown));
    if clock_control {
        _ = writeln!(
            text,
            "  curl -s {url}/dev/clock {JSON} -d '{{\"advance\":\"15m\"}}'   # the server's clock goes forward\n"
        );
    }
    _ = write!(
        text,
        "The data is in {}. Ctrl-C stops; starting again keeps it, --fresh begins anew.",
        data_dir.display()
    );
    text
}

/// A verb on the same data, in this directory, called as this program was.
fn verb(shown: &Shown<'_>) -> String {
    let mut line = String::new();
    if shown.data_dir != Path::new(DEV_DIR) {
        _ = write!(line, "GUARDHOUSE_DATA_DIR={} ", quoted(&shown.data_dir.display().to_string()));
    }
    let program = std::env::args().next().unwrap_or_else(|| "guardhouse".to_owned());
    _ = write!(line, "{} user list --dev", quoted(&program));
    if let Some(config) = shown.config {
        _ = write!(line, " --config {}", quoted(&config.display().to_string()));
    }
    line
}

/// A word for the shell.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-+:=".contains(c);
    if word.chars().all(plain) { word.to_owned() } else { format!("'{}'", word.replace('\'', r"'\''")) }
}

const JSON: &str = "-H 'Content-Type: application/json'";

/// `curl` lines that work when pasted one after another.
fn commands(url: &str, email: &str, password: &str) -> String {
    format!(
        r#"  # sign in; the answer has an access token and a refresh token
  LOGIN=$(curl -s {url}/api/auth/login {JSON} -d '{{"email":"{email}","password":"{password}"}}'); echo "$LOGIN"

  # who am I
  TOKEN=$(echo "$LOGIN" | sed -n 's/.*"access_token":"\([^"]*\)".*/\1/p')
  curl -s {url}/api/me -H "Authorization: Bearer $TOKEN"

  # register somebody, then read the letter in the mailbox
  curl -s {url}/api/auth/register {JSON} -d '{{"email":"carol@example.com","password":"correct horse battery","name":"Carol"}}'
  curl -s {url}/dev/mailbox -H "Accept: application/json"
"#
    )
}
