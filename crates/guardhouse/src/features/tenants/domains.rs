//! Domains that a tenant has shown to be its own, by a text that only their owner can put there.

use data_encoding::HEXLOWER;
use guardhouse_core::{email::EmailAddress, secret, time::Timestamp};
use guardhouse_store::{Outcome as UnitOutcome, Row, StoreError, Unit, params};
use serde::Serialize;
use serde_json::Value;
use utoipa::{
    ToSchema,
    openapi::{ObjectBuilder, RefOr, Schema, schema::Type},
};

use super::{settings::TenantSettings, store};
use crate::kernel::{
    audit::{Event, Outcome},
    changes::Act,
    ctx::Ctx,
    errors::{Code, Error, Result},
    http::{
        input::{Fault, Field},
        page::PageQuery,
    },
    outbound::Call,
    principal::{By, TenantScope},
    tenants,
};

/// Domains of one tenant.
const MOST: u32 = 100;
/// A proof is one line.
const PROOF_BYTES: usize = 4 * 1024;
const MARK: &str = "guardhouse-domain-verification=";

/// The name of a domain: lower-case ASCII (IDNA, RFC 5890), of two labels at least.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Domain(String);

impl std::str::FromStr for Domain {
    type Err = &'static str;

    /// What no e-mail address can have after its `@` is no domain of an organisation.
    fn from_str(text: &str) -> Result<Self, &'static str> {
        let email = EmailAddress::parse(&format!("x@{text}")).map_err(|_| "This is no domain.")?;
        let domain = email.domain();
        if domain.contains('.') { Ok(Self(domain.to_owned())) } else { Err("This is no domain of the Internet.") }
    }
}

impl Field for Domain {
    fn read(value: Value) -> Result<Self, Fault> {
        let text = value.as_str().ok_or_else(|| Fault::new("WRONG_TYPE", "Must be a text."))?;
        text.parse().map_err(|text| Fault::new("INVALID_DOMAIN", text))
    }

    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new().schema_type(Type::String).max_length(Some(253)).into()
    }
}

/// A domain as answers show it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(super) struct DomainView {
    /// In lower-case ASCII.
    #[schema(example = "example.com")]
    domain: String,
    /// Whether the tenant has shown that it is its own.
    verified: bool,
    /// Where to put the proof.
    #[schema(example = "https://example.com/.well-known/guardhouse-domain-verification")]
    proof_url: String,
    /// What to put there, on a line of its own.
    #[schema(example = "guardhouse-domain-verification=5f0c…")]
    proof: String,
    /// RFC 3339, UTC.
    #[schema(value_type = Option<String>)]
    verified_at: Option<Timestamp>,
    /// RFC 3339, UTC.
    #[schema(value_type = String, example = "2026-01-02T03:04:05Z")]
    created_at: Timestamp,
}

/// A page of domains.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Domains {
    /// By their names.
    data: Vec<DomainView>,
    /// What to send as `cursor` for the next page.
    next_cursor: Option<String>,
}

fn proof_url(ctx: &Ctx, domain: &str) -> String {
    ctx.settings.of::<TenantSettings>().domain_proof_url.replace("{domain}", domain)
}

fn view(ctx: &Ctx, row: &Row) -> Result<DomainView> {
    let domain = row.text(0)?;
    let verified_at = row.opt_int(2)?.map(Timestamp);
    Ok(DomainView {
        proof_url: proof_url(ctx, &domain),
        domain,
        verified: verified_at.is_some(),
        proof: format!("{MARK}{}", row.str(1)?),
        verified_at,
        created_at: Timestamp(row.int(3)?),
    })
}

async fn existing(ctx: &Ctx, scope: TenantScope, domain: &Domain) -> Result<DomainView> {
    let row = ctx.db.first(&store::DOMAIN, params![scope.tenant(), domain.0.as_str()]).await?;
    view(ctx, &row.ok_or_else(Error::not_found)?)
}

