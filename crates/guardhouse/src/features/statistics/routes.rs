//! HTTP of the feature, nothing else.

use axum::{Json, extract::State};
use http::StatusCode;
use serde::Serialize;
use utoipa::ToSchema;

use super::rules::{self, Setting, Statistics};
use crate::kernel::{
    ctx::Ctx,
    errors::Result,
    http::route::{Guard, Route},
};

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::get("/api/admin/stats", Guard::Permission("stats:read"), stats, "Figures of users, sessions and logins")
            .answers::<Statistics>(
                StatusCode::OK,
                "Figures; those of users, sessions and sign-ins are a minute old at most",
            ),
        Route::get("/api/admin/settings", Guard::Permission("settings:read"), settings, "All settings")
            .about("Secrets are masked. Settings are changed where the server is started.")
            .answers::<SettingList>(StatusCode::OK, "Every key with its value"),
    ]
}

#[derive(Serialize, ToSchema)]
struct SettingList {
    /// The settings.
    data: Vec<Setting>,
    /// Always null: all are shown.
    next_cursor: Option<String>,
}

async fn stats(State(ctx): State<Ctx>) -> Result<Json<Statistics>> {
    rules::statistics(&ctx).await.map(Json)
}

async fn settings(State(ctx): State<Ctx>) -> Json<SettingList> {
    Json(SettingList { data: rules::settings(&ctx), next_cursor: None })
}
