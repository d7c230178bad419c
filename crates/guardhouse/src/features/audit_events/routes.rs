use axum::{
    Json,
    body::Body,
    extract::State,
    response::{IntoResponse, Response},
};
use guardhouse_core::ids::EventId;
use http::{StatusCode, header};
use serde::Serialize;
use utoipa::ToSchema;

use super::filter::{PARAMETERS, Query};
use crate::kernel::{
    audit::{self, Event, EventView, Filter, Outcome, Report, Who},
    ctx::Ctx,
    errors::{Code, Result},
    http::{
        client::Client,
        route::{Guard, Route},
    },
    principal::{Caller, reach},
};

const PERMISSION: &str = "audit-events:read";
const READ: Guard = Guard::Permission(PERMISSION);

pub(super) fn routes() -> Vec<Route> {
    let list = Route::get("/api/admin/audit-events", Guard::Reaching(PERMISSION), list, "List events of the audit log")
        .about("Whoever holds the permission in the tenant they act in sees what happened in that tenant.")
        .answers::<AuditEvents>(StatusCode::OK, "The newest first")
        .refuses(&[Code::ValidationFailed]);
    let export = Route::get("/api/admin/audit-events/export", READ, export, "Export the audit log")
        .about(
            "NDJSON: one event a line, the newest first, with the filters of the list. The export is audited itself.",
        )
        .answers_empty(StatusCode::OK, "`application/x-ndjson`")
        .refuses(&[Code::ValidationFailed]);
    let verify = Route::get("/api/admin/audit-events/verify", READ, verify, "Check that nobody changed the audit log")
        .about("Walks every chain and every checkpoint, and names events that were altered, removed or moved.")
        .answers::<Report>(StatusCode::OK, "What was found");
    let described =
        |route: Route| PARAMETERS.into_iter().fold(route, |route, (name, meaning)| route.query(name, meaning));
    vec![described(list), described(export), verify]
}

#[derive(Serialize, ToSchema)]
struct AuditEvents {
    /// The events.
    data: Vec<EventView>,
    /// What to send as `cursor` for the next page.
    #[schema(value_type = Option<String>)]
    next_cursor: Option<EventId>,
}

async fn list(State(ctx): State<Ctx>, Caller(caller): Caller, Query(filter): Query) -> Result<Json<AuditEvents>> {
    let tenant = reach(&caller, PERMISSION, filter.tenant)?.tenant();
    let filter = Filter { tenant, ..filter };
    let page = audit::list(&ctx, &filter).await?;
    Ok(Json(AuditEvents { data: page.events, next_cursor: page.next }))
}

async fn export(
    State(ctx): State<Ctx>,
    Query(filter): Query,
    Caller(caller): Caller,
    client: Client,
) -> Result<Response> {
    let event = Event::new("audit_events.exported", Outcome::Success).by(&Who::of(&caller, &client));
    ctx.audit.record(&ctx, event).await?;
    let headers = [
        (header::CONTENT_TYPE, "application/x-ndjson"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"audit-events.ndjson\""),
    ];
    Ok((headers, Body::from_stream(audit::export(ctx, filter))).into_response())
}

async fn verify(State(ctx): State<Ctx>) -> Result<Json<Report>> {
    Ok(Json(audit::verify(&ctx).await?))
}
