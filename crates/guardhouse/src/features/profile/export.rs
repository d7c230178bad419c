//! All that is kept about a person, as one document (GDPR, articles 15 and 20). Nothing in it is a secret.

use guardhouse_core::principal::Principal;
use guardhouse_store::Unit;
use serde_json::{Map, Value, json};

use crate::kernel::{
    audit::{Event, Outcome, Who},
    ctx::Ctx,
    errors::Result,
    http::client::Client,
};

/// What each part of the house keeps, by its name.
pub async fn export(ctx: &Ctx, principal: &Principal, client: &Client) -> Result<Value> {
    let event =
        Event::new("profile.exported", Outcome::Success).subject(principal.subject).by(&Who::of(principal, client));
    let _ = ctx.db.run(ctx.audit.step(ctx, Unit::new(), event)).await?;
    let mut document = Map::new();
    document.insert("exported_at".to_owned(), json!(ctx.now()));
    for kept in &ctx.personal_data {
        document.insert(kept.name.to_owned(), (kept.export)(ctx, principal.subject).await?);
    }
    Ok(Value::Object(document))
}
