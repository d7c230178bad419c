//! One's own keys.

use axum::{Json, extract::State};
use guardhouse_core::{
    ids::ApiKeyId,
    principal::Principal,
    time::{Span, Timestamp},
};
use guardhouse_store::Unit;
use http::StatusCode;
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;

use super::id;
use crate::{
    features::api_keys::{
        fields::{Changes, NewKey},
        rules::{self, Among, Made, Owner},
        view::{KeyView, Keys},
    },
    input,
    kernel::{
        audit::Who,
        ctx::Ctx,
        errors::{Code, Detail, Error, Result},
        http::{
            client::Client,
            input::{Body, Nothing, Text},
            page::PageQuery,
            path::Last,
            route::{Guard, Route},
        },
        principal::{self, Caller},
        sessions, tokens,
    },
};

input! {
    /// A key to be made.
    pub struct CreateKeyInput {
        /// What to call it.
        name: Text<100>,
        /// Patterns of permissions: `documents:read`, `documents:*`, `*`; none for a key that only says who it is. What
        /// you may not do the key may not either, whatever stands here.
        scopes: Vec<Text<128>>,
        /// When it ends; never unless told.
        expires_at: Option<Timestamp>,
        /// Networks or IP addresses to use it from; anywhere unless told.
        allowed_networks: Option<Vec<Text<64>>>,
        /// A limit of its own: `1000/1m`. No more than the server's.
        rate_limit: Option<Text<32>>,
        /// A limit over a long time: `100000/30d`.
        quota: Option<Text<32>>,
    }
}

input! {
    /// What of a key to change; what is left out stays.
    pub struct UpdateKeyInput {
        /// What to call it.
        name: Option<Text<100>>,
        /// Patterns of permissions.
        scopes: Option<Vec<Text<128>>>,
        /// When it ends.
        expires_at: Option<Timestamp>,
        /// Networks or IP addresses to use it from; anywhere where the list is empty.
        allowed_networks: Option<Vec<Text<64>>>,
        /// `1000/1m`, or `off` for the server's own limit.
        rate_limit: Option<Text<32>>,
        /// `100000/30d`, or `off` for the server's own quota.
        quota: Option<Text<32>>,
        /// Whether it opens nothing until you say otherwise.
        suspended: Option<bool>,
    }
}

input! {
    /// A new secret.
    pub struct RotateKeyInput {
        /// How long the secret before works as well: an hour unless told, `0s` for no time at all, `30d` at most.
        overlap: Option<Text<16>>,
    }
}

/// A key with its text.
#[derive(Serialize, ToSchema)]
#[schema(as = MadeApiKey)]
pub(super) struct MadeView {
    #[serde(flatten)]
    key: KeyView,
    /// The key itself, this once.
    #[schema(example = "gdk_live_01h455vb4pex5vsknk084sn02q_…")]
    api_key: String,
}

impl From<Made> for MadeView {
    fn from(made: Made) -> Self {
        Self { key: made.key, api_key: made.text.to_string() }
    }
}

impl From<CreateKeyInput> for NewKey {
    fn from(input: CreateKeyInput) -> Self {
        Self {
            name: input.name.0,
            scopes: texts(input.scopes),
            expires_at: input.expires_at,
            allowed_networks: texts(input.allowed_networks.unwrap_or_default()),
            rate_limit: text(input.rate_limit),
            quota: text(input.quota),
        }
    }
}

impl From<UpdateKeyInput> for Changes {
    fn from(input: UpdateKeyInput) -> Self {
        Self {
            name: text(input.name),
            scopes: input.scopes.map(texts),
            expires_at: input.expires_at,
            allowed_networks: input.allowed_networks.map(texts),
            rate_limit: text(input.rate_limit),
            quota: text(input.quota),
            suspended: input.suspended,
        }
    }
}

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::get("/api/me/api-keys", Guard::Person, list, "Your API keys")
            .paged()
            .answers::<Keys>(StatusCode::OK, "The newest first"),
        Route::post("/api/me/api-keys", Guard::Person, create, "Make an API key")
            .about("The answer has the key this once. It may do what its scopes and you both may, at each use; a hundred keys \
                    at most. Not for whoever acts in another's name.")
            .takes::<CreateKeyInput>(json!({"name": "ci", "scopes": ["documents:read"], "rate_limit": "1000/1m"}))
            .answers::<MadeView>(StatusCode::CREATED, "The key with its text")
            .refuses(&[Code::Conflict]),
        Route::patch("/api/me/api-keys/{id}", Guard::Person, update, "Change an API key")
            .about("Holds from its next use on, within a second on other nodes.")
            .takes::<UpdateKeyInput>(json!({"scopes": ["documents:*"]}))
            .answers::<KeyView>(StatusCode::OK, "The key as it is now")
            .refuses(&[Code::NotFound]),
        Route::post("/api/me/api-keys/{id}/rotate", Guard::Person, rotate, "Give an API key a new secret")
            .about("Both secrets work until the overlap is over; one that is older still ends at once. Of two rotations at \
                    the same moment one is refused.")
            .takes::<RotateKeyInput>(json!({"overlap": "1h"}))
            .answers::<MadeView>(StatusCode::OK, "The key with its new text")
            .refuses(&[Code::NotFound, Code::Conflict]),
        Route::delete("/api/me/api-keys/{id}", Guard::Person, revoke, "Revoke an API key")
            .about("At once, with all access tokens that it was exchanged for.")
            .answers_empty(StatusCode::NO_CONTENT, "Revoked")
            .refuses(&[Code::NotFound]),
    ]
}

