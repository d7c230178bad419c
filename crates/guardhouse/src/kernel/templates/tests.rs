use std::{fs, path::PathBuf};

use super::{in_words, own::Own};
use crate::{
    StartOptions, assembly,
    testing::{self, TestApp},
};

/// A directory of the operator's; gone with the test.
struct Directory(PathBuf);

impl Directory {
    fn with(name: &str, files: &[(&str, &str)]) -> Self {
        let this = Self(std::env::temp_dir().join(format!("guardhouse-templates-{}-{name}", std::process::id())));
        fs::create_dir_all(&this.0).unwrap();
        for (file, text) in files {
            let path = this.0.join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        this
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        // Nothing to do about one that stays.
        let _ = fs::remove_dir_all(&self.0);
    }
}

const FORGOT: &str =
    "{% extends \"layout.html\" %}\n{% from \"field.html\" import token %}\n{% block title %}Lost it?{% endblock %}
{% block body %}<form method=\"post\" action=\"{{ action }}\">{{ token(form_token) }}</form>{% endblock %}";
const CHANGED: &str = "Subject: A new password\n\nSet at {{ at }}. Not you? {{ link }}\n";

#[tokio::test]
async fn the_operators_own_pages_letters_and_style_take_the_place_of_ours() {
    let own = Directory::with(
        "own",
        &[
            ("pages/forgot.html", FORGOT),
            ("letters/password_changed.txt", CHANGED),
            ("pages/plain.css", "h1 { color: teal }"),
        ],
    );
    let app = TestApp::with(|settings| settings.pages.templates = Some(own.0.clone())).await;
    let page = app.get("/reset").await.expect(200).text;
    assert!(page.contains("<h1>Lost it?</h1>") && page.contains("name=\"form_token\""), "{page}");
    let style = app.get("/assets/plain.css").await.expect(200);
    assert_eq!(style.text, "h1 { color: teal }");
    assert_ne!(style.header("etag"), TestApp::new().await.get("/assets/plain.css").await.header("etag"));

    let letters = app.ctx().mail.try_out().unwrap();
    let (_, html) = letters.iter().find(|(text, _)| text.contains("Not you? https://")).unwrap();
    assert!(html.contains("Your password was changed"), "its HTML is still ours: {html}");
}

#[tokio::test]
async fn a_broken_template_refuses_the_start_with_file_and_line() {
    let broken = [
        ("pages/forgot.html", "a\n{% if email %}b", "pages/forgot.html:2: syntax error"),
        ("pages/forgot.html", "a\nb {{ e_mail }}", "pages/forgot.html:2: this variable is not given"),
        ("pages/forgot.html", "a\n\n{% if e_mail %}b{% endif %}", "pages/forgot.html:3: this variable is not given"),
        ("pages/forgot.html", "<form></form>", "pages/forgot.html: the form must send its `form_token`"),
        ("pages/layout.html", "<p>\n{{ titel }}</p>{% block body %}{% endblock %}", "pages/layout.html:2: "),
        ("pages/forget.html", "a", "pages/forget.html: no template is called so; there are error.html, "),
        ("pages/reset_password.txt", "a", "pages/reset_password.txt: no template is called so"),
        ("letters/reset_password.txt", "Hello {{ link }}", "letters/reset_password.txt: the first line must read"),
        ("letters/reset_password.html", "Hello", "letters/reset_password.html: the letter must show its `link`"),
        (
            "letters/reset_password.html",
            "{{ link }}\n{{ valid|word }}",
            "letters/reset_password.html:2: unknown filter",
        ),
        ("texts/a.html", "a", "texts: here belong the folders `pages` and `letters` alone"),
    ];
    for (at, (file, text, wanted)) in broken.into_iter().enumerate() {
        let own = Directory::with(&format!("broken-{at}"), &[(file, text)]);
        let mut settings = testing::settings();
        settings.pages.templates = Some(own.0.clone());
        let started = assembly::open(settings, StartOptions::default()).await;
        let told = started.err().map(|error| error.to_string()).unwrap_or_default();
        let wanted = format!("{}/{wanted}", own.0.display());
        assert!(told.starts_with(&wanted), "{told}\ninstead of\n{wanted}");
    }
}

#[test]
fn a_directory_that_is_not_there_is_told_of() {
    let told = Own::read(Some("/nowhere/templates".as_ref())).err().unwrap().to_string();
    assert!(told.starts_with("/nowhere/templates: "), "{told}");
}

#[test]
fn durations_are_written_as_people_do() {
    for (text, words) in [("15m", "15 minutes"), ("1d", "1 day"), ("90s", "90 seconds"), ("soon", "soon")] {
        assert_eq!(in_words(text), words);
    }
}
