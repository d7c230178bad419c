//! HTTP of the feature, nothing else.

use axum::{Json, extract::State};
use http::StatusCode;
use serde::Serialize;
use utoipa::ToSchema;

use crate::kernel::{
    ctx::Ctx,
    http::route::{Guard, Route},
    login::{RegistrationSettings, VerifyEmail},
    settings::Class,
};

/// What this server offers.
#[derive(Serialize, ToSchema)]
struct Offer {
    /// Who may register.
    registration: Registration,
    /// What a password must be like.
    password: PasswordPolicy,
    /// What may carry a session.
    #[schema(example = json!(["tokens", "cookie"]))]
    delivery: [&'static str; 2],
    /// Ways to sign in.
    #[schema(example = json!(["password"]))]
    methods: Vec<&'static str>,
    /// Providers to sign in with.
    #[schema(example = json!([]))]
    social: Vec<&'static str>,
    /// The challenge that forms must solve.
    #[schema(example = "off")]
    captcha: &'static str,
}

#[derive(Serialize, ToSchema)]
struct Registration {
    /// Whether anybody may register.
    open: bool,
    /// Whether the e-mail address is verified: `off`, `optional` or `required` before the first login.
    #[schema(value_type = String, example = "required")]
    verify_email: VerifyEmail,
}

#[derive(Serialize, ToSchema)]
struct PasswordPolicy {
    /// Characters it must have.
    min_length: usize,
    /// Bytes it may have.
    max_length: usize,
    /// How hard to guess it must be by zxcvbn's estimate: 0 (not measured) to 4.
    min_strength: u8,
    /// Kinds of characters it must have: `upper`, `lower`, `digit`, `symbol`.
    #[schema(value_type = Vec<String>, example = json!([]))]
    require: Vec<Class>,
}

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::get("/api/auth/config", Guard::Public, config, "What this server offers, for login forms")
            .answers::<Offer>(StatusCode::OK, "Methods, password policy, registration"),
    ]
}

async fn config(State(ctx): State<Ctx>) -> Json<Offer> {
    let registration = ctx.settings.of::<RegistrationSettings>();
    let password = &ctx.settings.password;
    Json(Offer {
        registration: Registration { open: registration.open, verify_email: registration.verify_email },
        password: PasswordPolicy {
            min_length: password.min_length,
            max_length: guardhouse_core::password::Password::MAX_BYTES,
            min_strength: password.min_strength,
            require: password.require.clone(),
        },
        delivery: ["tokens", "cookie"],
        methods: vec!["password"],
        social: Vec::new(),
        captcha: "off",
    })
}
