//! Who may do this, to what may they, and what may they do (AuthZEN Authorization API 1.0, section 8).
//!
//! A search puts the very question of an evaluation for each candidate, so both always agree (`T5`).

use guardhouse_core::ids::TenantId;
use serde_json::{Map, Value};

use super::{
    answers::{ActionsAnswer, EntitiesAnswer, FoundAction, FoundEntity, PageAnswer},
    candidates::{self, Place},
    deciding, requests,
};
use crate::{
    features::policies::{Act, Party, Question, in_effect},
    kernel::{
        ctx::Ctx,
        errors::{Detail, Result},
    },
};

/// Results of a page, unless told.
const PAGE: usize = 50;
/// Results of a page at most.
const MOST: usize = 200;
/// Candidates that one request looks at. A page may so have fewer results than asked for, and another one after it.
const LOOKED_AT: usize = 500;

type Object = Map<String, Value>;

/// No search is made in a tenant.
const EVERYWHERE: Option<TenantId> = None;

struct Page {
    from: Place,
    limit: usize,
}

fn page(body: &Object) -> Result<Page, Detail> {
    let wrong = |field: &str, message: &str| Detail::new(field, "INVALID_PAGE", message);
    let page = match body.get("page") {
        None => return Ok(Page { from: Place::start(), limit: PAGE }),
        Some(Value::Object(page)) => page,
        Some(_) => return Err(Detail::new("page", "WRONG_TYPE", "Must be an object.")),
    };
    let limit = match page.get("limit") {
        None => PAGE,
        Some(limit) => {
            let limit = limit.as_u64().filter(|limit| *limit > 0);
            let limit = limit.ok_or_else(|| wrong("page.limit", "Must be a whole number from 1 on."))?;
            usize::try_from(limit).unwrap_or(MOST).min(MOST)
        }
    };
    let from = match page.get("token") {
        None => Place::start(),
        Some(Value::String(token)) if token.is_empty() => Place::start(),
        Some(Value::String(token)) => {
            Place::parse(token).ok_or_else(|| wrong("page.token", "Must be the `next_token` of the page before."))?
        }
        Some(_) => return Err(Detail::new("page.token", "WRONG_TYPE", "Must be a text.")),
    };
    Ok(Page { from, limit })
}

/// Subjects of a type that may do this to the resource.
pub(super) async fn subjects(ctx: &Ctx, body: &Object) -> Result<EntitiesAnswer> {
    let parts = || Ok((requests::kind(body, "subject")?, question_without(body, Wanted::Subject)?, page(body)?));
    let (subject, question, page) = parts().map_err(requests::refused)?;
    let kind = subject.kind.clone();
    let put = |id: String| Question { subject: Party { id, ..subject.clone() }, ..question.clone() };
    found(ctx, &kind, page, put).await
}

/// Resources of a type to which the subject may do this.
pub(super) async fn resources(ctx: &Ctx, body: &Object) -> Result<EntitiesAnswer> {
    let parts = || Ok((requests::kind(body, "resource")?, question_without(body, Wanted::Resource)?, page(body)?));
    let (resource, question, page) = parts().map_err(requests::refused)?;
    let kind = resource.kind.clone();
    let put = |id: String| Question { resource: Party { id, ..resource.clone() }, ..question.clone() };
    found(ctx, &kind, page, put).await
}

/// What a search looks for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Wanted {
    Subject,
    Resource,
    Action,
}

/// The question but for what is searched.
fn question_without(body: &Object, wanted: Wanted) -> Result<Question, Detail> {
    let mut question = Question { context: requests::context(body)?, ..Question::default() };
    if wanted != Wanted::Subject {
        question.subject = requests::subject(body)?;
    }
    if wanted != Wanted::Action {
        question.action = requests::action(body)?;
    }
    if wanted != Wanted::Resource {
        question.resource = requests::resource(body)?;
    }
    Ok(question)
}

/// One page of the candidates for which the question is decided with yes.
async fn found(ctx: &Ctx, kind: &str, page: Page, put: impl Fn(String) -> Question) -> Result<EntitiesAnswer> {
    let Page { mut from, limit } = page;
    let (mut results, mut next_token) = (Vec::new(), String::new());
    // One more than is looked at tells whether there is another page.
    let candidates = candidates::entities(ctx, kind, &from, LOOKED_AT + 1).await?;
    for (index, candidate) in candidates.into_iter().enumerate() {
        if results.len() == limit || index == LOOKED_AT {
            next_token = from.token();
            break;
        }
        if deciding::decide(ctx, put(candidate.id.clone()), EVERYWHERE).await?.allowed {
            results.push(FoundEntity { kind: kind.to_owned(), id: candidate.id });
        }
        from = candidate.next;
        tokio::task::yield_now().await;
    }
    let page = PageAnswer { next_token, count: results.len() };
    Ok(EntitiesAnswer { results, page })
}

/// What the subject may do to the resource.
pub(super) async fn actions(ctx: &Ctx, body: &Object) -> Result<ActionsAnswer> {
    let parts = || Ok((question_without(body, Wanted::Action)?, page(body)?));
    let (question, page) = parts().map_err(requests::refused)?;
    let Place::Named(mut after) = page.from else {
        return Err(requests::refused(Detail::new("page.token", "INVALID_PAGE", "This is another search's token.")));
    };
    let set = in_effect(ctx).await?;
    let known = candidates::actions_known(ctx, &set, &question.subject, &question.resource.kind).await?;
    let (mut results, mut next_token) = (Vec::new(), String::new());
    let later = known.into_iter().filter(|name| *name > after).collect::<Vec<_>>();
    for (index, name) in later.into_iter().enumerate() {
        if results.len() == page.limit || index == LOOKED_AT {
            next_token = Place::Named(after).token();
            break;
        }
        let asked = Question { action: Act { name: name.clone(), ..Act::default() }, ..question.clone() };
        if deciding::decide(ctx, asked, EVERYWHERE).await?.allowed {
            results.push(FoundAction { name: name.clone() });
        }
        after = name;
        tokio::task::yield_now().await;
    }
    let page = PageAnswer { next_token, count: results.len() };
    Ok(ActionsAnswer { results, page })
}
