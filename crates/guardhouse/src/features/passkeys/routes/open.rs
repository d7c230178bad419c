//! Signing in.

use axum::{Json, extract::State};
use http::{HeaderMap, StatusCode};
use serde_json::json;

use super::Options;
use crate::{
    features::passkeys::{BEGUN, input::Asserted, sign_in},
    input,
    kernel::{
        ctx::Ctx,
        errors::{Code, Result},
        http::{
            client::Client,
            input::{Body, Nothing, Text},
            route::{Guard, Route},
        },
        limits::LOGIN,
        login::{Arrival, Delivery, Entered, LoginAnswer},
    },
};

input! {
    /// Somebody signs in with a passkey.
    pub struct PasskeyLoginInput {
        /// What `navigator.credentials.get()` gave, by its `toJSON()`.
        credential: Asserted,
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
        Route::post("/api/auth/passkey/options", Guard::Public, begin, "Options to sign in with a passkey")
            .about("For any passkey of this server, so nobody types who they are; also for the browser's autofill. Good for \
                    one answer within five minutes.")
            .charged(BEGUN)
            .answers::<Options>(StatusCode::OK, "What to hand to `navigator.credentials.get()`")
            .refuses(&[Code::NotFound]),
        Route::post("/api/auth/passkey/verify", Guard::Public, finish, "Sign in with a passkey")
            .about("Counts as two factors: the device, and who unlocked it.")
            .limited(LOGIN)
            .takes::<PasskeyLoginInput>(json!({
                "credential": {
                    "id": "…", "rawId": "…", "type": "public-key",
                    "response": {"authenticatorData": "…", "clientDataJSON": "…", "signature": "…", "userHandle": "…"},
                    "clientExtensionResults": {},
                },
            }))
            .answers::<LoginAnswer>(StatusCode::OK, "Signed in")
            .refuses(&[
                Code::ValidationFailed,
                Code::InvalidCredentials,
                Code::EmailNotVerified,
                Code::AccountDisabled,
                Code::Forbidden,
                Code::StepUpRequired,
                Code::RateLimited,
                Code::NotFound,
            ]),
    ]
}

async fn begin(State(ctx): State<Ctx>, _: Body<Nothing>) -> Result<Json<Options>> {
    Ok(Json(Options(sign_in::begin(&ctx).await?)))
}

async fn finish(
    State(ctx): State<Ctx>,
    client: Client,
    headers: HeaderMap,
    Body(input): Body<PasskeyLoginInput>,
) -> Result<Entered> {
    let arrival = Arrival {
        remember: input.remember_me.unwrap_or(false),
        device_name: input.device_name.map(|Text(name)| name),
        tenant: input.tenant.map(|Text(named)| named),
        ..Arrival::of(&ctx, client, &headers, input.delivery)
    };
    sign_in::finish(&ctx, &input.credential.0, arrival).await
}
