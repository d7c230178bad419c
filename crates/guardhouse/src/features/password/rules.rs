//! Signing in, proving it again, changing it.

use guardhouse_core::{email::EmailAddress, ids::AccountId, password::Password, principal::Principal, time::Timestamp};
use guardhouse_store::{Unit, params};

use super::{
    attempt::{self, Attempt, Right},
    letters::PASSWORD_CHANGED,
    policy, store,
};
use crate::kernel::{
    accounts::Account,
    audit::{Event, Outcome},
    codes,
    ctx::Ctx,
    errors::{Code, Error, Result},
    http::client::Client,
    limits::attempts,
    login::{
        self, Arrival, Entered,
        device::{self, Mark},
    },
    mail::{Letter, context},
    risk::{self, Act, Answer},
    sessions::{self, EndReason},
};

/// Asks for a challenge where the risk is high. The account is looked up only for a device that says it knows one: nobody
/// else learns from the time whether there is one (`A17`).
pub async fn ask(ctx: &Ctx, email: &EmailAddress, answer: Option<&Answer>, arrival: &Arrival) -> Result<()> {
    if !risk::asks(ctx) {
        return Ok(());
    }
    let device = attempt::of_known_device(ctx, email, arrival.device.as_deref()).await?;
    let target = device.unwrap_or_else(|| attempt::of_address(ctx, email));
    risk::ask(ctx, Act::Login { target, known_device: device.is_some() }, answer, &arrival.client).await
}

/// Signs in with address and password.
pub async fn login(ctx: &Ctx, email: &EmailAddress, password: Password, arrival: Arrival) -> Result<Entered> {
    let action = "password.login";
    let (client, device) = (&arrival.client, arrival.device.as_deref());
    let attempt = Attempt { email, password, client, device, session: None, action };
    let right = attempt::check(ctx, attempt).await?;
    login::enter(ctx, right.verified(action, attempt::wrong), arrival).await
}

/// A password that may be used, hashed.
pub struct Chosen {
    hash: String,
}

/// Checks a new password against the policy and hashes it. `field` is what the body calls it.
pub async fn choose(ctx: &Ctx, field: &str, password: Password, context: &[&str]) -> Result<Chosen> {
    Ok(Chosen { hash: policy::hash(ctx, field, password, context).await? })
}

impl Chosen {
    /// A hash brought from another system, which was parsed and bounded before.
    pub fn imported(hash: String) -> Self {
        Self { hash }
    }

    pub(super) fn hash(&self) -> &str {
        &self.hash
    }
}

/// Adds to a unit that the account's password is this one from now on.
pub fn set(unit: Unit, account: AccountId, chosen: &Chosen, now: Timestamp) -> Unit {
    unit.step(&store::SET, params![account, chosen.hash.as_str(), now])
}

/// Whether the account has a password.
pub async fn has(ctx: &Ctx, account: AccountId) -> Result<bool> {
    Ok(ctx.db.first(&store::FIND, params![account]).await?.is_some())
}

/// Changes one's own password with the old one. All other sessions end, links sent before are worth nothing (`A22`), and
/// only the device at hand is known from then on.
pub async fn change(
    ctx: &Ctx,
    principal: &Principal,
    current: Password,
    new: Password,
    client: &Client,
) -> Result<Option<Mark>> {
    let Right { account, reserved, still, .. } = attempt::own(ctx, principal, current, client).await?;
    let chosen = match choose(ctx, "new_password", new, &[account.email.as_str(), &account.name]).await {
        Ok(chosen) => chosen,
        Err(error) => {
            attempts::release(ctx, &reserved).await?;
            return Err(error);
        }
    };
    let unit = set(attempts::give_back(still, &reserved), account.id, &chosen, ctx.now());
    let unit = codes::forget_takeovers(ctx, unit, account.id);
    let event = Event::new("password.changed", Outcome::Success).subject(account.id).client(client);
    let unit = told(ctx, ctx.audit.step(ctx, unit, event), &account, client)?;
    let ending = sessions::end_all(ctx, unit, account.id, principal.session, EndReason::Credential);
    let changed = attempts::unless_written(ctx, reserved, ending.run(ctx).await).await?;
    let meanwhile = || Error::new(Code::Conflict, "The password was changed at the same moment. Try again.");
    changed.ok_or_else(meanwhile)?;
    Ok(device::anew(ctx, account.id).await)
}

/// Adds the letter that tells a person of the change (ASVS 6.3.7).
pub(super) fn told(ctx: &Ctx, unit: Unit, account: &Account, client: &Client) -> Result<Unit> {
    ctx.mail.enqueue(
        ctx,
        unit,
        &Letter::new(
            account.email.clone(),
            &PASSWORD_CHANGED,
            context! { at => ctx.now().to_string(), link => ctx.links.to("reset"), ip => client.ip.to_string() },
        ),
    )
}

/// Proves who one is once more: the session stays, its secrets are new.
pub async fn step_up(ctx: &Ctx, principal: &Principal, password: Password, client: &Client) -> Result<Entered> {
    let right = attempt::own(ctx, principal, password, client).await?;
    // Whoever changed the password at the same moment ended the session too.
    let verified = right.verified("password.step_up", login::ended);
    login::prove_again(ctx, verified, principal, client).await
}
