use minijinja::{Value, context};

use super::asset::{STYLE, Style};
use crate::kernel::{
    errors::Result,
    templates::{Files, TemplateError, Templates},
};

/// A page: a constant of the feature that shows it, which lists it under `pages`.
#[derive(Clone, Copy, Debug)]
pub struct Template {
    /// Its file in the feature's folder `pages`.
    pub name: &'static str,
    /// What stands in it.
    pub source: &'static str,
    /// What it is filled in with, once in each shape. What may be missing is given as nothing: `email => ()`.
    pub samples: fn() -> Vec<Value>,
}

/// What pages are made of.
const PARTS: &[(&str, &str)] =
    &[("layout.html", include_str!("texts/layout.html")), ("field.html", include_str!("texts/field.html"))];

/// Says one thing.
pub(super) const MESSAGE: Template = Template {
    name: "message.html",
    source: include_str!("texts/message.html"),
    samples: || vec![context! { title => "Your new password is set", text => "You can sign in with it now." }],
};

/// Tells of an error that no form takes up.
pub(super) const ERROR: Template = Template {
    name: "error.html",
    source: include_str!("texts/error.html"),
    samples: || vec![context! { title => "Not Found", text => "There is nothing here.", request_id => "req_1" }],
};

/// The templates of all pages, parsed once.
pub struct Pages {
    templates: Templates,
    known: Vec<&'static Template>,
    pub(super) style: Style,
}

impl Pages {
    /// Parses the templates of the kernel and of the features, each or the operator's own in its place.
    ///
    /// # Errors
    /// For one that is no template or asks for what its page is not given.
    pub fn new(features: Vec<&'static Template>, mut own: Files) -> Result<Self, TemplateError> {
        let style = Style::new(own.take(STYLE));
        let known: Vec<_> = [&MESSAGE, &ERROR].into_iter().chain(features).collect();
        let pages = known.iter().map(|page| (page.name, page.source));
        let all = PARTS.iter().copied().chain(pages).map(|(name, source)| (name.to_owned(), source));
        let pages = Self { templates: Templates::new(all, own)?, known, style };
        if pages.templates.any_own() {
            pages.try_out()?;
        }
        Ok(pages)
    }

    pub(super) fn render(&self, page: &Template, context: &Value) -> Result<String> {
        self.templates.render(page.name, context)
    }

    /// Fills every page in with its samples, and once more as a form that is shown again: the text of each.
    ///
    /// # Errors
    /// [`TemplateError`] where one asks for what nobody gives it.
    pub fn try_out(&self) -> Result<Vec<String>, TemplateError> {
        let strictly = self.templates.strictly();
        let mut made = Vec::new();
        for page in &self.known {
            for sample in (page.samples)() {
                for around in around() {
                    let html = strictly.render(page.name, &context! { ..sample.clone(), ..around })?;
                    if page.source.contains("form_token") && !html.contains(FORM_TOKEN) {
                        return Err(self.templates.wrong(page.name, "the form must send its `form_token`"));
                    }
                    made.push(html);
                }
            }
        }
        Ok(made)
    }
}

const FORM_TOKEN: &str = "the-token-of-the-form";

/// What every page is given beside its own: nothing wrong, and something.
fn around() -> [Value; 2] {
    let of = |problem: Option<&str>, faults| context! { style => "/assets/plain.css", form_token => FORM_TOKEN, problem, faults };
    let wrong = context! { password => "Too short.", email => "Is no e-mail address.", code => "Must be given." };
    [of(None, context! {}), of(Some("Something is missing or wrong below."), wrong)]
}
