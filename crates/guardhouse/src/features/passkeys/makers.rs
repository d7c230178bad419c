//! Whose authenticators may be added (`WebAuthn` L3, section 13.4.1): where the operator gives the root certificates of their
//! makers, each new one must attest to one of them. Passkeys that password managers and telephones keep attest to nobody.

use std::{collections::BTreeMap, fs, path::Path};

use uuid::Uuid;
use webauthn_attestation_ca::{AttestationCaList, AttestationCaListBuilder};

use super::settings::PasskeySettings;

const END: &str = "-----END CERTIFICATE-----";

/// Why there are no roots.
#[derive(Debug, thiserror::Error)]
pub(super) enum MakersError {
    #[error("passkeys.attestation_roots: {file}: {cause}", file = .0, cause = .1)]
    Unreadable(String, std::io::Error),
    #[error("passkeys.attestation_roots: {0}: certificate {1} cannot be read")]
    Certificate(String, usize),
    #[error("passkeys.attestation_roots: {0}: there is no certificate in it")]
    Nothing(String),
}

/// The roots, each with the makes that it may vouch for; nothing where authenticators need not attest.
pub(super) fn open(settings: &PasskeySettings) -> Result<Option<AttestationCaList>, MakersError> {
    settings.attestation_roots.as_deref().map(|file| read(file, &settings.aaguids)).transpose()
}

fn read(file: &Path, makes: &[String]) -> Result<AttestationCaList, MakersError> {
    let shown = || file.display().to_string();
    let text = fs::read_to_string(file).map_err(|error| MakersError::Unreadable(shown(), error))?;
    let mut roots = AttestationCaList::default();
    for (certificate, number) in text.split_inclusive(END).filter(|part| part.contains(END)).zip(1..) {
        let root = root(certificate, makes).map_err(|_| MakersError::Certificate(shown(), number))?;
        roots.union(&root);
    }
    if roots.is_empty() { Err(MakersError::Nothing(shown())) } else { Ok(roots) }
}

fn root(pem: &str, makes: &[String]) -> Result<AttestationCaList, webauthn_attestation_ca::Error> {
    if makes.is_empty() {
        return AttestationCaList::try_from(pem.trim().as_bytes());
    }
    let mut one = AttestationCaListBuilder::new();
    // The settings were looked at.
    for make in makes.iter().filter_map(|make| Uuid::parse_str(make).ok()) {
        one.insert_device_pem(pem.trim().as_bytes(), make, String::new(), BTreeMap::new())?;
    }
    Ok(one.build())
}

/// Whether a text names a make.
pub(super) fn is_make(text: &str) -> bool {
    Uuid::parse_str(text).is_ok()
}
