//! What went wrong, as the caller is told, and the private cause, as the log is told.
//!
//! Handlers return [`Error`]; the one exit in `http::outer` renders it by the kind of route.

mod code;

use std::borrow::Cow;

use axum::response::{IntoResponse, Response};
use guardhouse_core::time::Span;
use guardhouse_store::StoreError;

pub use code::Code;

use super::limits::network::Left;

/// Shorthand of the whole library.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// One field's fault.
#[derive(Clone, Debug, serde::Serialize, utoipa::ToSchema)]
pub struct Detail {
    /// The field's name, or the path of a nested one.
    pub field: String,
    /// Stable code of what is wrong with it.
    pub code: &'static str,
    /// The same for people.
    pub message: String,
}

impl Detail {
    /// `field` is wrong in the way `code` names.
    pub fn new(field: impl Into<String>, code: &'static str, message: impl Into<String>) -> Self {
        Self { field: field.into(), code, message: message.into() }
    }
}

type Source = Box<dyn std::error::Error + Send + Sync>;

/// A refusal or a fault, with what the caller is told and what only the log is told.
#[derive(Debug)]
pub struct Error(Box<Parts>);

#[derive(Debug)]
struct Parts {
    code: Code,
    message: Cow<'static, str>,
    details: Vec<Detail>,
    extra: serde_json::Map<String, serde_json::Value>,
    retry_after: Option<Span>,
    clear_session_cookie: bool,
    left: Option<Left>,
    source: Option<Source>,
}

impl Error {
    /// An error that the caller can act on.
    pub fn new(code: Code, message: impl Into<Cow<'static, str>>) -> Self {
        Self(Box::new(Parts {
            code,
            message: message.into(),
            details: Vec::new(),
            extra: serde_json::Map::new(),
            retry_after: None,
            clear_session_cookie: false,
            left: None,
            source: None,
        }))
    }

    /// A fault of ours: the caller learns nothing but the request id.
    pub fn internal(source: impl Into<Source>) -> Self {
        Self::new(Code::Internal, "Something went wrong on our side. The request id finds it in the log.")
            .caused_by(source)
    }

    /// Fields that were refused.
    pub fn validation(details: Vec<Detail>) -> Self {
        Self::new(Code::ValidationFailed, "The request has fields that are missing or wrong.").with_details(details)
    }

    /// No such thing, or none that the caller may know of.
    pub fn not_found() -> Self {
        Self::new(Code::NotFound, "There is nothing here.")
    }

    /// Adds faults of single fields.
    #[must_use]
    pub fn with_details(mut self, details: Vec<Detail>) -> Self {
        self.0.details = details;
        self
    }

    /// Adds a member inside `error`, such as `mfa_token`.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<serde_json::Value>) -> Self {
        self.0.extra.insert(name.to_owned(), value.into());
        self
    }

    /// Says when to try again (`Retry-After`, RFC 9110 section 10.2.3).
    #[must_use]
    pub fn retry_after(mut self, span: Span) -> Self {
        self.0.retry_after = Some(span);
        self
    }

    /// Has the browser forget a session cookie that is good for nothing any more.
    #[must_use]
    pub fn clearing_session_cookie(mut self) -> Self {
        self.0.clear_session_cookie = true;
        self
    }

    /// Says what the limit that refused leaves.
    #[must_use]
    pub fn limited(mut self, left: Left) -> Self {
        self.0.left = Some(left);
        self
    }

    /// What the limit that refused leaves.
    pub fn left(&self) -> Option<&Left> {
        self.0.left.as_ref()
    }

    /// Keeps the private cause for the log.
    #[must_use]
    pub fn caused_by(mut self, source: impl Into<Source>) -> Self {
        self.0.source = Some(source.into());
        self
    }

    /// The stable code.
    pub fn code(&self) -> Code {
        self.0.code
    }

    /// The text for people.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// Faults of single fields.
    pub fn details(&self) -> &[Detail] {
        &self.0.details
    }

    /// Members beside code and message.
    pub fn extra(&self) -> &serde_json::Map<String, serde_json::Value> {
        &self.0.extra
    }

    /// When to try again.
    pub fn retry(&self) -> Option<Span> {
        self.0.retry_after
    }

    /// Whether the answer clears the session cookie.
    pub fn clears_session_cookie(&self) -> bool {
        self.0.clear_session_cookie
    }

    /// The private cause.
    pub fn cause(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.source.as_ref().map(|source| &**source as &(dyn std::error::Error + 'static))
    }
}

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.0.code.as_str(), self.0.message)?;
        for detail in &self.0.details {
            write!(f, "\n  {}: {}", detail.field, detail.message)?;
        }
        Ok(())
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.cause()
    }
}

/// The database being away is told apart from everything else: a caller may try again (rulings: never a wrong 401).
impl From<StoreError> for Error {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Unavailable(_) | StoreError::Full => {
                Self::new(Code::Unavailable, "The server cannot reach its database. Try again in a moment.")
                    .retry_after(Span::seconds(2))
                    .caused_by(error)
            }
            other => Self::internal(other),
        }
    }
}

/// Only carries the error to the one exit, which renders it.
impl IntoResponse for Error {
    fn into_response(self) -> Response {
        let mut response = self.0.code.status().into_response();
        response.extensions_mut().insert(std::sync::Arc::new(self));
        response
    }
}
