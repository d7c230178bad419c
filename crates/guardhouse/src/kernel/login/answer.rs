//! The login answer of the HTTP contract, wherever a login ends.

use std::convert::Infallible;

use axum::response::{IntoResponse, IntoResponseParts, Response, ResponseParts};
use guardhouse_core::{
    ids::SessionId,
    opaque::Stamped,
    time::{Span, Timestamp},
};
use http::HeaderMap;
use serde::Serialize;
use serde_json::Value;
use utoipa::{
    ToSchema,
    openapi::{ObjectBuilder, RefOr, Schema, schema::Type},
};

use super::device;
use crate::kernel::{
    accounts::User,
    ctx::Ctx,
    errors::Result,
    http::{
        cookies, csrf,
        input::{Fault, Field},
    },
    tokens::{self, Issue},
};

/// What carries a session.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Delivery {
    /// An access token and a refresh token in the answer.
    #[default]
    Tokens,
    /// A cookie that scripts cannot read, and a CSRF token.
    Cookie,
}

impl Field for Delivery {
    fn read(value: Value) -> Result<Self, Fault> {
        match value.as_str() {
            Some("tokens") => Ok(Self::Tokens),
            Some("cookie") => Ok(Self::Cookie),
            _ => Err(Fault::new("INVALID_CHOICE", "Must be \"tokens\" or \"cookie\".")),
        }
    }
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new().schema_type(Type::String).enum_values(Some(["tokens", "cookie"])).into()
    }
}

/// The credential that the answer hands over.
pub(super) enum Carried {
    /// A refresh token, with an access token issued beside it.
    Tokens {
        /// The refresh token.
        refresh: Stamped,
        /// When it expires.
        expires_at: Timestamp,
    },
    /// A session cookie.
    Cookie {
        /// Its value.
        cookie: Stamped,
        /// How long the browser keeps it; until it closes where there is none.
        life: Option<Span>,
    },
}

/// The body of a login answer: with `delivery: "tokens"` the first five members, with `"cookie"` the `csrf_token`.
#[derive(Serialize, ToSchema)]
pub struct LoginAnswer {
    /// `Bearer`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token_type: Option<&'static str>,
    /// A signed JWT (RFC 9068).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub access_token: Option<String>,
    /// Seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_in: Option<i64>,
    /// `gdr_…`, good for one refresh.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refresh_token: Option<String>,
    /// Seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refresh_expires_in: Option<i64>,
    /// Who signed in.
    pub user: User,
    /// `ses_…`
    #[schema(value_type = String)]
    pub session_id: SessionId,
    /// To send as `X-CSRF-Token` with everything that changes something.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub csrf_token: Option<String>,
    /// With an account's first second factor: codes that stand in for a lost one, each once. Shown this once.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = json!(["7K3MPQ-2D9FXW-H4T8NB-V6RCJA"]))]
    pub recovery_codes: Option<Vec<String>>,
}

/// A login answer with its cookies.
pub struct Entered {
    /// The body.
    pub answer: LoginAnswer,
    cookies: Cookies,
    created: bool,
}

/// The answer that hands over what carries the session.
pub(super) fn carried(ctx: &Ctx, whose: &Issue<'_>, carried: &Carried) -> Result<Entered> {
    let (account, session) = (whose.account, whose.session);
    let mut answer = LoginAnswer {
        token_type: None,
        access_token: None,
        expires_in: None,
        refresh_token: None,
        refresh_expires_in: None,
        user: User::from(account),
        session_id: session,
        csrf_token: None,
        recovery_codes: None,
    };
    let mut cookie = None;
    match carried {
        Carried::Tokens { refresh, expires_at } => {
            let issued = tokens::issue(ctx, whose)?;
            ctx.meters.token_issued();
            answer.token_type = Some("Bearer");
            answer.access_token = Some(issued.token);
            answer.expires_in = Some(issued.expires_in);
            answer.refresh_token = Some(refresh.text());
            answer.refresh_expires_in = Some(expires_at.since(ctx.now()).as_seconds_up());
        }
        Carried::Cookie { cookie: stamped, life } => {
            answer.csrf_token = Some(csrf::token(ctx, &session.bytes()));
            cookie = Some((stamped.text(), *life));
        }
    }
    let cookies = Cookies { ctx: ctx.clone(), session: cookie, device: None };
    Ok(Entered { answer, cookies, created: false })
}

impl Entered {
    /// Marks the device as known.
    #[must_use]
    pub(super) fn known_device(mut self, mark: String) -> Self {
        self.cookies.device = Some(mark);
        self
    }

    /// Shows codes that stand in for a lost factor.
    #[must_use]
    pub fn with_recovery_codes(mut self, codes: Option<Vec<String>>) -> Self {
        self.answer.recovery_codes = codes;
        self
    }

    /// The body, for an answer that says more, and what the browser keeps.
    #[must_use]
    pub fn parts(self) -> (LoginAnswer, Cookies) {
        (self.answer, self.cookies)
    }

    /// Answers 201: the login came with a new account.
    #[must_use]
    pub fn created(mut self) -> Self {
        self.created = true;
        self
    }
}

impl IntoResponse for Entered {
    fn into_response(self) -> Response {
        let status = if self.created { http::StatusCode::CREATED } else { http::StatusCode::OK };
        let mut response = (status, axum::Json(self.answer)).into_response();
        self.cookies.set(response.headers_mut());
        response
    }
}

/// What a login answer has the browser keep.
pub struct Cookies {
    ctx: Ctx,
    session: Option<(String, Option<Span>)>,
    device: Option<String>,
}

impl Cookies {
    fn set(self, headers: &mut HeaderMap) {
        if let Some((value, life)) = self.session {
            cookies::set_session(&self.ctx, headers, value, life);
        }
        if let Some(mark) = self.device {
            cookies::set_device(&self.ctx, headers, mark, device::LIFE);
        }
    }
}

/// Beside a page instead of the answer's body.
impl IntoResponseParts for Cookies {
    type Error = Infallible;

    fn into_response_parts(self, mut parts: ResponseParts) -> Result<ResponseParts, Infallible> {
        self.set(parts.headers_mut());
        Ok(parts)
    }
}
