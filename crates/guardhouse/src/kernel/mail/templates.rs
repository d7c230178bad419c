use minijinja::{Value, context};

use super::letter::{Letter, Rendered};
use crate::kernel::{
    errors::{Error, Result},
    links::Links,
    templates::{Files, TemplateError, Templates},
};

/// A kind of letter: a constant of the feature that sends it, which lists it under `letters`.
#[derive(Clone, Copy, Debug)]
pub struct Template {
    /// Its name; its files in the feature's folder `texts` are called so.
    pub name: &'static str,
    /// For programs without HTML. The first line reads `Subject: …`, the second is empty.
    pub text: &'static str,
    /// For programs with HTML.
    pub html: &'static str,
    /// What it is filled in with, once in each shape. What may be missing is given as nothing: `ip => ()`.
    pub samples: fn() -> Vec<Value>,
}

const LAYOUT: &str = include_str!("texts/layout.html");

/// The letters' texts, parsed once.
pub(super) struct Letters {
    templates: Templates,
    known: Vec<&'static Template>,
}

impl Letters {
    /// `help` is `mail.help_url`, which every letter may show.
    pub(super) fn new(known: Vec<&'static Template>, help: Option<&str>, own: Files) -> Result<Self, TemplateError> {
        let parts =
            known.iter().flat_map(|letter| [(file(letter, "txt"), letter.text), (file(letter, "html"), letter.html)]);
        let layout = std::iter::once(("layout.html".to_owned(), LAYOUT));
        let mut templates = Templates::new(layout.chain(parts), own)?;
        templates.set("help", Value::from(help));
        Ok(Self { templates, known })
    }

    pub(super) fn render(&self, letter: &Letter, links: &Links) -> Result<Rendered> {
        check_links(&letter.context, links)?;
        let context = context! { site => links.site(), ..letter.context.clone() };
        let text = self.templates.render(&file(letter.template, "txt"), &context)?;
        let html = self.templates.render(&file(letter.template, "html"), &context)?;
        let (subject, text) =
            split_subject(&text).ok_or_else(|| Error::internal("a letter's text has no subject line"))?;
        Ok(Rendered { to: letter.to.as_str().to_owned(), subject, text, html })
    }

    /// Fills every letter in with its samples: text and HTML of each.
    pub(super) fn try_out(&self) -> Result<Vec<(String, String)>, TemplateError> {
        let strictly = self.templates.strictly();
        let mut made = Vec::new();
        for letter in &self.known {
            let (text, html) = (file(letter, "txt"), file(letter, "html"));
            for sample in (letter.samples)() {
                let context = context! { site => "auth.example.com", ..sample.clone() };
                let written = (strictly.render(&text, &context)?, strictly.render(&html, &context)?);
                if split_subject(&written.0).is_none() {
                    let cause = "the first line must read `Subject: …`, the second must be empty";
                    return Err(self.templates.wrong(&text, cause));
                }
                for (name, written) in [(&text, &written.0), (&html, &written.1)] {
                    if !carries_link(written, &sample) {
                        return Err(self.templates.wrong(name, "the letter must show its `link`"));
                    }
                }
                made.push(written);
            }
        }
        Ok(made)
    }

    /// Whether any text is the operator's.
    pub(super) fn any_own(&self) -> bool {
        self.templates.any_own()
    }
}

/// Without its link a letter is of no use to whoever waits for it.
fn carries_link(written: &str, sample: &Value) -> bool {
    let link = sample.get_attr("link").unwrap_or_default();
    // HTML may write the slash as an entity.
    link.as_str().is_none_or(|link| written.replace("&#x2f;", "/").contains(link))
}

fn file(letter: &Template, form: &str) -> String {
    format!("{}.{form}", letter.name)
}

/// `Subject: …`, an empty line, the text.
fn split_subject(text: &str) -> Option<(String, String)> {
    let (subject, body) = text.strip_prefix("Subject: ")?.split_once("\n\n")?;
    // The mail library encodes line ends in a subject; a letter with one is still not what we wrote (ASVS 1.3.11).
    let subject = subject.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    Some((subject, body.to_owned()))
}

/// A link that does not begin with the public URL was made from something else than `Links` (`A10`).
fn check_links(context: &Value, links: &Links) -> Result<()> {
    let base = links.to("");
    let link = context.get_attr("link").unwrap_or(Value::UNDEFINED);
    let foreign = !link.is_undefined() && !link.as_str().is_some_and(|link| link.starts_with(&base));
    if foreign { Err(Error::internal("a letter has a link that is not under `server.public_url`")) } else { Ok(()) }
}
