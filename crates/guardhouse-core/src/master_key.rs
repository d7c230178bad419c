//! The master key: what everything at rest is sealed under and every token of our own is authenticated with.
//!
//! It is a list whose first member is current. Each MAC and each sealed value carries the id of the
//! key it was made under, so a new key can be put in front without logging anybody out.
//! HKDF (RFC 5869) gives each purpose a key of its own, HMAC-SHA-256 (RFC 2104) authenticates,
//! AES-256-GCM (NIST SP 800-38D) seals.

use aws_lc_rs::{
    aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey},
    hkdf, hmac,
};
use zeroize::Zeroizing;

use crate::secret;

/// Bytes of a master key.
pub const KEY_LENGTH: usize = 32;
const KEY_ID_LENGTH: usize = 4;

/// What a derived key may be used for. A key of one purpose is worth nothing for another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Refresh tokens.
    Refresh,
    /// Session cookies.
    Cookie,
    /// CSRF tokens.
    Csrf,
    /// Cookies that mark a known device.
    Device,
    /// Codes short enough to be guessed if their digest leaked.
    Code,
    /// Blind indexes: look-ups by what must not be readable in the database.
    Index,
    /// The audit log's chain.
    Audit,
    /// Challenges that forms must solve.
    Captcha,
}

const PURPOSES: [(Purpose, &str); 8] = [
    (Purpose::Refresh, "guardhouse/refresh"),
    (Purpose::Cookie, "guardhouse/cookie"),
    (Purpose::Csrf, "guardhouse/csrf"),
    (Purpose::Device, "guardhouse/device"),
    (Purpose::Code, "guardhouse/code"),
    (Purpose::Index, "guardhouse/index"),
    (Purpose::Audit, "guardhouse/audit"),
    (Purpose::Captcha, "guardhouse/captcha"),
];

/// A master key's short public name.
pub type KeyId = [u8; KEY_ID_LENGTH];

/// Authenticates; 32 bytes.
pub type Mac = [u8; 32];

/// Bytes of a [`Tag`].
pub const TAG_LENGTH: usize = KEY_ID_LENGTH + 32;

/// A MAC behind the id of the key it was made under.
pub type Tag = [u8; TAG_LENGTH];

struct MasterKey {
    id: KeyId,
    macs: [hmac::Key; PURPOSES.len()],
    seal: LessSafeKey,
}

/// All master keys, the current one first.
pub struct KeyRing(Vec<MasterKey>);

/// Why a text is no master key, or a sealed value does not open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyRingError {
    /// Neither 32 bytes in base64 nor in hexadecimal.
    #[error("a master key is 32 bytes in base64 or hexadecimal; `openssl rand -base64 32` makes one")]
    BadKey,
    /// All bytes alike: somebody's placeholder.
    #[error("this master key is a placeholder; `openssl rand -base64 32` makes a strong one")]
    Placeholder,
    /// No key given.
    #[error("no master key is given")]
    Empty,
    /// Sealed under a key that is not in the list, or altered.
    #[error("a sealed value does not open: its master key is missing from `master_key`, or it was altered")]
    DoesNotOpen,
}

struct Length(usize);
impl hkdf::KeyType for Length {
    fn len(&self) -> usize {
        self.0
    }
}

fn expand(prk: &hkdf::Prk, label: &str) -> Zeroizing<[u8; KEY_LENGTH]> {
    let mut out = Zeroizing::new([0; KEY_LENGTH]);
    let filled = prk.expand(&[label.as_bytes()], Length(KEY_LENGTH)).and_then(|okm| okm.fill(out.as_mut_slice()));
    debug_assert!(filled.is_ok(), "32 bytes are within what HKDF-SHA-256 gives");
    out
}

impl MasterKey {
    fn new(bytes: &[u8; KEY_LENGTH]) -> Result<Self, KeyRingError> {
        if bytes.iter().all(|byte| *byte == bytes[0]) {
            return Err(KeyRingError::Placeholder);
        }
        let prk = hkdf::Salt::new(hkdf::HKDF_SHA256, b"guardhouse/1").extract(bytes);
        let mut id = [0; KEY_ID_LENGTH];
        id.copy_from_slice(&expand(&prk, "guardhouse/id")[..KEY_ID_LENGTH]);
        let seal = UnboundKey::new(&AES_256_GCM, expand(&prk, "guardhouse/seal").as_slice())
            .map_err(|_| KeyRingError::BadKey)?;
        let macs = PURPOSES.map(|(_, label)| hmac::Key::new(hmac::HMAC_SHA256, expand(&prk, label).as_slice()));
        Ok(Self { id, macs, seal: LessSafeKey::new(seal) })
    }

    fn mac(&self, purpose: Purpose, parts: &[&[u8]]) -> Mac {
        let mut context = hmac::Context::with_key(&self.macs[purpose as usize]);
        for part in parts {
            // Lengths keep ("ab", "c") and ("a", "bc") apart.
            context.update(&(part.len() as u64).to_be_bytes());
            context.update(part);
        }
        let mut out = [0; 32];
        out.copy_from_slice(context.sign().as_ref());
        out
    }
}

