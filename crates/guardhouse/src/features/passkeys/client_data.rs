//! What a client says that it signed (`WebAuthn` L3, section 5.8.1), looked at before the library does: it finds the
//! ceremony, and two rules hold here that the library leaves to others (`A23`).

use data_encoding::BASE64URL_NOPAD;
use serde::Deserialize;

use super::{fault::Fault, party::Party};

/// The members that are looked at; others may be there, as the section says.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ClientData {
    challenge: String,
    origin: String,
    cross_origin: Option<bool>,
    top_origin: Option<serde_json::Value>,
}

impl ClientData {
    /// Reads the bytes that were signed.
    pub(super) fn read(bytes: &[u8]) -> Result<Self, Fault> {
        serde_json::from_slice(bytes).map_err(|_| Fault::ClientData)
    }

    /// The challenge that it answers.
    pub(super) fn challenge(&self) -> Result<Vec<u8>, Fault> {
        BASE64URL_NOPAD.decode(self.challenge.as_bytes()).map_err(|_| Fault::ClientData)
    }

    /// Whether it comes from a page of ours: scheme, host and port exactly, and in no frame of another site's page, which
    /// the library asks of new keys alone.
    pub(super) fn check(&self, party: &Party) -> Result<(), Fault> {
        if !party.origins.contains(&self.origin) {
            return Err(Fault::Origin);
        }
        if self.cross_origin == Some(true) || self.top_origin.is_some() {
            return Err(Fault::CrossOrigin);
        }
        Ok(())
    }
}
