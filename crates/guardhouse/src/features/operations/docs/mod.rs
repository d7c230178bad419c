//! `/docs`: the API description as one page, without scripts, that loads nothing from elsewhere.
//!
//! It is made of the same document that `/openapi.json` serves, so the two cannot say different things.

mod call;
mod schema;
mod text;

use minijinja::{AutoEscape, Environment, UndefinedBehavior, context, value::Serde};
use serde::Serialize;
use serde_json::Value;

use crate::kernel::errors::{Error, Result};
use call::Call;

pub(super) const POLICY: &str =
    "default-src 'none'; style-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";
pub(super) const STYLE: &str = include_str!("../pages/docs.css");
const PAGE: &str = include_str!("../pages/docs.html");

/// The routes of one feature.
#[derive(Serialize)]
struct Group {
    name: String,
    title: String,
    about: String,
    calls: Vec<Call>,
}

/// The page.
pub(super) fn render(document: &Value) -> Result<String> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::SemiStrict);
    environment.set_auto_escape_callback(|_| AutoEscape::Html);
    environment.add_filter("prose", text::prose);
    environment.add_filter("inline", text::line);
    environment.add_template("docs.html", PAGE).map_err(Error::internal)?;
    let template = environment.get_template("docs.html").map_err(Error::internal)?;
    let groups = groups(document);
    let page = context! {
        info => Serde(&document["info"]),
        server => document["servers"][0]["url"].as_str().unwrap_or_default(),
        schemes => Serde(&document["components"]["securitySchemes"]),
        groups => Serde(&groups),
    };
    template.render(page).map_err(Error::internal)
}

fn groups(document: &Value) -> Vec<Group> {
    let calls: Vec<(&str, Call)> = operations(document)
        .map(|(path, method, operation)| {
            let tag = operation["tags"][0].as_str().unwrap_or_default();
            (tag, Call::of(document, path, method, operation))
        })
        .collect();
    let of = |tag: &Value| {
        let name = tag["name"].as_str().unwrap_or_default();
        Group {
            name: name.to_owned(),
            title: text::title(name),
            about: tag["description"].as_str().unwrap_or_default().to_owned(),
            calls: calls.iter().filter(|(of, _)| *of == name).map(|(_, call)| call.clone()).collect(),
        }
    };
    document["tags"].as_array().into_iter().flatten().map(of).collect()
}

fn operations(document: &Value) -> impl Iterator<Item = (&str, &str, &Value)> {
    let paths = document["paths"].as_object().into_iter().flatten();
    paths.flat_map(|(path, methods)| {
        let methods = methods.as_object().into_iter().flatten();
        methods.map(move |(method, operation)| (path.as_str(), method.as_str(), operation))
    })
}
