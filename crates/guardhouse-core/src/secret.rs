//! Secrets: where their bytes come from, how they are kept from logs, and how they are compared.
//!
//! Only this file asks the operating system for randomness.

use std::{cell::RefCell, fmt};

use aws_lc_rs::{digest, rand};
use subtle::ConstantTimeEq as _;
use zeroize::{Zeroize, Zeroizing};

/// Fills an array from the operating system's generator.
///
/// # Panics
/// Never in practice: the generator fails only before the system is seeded, and no key may be made then.
#[expect(clippy::expect_used, reason = "without randomness nothing here may go on")]
#[expect(clippy::disallowed_methods, reason = "this is the one place that asks for randomness")]
pub fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    rand::fill(&mut bytes).expect("the operating system gives randomness");
    bytes
}

/// Bytes of a [`random_id`].
pub const ID_LENGTH: usize = 12;
/// How many ids one draw gives.
const IDS: usize = 64;

/// A name for something that is no secret and must not meet another by chance, a request for one. Drawn for many at
/// once: a draw costs as much as a tenth of a request, whatever its length.
pub fn random_id() -> [u8; ID_LENGTH] {
    thread_local! {
        static DRAWN: RefCell<Vec<[u8; ID_LENGTH]>> = const { RefCell::new(Vec::new()) };
    }
    DRAWN.with_borrow_mut(|drawn| {
        drawn.pop().unwrap_or_else(|| {
            let bytes: [u8; ID_LENGTH * IDS] = random();
            drawn.extend(bytes.as_chunks().0);
            drawn.pop().unwrap_or_else(random)
        })
    })
}

/// A number drawn evenly from `0..bound`; `bound` must not be zero.
pub fn random_below(bound: u32) -> u32 {
    // Draws from the incomplete last span are thrown away: a remainder alone would favour small numbers.
    let limit = u32::MAX - u32::MAX % bound;
    loop {
        let drawn = u32::from_le_bytes(random());
        if drawn < limit {
            return drawn % bound;
        }
    }
}

/// Equality that takes as long for a near miss as for a far one.
pub fn same(a: &[u8], b: &[u8]) -> bool {
    a.ct_eq(b).into()
}

/// SHA-256, for looking up secrets of 256 bits without keeping them (rulings: what people choose is
/// hashed slowly, what the server makes is hashed fast).
pub fn sha256(bytes: &[u8]) -> [u8; 32] {
    let mut out = [0; 32];
    out.copy_from_slice(digest::digest(&digest::SHA256, bytes).as_ref());
    out
}

/// Text that must not be shown: no `Debug`, no `Display`, wiped when dropped.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct SecretText(Zeroizing<String>);

impl SecretText {
    /// Keeps `text`.
    pub fn new(text: impl Into<String>) -> Self {
        Self(Zeroizing::new(text.into()))
    }

    /// The text itself: the word to look for in reviews.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Debug for SecretText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.is_empty() { "(none)" } else { "(secret)" })
    }
}

impl Zeroize for SecretText {
    fn zeroize(&mut self) {
        self.0.zeroize();
    }
}

impl<'de> serde::Deserialize<'de> for SecretText {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self::new)
    }
}

/// Written as a mark, so that a printed configuration shows that there is one and not which.
impl serde::Serialize for SecretText {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("{self:?}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_never_shows_a_secret_d4() {
        assert_eq!(format!("{:?}", SecretText::new("hunter2")), "(secret)");
    }

    #[test]
    fn ids_do_not_repeat() {
        let ids: std::collections::HashSet<_> = (0..1_000).map(|_| random_id()).collect();
        assert_eq!(ids.len(), 1_000);
    }

    #[test]
    fn draws_stay_below_their_bound() {
        for bound in [1, 2, 10, 1_000_000] {
            assert!((0..200).all(|_| random_below(bound) < bound));
        }
    }
}
