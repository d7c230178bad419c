//! Opaque credentials of our own making, each with a prefix that scanners can tell.
//!
//! * `gdr_…` refresh tokens and `gds_…` session cookies name a row and the row's generation and carry a MAC over
//!   both under the row's salt: nothing that could be replayed is stored.
//! * `gdc_…` codes, mailed or printed for the operator, name a row and carry 256 random bits of which only the SHA-256 is stored.
//!
//! One text per credential: base64url without padding and with zero trailing bits (`J10`).

use data_encoding::BASE64URL_NOPAD;

use crate::{
    master_key::{KeyId, KeyRing, Mac, Purpose},
    secret,
};

/// Which credential a [`Stamped`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StampedKind {
    /// A refresh token, naming a grant.
    Refresh,
    /// A session cookie, naming a session.
    Cookie,
}

impl StampedKind {
    const fn prefix(self) -> &'static str {
        match self {
            Self::Refresh => "gdr_",
            Self::Cookie => "gds_",
        }
    }

    const fn purpose(self) -> Purpose {
        match self {
            Self::Refresh => Purpose::Refresh,
            Self::Cookie => Purpose::Cookie,
        }
    }
}

/// Length of a row's random salt in bytes.
pub const SALT_LENGTH: usize = 16;
/// The salt of a grant or session.
pub type Salt = [u8; SALT_LENGTH];

/// A credential that names a row and its generation. Worth nothing until [`Stamped::proves`] said so.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Stamped {
    kind: StampedKind,
    key: KeyId,
    /// The row it names.
    pub id: [u8; 16],
    /// The generation it was made for; the first is 1.
    pub generation: u32,
    mac: Mac,
}

const STAMPED_LENGTH: usize = 4 + 16 + 4 + 32;

impl Stamped {
    /// Makes the credential for a row's generation.
    pub fn issue(ring: &KeyRing, kind: StampedKind, id: [u8; 16], generation: u32, salt: &Salt) -> Self {
        let mac = ring.mac(kind.purpose(), &[salt, &id, &generation.to_be_bytes()]);
        Self { kind, key: ring.current(), id, generation, mac }
    }

    /// Reads the text; says nothing of whether it is genuine.
    pub fn parse(kind: StampedKind, text: &str) -> Option<Self> {
        let body = text.strip_prefix(kind.prefix())?;
        if body.len() != BASE64URL_NOPAD.encode_len(STAMPED_LENGTH) {
            return None;
        }
        let bytes = BASE64URL_NOPAD.decode(body.as_bytes()).ok()?;
        let (key, rest) = bytes.split_first_chunk::<4>()?;
        let (id, rest) = rest.split_first_chunk::<16>()?;
        let (generation, rest) = rest.split_first_chunk::<4>()?;
        let (mac, _) = rest.split_first_chunk::<32>()?;
        Some(Self { kind, key: *key, id: *id, generation: u32::from_be_bytes(*generation), mac: *mac })
    }

    /// Whether we made it, for the row with this salt.
    pub fn proves(&self, ring: &KeyRing, salt: &Salt) -> bool {
        ring.mac_under(self.key, self.kind.purpose(), &[salt, &self.id, &self.generation.to_be_bytes()])
            .is_some_and(|mac| secret::same(&mac, &self.mac))
    }

    /// The text that the client keeps.
    pub fn text(&self) -> String {
        let bytes = [&self.key[..], &self.id, &self.generation.to_be_bytes(), &self.mac].concat();
        format!("{}{}", self.kind.prefix(), BASE64URL_NOPAD.encode(&bytes))
    }
}

/// A code sent by mail, or printed for the operator: the row it names and 256 random bits.
pub struct MailedCode {
    /// The row it names.
    pub id: [u8; 16],
    secret: [u8; 32],
}

const MAILED_PREFIX: &str = "gdc_";

impl MailedCode {
    /// A new one for a row.
    pub fn new(id: [u8; 16]) -> Self {
        Self { id, secret: secret::random() }
    }

    /// Reads the text.
    pub fn parse(text: &str) -> Option<Self> {
        let body = text.strip_prefix(MAILED_PREFIX)?;
        if body.len() != BASE64URL_NOPAD.encode_len(48) {
            return None;
        }
        let bytes = BASE64URL_NOPAD.decode(body.as_bytes()).ok()?;
        let (id, rest) = bytes.split_first_chunk::<16>()?;
        let (secret, _) = rest.split_first_chunk::<32>()?;
        Some(Self { id: *id, secret: *secret })
    }

    /// What the database keeps of it.
    pub fn digest(&self) -> [u8; 32] {
        secret::sha256(&self.secret)
    }

    /// The text that the letter carries, or the terminal shows.
    pub fn text(&self) -> String {
        format!("{MAILED_PREFIX}{}", BASE64URL_NOPAD.encode(&[&self.id[..], &self.secret].concat()))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn ring() -> KeyRing {
        KeyRing::new(&[std::array::from_fn(|i| u8::try_from(i).unwrap())]).unwrap()
    }

    #[test]
    fn every_cut_extended_or_flipped_text_is_refused_j10() {
        let (ring, salt) = (ring(), [9; SALT_LENGTH]);
        let text = Stamped::issue(&ring, StampedKind::Refresh, [3; 16], 7, &salt).text();
        let accepted =
            |text: &str| Stamped::parse(StampedKind::Refresh, text).is_some_and(|token| token.proves(&ring, &salt));
        assert!(accepted(&text));
        for at in 0..text.len() {
            assert!(!accepted(&text[..at]), "cut at {at}");
            for other in ['A', 'B', 'g', '_', '-', '9', '=', ' '] {
                let mut altered = text.clone();
                altered.replace_range(at..=at, &other.to_string());
                assert!(altered == text || !accepted(&altered), "byte {at} set to {other}");
            }
        }
        for extra in ["A", "=", "AAAA", " ", "\n"] {
            assert!(!accepted(&format!("{text}{extra}")));
        }
    }

    #[test]
    fn a_cookie_is_no_refresh_token_j11() {
        let (ring, salt) = (ring(), [9; SALT_LENGTH]);
        let cookie = Stamped::issue(&ring, StampedKind::Cookie, [3; 16], 7, &salt).text();
        assert!(Stamped::parse(StampedKind::Refresh, &cookie).is_none());
        let dressed = cookie.replacen("gds_", "gdr_", 1);
        assert!(!Stamped::parse(StampedKind::Refresh, &dressed).unwrap().proves(&ring, &salt));
    }

    proptest! {
        #[test]
        fn stamped_texts_round_trip(id: [u8; 16], generation: u32, salt: Salt) {
            let ring = ring();
            let made = Stamped::issue(&ring, StampedKind::Cookie, id, generation, &salt);
            let read = Stamped::parse(StampedKind::Cookie, &made.text()).unwrap();
            prop_assert!(read == made && read.proves(&ring, &salt));
            let mut other = salt;
            other[0] ^= 1;
            prop_assert!(!read.proves(&ring, &other));
        }
        #[test]
        fn reading_never_panics(text: String) {
            let _ = (Stamped::parse(StampedKind::Cookie, &text), MailedCode::parse(&text));
        }
        #[test]
        fn mailed_codes_round_trip(id: [u8; 16]) {
            let code = MailedCode::new(id);
            let read = MailedCode::parse(&code.text()).unwrap();
            prop_assert_eq!((read.id, read.digest()), (code.id, code.digest()));
        }
    }
}
