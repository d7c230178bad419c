//! Identifiers: UUID version 7 (RFC 9562, section 5.7) in 16 bytes inside, TypeIDs (`usr_01h…`) outside.
//!
//! The prefix says what a thing is to whoever reads a log, and keeps an id of one kind from being
//! taken for another.

use std::{fmt, hash::Hash, marker::PhantomData, str::FromStr};

use crate::{secret, time::Timestamp};

/// What an [`Id`] names; gives the prefix of its text.
pub trait Kind {
    /// The text before the underscore.
    const PREFIX: &'static str;
}

/// An identifier of a `K`.
pub struct Id<K> {
    bytes: [u8; 16],
    kind: PhantomData<fn() -> K>,
}

macro_rules! kinds {
    ($($(#[$doc:meta])* $kind:ident, $alias:ident = $prefix:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Debug)]
        pub enum $kind {}
        impl Kind for $kind {
            const PREFIX: &'static str = $prefix;
        }
        #[doc = concat!("Id with prefix `", $prefix, "_`.")]
        pub type $alias = Id<$kind>;
    )*};
}

kinds! {
    /// A person's account.
    Account, AccountId = "usr";
    /// A person signed in on a device.
    Session, SessionId = "ses";
    /// A client holding tokens.
    Grant, GrantId = "gra";
    /// A tenant.
    Tenant, TenantId = "ten";
    /// An invitation into a tenant.
    Invitation, InvitationId = "inv";
    /// A role.
    Role, RoleId = "rol";
    /// A role given to somebody.
    Binding, BindingId = "bnd";
    /// An event of the audit log.
    Event, EventId = "evt";
    /// A letter that was or will be sent.
    Letter, LetterId = "mail";
    /// A one-time code or link.
    Code, CodeId = "cod";
    /// A resource policy.
    Policy, PolicyId = "pol";
    /// One access token (`jti`).
    Token, TokenId = "tok";
    /// An API key.
    Key, ApiKeyId = "key";
    /// A passkey or security key.
    Passkey, PasskeyId = "psk";
    /// A running process of this server.
    Node, NodeId = "node";
}

impl<K> Id<K> {
    /// A new id whose order follows `now`.
    pub fn new(now: Timestamp) -> Self {
        let millis = u64::try_from(now.0.div_euclid(1_000)).unwrap_or(0);
        let uuid = uuid::Builder::from_unix_timestamp_millis(millis, &secret::random()).into_uuid();
        Self::from_bytes(uuid.into_bytes())
    }

    /// The id that the database holds.
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self { bytes, kind: PhantomData }
    }

    /// As the database holds it.
    pub const fn bytes(&self) -> [u8; 16] {
        self.bytes
    }
}

impl<K> Clone for Id<K> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<K> Copy for Id<K> {}
impl<K> PartialEq for Id<K> {
    fn eq(&self, other: &Self) -> bool {
        self.bytes == other.bytes
    }
}
impl<K> Eq for Id<K> {}
impl<K> PartialOrd for Id<K> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl<K> Ord for Id<K> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.bytes.cmp(&other.bytes)
    }
}
impl<K> Hash for Id<K> {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.bytes.hash(state);
    }
}

/// Crockford's alphabet in lower case, as the TypeID specification has it.
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
const TEXT_LENGTH: usize = 26;

impl<K: Kind> fmt::Display for Id<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let number = u128::from_be_bytes(self.bytes);
        let mut text = [0u8; TEXT_LENGTH];
        for (place, letter) in text.iter_mut().rev().enumerate() {
            *letter = ALPHABET[(number >> (5 * place)) as usize & 31];
        }
        write!(f, "{}_{}", K::PREFIX, str::from_utf8(&text).map_err(|_| fmt::Error)?)
    }
}

impl<K: Kind> fmt::Debug for Id<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The text is no id of that kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected an id such as {0}_01h455vb4pex5vsknk084sn02q")]
pub struct NotAnId(pub &'static str);

impl<K: Kind> FromStr for Id<K> {
    type Err = NotAnId;

    fn from_str(text: &str) -> Result<Self, NotAnId> {
        let wrong = NotAnId(K::PREFIX);
        let suffix = text.strip_prefix(K::PREFIX).and_then(|rest| rest.strip_prefix('_')).ok_or(wrong)?;
        // 26 letters carry 130 bits; the first may only use three of its five, so that one id has one text.
        if suffix.len() != TEXT_LENGTH || suffix.as_bytes()[0] > b'7' {
            return Err(wrong);
        }
        let mut number = 0u128;
        for letter in suffix.bytes() {
            let value = ALPHABET.iter().position(|known| *known == letter).ok_or(wrong)?;
            number = number << 5 | value as u128;
        }
        Ok(Self::from_bytes(number.to_be_bytes()))
    }
}

impl<K: Kind> serde::Serialize for Id<K> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de, K: Kind> serde::Deserialize<'de> for Id<K> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_example_of_the_typeid_specification_reads() {
        let id: AccountId = "usr_01h455vb4pex5vsknk084sn02q".parse().unwrap();
        let uuid = uuid::Uuid::from_bytes(id.bytes());
        assert_eq!(uuid.to_string(), "01890a5d-ac96-774b-bcce-b302099a8057");
        assert_eq!(id.to_string(), "usr_01h455vb4pex5vsknk084sn02q");
    }

    #[test]
    fn one_id_has_one_text() {
        for bad in [
            "",
            "usr_",
            "ses_01h455vb4pex5vsknk084sn02q",
            "usr_81h455vb4pex5vsknk084sn02q",
            "usr_01H455VB4PEX5VSKNK084SN02Q",
            "usr_01h455vb4pex5vsknk084sn02",
            "usr_01h455vb4pex5vsknk084sn02qq",
            "usr_01h455vb4pex5vsknk084sn0lo",
        ] {
            assert_eq!(bad.parse::<AccountId>(), Err(NotAnId("usr")), "{bad}");
        }
    }

    #[test]
    fn ids_sort_by_the_time_they_were_made() {
        let (early, late) = (AccountId::new(Timestamp(1_000_000)), AccountId::new(Timestamp(2_000_000)));
        assert!(early < late);
        assert!(early.to_string() < late.to_string());
    }

    proptest! {
        #[test]
        fn text_and_bytes_agree(bytes: [u8; 16]) {
            let id = AccountId::from_bytes(bytes);
            prop_assert_eq!(id.to_string().parse::<AccountId>(), Ok(id));
        }
        #[test]
        fn reading_never_panics(text: String) {
            let _ = text.parse::<AccountId>();
        }
    }
}