/// The domains of a tenant.
pub(super) async fn list(ctx: &Ctx, scope: TenantScope, page: &PageQuery<String>) -> Result<Domains> {
    tenants::existing(ctx, scope.tenant()).await?;
    let after = page.cursor.as_deref().unwrap_or_default();
    let rows = ctx.db.scan(&store::DOMAINS, params![scope.tenant(), after, page.limit + 1]).await?;
    let shown = rows.len().min(page.limit as usize);
    let data = rows[..shown].iter().map(|row| view(ctx, row)).collect::<Result<Vec<_>>>()?;
    let next_cursor = data.last().filter(|_| rows.len() > shown).map(|last| last.domain.clone());
    Ok(Domains { data, next_cursor })
}

/// Adds a domain that the tenant is to show for its own. Whether another has shown that is not said before.
pub(super) async fn add(ctx: &Ctx, by: &By, scope: TenantScope, domain: &Domain) -> Result<DomainView> {
    let tenant = scope.tenant();
    tenants::existing(ctx, tenant).await?;
    let rows = ctx.db.scan(&store::COUNT_DOMAINS, params![tenant, MOST]).await?;
    if rows.first().map_or(Ok(0), |row| row.int(0))? >= i64::from(MOST) {
        return Err(Error::new(Code::Conflict, format!("A tenant has at most {MOST} domains.")));
    }
    let token = HEXLOWER.encode(&secret::random::<16>());
    let row = params![tenant, domain.0.as_str(), token, ctx.now()];
    let unit = tenants::hold(Unit::new(), tenant).require(&store::ADD_DOMAIN, row);
    let event = event("tenants.domain_added", by, scope, domain);
    let there = || Error::new(Code::Conflict, "This tenant has this domain already.");
    Act::from(unit).audited(ctx, event).run(ctx).await?.ok_or_else(there)?;
    existing(ctx, scope, domain).await
}

fn event(action: &'static str, by: &By, scope: TenantScope, domain: &Domain) -> Event {
    Event::new(action, Outcome::Success).by(&by.who).tenant(scope.tenant()).detail("domain", &domain.0)
}

/// Looks for the proof, and takes the domain for the tenant's where it is there.
pub(super) async fn verify(ctx: &Ctx, by: &By, scope: TenantScope, domain: &Domain) -> Result<DomainView> {
    let wanted = existing(ctx, scope, domain).await?;
    if !is_proved(ctx, &wanted).await {
        let text = format!("The proof was not found at {}.", wanted.proof_url);
        return Err(Error::new(Code::Conflict, text));
    }
    let anothers = || Error::new(Code::Conflict, "Another tenant has shown that this domain is its own.");
    let unit = Unit::new().require(&store::VERIFY_DOMAIN, params![scope.tenant(), domain.0.as_str(), ctx.now()]);
    let event = event("tenants.domain_verified", by, scope, domain);
    match Act::from(unit).audited(ctx, event).run_or_refused(ctx).await {
        Ok(UnitOutcome::Done(_)) => existing(ctx, scope, domain).await,
        // Of two tenants at the same moment the unique key decides.
        Ok(UnitOutcome::Refused { .. }) | Err(StoreError::Conflict { .. }) => Err(anothers()),
        Err(error) => Err(error.into()),
    }
}

/// Why there is no proof is for the log alone: it would tell what stands inside our network (`O17`).
async fn is_proved(ctx: &Ctx, wanted: &DomainView) -> bool {
    match ctx.outbound.send(Call::get(wanted.proof_url.as_str()).at_most(PROOF_BYTES)).await {
        Ok(reply) if reply.status == http::StatusCode::OK => {
            let text = String::from_utf8_lossy(&reply.body);
            text.lines().any(|line| line.trim() == wanted.proof)
        }
        Ok(_) => false,
        Err(error) => {
            tracing::info!(domain = wanted.domain, %error, "the proof of a domain was not fetched");
            false
        }
    }
}

/// Removes a domain.
pub(super) async fn remove(ctx: &Ctx, by: &By, scope: TenantScope, domain: &Domain) -> Result<()> {
    let unit = Unit::new().require(&store::REMOVE_DOMAIN, params![scope.tenant(), domain.0.as_str()]);
    let event = event("tenants.domain_removed", by, scope, domain);
    Act::from(unit).audited(ctx, event).run(ctx).await?.map(drop).ok_or_else(Error::not_found)
}
