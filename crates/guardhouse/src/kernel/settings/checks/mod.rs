//! Combinations that must not run: each is named by its key, with what mends it.

mod profiles;
mod warnings;

use guardhouse_core::{master_key::KeyRing, password::Argon2Params, secret::SecretText, time::Span};
use ipnet::IpNet;
use url::{Host, Url};

use super::{MailSettings, MfaPolicy, Problem, Profile, Settings, SettingsError};

/// RFC 7518 section 3.2: a key of at least the hash's size.
const LEAST_SECRET: usize = 32;
/// Fewer different bytes than this in a secret are a repeated word.
const LEAST_VARIETY: usize = 10;
/// The tables themselves and some thousand accounts.
const LEAST_DATABASE: u64 = 4 * 1024 * 1024;
/// NIST SP 800-63B section 3.2.2: at most a hundred failures in a row.
const MOST_ATTEMPTS: u32 = 100;

impl Settings {
    /// Looks for unsafe combinations under the profile (M-38, ASVS 13).
    ///
    /// # Errors
    /// All of them at once.
    pub fn check(&self) -> Result<(), SettingsError> {
        let mut problems = Vec::new();
        for check in [secrets, reachable, storage, times, passwords, attempts, factors, outside] {
            check(self, &mut problems);
        }
        if self.profile >= Profile::Production {
            profiles::production(self, &mut problems);
        }
        if self.profile == Profile::Hardened {
            profiles::hardened(self, &mut problems);
        }
        for check in self.features.iter().filter_map(|(spec, _)| spec.check) {
            check(self, &mut problems);
        }
        let placed = problems.into_iter().map(|problem| {
            let at = self.origin(&problem.key).cloned();
            problem.at(at)
        });
        SettingsError::unless_empty(placed.collect())
    }
}

fn secrets(settings: &Settings, problems: &mut Vec<Problem>) {
    if let Err(error) = KeyRing::parse(settings.master_key.iter().map(SecretText::expose)) {
        let mend = "keep the output of `openssl rand -base64 32` in a file and set master_key = \"file:/path\" (GUARDHOUSE_MASTER_KEY)";
        problems.push(Problem::new("master_key", error.to_string(), mend));
    }
    if settings.tokens.algorithm.is_symmetric() {
        shared_secret(settings.tokens.secret.expose(), problems);
    }
}

/// M-01: a weak or missing secret refuses to start and says how to make a strong one.
fn shared_secret(secret: &str, problems: &mut Vec<Problem>) {
    let mut bytes = secret.as_bytes().to_vec();
    bytes.sort_unstable();
    bytes.dedup();
    let what = match secret.len() {
        0 => "HS256 needs a secret and there is none".to_owned(),
        length if length < LEAST_SECRET => {
            format!("HS256 needs at least {LEAST_SECRET} bytes, this secret has {length}")
        }
        _ if bytes.len() < LEAST_VARIETY => "this secret repeats a few characters".to_owned(),
        _ => return,
    };
    problems.push(Problem::new(
        "tokens.secret",
        what,
        "make one with `openssl rand -base64 48`, or use tokens.algorithm = \"ES256\"",
    ));
}

fn reachable(settings: &Settings, problems: &mut Vec<Problem>) {
    let server = &settings.server;
    if public_url(&server.public_url).is_none() {
        let mend = "write an origin with an optional path, as in `https://auth.example.com`";
        problems.push(Problem::new(
            "server.public_url",
            "is no http or https address of an origin and a plain path",
            mend,
        ));
    }
    for (given, missing, key) in
        [(&server.tls.cert, &server.tls.key, "server.tls.key"), (&server.tls.key, &server.tls.cert, "server.tls.cert")]
    {
        if given.is_some() && missing.is_none() {
            problems.push(Problem::new(key, "TLS needs a certificate and its key", "set both, or neither"));
        }
    }
    for origin in server.cors_origins.iter().filter(|origin| !is_origin(origin)) {
        let mend = "write each as `https://app.example.com`, without path and without `*`";
        problems.push(Problem::new("server.cors_origins", format!("`{origin}` is no exact origin"), mend));
    }
    if settings.profile.is_development() && !server.listen.ip().is_loopback() {
        let mend = "listen on 127.0.0.1, or run `guardhouse serve`";
        problems.push(Problem::new("server.listen", "development answers loopback only", mend));
    }
}

fn public_url(text: &str) -> Option<Url> {
    let url = Url::parse(text).ok()?;
    let plain = url.query().is_none()
        && url.fragment().is_none()
        && url.username().is_empty()
        && url.password().is_none()
        && is_mount(url.path().trim_end_matches('/'));
    (matches!(url.scheme(), "http" | "https") && url.has_host() && plain).then_some(url)
}

/// A path that reads the same in a link, a router and a cookie: segments of unreserved characters (RFC 3986).
fn is_mount(path: &str) -> bool {
    let unreserved = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    path.is_empty() || path.split('/').skip(1).all(|segment| !segment.is_empty() && segment.bytes().all(unreserved))
}

fn is_origin(text: &str) -> bool {
    // A browser writes origins one way only, and they are compared letter for letter.
    public_url(text).is_some_and(|url| url.origin().ascii_serialization() == text)
}

