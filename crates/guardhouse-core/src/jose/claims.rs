//! The registered claims (RFC 7519, section 4.1), checked before anybody else sees a claim.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};

use super::compact::Text;
use super::{Expectation, Rejection};

/// The last second of the year 9999.
const LAST_SECOND: i64 = 253_402_300_799;

/// Checks names, issuer, audience and times of a payload whose signature has verified. What follows the
/// object is left to the caller, who reads the whole.
pub(super) fn check(payload: &[u8], expected: &Expectation<'_>) -> Result<(), Rejection> {
    let mut json = serde_json::Deserializer::from_slice(payload);
    let claims = Reader { audience: expected.audience }.deserialize(&mut json).map_err(|_| Rejection::BadClaims)?;
    if claims.issuer.as_deref() != Some(expected.issuer) {
        return Err(Rejection::WrongIssuer);
    }
    if claims.audience != Some(true) {
        return Err(Rejection::WrongAudience);
    }
    check_times(&claims, expected)
}

fn check_times(claims: &Registered<'_>, expected: &Expectation<'_>) -> Result<(), Rejection> {
    let leeway = expected.leeway.max(0);
    let expires = claims.expires.ok_or(Rejection::BadClaims)?;
    if expected.now >= expires.saturating_add(leeway) {
        return Err(Rejection::Expired);
    }
    let latest = expected.now.saturating_add(leeway);
    let starts = claims.not_before.max(claims.issued_at);
    if starts.is_some_and(|start| start > latest) { Err(Rejection::NotYetValid) } else { Ok(()) }
}

#[derive(Default)]
struct Registered<'a> {
    issuer: Option<Cow<'a, str>>,
    /// Whether one of the expected audiences is named.
    audience: Option<bool>,
    expires: Option<i64>,
    not_before: Option<i64>,
    issued_at: Option<i64>,
}

/// Reads the registered claims. A name that occurs twice in any object is refused: parsers differ on
/// which one counts.
struct Reader<'e> {
    audience: &'e [&'e str],
}

impl<'de> DeserializeSeed<'de> for Reader<'_> {
    type Value = Registered<'de>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Reader<'_> {
    type Value = Registered<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("claims")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut claims = Registered::default();
        let mut names = Vec::with_capacity(16);
        while let Some(Text(name)) = map.next_key()? {
            match &*name {
                "iss" => claims.issuer = Some(map.next_value::<Text<'de>>()?.0),
                "aud" => claims.audience = Some(map.next_value_seed(Audience(self.audience))?),
                "exp" => claims.expires = Some(map.next_value::<Seconds>()?.0),
                "nbf" => claims.not_before = Some(map.next_value::<Seconds>()?.0),
                "iat" => claims.issued_at = Some(map.next_value::<Seconds>()?.0),
                _ => {
                    map.next_value::<DistinctNames>()?;
                }
            }
            names.push(name);
        }
        distinct(names)?;
        Ok(claims)
    }
}

/// A whole number of seconds since the epoch. Strings, fractions and null are no times (attack `J6`).
struct Seconds(i64);

impl<'de> Deserialize<'de> for Seconds {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let seconds = i64::deserialize(deserializer)?;
        if (0..=LAST_SECOND).contains(&seconds) { Ok(Self(seconds)) } else { Err(D::Error::custom("no time")) }
    }
}

/// A string or an array of strings (RFC 7519, section 4.1.3); says whether an expected one is there.
#[derive(Clone, Copy)]
struct Audience<'e>(&'e [&'e str]);

impl<'de> DeserializeSeed<'de> for Audience<'_> {
    type Value = bool;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<bool, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Audience<'_> {
    type Value = bool;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an audience or a list of them")
    }

    fn visit_str<E>(self, name: &str) -> Result<bool, E> {
        Ok(self.0.contains(&name))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<bool, A::Error> {
        let mut found = false;
        while let Some(Text(name)) = list.next_element()? {
            found |= self.0.contains(&&*name);
        }
        Ok(found)
    }
}

/// Any value whose objects name each member once. Depth is bounded by the JSON parser.
struct DistinctNames;

impl<'de> Deserialize<'de> for DistinctNames {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Self)
    }
}

impl<'de> Visitor<'de> for DistinctNames {
    type Value = Self;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_bool<E>(self, _: bool) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_str<E>(self, _: &str) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_unit<E>(self) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self, A::Error> {
        while list.next_element::<Self>()?.is_some() {}
        Ok(self)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self, A::Error> {
        let mut names = Vec::new();
        while let Some(Text(name)) = map.next_key()? {
            map.next_value::<Self>()?;
            names.push(name);
        }
        distinct(names)?;
        Ok(self)
    }
}

/// Sorted and not searched, so that a large object costs no square of its size.
fn distinct<E: serde::de::Error>(mut names: Vec<Cow<'_, str>>) -> Result<(), E> {
    names.sort_unstable();
    if names.windows(2).any(|pair| pair[0] == pair[1]) { Err(E::custom("repeated name")) } else { Ok(()) }
}
