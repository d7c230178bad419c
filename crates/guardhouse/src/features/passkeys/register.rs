//! Adding a passkey to one's account (`WebAuthn` L3, section 7.1).

use guardhouse_core::{
    email::DisplayName,
    ids::{PasskeyId, SessionId},
    principal::Principal,
};
use guardhouse_store::{Unit, params};
use serde_json::Value;
use webauthn_rs_core::proto::{
    AttestationConveyancePreference, CredProtect, CredentialProtectionPolicy, RegisterPublicKeyCredential,
    RegistrationState, RequestRegistrationExtensions, ResidentKeyRequirement,
};

use super::{
    assertion, attestation, ceremony,
    client_data::ClientData,
    fault::Fault,
    kept::{self, Secret},
    party::{Party, algorithms, party, verification},
    rules,
    second::METHOD,
    store,
    view::PasskeyView,
};
use crate::{
    features::mfa::{self, Enrolment},
    kernel::{
        accounts::{self, Account},
        audit::{Event, Outcome, Who},
        ctx::Ctx,
        errors::{Code, Error, Result},
        factors::NewFactor,
        http::client::Client,
        login::{Entered, Proved},
        principal, sessions,
    },
};

/// Passkeys of one account at most.
const MOST: u32 = 20;
/// Bytes of a credential id at most (section 4).
const LONGEST_ID: usize = 1023;
const ACTION: &str = "passkeys.added";
/// What a passkey is called whose owner says nothing.
const NAME: &str = "Passkey";

fn refused() -> Error {
    let text = "This passkey can't be added: its answer is not valid, or came too late. Begin anew.";
    Error::new(Code::InvalidCredentials, text)
}

/// Options for a new passkey of somebody who proved themselves lately.
pub(super) async fn begin(ctx: &Ctx, person: &Proved) -> Result<Value> {
    let session = principal::session(person)?;
    mfa::may_enrol(ctx, METHOD)?;
    let account = accounts::existing(ctx, person.subject).await?;
    let (options, state) = asked(ctx, &account).await?;
    ceremony::keep(ctx, &options.public_key.challenge, Some(session), &state).await?;
    serde_json::to_value(&options).map_err(Error::internal)
}

async fn asked(
    ctx: &Ctx,
    account: &Account,
) -> Result<(webauthn_rs_core::proto::CreationChallengeResponse, RegistrationState)> {
    let own = kept::of_account(ctx, account.id).await?;
    let exclude = own.into_iter().map(|passkey| passkey.secret.credential.cred_id).collect();
    let Party { core, makers, .. } = party(ctx)?;
    let attestation = match makers {
        Some(_) => AttestationConveyancePreference::Direct,
        None => AttestationConveyancePreference::None,
    };
    let name = if account.name.is_empty() { account.email.as_str() } else { &account.name };
    // The handle is the account's id: random enough, and it names nobody (section 14.6.1).
    let handle = account.id.bytes();
    let builder = core
        .new_challenge_register_builder(&handle, account.email.as_str(), name)
        .map_err(Error::internal)?
        .attestation(attestation)
        .credential_algorithms(algorithms())
        .user_verification_policy(verification(ctx))
        .exclude_credentials(Some(exclude))
        .extensions(Some(extensions()));
    let (mut options, state) = core.generate_challenge_register(builder).map_err(Error::internal)?;
    if let Some(wanted) = &mut options.public_key.authenticator_selection {
        // Whatever can keep the account's handle signs in alone; a security key without room is a second factor.
        wanted.resident_key = Some(ResidentKeyRequirement::Preferred);
    }
    Ok((options, state))
}

/// Security keys give what they keep only to a user whom they verified; and browsers say whether it is kept.
fn extensions() -> RequestRegistrationExtensions {
    let protect = CredProtect {
        credential_protection_policy: CredentialProtectionPolicy::UserVerificationRequired,
        enforce_credential_protection_policy: Some(false),
    };
    RequestRegistrationExtensions {
        cred_protect: Some(protect),
        uvm: None,
        cred_props: Some(true),
        min_pin_length: None,
        hmac_create_secret: None,
    }
}

/// Adds the passkey that answers one's own options. The session has shown it then, and its secrets are new.
pub(super) async fn finish(
    ctx: &Ctx,
    principal: &Principal,
    shown: &RegisterPublicKeyCredential,
    name: Option<DisplayName>,
    client: &Client,
) -> Result<(PasskeyView, Entered)> {
    principal::in_person(principal)?;
    mfa::may_enrol(ctx, METHOD)?;
    let session = principal::session(principal)?;
    let secret = match checked(ctx, shown, session).await? {
        Ok(secret) => secret,
        Err(fault) => {
            let failed =
                Event::new(ACTION, Outcome::Failure).subject(principal.subject).by(&Who::of(principal, client));
            ctx.audit.record(ctx, failed.detail("reason", fault.reason())).await?;
            return Err(refused());
        }
    };
    let name = name.as_ref().map_or(NAME, |name| name.as_str());
    let id = PasskeyId::new(ctx.now());
    let entered = add(ctx, principal, (id, session), (&secret, name), client).await?;
    Ok((rules::show(ctx, principal.subject, id).await?, entered))
}

/// What the library leaves open is looked at here; everything else is its.
async fn checked(ctx: &Ctx, shown: &RegisterPublicKeyCredential, session: SessionId) -> Result<Result<Secret, Fault>> {
    let party = party(ctx)?;
    let read = ClientData::read(&shown.response.client_data_json).and_then(|data| {
        data.check(party)?;
        data.challenge()
    });
    let challenge = match read {
        Ok(challenge) => challenge,
        Err(fault) => return Ok(Err(fault)),
    };
    let Some(state) = ceremony::take::<RegistrationState>(ctx, &challenge, Some(session)).await? else {
        return Ok(Err(Fault::Challenge));
    };
    let mut credential = match party.core.register_credential(shown, &state, party.makers.as_ref()) {
        Ok(credential) => credential,
        Err(error) => return Ok(Err(error.into())),
    };
    if credential.cred_id.len() > LONGEST_ID {
        return Ok(Err(Fault::Credential));
    }
    // The library keeps these of attested keys alone; they are hints for browsers and nothing else.
    credential.transports.clone_from(&shown.response.transports);
    let aaguid = attestation::aaguid(&shown.response.attestation_object);
    Ok(Ok(Secret { credential, aaguid }))
}

async fn add(
    ctx: &Ctx,
    principal: &Principal,
    (id, session): (PasskeyId, SessionId),
    (secret, name): (&Secret, &str),
    client: &Client,
) -> Result<Entered> {
    let account = principal.subject;
    let sealed = kept::seal(ctx, id, account, secret)?;
    let credential = &secret.credential;
    // A login that ends at this moment leaves no key behind, and the account's row is held, so that two at once count each
    // other's keys.
    let proof = sessions::still_lives(Unit::new(), session, account, ctx.now());
    let proof = accounts::still_enabled(proof, account).require(&store::ROOM, params![account, MOST]);
    let new = Enrolment {
        factor: NewFactor { id: id.bytes(), account, method: METHOD, name },
        action: ACTION,
        proof,
        rows: Unit::new().require(&store::ADD, params![id, account, credential.cred_id.clone(), sealed]),
        amr: assertion::amr(credential.backup_eligible, credential.user_verified),
    };
    mfa::enrol(ctx, principal, new, client).await
}
