//! Letters that anybody may ask for by an e-mail address (`A16`, `A17`).
//!
//! Asking is answered at once and alike for every address: the request only leaves a sealed job, and the job looks
//! whether there is anything to send.

use guardhouse_core::email::EmailAddress;
use guardhouse_store::{
    Unit,
    jobs::{self, Job},
};
use zeroize::Zeroizing;

use crate::kernel::{
    audit::{Event, Outcome},
    ctx::Ctx,
    errors::{Error, Result},
    http::client::Client,
    limits::network::{self, Policy},
};

/// A letter that can be asked for.
#[derive(Clone, Copy, Debug)]
pub struct Asked {
    /// The kind of the job that sends it.
    pub job: &'static str,
    /// What asking for it is called in the audit log.
    pub action: &'static str,
    /// The limit per network address.
    pub network: Policy,
    /// The limit per e-mail address.
    pub address: AddressLimit,
}

/// What becomes of more requests for one e-mail address than the settings allow.
#[derive(Clone, Copy, Debug)]
pub enum AddressLimit {
    /// The caller is told of this limit.
    Told(Policy),
    /// The answer stays the same and no letter is sent: [`spare`].
    Silent,
}

impl Asked {
    /// Somebody asks for the letter to an address.
    pub async fn ask(&self, ctx: &Ctx, email: &EmailAddress, client: &Client) -> Result<()> {
        network::charge_network(ctx, self.network, client).await?;
        let sent = match self.address {
            AddressLimit::Told(policy) => {
                network::charge(ctx, policy, email.key().as_bytes()).await?;
                true
            }
            AddressLimit::Silent => spare(ctx, email).await?,
        };
        // Without the address: nothing would erase it here when its owner's account is deleted.
        let event = Event::new(self.action, noted(sent)).client(client);
        if sent {
            return leave(ctx, self.job, email.as_str().as_bytes(), event).await;
        }
        ctx.audit.record(ctx, event).await
    }
}

/// Leaves a job of this kind, with all that it must know, in the commit of the event that asks for it.
pub async fn leave(ctx: &Ctx, kind: &'static str, request: &[u8], event: Event) -> Result<()> {
    let job = Job::new(kind, ctx.ring.seal(&sealed_with(kind), request), ctx.now());
    let unit = ctx.audit.step(ctx, Unit::new(), event);
    let _ = ctx.db.run(jobs::enqueue(unit, &job)).await?;
    Ok(())
}

/// What [`leave`] left.
pub fn left(ctx: &Ctx, job: &Job) -> Result<Zeroizing<Vec<u8>>> {
    ctx.ring.open(&sealed_with(&job.kind), &job.payload).map_err(Error::internal)
}

/// The address of a job that [`Asked::ask`] left.
pub fn left_address(ctx: &Ctx, job: &Job) -> Result<EmailAddress> {
    EmailAddress::parse(&String::from_utf8_lossy(&left(ctx, job)?)).map_err(Error::internal)
}

fn sealed_with(kind: &str) -> Vec<u8> {
    [b"jobs/", kind.as_bytes()].concat()
}

/// How asking for a letter ended, for the audit log.
pub fn noted(sent: bool) -> Outcome {
    if sent { Outcome::Success } else { Outcome::Denied }
}

/// Letters to an address that nobody has shown to be theirs: those of registration and those asked for again.
pub const LETTERS: Policy =
    Policy { name: "letters", setting: "limits.password_forgot", of: |settings| &settings.limits.password_forgot };

/// Charges one such letter to the address it goes to, whoever asks and from wherever, and says whether it may be sent.
/// The caller must answer alike in both cases, and nothing tells the difference.
pub async fn spare(ctx: &Ctx, email: &EmailAddress) -> Result<bool> {
    network::charge_silently(ctx, LETTERS, email.key().as_bytes()).await
}

/// The letter was not sent after all.
pub async fn refund(ctx: &Ctx, email: &EmailAddress) -> Result<()> {
    network::refund(ctx, LETTERS, email.key().as_bytes()).await
}
