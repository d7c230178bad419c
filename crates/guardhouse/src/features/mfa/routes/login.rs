//! The second half of a login, and one more proof for a session.

use axum::{Json, extract::State};
use guardhouse_core::password::Password;
use http::{HeaderMap, StatusCode};
use serde_json::{Value, json};

use crate::{
    features::password,
    input,
    kernel::{
        ctx::Ctx,
        errors::{Code, Detail, Error, Result},
        http::{
            client::Client,
            input::{Body, Foreign, Opaque, Text},
            route::{Guard, Route},
        },
        limits::LOGIN,
        login::{self, Answer, Arrival, Entered, LoginAnswer},
        principal::Caller,
    },
};

input! {
    /// What a second factor needs before it can be answered.
    pub struct ChallengeInput {
        /// `gdc_…` from `MFA_REQUIRED`.
        mfa_token: Opaque,
        /// One of `methods`.
        method: Text<32>,
    }
}

input! {
    /// The answer to a second factor.
    pub struct MfaVerifyInput {
        /// `gdc_…` from `MFA_REQUIRED`.
        mfa_token: Opaque,
        /// One of `methods`.
        method: Text<32>,
        /// The code, for methods with one.
        code: Option<Opaque>,
        /// What the browser made of the options, for `passkey`.
        credential: Option<Foreign>,
        /// Let this device off the second factor for `mfa.remember_device`; the answer sets a cookie that says so.
        remember_device: Option<bool>,
    }
}

input! {
    /// A proof that is asked for again: the password, or a second factor.
    pub struct StepUpInput {
        /// The password.
        password: Option<Password>,
        /// A second factor: one of `GET /api/me/mfa`.
        method: Option<Text<32>>,
        /// Its code, for methods with one.
        code: Option<Opaque>,
        /// What the browser made of the options, for `passkey`.
        credential: Option<Foreign>,
        /// `gdc_…` of the challenge, for methods that need one.
        mfa_token: Option<Opaque>,
    }
}

input! {
    /// What a second factor needs before a session can prove it.
    pub struct StepUpChallengeInput {
        /// Which.
        method: Text<32>,
    }
}

const REFUSED: [Code; 6] = [
    Code::ValidationFailed,
    Code::InvalidToken,
    Code::InvalidMfaCode,
    Code::AccountDisabled,
    Code::AccountLocked,
    Code::RateLimited,
];

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::post("/api/auth/mfa/challenge", Guard::Public, challenge, "Ask for what a second factor needs")
            .about("Options for a passkey, or a code by mail; nothing for what is answered at once.")
            .takes::<ChallengeInput>(json!({"mfa_token": "gdc_…", "method": "email_code"}))
            .answers::<Value>(StatusCode::OK, "What to answer: WebAuthn options, or where the code was sent")
            .refuses(&[Code::EmailNotVerified])
            .refuses(&REFUSED),
        Route::post("/api/auth/mfa/verify", Guard::Public, verify, "Answer a second factor")
            .about("Ends the login that answered `MFA_REQUIRED`. Five answers, then the login begins anew; a code is good once.")
            .limited(LOGIN)
            .takes::<MfaVerifyInput>(json!({"mfa_token": "gdc_…", "method": "totp", "code": "123456"}))
            .answers::<LoginAnswer>(StatusCode::OK, "Signed in")
            .refuses(&[Code::EmailNotVerified, Code::Forbidden, Code::StepUpRequired])
            .refuses(&REFUSED),
        Route::post("/api/auth/step-up", Guard::Person, step_up, "Prove again who you are")
            .about("With the password, or with a second factor. The session stays; its tokens or its cookie are new, with a fresh \
                    `auth_time` (RFC 9470). What it showed before counts on: the password and a second factor are `mfa` together.")
            .below_policy()
            .limited(LOGIN)
            .takes::<StepUpInput>(json!({"password": "correct horse battery"}))
            .answers::<LoginAnswer>(StatusCode::OK, "Proved")
            .refuses(&[Code::InvalidCredentials, Code::StepUpRequired])
            .refuses(&REFUSED),
        Route::post("/api/auth/step-up/challenge", Guard::Person, challenge_again, "Ask for what a second factor needs")
            .about("The answer's `mfa_token` goes with the proof to `POST /api/auth/step-up`.")
            .below_policy()
            .takes::<StepUpChallengeInput>(json!({"method": "passkey"}))
            .answers::<Value>(StatusCode::OK, "What to answer, and `mfa_token`")
            .refuses(&REFUSED),
    ]
}

async fn challenge(State(ctx): State<Ctx>, client: Client, Body(input): Body<ChallengeInput>) -> Result<Json<Value>> {
    login::challenge(&ctx, &input.mfa_token.0, &input.method.0, &client).await.map(Json)
}

async fn verify(
    State(ctx): State<Ctx>,
    client: Client,
    headers: HeaderMap,
    Body(input): Body<MfaVerifyInput>,
) -> Result<Entered> {
    let now = Arrival::of(&ctx, client, &headers, None);
    let answer = answer(&input.method, input.code.as_ref(), input.credential.as_ref());
    login::answer(&ctx, &input.mfa_token.0, answer, input.remember_device.unwrap_or(false), now).await
}

fn answer<'a>(Text(method): &'a Text<32>, code: Option<&'a Opaque>, credential: Option<&'a Foreign>) -> Answer<'a> {
    Answer { method, code: code.map(|Opaque(code)| code.as_str()), credential: credential.map(|Foreign(value)| value) }
}

async fn step_up(
    State(ctx): State<Ctx>,
    client: Client,
    Caller(principal): Caller,
    Body(input): Body<StepUpInput>,
) -> Result<Entered> {
    match (input.password, &input.method) {
        (Some(password), None) => password::step_up(&ctx, &principal, password, &client).await,
        (None, Some(method)) => {
            let answer = answer(method, input.code.as_ref(), input.credential.as_ref());
            let token = input.mfa_token.as_ref().map(|Opaque(token)| token.as_str());
            login::step_up(&ctx, &principal, token, answer, &client).await
        }
        (password, _) => {
            let code = if password.is_some() { "AMBIGUOUS" } else { "REQUIRED" };
            let text = "Send `password`, or `method` with its answer.";
            Err(Error::validation(vec![Detail::new("password", code, text)]))
        }
    }
}

async fn challenge_again(
    State(ctx): State<Ctx>,
    client: Client,
    Caller(principal): Caller,
    Body(input): Body<StepUpChallengeInput>,
) -> Result<Json<Value>> {
    login::challenge_again(&ctx, &principal, &input.method.0, &client).await.map(Json)
}
