//! Asking for a link, and signing in with it.

use guardhouse_core::email::EmailAddress;
use guardhouse_store::{Unit, jobs::Job};
use url::Url;

use super::{MAGIC_LINK, MAGIC_LINK_NETWORK, MagicLinkSettings, SIGN_IN, letters};
use crate::kernel::{
    accounts,
    changes::Act,
    codes::{self, NewCode},
    ctx::Ctx,
    errors::{Code, Error, Result},
    http::client::Client,
    jobs::JobKind,
    login::{self, Arrival, Entered, Verified},
    mail::{self, AddressLimit, Asked},
    settings::{Problem, Settings},
};

const ASKED: Asked = Asked {
    job: "magic_link.send",
    action: "magic_link.asked",
    network: MAGIC_LINK_NETWORK,
    address: AddressLimit::Told(MAGIC_LINK),
};

/// Sends what was asked for.
pub(super) const JOB: JobKind = JobKind::Queued { kind: ASKED.job, run: |ctx, job| Box::pin(send(ctx, job)) };

/// Addresses that no token should go to.
pub(super) fn check(settings: &Settings, problems: &mut Vec<Problem>) {
    let Some(url) = &settings.of::<MagicLinkSettings>().url else { return };
    let fine = Url::parse(url).is_ok_and(|url| {
        let local = matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"));
        url.query().is_none()
            && url.fragment().is_none()
            && (url.scheme() == "https" || url.scheme() == "http" && local)
    });
    if !fine {
        let what = format!("`{url}` is no address to go on to");
        problems.push(Problem::new("magic_link.url", what, "write an https address without a query"));
    }
}

fn offered(ctx: &Ctx) -> Result<()> {
    if ctx.settings.of::<MagicLinkSettings>().enabled {
        return Ok(());
    }
    Err(Error::new(Code::Forbidden, "This server mails no links to sign in."))
}

/// Somebody asks for a link to an address. Nobody learns whether there is an account (`A17`).
pub(super) async fn ask(ctx: &Ctx, email: &EmailAddress, client: &Client) -> Result<()> {
    offered(ctx)?;
    ASKED.ask(ctx, email, client).await
}

async fn send(ctx: &Ctx, job: &Job) -> Result<()> {
    let Some(account) = accounts::by_email(ctx, &mail::left_address(ctx, job)?).await? else { return Ok(()) };
    if account.disabled_at.is_some() {
        return Ok(());
    }
    let (email, life) = (&account.email, ctx.settings.of::<MagicLinkSettings>().ttl);
    let new = NewCode { purpose: SIGN_IN, account: Some(account.id), email, life, payload: None };
    let _ = ctx.db.run(codes::send(ctx, Unit::new(), &new, &letters::MAGIC_LINK)?).await?;
    Ok(())
}

/// Signs in with the link. An account whose address nobody had shown is its owner's from then on, and what somebody else
/// put in is gone (`A13`).
pub(super) async fn enter(ctx: &Ctx, token: &str, arrival: Arrival) -> Result<Entered> {
    offered(ctx)?;
    let found = codes::by_link(ctx, token, &[SIGN_IN]).await?;
    let id = found.account.ok_or_else(codes::invalid)?;
    let account = accounts::by_id(ctx, id).await?.ok_or_else(codes::invalid)?;
    // An address that changed since is no proof any more (`A12`).
    if account.email != found.email {
        return Err(codes::invalid());
    }
    accounts::claim(ctx, Act::default(), &account).await?.run(ctx).await?.ok_or_else(codes::invalid)?;
    let account = accounts::existing(ctx, id).await?;
    let proof = codes::consume(Unit::new(), &found, ctx.now());
    let (amr, action, refused) = (vec!["email"], "magic_link.login", codes::invalid);
    login::enter(ctx, Verified { account, amr, action, proof, refused, reserved: None }, arrival).await
}