impl KeyRing {
    /// A ring of these keys, the current one first.
    pub fn new(keys: &[[u8; KEY_LENGTH]]) -> Result<Self, KeyRingError> {
        if keys.is_empty() {
            return Err(KeyRingError::Empty);
        }
        keys.iter().map(MasterKey::new).collect::<Result<_, _>>().map(Self)
    }

    /// A ring of keys written in base64 or hexadecimal.
    pub fn parse<'a>(texts: impl IntoIterator<Item = &'a str>) -> Result<Self, KeyRingError> {
        let keys: Vec<_> = texts.into_iter().map(parse_key).collect::<Result<_, _>>()?;
        Self::new(&keys)
    }

    /// The key that new values are made under.
    pub fn current(&self) -> KeyId {
        self.0[0].id
    }

    /// All keys' ids, the current one first.
    pub fn ids(&self) -> impl Iterator<Item = KeyId> + '_ {
        self.0.iter().map(|key| key.id)
    }

    fn find(&self, id: KeyId) -> Option<&MasterKey> {
        self.0.iter().find(|key| key.id == id)
    }

    /// Authenticates `parts` under the current key, whose id stands before the MAC: to be kept and shown again.
    pub fn tag(&self, purpose: Purpose, parts: &[&[u8]]) -> Tag {
        let mut tag = [0; TAG_LENGTH];
        let (id, mac) = tag.split_at_mut(KEY_ID_LENGTH);
        id.copy_from_slice(&self.current());
        mac.copy_from_slice(&self.mac(purpose, parts));
        tag
    }

    /// Whether `shown` is a [`KeyRing::tag`] of `parts`, under whichever key of the ring; in constant time.
    pub fn is_tag(&self, purpose: Purpose, parts: &[&[u8]], shown: &[u8]) -> bool {
        let Some((id, mac)) = shown.split_first_chunk::<KEY_ID_LENGTH>() else { return false };
        self.mac_under(*id, purpose, parts).is_some_and(|right| secret::same(&right, mac))
    }

    /// Authenticates `parts` under the current key.
    pub(crate) fn mac(&self, purpose: Purpose, parts: &[&[u8]]) -> Mac {
        self.0[0].mac(purpose, parts)
    }

    /// Authenticates `parts` under the key `id`, where the ring has it.
    pub(crate) fn mac_under(&self, id: KeyId, purpose: Purpose, parts: &[&[u8]]) -> Option<Mac> {
        self.find(id).map(|key| key.mac(purpose, parts))
    }

    /// Authenticates `parts` under the oldest key: a blind index that stays the same when a new key is put in front, for
    /// as long as the oldest one is in the list.
    pub fn index(&self, parts: &[&[u8]]) -> Mac {
        self.0[self.0.len() - 1].mac(Purpose::Index, parts)
    }

    /// Seals `plain` so that it opens only for the same `context` (which table, which row).
    pub fn seal(&self, context: &[u8], plain: &[u8]) -> Vec<u8> {
        let key = &self.0[0];
        let nonce: [u8; NONCE_LEN] = secret::random();
        let mut sealed = [&key.id[..], &nonce, plain].concat();
        let mut body = sealed.split_off(KEY_ID_LENGTH + NONCE_LEN);
        let done =
            key.seal.seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::from(context), &mut body);
        debug_assert!(done.is_ok(), "AES-GCM seals anything shorter than 64 GiB");
        if done.is_err() {
            body.clear();
        }
        sealed.append(&mut body);
        sealed
    }

    /// Opens what [`KeyRing::seal`] made for the same `context`.
    pub fn open(&self, context: &[u8], sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, KeyRingError> {
        let (id, rest) = sealed.split_first_chunk::<KEY_ID_LENGTH>().ok_or(KeyRingError::DoesNotOpen)?;
        let (nonce, body) = rest.split_first_chunk::<NONCE_LEN>().ok_or(KeyRingError::DoesNotOpen)?;
        let key = self.find(*id).ok_or(KeyRingError::DoesNotOpen)?;
        let mut body = Zeroizing::new(body.to_vec());
        let plain = key
            .seal
            .open_in_place(Nonce::assume_unique_for_key(*nonce), Aad::from(context), &mut body)
            .map_err(|_| KeyRingError::DoesNotOpen)?
            .len();
        body.truncate(plain);
        Ok(body)
    }
}

