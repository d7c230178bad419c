//! One's own second factors.

use axum::{Json, extract::State};
use guardhouse_core::{principal::Principal, time::Timestamp};
use http::StatusCode;
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;

use crate::{
    features::{
        mfa::{codes, reset},
        password::{PROOF_REFUSALS, ProofInput},
    },
    kernel::{
        accounts,
        ctx::Ctx,
        errors::{Code, Result},
        factors::{self, Factor},
        http::{
            client::Client,
            input::{Body, Nothing},
            route::{Guard, Route},
        },
        principal::Caller,
        settings::MfaPolicy,
    },
};

/// One's own second factors.
#[derive(Serialize, ToSchema)]
pub(super) struct Overview {
    /// Whether a login asks for one.
    enabled: bool,
    /// Whether the server asks for one.
    required: bool,
    /// Kinds that can be enrolled.
    #[schema(example = json!(["totp", "passkey", "email_code"]))]
    available: Vec<&'static str>,
    /// Kinds that a login takes now.
    #[schema(example = json!(["totp", "recovery_code"]))]
    methods: Vec<&'static str>,
    /// What is enrolled, the oldest first.
    factors: Vec<Factor>,
    /// Recovery codes not used yet.
    recovery_codes_left: i64,
    /// When an administrator's removal of all factors happens, where one waits.
    #[schema(value_type = Option<String>)]
    reset_at: Option<Timestamp>,
}

/// New recovery codes.
#[derive(Serialize, ToSchema)]
struct RecoveryCodes {
    /// Each stands in for a second factor once. Shown this once.
    #[schema(example = json!(["7K3MPQ-2D9FXW-H4T8NB-V6RC1A"]))]
    recovery_codes: Vec<String>,
}

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::get("/api/me/mfa", Guard::Person, overview, "Your second factors")
            .below_policy()
            .answers::<Overview>(StatusCode::OK, "What is enrolled, and what can be"),
        Route::post("/api/me/mfa/recovery-codes", Guard::RecentProof, renew, "New recovery codes")
            .about("Ten, shown this once; all earlier ones are void.")
            .takes::<ProofInput>(json!({"current_password": "correct horse battery"}))
            .answers::<RecoveryCodes>(StatusCode::OK, "The codes")
            .refuses(&[Code::Conflict])
            .refuses(&PROOF_REFUSALS),
        Route::delete("/api/me/mfa/reset", Guard::Person, stop, "Stop an administrator's removal of your factors")
            .below_policy()
            .answers_empty(StatusCode::NO_CONTENT, "Stopped")
            .refuses(&[Code::NotFound, Code::Forbidden]),
    ]
}

async fn overview(State(ctx): State<Ctx>, Caller(principal): Caller) -> Result<Json<Overview>> {
    view(&ctx, &principal).await.map(Json)
}

async fn view(ctx: &Ctx, principal: &Principal) -> Result<Overview> {
    let account = accounts::existing(ctx, principal.subject).await?;
    let mfa = &ctx.settings.mfa;
    let offered = mfa.methods.iter().filter(|_| mfa.policy != MfaPolicy::Off);
    Ok(Overview {
        enabled: account.second_factor,
        required: factors::is_required(ctx, &account),
        available: offered.map(|method| method.as_str()).collect(),
        methods: factors::methods(ctx, &account).await?.iter().map(|factor| factor.method).collect(),
        factors: factors::list(ctx, account.id).await?,
        recovery_codes_left: codes::left(ctx, account.id).await?,
        reset_at: reset::waits(ctx, account.id).await?,
    })
}

async fn renew(
    State(ctx): State<Ctx>,
    client: Client,
    Caller(principal): Caller,
    Body(input): Body<ProofInput>,
) -> Result<Json<RecoveryCodes>> {
    let proved = input.proved(&ctx, &principal, &client).await?;
    let recovery_codes = codes::renew(&ctx, &proved, &client).await?;
    Ok(Json(RecoveryCodes { recovery_codes }))
}

async fn stop(
    State(ctx): State<Ctx>,
    client: Client,
    Caller(principal): Caller,
    _: Body<Nothing>,
) -> Result<StatusCode> {
    reset::stop(&ctx, &principal, &client).await?;
    Ok(StatusCode::NO_CONTENT)
}
