//! What an authenticator says of itself (`WebAuthn` L3, section 6.5): the make, for its owner to tell keys apart. Without
//! an attestation ([`makers`](super::makers)) it proves nothing.

use serde::Deserialize;

#[derive(Deserialize)]
struct Statement<'a> {
    #[serde(rename = "authData")]
    auth_data: &'a [u8],
}

/// RP id hash, flags, counter (section 6.1).
const BEFORE: usize = 32 + 1 + 4;

/// The AAGUID; zeros where there is none.
pub(super) fn aaguid(object: &[u8]) -> [u8; 16] {
    let read = serde_cbor_2::from_slice::<Statement<'_>>(object).ok();
    let told = read.and_then(|statement| statement.auth_data.get(BEFORE..)?.first_chunk::<16>().copied());
    told.unwrap_or_default()
}
