//! HTTP of the feature, nothing else.

use axum::extract::State;
use guardhouse_core::email::EmailAddress;
use http::{HeaderMap, StatusCode};
use serde_json::json;

use super::{MAGIC_LINK, rules};
use crate::{
    input,
    kernel::{
        ctx::Ctx,
        errors::{Code, Result},
        http::{
            client::Client,
            input::{Body, Opaque, Text},
            route::{Guard, Route},
        },
        login::{Arrival, Delivery, Entered, LoginAnswer},
    },
};

input! {
    /// Whom to mail a link.
    pub struct MagicLinkInput {
        /// The address of the account.
        email: EmailAddress,
    }
}

input! {
    /// Somebody signs in with a link.
    pub struct MagicLinkVerifyInput {
        /// `gdc_…` from the link.
        token: Opaque,
        /// Stay signed in for `sessions.remember_me`.
        remember_me: Option<bool>,
        /// What carries the session: `tokens` (default) or `cookie`.
        delivery: Option<Delivery>,
        /// What to call the device in the list of sessions.
        device_name: Option<Text<100>>,
        /// The tenant to sign in to: its slug or its id.
        tenant: Option<Text<100>>,
    }
}

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::post("/api/auth/magic-link", Guard::Public, ask, "Ask for a link to sign in")
            .about("Always 202: nobody learns whether the address has an account.")
            .limited(MAGIC_LINK)
            .takes::<MagicLinkInput>(json!({"email": "alice@example.com"}))
            .answers_empty(StatusCode::ACCEPTED, "Noted")
            .refuses(&[Code::ValidationFailed, Code::Forbidden, Code::RateLimited]),
        Route::post("/api/auth/magic-link/verify", Guard::Public, verify, "Sign in with the mailed link")
            .about("A link works once. It is one factor: whoever enrolled a second is asked for it. An account whose address \
                    nobody had verified loses its password, keys, factors and sessions, since somebody else may have made it.")
            .takes::<MagicLinkVerifyInput>(json!({"token": "gdc_…"}))
            .answers::<LoginAnswer>(StatusCode::OK, "Signed in")
            .refuses(&[
                Code::ValidationFailed,
                Code::InvalidLink,
                Code::MfaRequired,
                Code::AccountDisabled,
                Code::Forbidden,
                Code::StepUpRequired,
            ]),
    ]
}

async fn ask(State(ctx): State<Ctx>, client: Client, Body(input): Body<MagicLinkInput>) -> Result<StatusCode> {
    rules::ask(&ctx, &input.email, &client).await?;
    Ok(StatusCode::ACCEPTED)
}

async fn verify(
    State(ctx): State<Ctx>,
    client: Client,
    headers: HeaderMap,
    Body(input): Body<MagicLinkVerifyInput>,
) -> Result<Entered> {
    let arrival = Arrival {
        remember: input.remember_me.unwrap_or(false),
        device_name: input.device_name.map(|Text(name)| name),
        tenant: input.tenant.map(|Text(named)| named),
        ..Arrival::of(&ctx, client, &headers, input.delivery)
    };
    rules::enter(&ctx, &input.token.0, arrival).await
}