fn texts<const MOST: usize>(list: Vec<Text<MOST>>) -> Vec<String> {
    list.into_iter().map(|Text(text)| text).collect()
}

fn text<const MOST: usize>(text: Option<Text<MOST>>) -> Option<String> {
    text.map(|Text(text)| text)
}

fn own(principal: &Principal) -> Owner {
    Owner { account: principal.subject, tenant: principal.tenant }
}

/// A key lasts longer than the login that makes it, so only its person makes or changes one: nobody who acts in their
/// name, and no token that whoever holds the secret of HS256 could have made (rulings 15).
fn person(ctx: &Ctx, principal: &Principal) -> Result<Owner> {
    principal::in_person(principal)?;
    if tokens::from_shared_secret(ctx, principal) {
        let text = "Access tokens signed with a shared secret (HS256) manage no API keys. Use the session cookie.";
        return Err(Error::new(Code::Forbidden, text));
    }
    Ok(own(principal))
}

async fn list(State(ctx): State<Ctx>, Caller(principal): Caller, page: PageQuery<ApiKeyId>) -> Result<Json<Keys>> {
    rules::list(&ctx, Among::Of(own(&principal)), &page).await.map(Json)
}

async fn create(
    State(ctx): State<Ctx>,
    client: Client,
    Caller(principal): Caller,
    Body(input): Body<CreateKeyInput>,
) -> Result<(StatusCode, Json<MadeView>)> {
    let owner = person(&ctx, &principal)?;
    // A login that ends at this moment leaves no key behind.
    let proof = sessions::still_lives(Unit::new(), principal::session(&principal)?, owner.account, ctx.now());
    let made = rules::create_if(&ctx, owner, &Who::of(&principal, &client), input.into(), proof).await?;
    Ok((StatusCode::CREATED, Json(made.into())))
}

async fn update(
    State(ctx): State<Ctx>,
    client: Client,
    Caller(principal): Caller,
    Last(key): Last,
    Body(input): Body<UpdateKeyInput>,
) -> Result<Json<KeyView>> {
    let among = Among::Of(person(&ctx, &principal)?);
    rules::update(&ctx, among, &Who::of(&principal, &client), id(&key)?, input.into()).await.map(Json)
}

async fn rotate(
    State(ctx): State<Ctx>,
    client: Client,
    Caller(principal): Caller,
    Last(key): Last,
    Body(input): Body<RotateKeyInput>,
) -> Result<Json<MadeView>> {
    let among = Among::Of(person(&ctx, &principal)?);
    let overlap = overlap(input)?;
    let made = rules::rotate(&ctx, among, &Who::of(&principal, &client), id(&key)?, overlap).await?;
    Ok(Json(made.into()))
}

pub(super) fn overlap(input: RotateKeyInput) -> Result<Option<Span>> {
    let bad = |error: guardhouse_core::time::TimeError| {
        Error::validation(vec![Detail::new("overlap", "INVALID_OVERLAP", error.to_string())])
    };
    text(input.overlap).map(|text| text.parse().map_err(bad)).transpose()
}

async fn revoke(
    State(ctx): State<Ctx>,
    client: Client,
    Caller(principal): Caller,
    Last(key): Last,
    _: Body<Nothing>,
) -> Result<StatusCode> {
    let among = Among::Of(person(&ctx, &principal)?);
    rules::revoke(&ctx, among, &Who::of(&principal, &client), id(&key)?).await?;
    Ok(StatusCode::NO_CONTENT)
}
