//! Bodies of the decision API. Members that are not known are passed over; all that is wrong with a body is a 400, its
//! content type and emptiness too (rulings 4).

use axum::extract::{FromRequest, Request};
use serde_json::{Map, Value};

use crate::{
    features::policies::{self, Act, Party, Question, Unknown},
    kernel::{
        ctx::Ctx,
        errors::{Code, Detail, Error, Result},
        http::input,
    },
};

/// Bytes of a body: a hundred questions with properties.
const MOST_BYTES: usize = 256 * 1024;

type Object = Map<String, Value>;

/// The members of a body.
pub(super) struct Members(pub Object);

impl FromRequest<Ctx> for Members {
    type Rejection = Error;

    async fn from_request(request: Request, _: &Ctx) -> Result<Self> {
        let json = input::is_json(&request, "application/json");
        let bytes = input::read(request, MOST_BYTES).await?;
        if !json {
            return Err(Error::new(Code::MalformedJson, "Send the body as application/json."));
        }
        if bytes.is_empty() {
            return Err(Error::new(Code::MalformedJson, "The body is empty."));
        }
        input::object(&bytes).map(Self)
    }
}

fn required<'a>(body: &'a Object, name: &str) -> Result<&'a Value, Detail> {
    body.get(name).ok_or_else(|| Detail::new(name, "REQUIRED", "This field is required."))
}

/// One question.
pub(super) fn question(body: &Object) -> Result<Question, Detail> {
    Ok(Question { subject: subject(body)?, action: action(body)?, resource: resource(body)?, context: context(body)? })
}

pub(super) fn subject(body: &Object) -> Result<Party, Detail> {
    policies::party(required(body, "subject")?, "subject", Unknown::Ignored)
}

pub(super) fn resource(body: &Object) -> Result<Party, Detail> {
    policies::party(required(body, "resource")?, "resource", Unknown::Ignored)
}

pub(super) fn action(body: &Object) -> Result<Act, Detail> {
    policies::act(required(body, "action")?, "action", Unknown::Ignored)
}

pub(super) fn context(body: &Object) -> Result<Object, Detail> {
    policies::context(body)
}

/// Whose id is searched for: `name` without an id.
pub(super) fn kind(body: &Object, name: &str) -> Result<Party, Detail> {
    policies::kind(required(body, name)?, name, Unknown::Ignored)
}

/// One fault as the refusal of the whole body.
pub(super) fn refused(fault: Detail) -> Error {
    Error::validation(vec![fault])
}
