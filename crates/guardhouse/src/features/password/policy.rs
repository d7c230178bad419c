//! Which passwords may be chosen (M-14, ASVS 6.2).

use guardhouse_core::password::{self, BrokenRule, Password, Policy};
use url::Url;

use crate::kernel::{
    ctx::Ctx,
    errors::{Code, Detail, Error, Result},
};

/// The policy that the settings say.
fn policy(ctx: &Ctx) -> Policy {
    let settings = &ctx.settings.password;
    let host = Url::parse(&ctx.settings.server.public_url).ok().and_then(|url| url.host_str().map(str::to_owned));
    Policy {
        min_length: settings.min_length,
        require: settings.require.iter().map(|class| (*class).into()).collect(),
        blocklist: settings.blocklist != "off",
        extra_blocked: Vec::new(),
        context_words: std::iter::once("guardhouse".to_owned()).chain(host).collect(),
    }
}

/// Every rule that the password breaks. `context` are words of the person: address and name.
pub async fn weak(ctx: &Ctx, password: &Password, context: &[&str]) -> Result<Vec<BrokenRule>> {
    Ok(password::check(password, &policy(ctx), context))
}

/// Refuses a weak password, naming every rule it breaks; `field` is what the body calls it.
pub async fn refuse_weak(ctx: &Ctx, field: &str, password: &Password, context: &[&str]) -> Result<()> {
    let broken = weak(ctx, password, context).await?;
    if broken.is_empty() {
        return Ok(());
    }
    let details = broken.iter().map(|rule| Detail::new(field, rule.code(), rule.to_string())).collect();
    Err(Error::new(Code::WeakPassword, "The password is too weak.").with_details(details))
}
