//! HTTP of the API, nothing else.

use axum::extract::State;
use guardhouse_core::{email::EmailAddress, password::Password};
use http::StatusCode;
use serde_json::json;

use super::{
    resend,
    rules::{self, Shown},
};
use crate::{
    input,
    kernel::{
        ctx::Ctx,
        errors::{Code, Detail, Error, Result},
        http::{
            client::Client,
            input::{Body, Opaque},
            route::{Guard, Route},
        },
        limits::LOGIN,
        mail,
        risk::{self, Act},
    },
};

input! {
    /// What a letter carried: the token of its link, or the code with the address it was sent to.
    pub struct VerifyEmailInput {
        /// `gdc_…` from the link.
        token: Option<Opaque>,
        /// The address that the code was sent to.
        email: Option<EmailAddress>,
        /// Six digits.
        code: Option<Opaque>,
        /// For a registration that waits: the password it was made with, or a new one.
        password: Option<Password>,
    }
}

input! {
    /// Somebody asks for the letter again.
    pub struct ResendInput {
        /// The address.
        email: EmailAddress,
        /// The answer to a challenge, where one was asked for.
        captcha: Option<risk::Answer>,
    }
}

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::post("/api/auth/email/verify", Guard::Public, verify, "Show that an e-mail address is yours")
            .about("With `token`, or with `email` and `code`. A registration that waits for it needs `password` as well: the \
                    one typed then or a new one. Each letter works once, its code for ten minutes and five tries.")
            .limited(LOGIN)
            .takes::<VerifyEmailInput>(json!({"token": "gdc_…"}))
            .answers_empty(StatusCode::NO_CONTENT, "Verified")
            .refuses(&[
                Code::ValidationFailed,
                Code::InvalidLink,
                Code::WeakPassword,
                Code::UserExists,
                Code::AccountLocked,
                Code::RateLimited,
                Code::Overloaded,
            ]),
        Route::post("/api/auth/email/resend", Guard::Public, resend_letter, "Ask for the letter again")
            .about("Always 202: nobody learns whether the address has an account.")
            .limited(mail::LETTERS)
            .takes::<ResendInput>(json!({"email": "alice@example.com"}))
            .answers_empty(StatusCode::ACCEPTED, "Noted")
            .refuses(&[Code::ValidationFailed, Code::CaptchaRequired, Code::RateLimited]),
    ]
}

impl VerifyEmailInput {
    /// Either the token or the address with the code, not both.
    pub(super) fn shown(self) -> Result<(Shown, Option<Password>)> {
        let missing = |fields: &[&str]| {
            let of = |field: &&str| Detail::new(*field, "REQUIRED", "Send `token`, or `email` and `code`.");
            Err(Error::validation(fields.iter().map(of).collect()))
        };
        let shown = match (self.token, self.email, self.code) {
            (Some(Opaque(token)), None, None) => Shown::Link(token),
            (None, Some(email), Some(Opaque(digits))) => Shown::Typed(email, digits),
            (None, Some(_), None) => return missing(&["code"]),
            (None, None, Some(_)) => return missing(&["email"]),
            (None, None, None) => return missing(&["token"]),
            (Some(_), _, _) => {
                let detail = Detail::new("token", "AMBIGUOUS", "Send `token` alone, or `email` and `code`.");
                return Err(Error::validation(vec![detail]));
            }
        };
        Ok((shown, self.password))
    }
}

async fn verify(State(ctx): State<Ctx>, client: Client, Body(input): Body<VerifyEmailInput>) -> Result<StatusCode> {
    let (shown, password) = input.shown()?;
    rules::verify(&ctx, &shown, password, &client).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn resend_letter(State(ctx): State<Ctx>, client: Client, Body(input): Body<ResendInput>) -> Result<StatusCode> {
    risk::ask(&ctx, Act::Letter, input.captcha.as_ref(), &client).await?;
    resend::resend(&ctx, &input.email, &client).await?;
    Ok(StatusCode::ACCEPTED)
}
