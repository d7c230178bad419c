//! Which passwords may be chosen (M-14, ASVS 6.2).

use guardhouse_core::password::{self, BrokenRule, Password, Policy};
use url::Url;

use super::{lists::PasswordLists, settings::PolicySettings};
use crate::kernel::{
    audit::{Event, Outcome},
    ctx::Ctx,
    errors::{Code, Detail, Error, Result},
    offers::{Offers, PasswordPolicy, Registration},
    settings::Settings,
};

/// The policy that the settings say.
fn policy(ctx: &Ctx) -> Policy {
    let settings = ctx.settings.of::<PolicySettings>();
    let host = Url::parse(&ctx.settings.server.public_url).ok().and_then(|url| url.host_str().map(str::to_owned));
    Policy {
        min_length: settings.min_length,
        require: settings.require.iter().map(|class| (*class).into()).collect(),
        min_strength: settings.min_strength,
        blocklist: settings.blocklist != "off",
        context_words: std::iter::once("guardhouse".to_owned()).chain(host).collect(),
    }
}

/// What a form says of the field for a new password.
pub fn hint(ctx: &Ctx) -> String {
    let least = ctx.settings.of::<PolicySettings>().min_length;
    format!("At least {least} characters. Several words are easy to remember.")
}

/// What a login form should know: that one signs in by password, what it must be like, who may register.
pub(super) fn offer(settings: &Settings, offers: &mut Offers) {
    let registration = &settings.registration;
    let password = settings.of::<PolicySettings>();
    offers.methods.push("password");
    offers.registration = Registration { open: registration.open, verify_email: registration.verify_email };
    offers.password = PasswordPolicy {
        min_length: password.min_length,
        max_length: Password::MAX_BYTES,
        min_strength: password.min_strength,
        require: password.require.iter().map(|class| class.as_str()).collect(),
    };
}

/// Whether the password was seen in a breach. Where the list cannot be asked the password passes, and that is counted,
/// logged and audited (decision 7): another's outage must not close registration.
async fn breached(ctx: &Ctx, password: &Password) -> Result<bool> {
    match ctx.opened.of::<PasswordLists>().breached(password).await {
        Ok(None) => Ok(false),
        Ok(Some(found)) => {
            ctx.meters.breach_check(Some(found));
            Ok(found)
        }
        Err(error) => {
            ctx.meters.breach_check(None);
            tracing::warn!(%error, "a password was not looked for among breached ones");
            let event = Event::new("password.breach_check_skipped", Outcome::Failure).detail("cause", error);
            ctx.audit.record(ctx, event).await?;
            Ok(false)
        }
    }
}

/// Hashes a new password, or refuses it, naming every rule it breaks. `field` is what the body calls it; `context` are
/// words of the person: address and name.
pub(super) async fn hash(ctx: &Ctx, field: &str, password: Password, context: &[&str]) -> Result<String> {
    // Another's service is waited for without a place among the hashes.
    let breached = breached(ctx, &password).await?;
    let blocked = ctx.opened.of::<PasswordLists>().blocked(&password);
    let policy = policy(ctx);
    let context: Vec<String> = context.iter().copied().map(str::to_owned).collect();
    let broken = move |password: &Password| {
        let context: Vec<&str> = context.iter().map(String::as_str).collect();
        let mut broken = password::check(password, &policy, &context);
        if blocked && !broken.contains(&BrokenRule::CommonPassword) {
            broken.push(BrokenRule::CommonPassword);
        }
        broken.extend(breached.then_some(BrokenRule::BreachedPassword));
        broken
    };
    ctx.hasher.place()?.hash_unless(password, broken).await?.map_err(|broken| {
        let details = broken.iter().map(|rule| Detail::new(field, rule.code(), rule.to_string())).collect();
        Error::new(Code::WeakPassword, "The password is too weak.").with_details(details)
    })
}
