//! The compact serialization (RFC 7515, section 7.1) and its protected header (section 4).

use std::borrow::Cow;
use std::fmt;

use data_encoding::BASE64URL_NOPAD;
use serde::de::{Deserialize, Deserializer, Error as _, IgnoredAny, MapAccess, Visitor};

use super::{MAX_KID, MAX_TOKEN, Rejection};

/// Bytes of a decoded header: room for every member read here, and for refusing those that are not.
const MAX_HEADER: usize = 1536;

/// Bytes of a signature: that of an RSA key of 8192 bits, the largest there is.
const MAX_SIGNATURE: usize = 1024;

/// A token taken apart; nothing in it is trusted yet.
pub(super) struct Compact<'t> {
    header: &'t str,
    /// What the signature covers: header, dot, payload.
    signed: &'t str,
    payload: &'t str,
    signature: &'t str,
}

impl<'t> Compact<'t> {
    /// Size first, then exactly two dots: five parts would be a JWE (attacks `J7`, `J8`).
    pub(super) fn split(token: &'t str) -> Result<Self, Rejection> {
        if token.len() > MAX_TOKEN {
            return Err(Rejection::TooLarge);
        }
        let (header, rest) = token.split_once('.').ok_or(Rejection::Malformed)?;
        let (payload, signature) = rest.split_once('.').ok_or(Rejection::Malformed)?;
        if signature.contains('.') {
            return Err(Rejection::Malformed);
        }
        let signed = &token[..header.len() + 1 + payload.len()];
        Ok(Self { header, signed, payload, signature })
    }

    /// The header, read from `room`.
    pub(super) fn header<'r>(&self, room: &'r mut HeaderRoom) -> Result<Header<'r>, Rejection> {
        let json = decode_into(self.header, &mut room.0)?;
        let members: Members<'r> = serde_json::from_slice(json).map_err(|_| Rejection::Malformed)?;
        members.checked()
    }

    /// What the signature covers.
    pub(super) fn signed(&self) -> &'t [u8] {
        self.signed.as_bytes()
    }

    /// The signature, decoded into `room`.
    pub(super) fn signature<'r>(&self, room: &'r mut SignatureRoom) -> Result<&'r [u8], Rejection> {
        decode_into(self.signature, &mut room.0)
    }

    /// The payload, to be called once the signature has verified (ASVS 9.1.1).
    pub(super) fn payload(&self) -> Result<Vec<u8>, Rejection> {
        BASE64URL_NOPAD.decode(self.payload.as_bytes()).map_err(|_| Rejection::Malformed)
    }
}

/// Stack space for a header, so that reading one takes nothing from the heap.
pub(super) struct HeaderRoom([u8; MAX_HEADER]);

impl HeaderRoom {
    pub(super) fn new() -> Self {
        Self([0; MAX_HEADER])
    }
}

/// Stack space for a signature.
pub(super) struct SignatureRoom([u8; MAX_SIGNATURE]);

impl SignatureRoom {
    pub(super) fn new() -> Self {
        Self([0; MAX_SIGNATURE])
    }
}

/// Strict base64url: no padding, no line breaks, and the spare bits of the last character are zero,
/// so that each byte string has one spelling (attack `J10`).
fn decode_into<'r>(text: &str, room: &'r mut [u8]) -> Result<&'r [u8], Rejection> {
    let length = BASE64URL_NOPAD.decode_len(text.len()).map_err(|_| Rejection::Malformed)?;
    let room = room.get_mut(..length).ok_or(Rejection::TooLarge)?;
    BASE64URL_NOPAD.decode_mut(text.as_bytes(), room).map_err(|_| Rejection::Malformed)?;
    Ok(room)
}

/// A JSON string, borrowed where it has no escapes.
#[derive(serde::Deserialize)]
pub(super) struct Text<'a>(#[serde(borrow)] pub(super) Cow<'a, str>);

/// The members that decide how a token is checked.
pub(super) struct Header<'a> {
    /// `alg`: compared with the key's, never obeyed.
    pub(super) algorithm: Cow<'a, str>,
    /// `kid`: picks the key.
    pub(super) key_id: Cow<'a, str>,
    /// `typ`, where present.
    pub(super) media_type: Option<Cow<'a, str>>,
}

/// The header as it came.
#[derive(Default)]
struct Members<'a> {
    algorithm: Option<Cow<'a, str>>,
    key_id: Option<Cow<'a, str>>,
    media_type: Option<Cow<'a, str>>,
    unsupported: bool,
}

impl<'a> Members<'a> {
    fn checked(self) -> Result<Header<'a>, Rejection> {
        if self.unsupported {
            return Err(Rejection::UnsupportedHeader);
        }
        let algorithm = self.algorithm.ok_or(Rejection::Malformed)?;
        let key_id = self.key_id.filter(|id| id.len() <= MAX_KID).ok_or(Rejection::UnknownKey)?;
        Ok(Header { algorithm, key_id, media_type: self.media_type })
    }
}

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(HeaderVisitor)
    }
}

struct HeaderVisitor;

impl<'de> Visitor<'de> for HeaderVisitor {
    type Value = Members<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JOSE header")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut members = Members::default();
        while let Some(Text(name)) = map.next_key()? {
            let member = match &*name {
                "alg" => &mut members.algorithm,
                "kid" => &mut members.key_id,
                "typ" => &mut members.media_type,
                // Thumbprints some issuers add beside `kid`. They name a key and bring none.
                "x5t" | "x5t#S256" => {
                    map.next_value::<Text<'de>>()?;
                    continue;
                }
                // `crit`, `b64`, `zip` and `enc` change how a token is read (J5, J7, J8); `jwk`, `jku`,
                // `x5u` and `x5c` bring the sender's own key (J3); `cty` says a token is nested.
                _ => {
                    members.unsupported = true;
                    map.next_value::<IgnoredAny>()?;
                    continue;
                }
            };
            if member.replace(map.next_value::<Text<'de>>()?.0).is_some() {
                return Err(A::Error::custom("repeated member"));
            }
        }
        Ok(members)
    }
}
