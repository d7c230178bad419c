//! Reading a body: bounded in size and time, JSON where it says so.

use std::time::Duration;

use axum::extract::{FromRequest, Request};
use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use serde_json::{Map, Value};

use super::{Fields, Input};
use crate::kernel::{
    ctx::Ctx,
    errors::{Code, Error, Result},
    http::strict,
};

/// Bytes of a body, unless the route takes bulk.
const MOST_BYTES: usize = 64 * 1024;
/// A body must arrive within this (`D2`).
const READ_TIME: Duration = Duration::from_secs(10);

/// A body of `T`, read and checked.
pub struct Body<T>(pub T);

impl<T: Input> FromRequest<Ctx> for Body<T> {
    type Rejection = Error;

    async fn from_request(request: Request, _: &Ctx) -> Result<Self> {
        let json = is_json(&request, "application/json");
        let bytes = read(request, MOST_BYTES).await?;
        if !bytes.is_empty() && !json {
            return Err(Error::new(Code::UnsupportedMediaType, "Send the body as application/json."));
        }
        let object = if bytes.is_empty() { Map::new() } else { object(&bytes)? };
        T::read(Fields::new(object)).map(Self)
    }
}

/// Whether the request says that its body is of this media type.
pub fn is_json(request: &Request, wanted: &str) -> bool {
    let line = request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    line.split(';').next().is_some_and(|essence| essence.trim().eq_ignore_ascii_case(wanted))
}

/// The whole body, bounded in size and time.
pub async fn read(request: Request, most: usize) -> Result<Bytes> {
    read_within(READ_TIME, request, most).await
}

pub(in crate::kernel::http) async fn read_within(time: Duration, request: Request, most: usize) -> Result<Bytes> {
    let collected = tokio::time::timeout(time, Limited::new(request.into_body(), most).collect()).await;
    match collected {
        Ok(Ok(body)) => Ok(body.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => {
            Err(Error::new(Code::PayloadTooLarge, format!("The body may have at most {most} bytes.")))
        }
        Ok(Err(_)) => Err(Error::new(Code::MalformedJson, "The body was cut short.")),
        Err(_) => Err(Error::new(Code::MalformedJson, "The body did not arrive in time.")),
    }
}

/// The one object that the text is, no member named twice.
pub fn object(bytes: &[u8]) -> Result<Map<String, Value>> {
    let value = strict::parse(bytes)
        .map_err(|error| Error::new(Code::MalformedJson, format!("The body is not well-formed JSON: {error}.")))?;
    match value {
        Value::Object(object) => Ok(object),
        _ => Err(Error::new(Code::MalformedJson, "The body must be a JSON object.")),
    }
}
