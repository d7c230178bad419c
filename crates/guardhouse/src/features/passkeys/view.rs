//! A passkey as answers show it.

use guardhouse_core::{
    ids::{AccountId, PasskeyId},
    time::Timestamp,
};
use serde::Serialize;
use utoipa::ToSchema;
use webauthn_rs_core::proto::AuthenticatorTransport;

use super::{kept::Kept, rules};
use crate::kernel::{
    ctx::Ctx,
    errors::{Error, Result},
    factors::Factor,
    feature::PersonalData,
};

/// A passkey as its owner sees it.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = Passkey)]
pub struct PasskeyView {
    /// `psk_…`
    #[schema(value_type = String, example = "psk_01h455vb4pex5vsknk084sn02q")]
    pub id: PasskeyId,
    /// What its owner calls it.
    #[schema(example = "Phone")]
    pub name: String,
    /// RFC 3339, UTC.
    #[schema(value_type = String, example = "2026-01-02T03:04:05Z")]
    pub created_at: Timestamp,
    /// RFC 3339, UTC.
    #[schema(value_type = Option<String>, example = "2026-01-02T03:04:05Z")]
    pub last_used_at: Option<Timestamp>,
    /// Whether it may be kept on several devices.
    pub backup_eligible: bool,
    /// Whether it is kept on several devices now.
    pub backed_up: bool,
    /// How browsers reach its authenticator: `internal`, `hybrid`, `usb`, `nfc`, `ble`.
    #[schema(example = json!(["internal", "hybrid"]))]
    pub transports: Vec<&'static str>,
    /// The make of the authenticator, as it says itself; zeros where it does not.
    #[schema(example = "00000000-0000-0000-0000-000000000000")]
    pub aaguid: String,
    /// How often it signed, where it counts.
    pub sign_count: u32,
}

impl PasskeyView {
    pub(super) fn new(passkey: &Kept, factor: &Factor) -> Self {
        let credential = &passkey.secret.credential;
        let transports = credential.transports.iter().flatten().map(transport).collect();
        Self {
            id: passkey.id,
            name: factor.name.clone(),
            created_at: factor.created_at,
            last_used_at: factor.last_used_at,
            backup_eligible: credential.backup_eligible,
            backed_up: credential.backup_state,
            transports,
            aaguid: uuid(passkey.secret.aaguid),
            sign_count: credential.counter,
        }
    }
}

fn transport(transport: &AuthenticatorTransport) -> &'static str {
    match transport {
        AuthenticatorTransport::Usb => "usb",
        AuthenticatorTransport::Nfc => "nfc",
        AuthenticatorTransport::Ble => "ble",
        AuthenticatorTransport::Internal => "internal",
        AuthenticatorTransport::Hybrid => "hybrid",
        AuthenticatorTransport::Test | AuthenticatorTransport::Unknown => "unknown",
    }
}

/// As lists of makes write it (RFC 9562, section 4).
fn uuid(bytes: [u8; 16]) -> String {
    let hex = data_encoding::HEXLOWER.encode(&bytes);
    [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]].join("-")
}

/// All passkeys of somebody.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Passkeys)]
pub struct Passkeys {
    /// The oldest first, twenty at most.
    pub data: Vec<PasskeyView>,
}

/// All passkeys of the account; they go with the account.
pub(super) const PERSONAL_DATA: PersonalData =
    PersonalData { name: "passkeys", export: |ctx, id| Box::pin(export(ctx, id)), erase: |unit, _| unit };

async fn export(ctx: &Ctx, account: AccountId) -> Result<serde_json::Value> {
    serde_json::to_value(rules::list(ctx, account).await?).map_err(Error::internal)
}
