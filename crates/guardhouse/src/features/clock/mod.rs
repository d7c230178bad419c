//! `/dev/clock`: has the server's time go forward, to see what expires. Answers in development alone, to this machine
//! (ruling 1), and only where the clock may be moved: `guardhouse dev --clock-control`.

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used)]
mod tests;

use axum::{Json, extract::State};
use guardhouse_core::time::{Span, Timestamp};
use http::StatusCode;
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::{
    ToSchema,
    openapi::{ObjectBuilder, RefOr, Schema, schema::Type},
};

use crate::{
    input,
    kernel::{
        ctx::Ctx,
        errors::{Code, Error, Result},
        feature::Feature,
        http::{
            input::{Body, Fault, Field},
            route::{Guard, Route},
        },
    },
};

/// See the module.
pub const FEATURE: Feature = Feature { routes, ..Feature::named("clock", "Has time go forward, in development.") };

/// A duration as in `15m`.
pub struct Forward(Span);

impl Field for Forward {
    fn read(value: Value) -> Result<Self, Fault> {
        let text = value.as_str().ok_or_else(|| Fault::new("WRONG_TYPE", "Must be a text."))?;
        let span = text.parse().map_err(|_| Fault::new("INVALID_DURATION", "Must be a duration as in `15m`, `7d`."))?;
        Ok(Self(span))
    }
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new().schema_type(Type::String).max_length(Some(64)).into()
    }
}

input! {
    /// How far the clock is to go.
    pub struct MoveInput {
        /// A duration as in `15m`.
        advance: Forward,
    }
}

/// What the clock says.
#[derive(Serialize, ToSchema)]
struct Now {
    /// RFC 3339, UTC.
    #[schema(value_type = String)]
    now: Timestamp,
}

fn routes() -> Vec<Route> {
    vec![
        Route::get("/dev/clock", Guard::Development, now, "The server's time")
            .about("Only with `guardhouse dev --clock-control`.")
            .answers::<Now>(StatusCode::OK, "Now"),
        Route::post("/dev/clock", Guard::Development, advance, "Have the server's time go forward")
            .about("Only with `guardhouse dev --clock-control`. There is no way back.")
            .takes::<MoveInput>(json!({"advance": "15m"}))
            .answers::<Now>(StatusCode::OK, "Now, after it")
            .refuses(&[Code::ValidationFailed]),
    ]
}

fn movable(ctx: &Ctx) -> Result<()> {
    if ctx.clock.is_movable() { Ok(()) } else { Err(Error::not_found()) }
}

async fn now(State(ctx): State<Ctx>) -> Result<Json<Now>> {
    movable(&ctx)?;
    Ok(Json(Now { now: ctx.now() }))
}

async fn advance(State(ctx): State<Ctx>, Body(input): Body<MoveInput>) -> Result<Json<Now>> {
    movable(&ctx)?;
    ctx.clock.advance(input.advance.0);
    Ok(Json(Now { now: ctx.now() }))
}
