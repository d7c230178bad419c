//! The relying party (`WebAuthn` L3, section 5.1.2): who asks authenticators, as the settings say.

use url::Url;
use webauthn_attestation_ca::AttestationCaList;
use webauthn_rs_core::{
    WebauthnCore,
    proto::{COSEAlgorithm, UserVerificationPolicy},
};

use super::{
    ceremony::LIFE,
    makers,
    settings::{self, PasskeySettings, UserVerification},
};
use crate::kernel::{
    ctx::Ctx,
    errors::{Error, Result},
    links::Links,
    opened::{OpenError, Opened},
    outbound::Outbound,
    settings::Settings,
};

/// What every authenticator in use can do one of (RFC 9053): ES256, ES384, RS256.
pub(super) fn algorithms() -> Vec<COSEAlgorithm> {
    COSEAlgorithm::secure_algs()
}

/// See the module.
pub(super) struct Party {
    /// What checks ceremonies.
    pub(super) core: WebauthnCore,
    /// All origins that may use passkeys, exact.
    pub(super) origins: Vec<String>,
    /// Who must vouch for new authenticators; nobody where this is nothing.
    pub(super) makers: Option<AttestationCaList>,
}

/// None where passkeys are off.
pub(super) struct MaybeParty(Option<Party>);

/// Before the start.
pub(super) fn open(settings: &Settings, _: &Outbound, opened: &mut Opened) -> Result<(), OpenError> {
    let party = settings::rp_id(settings).map(|id| made(settings, &id)).transpose()?;
    opened.add(MaybeParty(party));
    Ok(())
}

fn made(settings: &Settings, id: &str) -> Result<Party, OpenError> {
    let name = settings.of::<PasskeySettings>().rp_name.clone().unwrap_or_else(|| id.to_owned());
    let origins = settings::origins(settings);
    let urls = origins.iter().map(|origin| Url::parse(origin)).collect::<Result<_, _>>()?;
    // Neither subdomains nor other ports count as ours (`A23`).
    let core = WebauthnCore::new_unsafe_experts_only(&name, id, urls, LIFE.to_std(), Some(false), Some(false));
    Ok(Party { core, origins, makers: makers::open(settings.of::<PasskeySettings>())? })
}

/// The relying party.
///
/// # Errors
/// `NOT_FOUND` where passkeys are off.
pub(super) fn party(ctx: &Ctx) -> Result<&Party> {
    ctx.opened.of::<MaybeParty>().0.as_ref().ok_or_else(Error::not_found)
}

/// What is asked of an authenticator that is added, or that is shown behind another proof.
pub(super) fn verification(ctx: &Ctx) -> UserVerificationPolicy {
    match ctx.settings.of::<PasskeySettings>().user_verification {
        UserVerification::Required => UserVerificationPolicy::Required,
        UserVerification::Preferred => UserVerificationPolicy::Preferred,
    }
}

/// Origins that browsers may be told of (section 5.11): those of web pages.
pub(super) fn related(ctx: &Ctx) -> Result<Vec<&str>> {
    let party = party(ctx)?;
    let own = Links::origin(&ctx.links);
    let web = |origin: &&str| origin.starts_with("https://") || *origin == own;
    Ok(party.origins.iter().map(String::as_str).filter(web).collect())
}
