use axum::{Json, extract::State};
use http::StatusCode;

use crate::kernel::{
    audit::Who,
    ctx::Ctx,
    errors::{Code, Result},
    http::{
        client::Client,
        input::{Body, Nothing},
        page::{PARAMETERS, PageQuery},
        path::Last,
        route::{Guard, Route},
    },
    keys::{self, KeyPage, KeyRow},
    principal::Caller,
};

const READ: Guard = Guard::Permission("signing-keys:read");
const WRITE: Guard = Guard::Permission("signing-keys:write");

pub(super) fn routes() -> Vec<Route> {
    let list = Route::get("/api/admin/signing-keys", READ, list, "List the keys that sign access tokens")
        .about(
            "A `next` key is published and signs later, the `active` one signs, a `retiring` one verifies what it \
             signed, a `retired` one is good for nothing.",
        )
        .answers::<KeyPage>(StatusCode::OK, "The newest first")
        .refuses(&[Code::ValidationFailed]);
    vec![
        PARAMETERS.into_iter().fold(list, |route, (name, meaning)| route.query(name, meaning)),
        Route::post("/api/admin/signing-keys/rotate", WRITE, rotate, "Make a new key that signs at once")
            .about("Earlier keys verify until no token of theirs can be alive.")
            .answers::<KeyRow>(StatusCode::CREATED, "The new key")
            .refuses(&[Code::Conflict]),
        Route::post("/api/admin/signing-keys/{kid}/retire", WRITE, retire, "End a key and all tokens it signed")
            .about("For a key that leaked. The only active key is replaced by a new one first.")
            .answers::<KeyRow>(StatusCode::OK, "The retired key")
            .refuses(&[Code::NotFound, Code::Conflict]),
    ]
}

async fn list(State(ctx): State<Ctx>, page: PageQuery<i64>) -> Result<Json<KeyPage>> {
    Ok(Json(keys::page(&ctx, &page).await?))
}

async fn rotate(
    State(ctx): State<Ctx>,
    Caller(caller): Caller,
    client: Client,
    _: Body<Nothing>,
) -> Result<(StatusCode, Json<KeyRow>)> {
    let key = keys::rotate(&ctx, &Who::of(&caller, &client)).await?;
    Ok((StatusCode::CREATED, Json(key)))
}

async fn retire(
    State(ctx): State<Ctx>,
    Last(kid): Last,
    Caller(caller): Caller,
    client: Client,
    _: Body<Nothing>,
) -> Result<Json<KeyRow>> {
    Ok(Json(keys::retire(&ctx, &kid, &Who::of(&caller, &client)).await?))
}
