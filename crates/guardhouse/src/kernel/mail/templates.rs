use guardhouse_core::time::Span;
use minijinja::{AutoEscape, Environment, UndefinedBehavior, Value, context};

use super::{
    letter::{Letter, Rendered},
    smtp::MailError,
};
use crate::kernel::{
    errors::{Error, Result},
    links::Links,
};

macro_rules! templates {
    ($($(#[$doc:meta])* $name:literal)*) => {
        /// The letters by name, with text (first line `Subject: …`) and HTML.
        ///
        /// | name | variables |
        /// |---|---|
        /// | `verify_email`, `email_change_confirm` | `link`, `code`?, `valid` (a `Span` as text) |
        /// | `welcome_exists` | `link` (reset) |
        /// | `reset_password` | `link`, `valid` |
        /// | `password_changed` | `at` (a `Timestamp` as text), `link` (reset), `ip`? |
        /// | `email_changed_old` | `at`, `ip`? |
        /// | `invitation` | `link`, `valid` |
        pub const TEMPLATES: &[(&str, &str, &str)] = &[
            $(($name, include_str!(concat!("texts/", $name, ".txt")), include_str!(concat!("texts/", $name, ".html"))),)*
        ];
    };
}

templates! {
    "verify_email"
    "welcome_exists"
    "reset_password"
    "password_changed"
    "email_changed_old"
    "email_change_confirm"
    "invitation"
}

const LAYOUT: &str = include_str!("texts/layout.html");

/// The letters' texts, parsed once.
pub(super) struct Templates(Environment<'static>);

impl Templates {
    /// `help` is `mail.help_url`, which every letter may show.
    pub(super) fn new(help: Option<String>) -> Result<Self, MailError> {
        let mut environment = Environment::new();
        // A missing variable is a mistake of ours and must not go out as a letter without its link.
        environment.set_undefined_behavior(UndefinedBehavior::SemiStrict);
        environment.set_auto_escape_callback(|name| {
            let html = std::path::Path::new(name).extension().is_some_and(|form| form == "html");
            if html { AutoEscape::Html } else { AutoEscape::None }
        });
        environment.add_filter("words", in_words);
        environment.add_global("help", help);
        environment.add_template("layout.html", LAYOUT)?;
        for (name, text, html) in TEMPLATES {
            environment.add_template_owned(format!("{name}.txt"), *text)?;
            environment.add_template_owned(format!("{name}.html"), *html)?;
        }
        Ok(Self(environment))
    }

    pub(super) fn render(&self, letter: &Letter, links: &Links) -> Result<Rendered> {
        check_links(&letter.context, links)?;
        let context = context! { site => links.site(), ..letter.context.clone() };
        let text = self.part(letter.template, "txt", &context)?;
        let html = self.part(letter.template, "html", &context)?;
        let (subject, text) = split_subject(&text)?;
        Ok(Rendered { to: letter.to.as_str().to_owned(), subject, text, html })
    }

    fn part(&self, name: &str, form: &str, context: &Value) -> Result<String> {
        let template = self.0.get_template(&format!("{name}.{form}")).map_err(Error::internal)?;
        template.render(context).map_err(Error::internal)
    }
}

/// `Subject: …`, an empty line, the text.
fn split_subject(text: &str) -> Result<(String, String)> {
    let whole = text.strip_prefix("Subject: ").and_then(|rest| rest.split_once("\n\n"));
    let (subject, body) = whole.ok_or_else(|| Error::internal("a letter's text has no subject line"))?;
    // The mail library encodes line ends in a subject; a letter with one is still not what we wrote (ASVS 1.3.11).
    let subject = subject.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    Ok((subject, body.to_owned()))
}

/// A link that does not begin with the public URL was made from something else than `Links` (`A10`).
fn check_links(context: &Value, links: &Links) -> Result<()> {
    let base = links.to("");
    let link = context.get_attr("link").unwrap_or(Value::UNDEFINED);
    let foreign = !link.is_undefined() && !link.as_str().is_some_and(|link| link.starts_with(&base));
    if foreign { Err(Error::internal("a letter has a link that is not under `server.public_url`")) } else { Ok(()) }
}

/// `15m` as people write it: `15 minutes`.
pub fn in_words(text: &str) -> String {
    let Ok(span) = text.parse::<Span>() else { return text.to_owned() };
    let seconds = span.as_seconds_up();
    let units = [("day", 86_400), ("hour", 3_600), ("minute", 60), ("second", 1)];
    let (unit, length) =
        units.into_iter().find(|(_, length)| seconds % length == 0 && seconds >= *length).unwrap_or(("second", 1));
    match seconds / length {
        1 => format!("1 {unit}"),
        count => format!("{count} {unit}s"),
    }
}
