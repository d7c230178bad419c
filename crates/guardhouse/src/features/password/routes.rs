//! HTTP of the feature, nothing else.

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use guardhouse_core::{
    email::{DisplayName, EmailAddress},
    password::Password,
};
use http::{HeaderMap, StatusCode};
use serde_json::json;

use super::{
    register::{self, Registered, Registration},
    reset, rules,
};
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
        limits::LOGIN,
        login::{Arrival, Delivery, Entered, LoginAnswer, device::Mark},
        principal::Caller,
        risk::{self, Act},
    },
};

input! {
    /// Somebody registers.
    pub struct RegisterInput {
        /// The e-mail address to sign in with.
        email: EmailAddress,
        /// 8 to 256 bytes; what else it needs stands in `GET /api/auth/config`.
        password: Password,
        /// What to be called.
        name: DisplayName,
        /// What carries the session: `tokens` (default) or `cookie`.
        delivery: Option<Delivery>,
        /// The answer to a challenge, where one was asked for.
        captcha: Option<risk::Answer>,
    }
}

input! {
    /// Somebody signs in.
    pub struct LoginInput {
        /// The e-mail address.
        email: EmailAddress,
        /// The password.
        password: Password,
        /// Stay signed in for `sessions.remember_me`.
        remember_me: Option<bool>,
        /// What carries the session: `tokens` (default) or `cookie`.
        delivery: Option<Delivery>,
        /// What to call the device in the list of sessions.
        device_name: Option<Text<100>>,
        /// The tenant to sign in to: its slug or its id.
        tenant: Option<Text<100>>,
        /// The answer to a challenge, where one was asked for.
        captcha: Option<risk::Answer>,
    }
}

input! {
    /// A change of one's own password.
    pub struct ChangePasswordInput {
        /// The old one.
        current_password: Password,
        /// The new one.
        new_password: Password,
    }
}

input! {
    /// Somebody forgot a password.
    pub struct ForgotInput {
        /// The address of the account.
        email: EmailAddress,
        /// The answer to a challenge, where one was asked for.
        captcha: Option<risk::Answer>,
    }
}

input! {
    /// A new password with the link that was mailed.
    pub struct ResetInput {
        /// `gdc_…` from the link.
        token: Opaque,
        /// The new password.
        password: Password,
    }
}

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::post("/api/auth/register", Guard::Public, register, "Register with e-mail address and password")
            .about("Where the address must be verified first (`registration.verify_email = required`) the answer is 202 for \
                    new and taken addresses alike, and the letter's link or code takes the registration up.")
            .charged(register::REGISTERED)
            .takes::<RegisterInput>(json!({"email": "alice@example.com", "password": "correct horse battery", "name": "Alice"}))
            .answers::<LoginAnswer>(StatusCode::CREATED, "Registered and signed in")
            .answers_empty(StatusCode::ACCEPTED, "`{\"status\":\"verification_sent\"}`")
            .refuses(&[Code::ValidationFailed, Code::WeakPassword, Code::UserExists, Code::RegistrationClosed, Code::CaptchaRequired, Code::Overloaded]),
        Route::post("/api/auth/login", Guard::Public, login, "Sign in with e-mail address and password")
            .limited(LOGIN)
            .takes::<LoginInput>(json!({"email": "alice@example.com", "password": "correct horse battery"}))
            .answers::<LoginAnswer>(StatusCode::OK, "Signed in")
            .refuses(&[
                Code::ValidationFailed,
                Code::InvalidCredentials,
                Code::EmailNotVerified,
                Code::AccountDisabled,
                Code::Forbidden,
                Code::MfaRequired,
                Code::StepUpRequired,
                Code::CaptchaRequired,
                Code::AccountLocked,
                Code::RateLimited,
                Code::Overloaded,
            ]),
        Route::post("/api/me/password", Guard::Person, change, "Change your password")
            .about("Ends all your other sessions.")
            .limited(LOGIN)
            .takes::<ChangePasswordInput>(json!({"current_password": "correct horse battery", "new_password": "staple paper clip"}))
            .answers_empty(StatusCode::NO_CONTENT, "Changed")
            .refuses(&[Code::InvalidCredentials, Code::WeakPassword, Code::AccountLocked, Code::RateLimited, Code::Conflict]),
        Route::post("/api/auth/password/forgot", Guard::Public, forgot, "Ask for a link to set a new password")
            .about("Always 202: nobody learns whether the address has an account.")
            .limited(reset::PASSWORD_FORGOT)
            .takes::<ForgotInput>(json!({"email": "alice@example.com"}))
            .answers_empty(StatusCode::ACCEPTED, "Noted")
            .refuses(&[Code::ValidationFailed, Code::CaptchaRequired, Code::RateLimited]),
        Route::post("/api/auth/password/reset", Guard::Public, reset_password, "Set a new password with the mailed link")
            .about("Ends all sessions of the account and unlocks it. A link works once.")
            .takes::<ResetInput>(json!({"token": "gdc_…", "password": "staple paper clip"}))
            .answers_empty(StatusCode::NO_CONTENT, "Set")
            .refuses(&[Code::ValidationFailed, Code::InvalidLink, Code::WeakPassword, Code::Overloaded]),
    ]
}

async fn register(
    State(ctx): State<Ctx>,
    client: Client,
    headers: HeaderMap,
    Body(input): Body<RegisterInput>,
) -> Result<Response> {
    let arrival = Arrival::of(&ctx, client, &headers, input.delivery);
    risk::ask(&ctx, Act::Register, input.captcha.as_ref(), &arrival.client).await?;
    let registration = Registration { email: input.email, password: input.password, name: input.name };
    Ok(match register::register(&ctx, registration, arrival).await? {
        Registered::In(entered) => entered.into_response(),
        Registered::Waiting => {
            (StatusCode::ACCEPTED, axum::Json(json!({"status": "verification_sent"}))).into_response()
        }
    })
}

async fn login(
    State(ctx): State<Ctx>,
    client: Client,
    headers: HeaderMap,
    Body(input): Body<LoginInput>,
) -> Result<Entered> {
    let mut arrival = Arrival::of(&ctx, client, &headers, input.delivery);
    arrival.remember = input.remember_me.unwrap_or(false);
    arrival.device_name = input.device_name.map(|Text(name)| name);
    arrival.tenant = input.tenant.map(|Text(named)| named);
    rules::ask(&ctx, &input.email, input.captcha.as_ref(), &arrival).await?;
    rules::login(&ctx, &input.email, input.password, arrival).await
}

async fn change(
    State(ctx): State<Ctx>,
    client: Client,
    Caller(principal): Caller,
    Body(input): Body<ChangePasswordInput>,
) -> Result<(Option<Mark>, StatusCode)> {
    let mark = rules::change(&ctx, &principal, input.current_password, input.new_password, &client).await?;
    Ok((mark, StatusCode::NO_CONTENT))
}

async fn forgot(State(ctx): State<Ctx>, client: Client, Body(input): Body<ForgotInput>) -> Result<StatusCode> {
    risk::ask(&ctx, Act::Letter, input.captcha.as_ref(), &client).await?;
    reset::forgot(&ctx, &input.email, &client).await?;
    Ok(StatusCode::ACCEPTED)
}

async fn reset_password(
    State(ctx): State<Ctx>,
    client: Client,
    Body(input): Body<ResetInput>,
) -> Result<(Option<Mark>, StatusCode)> {
    let mark = reset::reset(&ctx, &input.token.0, input.password, &client).await?;
    Ok((mark, StatusCode::NO_CONTENT))
}