fn times(settings: &Settings, problems: &mut Vec<Problem>) {
    let (tokens, sessions, bus) = (&settings.tokens, &settings.sessions, &settings.bus);
    let ordered = [
        ("tokens.access_ttl", tokens.access_ttl, "tokens.refresh_ttl", tokens.refresh_ttl),
        ("tokens.refresh_grace", tokens.refresh_grace, "one minute", Span::minutes(1)),
        ("tokens.leeway", tokens.leeway, "five minutes", Span::minutes(5)),
        ("tokens.access_ttl", tokens.access_ttl, "tokens.rotate_every", tokens.rotate_every),
        ("sessions.idle", sessions.idle, "sessions.absolute", sessions.absolute),
        ("sessions.absolute", sessions.absolute, "sessions.remember_me", sessions.remember_me),
        ("lockout.base", settings.lockout.base, "lockout.max", settings.lockout.max),
        (
            "lockout.max",
            settings.lockout.max,
            "30 minutes, or strangers could shut people out (M-32)",
            Span::minutes(30),
        ),
        // Ruling 13: the change log is read at least once a second.
        ("bus.poll", bus.poll, "one second", Span::seconds(1)),
        ("bus.poll", bus.poll, "bus.lease", bus.lease),
    ];
    for (key, value, name, most) in ordered {
        if value > most {
            problems.push(Problem::new(key, format!("{value} is more than {name}"), format!("write at most {most}")));
        }
    }
    let above_zero = [
        ("tokens.access_ttl", tokens.access_ttl),
        ("sessions.idle", sessions.idle),
        ("lockout.base", settings.lockout.base),
        ("bus.poll", bus.poll),
        ("audit.retention", settings.audit.retention),
    ];
    for (key, _) in above_zero.into_iter().filter(|(_, value)| *value <= Span(0)) {
        problems.push(Problem::new(key, "must be more than nothing", "write a duration as in `15m`"));
    }
}

fn storage(settings: &Settings, problems: &mut Vec<Problem>) {
    let Some(bytes) = settings.database.max_bytes else { return };
    if settings.database.url.expose().starts_with("postgres") {
        let mend = "remove the key and limit the PostgreSQL server's own storage";
        problems.push(Problem::new("database.max_bytes", "only a SQLite database takes it", mend));
    } else if bytes < LEAST_DATABASE {
        let what = format!("{bytes} bytes do not hold the tables");
        problems.push(Problem::new("database.max_bytes", what, format!("write at least {LEAST_DATABASE}")));
    }
}

fn passwords(settings: &Settings, problems: &mut Vec<Problem>) {
    let password = &settings.password;
    if (Argon2Params { memory_kib: password.memory_kib, passes: password.passes }).check().is_err() {
        let what = format!("{} KiB with {} passes is out of range", password.memory_kib, password.passes);
        problems.push(Problem::new("password.memory_kib", what, "the default is 19456 with password.passes = 2"));
    }
    if password.hash_queue == 0 {
        problems.push(Problem::new("password.hash_queue", "no login could wait for its turn", "the default is 256"));
    }
}

fn attempts(settings: &Settings, problems: &mut Vec<Problem>) {
    if !(1..=MOST_ATTEMPTS).contains(&settings.lockout.attempts) {
        let what = format!("must lie between 1 and {MOST_ATTEMPTS}");
        problems.push(Problem::new("lockout.attempts", what, "the default is 5"));
    }
}

/// Whoever must have a factor must be able to enrol one.
fn factors(settings: &Settings, problems: &mut Vec<Problem>) {
    let mfa = &settings.mfa;
    let required = mfa.policy == MfaPolicy::Required || !mfa.required_roles.is_empty();
    if required && (mfa.policy == MfaPolicy::Off || mfa.methods.is_empty()) {
        let what = "a second factor is required and none can be enrolled, so people would be locked out";
        problems.push(Problem::new("mfa.methods", what, "allow `totp` or `passkey`, and a policy other than `off`"));
    }
}

fn outside(settings: &Settings, problems: &mut Vec<Problem>) {
    for entry in
        settings.outbound.allow.iter().filter(|entry| entry.parse::<IpNet>().is_err() && Host::parse(entry).is_err())
    {
        let mend = "write networks as in `10.0.0.0/8` and hosts as in `hooks.internal`";
        problems.push(Problem::new("outbound.allow", format!("`{entry}` is neither network nor host"), mend));
    }
    letters(&settings.mail, problems);
}

fn letters(mail: &MailSettings, problems: &mut Vec<Problem>) {
    let help = mail.help_url.as_deref().map(|text| Url::parse(text).map(|url| url.scheme().to_owned()));
    if help.is_some_and(|scheme| !matches!(scheme.as_deref(), Ok("https" | "http" | "mailto"))) {
        let mend = "write `https://example.com/help` or `mailto:help@example.com`";
        problems.push(Problem::new("mail.help_url", "is no https or mailto address", mend));
    }
    if mail.smtp_url.is_empty() {
        return;
    }
    let scheme = Url::parse(mail.smtp_url.expose()).map(|url| url.scheme().to_owned());
    if !matches!(scheme.as_deref(), Ok("smtp" | "smtps")) {
        problems.push(Problem::new(
            "mail.smtp_url",
            "is no smtp or smtps address",
            "write `smtps://user:password@mail.example.com:465`",
        ));
    }
    if mail.from.is_empty() {
        problems.push(Problem::new("mail.from", "mail needs a sender", "write `Name <name@example.com>`"));
    }
}
