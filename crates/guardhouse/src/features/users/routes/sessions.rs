//! Where a user is signed in.

use axum::{Json, extract::State};
use guardhouse_core::ids::{AccountId, SessionId};
use http::StatusCode;

use crate::{
    features::users::{access::By, sessions},
    kernel::{
        ctx::Ctx,
        errors::{Code, Result},
        http::{
            input::{Body, Nothing},
            page::PageQuery,
            path::{Last, Of},
            route::{Guard, Route},
        },
        sessions::Devices,
    },
};

const READ: Guard = Guard::Permission("sessions:read");
const WRITE: Guard = Guard::Permission("sessions:write");

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::get("/api/admin/users/{id}/sessions", READ, list_sessions, "Where a user is signed in")
            .paged()
            .answers::<Devices>(StatusCode::OK, "Live sessions, the newest first")
            .refuses(&[Code::NotFound]),
        Route::delete("/api/admin/users/{id}/sessions", WRITE, end_sessions, "Sign a user out everywhere")
            .answers_empty(StatusCode::NO_CONTENT, "Ended")
            .refuses(&[Code::NotFound]),
        Route::delete("/api/admin/users/{id}/sessions/{sid}", WRITE, end_session, "End one session of a user")
            .answers_empty(StatusCode::NO_CONTENT, "Ended")
            .refuses(&[Code::NotFound]),
    ]
}

async fn list_sessions(
    State(ctx): State<Ctx>,
    Of(id): Of<AccountId>,
    page: PageQuery<SessionId>,
) -> Result<Json<Devices>> {
    sessions::list(&ctx, id, &page).await.map(Json)
}

async fn end_sessions(State(ctx): State<Ctx>, Of(id): Of<AccountId>, by: By, _: Body<Nothing>) -> Result<StatusCode> {
    sessions::end_all(&ctx, &by, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn end_session(
    State(ctx): State<Ctx>,
    Of(id): Of<AccountId>,
    Last(session): Last,
    by: By,
    _: Body<Nothing>,
) -> Result<StatusCode> {
    sessions::end(&ctx, &by, id, &session).await?;
    Ok(StatusCode::NO_CONTENT)
}
