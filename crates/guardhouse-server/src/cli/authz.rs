//! `authz`: who may do what, why, and whether policies do what they should.

mod file;

use std::path::PathBuf;

use clap::{Args, Subcommand};
use serde_json::{Map, Value, json};

use super::Context;
use crate::{
    data::{Data, ServerOptions, with_data},
    failure::Failure,
    out::{Out, text},
};

/// What to ask.
#[derive(Debug, Subcommand)]
#[command(after_help = "Examples:
  guardhouse authz check alice@example.com read record:record-1
  guardhouse authz explain robot:r2 write record:record-1 --resource-properties '{\"status\":\"archived\"}'
  guardhouse authz test policies/tests.toml")]
pub(super) enum Authz {
    /// Whether somebody may do something: writes allow or deny, exit code 0 or 1
    #[command(after_help = "Examples:
  guardhouse authz check alice@example.com read record:record-1
  guardhouse authz check alice@example.com write record:record-1 && echo they may")]
    Check(Box<Question>),
    /// The same with what decided
    #[command(after_help = "Examples:
  guardhouse authz explain alice@example.com write record:record-1
  guardhouse authz explain user:bob write app::record:7 --context '{\"ip\":\"192.0.2.7\"}' --format json")]
    Explain(Box<Question>),
    /// Put the cases of a file to policies, without effect; exit code 1 where one fails
    Test(Test),
}

/// A question.
#[derive(Args, Debug)]
pub(super) struct Question {
    /// Who: e-mail address or id of a user, else TYPE:ID
    subject: String,
    /// What
    action: String,
    /// To what, as TYPE:ID
    resource: String,
    /// Circumstances, as a JSON object
    #[arg(long, value_name = "JSON", value_parser = object)]
    context: Option<Object>,
    /// What policies may ask of the subject, as a JSON object
    #[arg(long, value_name = "JSON", value_parser = object)]
    subject_properties: Option<Object>,
    /// What policies may ask of the action, as a JSON object
    #[arg(long, value_name = "JSON", value_parser = object)]
    action_properties: Option<Object>,
    /// What policies may ask of the resource, as a JSON object
    #[arg(long, value_name = "JSON", value_parser = object)]
    resource_properties: Option<Object>,
}

type Object = Map<String, Value>;

/// Tests policies.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  guardhouse authz test policies/tests.toml
  guardhouse authz test policies/tests.json --server https://auth.example.com

A file, JSON or TOML by its name, has `cases` (as POST /api/admin/policies/test takes them) and may have `policies`: a list
of objects with `name`, and `source` or a `file` beside the test file. They are tried beside those in effect, in the place
of one of the same name; with `alone = true` without those in effect.")]
pub(super) struct Test {
    /// The file
    file: PathBuf,
}

impl Authz {
    pub(super) fn run(self, context: &Context, server: &ServerOptions) -> Result<(), Failure> {
        let out = context.out;
        match self {
            Self::Check(question) => with_data(context, server, async |data| check(out, data, &question).await),
            Self::Explain(question) => with_data(context, server, async |data| explain(out, data, &question).await),
            Self::Test(test) => {
                let trial = file::read(&test.file)?;
                with_data(context, server, async |data| report(out, &data.test_policies(trial).await?))
            }
        }
    }
}

async fn check(out: Out, data: Data<'_>, question: &Question) -> Result<(), Failure> {
    let answer = data.decide(question.body(data).await?).await?;
    if out.is_json() {
        out.json(&json!({"decision": answer["decision"]}))?;
    } else {
        out.line(word(&answer))?;
    }
    if allowed(&answer) { Ok(()) } else { Err(Failure::answered_no()) }
}

async fn explain(out: Out, data: Data<'_>, question: &Question) -> Result<(), Failure> {
    let answer = data.decide(question.body(data).await?).await?;
    if out.is_json() {
        return out.json(&answer);
    }
    out.line(out.bold(word(&answer)))?;
    let reasons = answer["context"]["reasons"].as_array().cloned().unwrap_or_default();
    reasons.iter().try_for_each(|reason| out.line(format!("  {}", text(&reason["message"]))))
}

fn report(out: Out, answer: &Value) -> Result<(), Failure> {
    if out.is_json() {
        out.json(answer)?;
    } else {
        let results = answer["results"].as_array().cloned().unwrap_or_default();
        out.table(&results, &["name", "passed", "decision", "expected", "reasons"], "There are no cases.")?;
        out.line(format!("{} passed, {} failed", text(&answer["passed"]), text(&answer["failed"])))?;
    }
    if answer["failed"] == 0 { Ok(()) } else { Err(Failure::answered_no()) }
}

fn allowed(answer: &Value) -> bool {
    answer["decision"] == true
}

fn word(answer: &Value) -> &'static str {
    if allowed(answer) { "allow" } else { "deny" }
}

fn object(text: &str) -> Result<Object, String> {
    serde_json::from_str(text).map_err(|error| format!("this is no JSON object: {error}"))
}

impl Question {
    /// As the decision API takes it.
    async fn body(&self, data: Data<'_>) -> Result<Object, Failure> {
        let (kind, id) = match entity(&self.subject) {
            Some(named) => named,
            None => ("user".to_owned(), data.user_id(&self.subject).await?.to_string()),
        };
        let subject = with(json!({"type": kind, "id": id}), self.subject_properties.as_ref());
        let (kind, id) = entity(&self.resource).ok_or_else(|| {
            Failure::usage(format!("`{}` names no resource", self.resource))
                .mend("write it as TYPE:ID, such as record:7")
        })?;
        let resource = with(json!({"type": kind, "id": id}), self.resource_properties.as_ref());
        let action = with(json!({"name": self.action}), self.action_properties.as_ref());
        let parts = [("subject", subject), ("action", action), ("resource", resource)];
        let mut body: Object = parts.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        if let Some(context) = &self.context {
            body.insert("context".to_owned(), Value::Object(context.clone()));
        }
        Ok(body)
    }
}

fn with(mut entity: Value, properties: Option<&Object>) -> Value {
    if let Some(properties) = properties {
        entity["properties"] = Value::Object(properties.clone());
    }
    entity
}

/// Type and id of `TYPE:ID`. Colons of two are part of the type, and those after the first single one of the id.
fn entity(text: &str) -> Option<(String, String)> {
    let bytes = text.as_bytes();
    let single =
        |at: &usize| bytes[*at] == b':' && bytes.get(at + 1) != Some(&b':') && bytes[at.saturating_sub(1)] != b':';
    let at = (1..bytes.len()).find(single)?;
    let (kind, id) = (&text[..at], &text[at + 1..]);
    (!id.is_empty()).then(|| (kind.to_owned(), id.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entity_is_a_type_and_an_id() {
        let named = |text: &str| entity(text).map(|(kind, id)| format!("{kind} {id}"));
        assert_eq!(named("record:7").as_deref(), Some("record 7"));
        assert_eq!(named("app::record:a:b").as_deref(), Some("app::record a:b"));
        assert_eq!(named("record:a::b").as_deref(), Some("record a::b"));
        for none in ["", "alice@example.com", "usr_01h455vb4pex5vsknk084sn02q", "record:", ":7", "app::record"] {
            assert_eq!(named(none), None, "{none}");
        }
    }
}
