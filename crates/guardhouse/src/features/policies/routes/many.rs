//! All policies: list, make.

use axum::{Json, extract::State};
use guardhouse_core::ids::PolicyId;
use http::StatusCode;
use serde_json::json;

use super::{
    READ, WRITE,
    input::{Large, Name, Source},
};
use crate::{
    features::policies::{
        cases::Case,
        reads,
        rules::{self, Author, NewPolicy},
        views::{Policies, PolicyView},
    },
    input,
    kernel::{
        ctx::Ctx,
        errors::{Code, Result},
        http::{input::Text, page::PageQuery, route::Route},
    },
};

input! {
    /// A policy to be.
    pub(super) struct CreatePolicyInput {
        /// A name that no other policy has: 1 to 64 letters, digits and `-_.:/`.
        name: Name,
        /// Cedar statements, at most 64 KiB.
        source: Source,
        /// What it is for.
        description: Option<Text<1000>>,
        /// Questions with the decision that is expected, run before any change of policies takes effect.
        tests: Option<Vec<Case>>,
    }
}

const SOURCE: &str = "permit (\n  principal,\n  action in [Action::\"read\", Action::\"write\"],\n  resource is record\n)\n\
                      when { resource has owner && resource.owner == principal };";

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::get("/api/admin/policies", READ, list, "List policies")
            .paged()
            .answers::<Policies>(StatusCode::OK, "The newest first"),
        Route::post("/api/admin/policies", WRITE, create, "Add a policy")
            .about(
                "It is in effect at once here and within a second on other nodes. A source that does not parse, or does not \
                 fit the schema, is refused with the place; so is one after which a stored test case would fail.",
            )
            .takes::<CreatePolicyInput>(json!({"name": "owners", "source": SOURCE}))
            .answers::<PolicyView>(StatusCode::CREATED, "The policy")
            .refuses(&[
                Code::ValidationFailed,
                Code::MalformedJson,
                Code::Conflict,
                Code::PayloadTooLarge,
                Code::UnsupportedMediaType,
            ]),
    ]
}

async fn list(State(ctx): State<Ctx>, page: PageQuery<PolicyId>) -> Result<Json<Policies>> {
    Ok(Json(reads::list(&ctx, &page).await?))
}

async fn create(
    State(ctx): State<Ctx>,
    author: Author,
    Large(input): Large<CreatePolicyInput>,
) -> Result<(StatusCode, Json<PolicyView>)> {
    let new = NewPolicy {
        name: input.name.0,
        description: input.description.map_or_else(String::new, |text| text.0),
        source: input.source.0,
        tests: input.tests.unwrap_or_default(),
    };
    Ok((StatusCode::CREATED, Json(rules::create(&ctx, &author, new).await?)))
}