fn parse_key(text: &str) -> Result<[u8; KEY_LENGTH], KeyRingError> {
    use data_encoding::{BASE64, BASE64_NOPAD, BASE64URL, BASE64URL_NOPAD, HEXLOWER_PERMISSIVE};
    let text = text.trim().as_bytes();
    [HEXLOWER_PERMISSIVE, BASE64, BASE64_NOPAD, BASE64URL, BASE64URL_NOPAD]
        .iter()
        .filter_map(|encoding| encoding.decode(text).ok())
        .find_map(|bytes| <[u8; KEY_LENGTH]>::try_from(Zeroizing::new(bytes).as_slice()).ok())
        .ok_or(KeyRingError::BadKey)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn key(n: u8) -> [u8; 32] {
        let mut bytes = [n; 32];
        bytes[0] = n.wrapping_add(1);
        bytes
    }

    #[test]
    fn a_new_key_in_front_keeps_the_old_ones_working() {
        let before = KeyRing::new(&[key(1)]).unwrap();
        let sealed = before.seal(b"row 1", b"plain");
        let mac = before.mac(Purpose::Refresh, &[b"x"]);
        let after = KeyRing::new(&[key(2), key(1)]).unwrap();
        assert_eq!(after.open(b"row 1", &sealed).unwrap().as_slice(), b"plain");
        assert_eq!(after.mac_under(before.current(), Purpose::Refresh, &[b"x"]), Some(mac));
        assert_ne!(after.mac(Purpose::Refresh, &[b"x"]), mac);
        let without = KeyRing::new(&[key(2)]).unwrap();
        assert_eq!(without.open(b"row 1", &sealed).err(), Some(KeyRingError::DoesNotOpen));
    }

    #[test]
    fn a_tag_is_good_under_every_key_of_the_ring_whole_and_for_its_parts_alone() {
        let before = KeyRing::new(&[key(1)]).unwrap();
        let tag = before.tag(Purpose::Csrf, &[b"x"]);
        let after = KeyRing::new(&[key(2), key(1)]).unwrap();
        assert!(after.is_tag(Purpose::Csrf, &[b"x"], &tag));
        assert!(!after.is_tag(Purpose::Csrf, &[b"y"], &tag));
        assert!(!after.is_tag(Purpose::Code, &[b"x"], &tag));
        assert!(!KeyRing::new(&[key(2)]).unwrap().is_tag(Purpose::Csrf, &[b"x"], &tag));
        for at in 0..tag.len() {
            let mut altered = tag;
            altered[at] ^= 1;
            assert!(!after.is_tag(Purpose::Csrf, &[b"x"], &altered), "byte {at}");
            assert!(!after.is_tag(Purpose::Csrf, &[b"x"], &tag[..at]), "cut at {at}");
        }
        assert!(!after.is_tag(Purpose::Csrf, &[b"x"], &[&tag[..], b"z"].concat()));
    }

    #[test]
    fn an_index_stays_the_same_while_the_oldest_key_is_in_the_list() {
        let before = KeyRing::new(&[key(1)]).unwrap().index(&[b"x"]);
        assert_eq!(KeyRing::new(&[key(3), key(2), key(1)]).unwrap().index(&[b"x"]), before);
        assert_ne!(KeyRing::new(&[key(1), key(2)]).unwrap().index(&[b"x"]), before);
    }

    #[test]
    fn a_sealed_value_opens_only_whole_and_in_its_place() {
        let ring = KeyRing::new(&[key(1)]).unwrap();
        let sealed = ring.seal(b"row 1", b"plain");
        assert_eq!(ring.open(b"row 2", &sealed).err(), Some(KeyRingError::DoesNotOpen));
        for at in 0..sealed.len() {
            let mut altered = sealed.clone();
            altered[at] ^= 1;
            assert_eq!(ring.open(b"row 1", &altered).err(), Some(KeyRingError::DoesNotOpen), "byte {at}");
            assert_eq!(ring.open(b"row 1", &sealed[..at]).err(), Some(KeyRingError::DoesNotOpen), "cut at {at}");
        }
    }

    #[test]
    fn purposes_and_parts_are_kept_apart() {
        let ring = KeyRing::new(&[key(1)]).unwrap();
        assert_ne!(ring.mac(Purpose::Refresh, &[b"x"]), ring.mac(Purpose::Cookie, &[b"x"]));
        assert_ne!(ring.mac(Purpose::Refresh, &[b"ab", b"c"]), ring.mac(Purpose::Refresh, &[b"a", b"bc"]));
    }

    #[test]
    fn the_table_of_purposes_is_in_the_order_of_the_enum() {
        for (at, (purpose, _)) in PURPOSES.iter().enumerate() {
            assert_eq!(*purpose as usize, at);
        }
    }

    #[test]
    fn keys_are_read_in_base64_and_hexadecimal_and_weak_ones_refused_m38() {
        let hex = data_encoding::HEXLOWER.encode(&key(7));
        let base64 = data_encoding::BASE64.encode(&key(7));
        assert!(KeyRing::parse([hex.as_str(), base64.as_str()]).is_ok());
        assert_eq!(KeyRing::parse(["short"]).err(), Some(KeyRingError::BadKey));
        assert_eq!(KeyRing::parse(["00".repeat(32).as_str()]).err(), Some(KeyRingError::Placeholder));
        assert_eq!(KeyRing::parse([]).err(), Some(KeyRingError::Empty));
    }
}
