//! API keys as text: `gdk_<live or test>_<id>_<secret><checksum>`.
//!
//! * The id is that of the row, so that a check is one look-up by primary key.
//! * The secret has 256 random bits, written in 43 letters and digits; the database keeps its SHA-256 alone.
//! * The checksum is the CRC-32 of all that stands before it, in 6 letters and digits: a mistyped key is refused
//!   without a look-up, and scanners of source code can tell a key from what only looks like one.
//!
//! One key has one text (`J10`): every part has a fixed width, and no number has two spellings.

use zeroize::Zeroizing;

use crate::{
    ids::ApiKeyId,
    secret::{self, same},
};

/// What every key begins with, whatever it is for.
pub const PREFIX: &str = "gdk_";

/// What a key is for; a server takes keys of its own kind alone, so that one of a test opens nothing that is real.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Environment {
    /// The profiles that serve others.
    Live,
    /// Development.
    Test,
}

impl Environment {
    const ALL: [Self; 2] = [Self::Live, Self::Test];

    /// What keys of this kind begin with.
    pub const fn prefix(self) -> &'static str {
        match self {
            Self::Live => "gdk_live_",
            Self::Test => "gdk_test_",
        }
    }
}

/// A key as its holder has it.
pub struct ApiKey {
    /// What it is for.
    pub environment: Environment,
    /// The row it names.
    pub id: ApiKeyId,
    secret: Zeroizing<[u8; 32]>,
}

const ID_LENGTH: usize = 26;
const SECRET_LENGTH: usize = 43;
const CHECKSUM_LENGTH: usize = 6;
/// Characters of the id that lists show: its time and some of its randomness.
const SHOWN_LENGTH: usize = 16;

impl ApiKey {
    /// A new secret for a row.
    pub fn new(environment: Environment, id: ApiKeyId) -> Self {
        Self { environment, id, secret: Zeroizing::new(secret::random()) }
    }

    /// Reads the text; `None` where anything in it is not as [`ApiKey::text`] writes it.
    pub fn parse(text: &str) -> Option<Self> {
        let environment = Environment::ALL.into_iter().find(|kind| text.starts_with(kind.prefix()))?;
        let (body, checksum) = text.split_at_checked(text.len().checked_sub(CHECKSUM_LENGTH)?)?;
        if !same(checksum_of(body).as_bytes(), checksum.as_bytes()) {
            return None;
        }
        let (id, rest) = body.get(environment.prefix().len()..)?.split_at_checked(ID_LENGTH)?;
        let secret = rest.strip_prefix('_')?;
        Some(Self { environment, id: format!("key_{id}").parse().ok()?, secret: read(secret)? })
    }

    /// The text that its holder keeps.
    pub fn text(&self) -> Zeroizing<String> {
        let secret = Zeroizing::new(written(&*self.secret, SECRET_LENGTH));
        let body = Zeroizing::new(format!("{}{}_{}", self.environment.prefix(), suffix(self.id), *secret));
        Zeroizing::new(format!("{}{}", *body, checksum_of(&body)))
    }

    /// What the database keeps of the secret.
    pub fn digest(&self) -> [u8; 32] {
        secret::sha256(&*self.secret)
    }
}

/// The beginning of a key's text, which tells it from others and opens nothing.
pub fn shown(environment: Environment, id: ApiKeyId) -> String {
    let id = suffix(id);
    format!("{}{}", environment.prefix(), id.get(..SHOWN_LENGTH).unwrap_or(&id))
}

fn suffix(id: ApiKeyId) -> String {
    id.to_string().split_off("key_".len())
}

fn checksum_of(body: &str) -> String {
    written(&crc32fast::hash(body.as_bytes()).to_be_bytes(), CHECKSUM_LENGTH)
}

const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const BASE: u32 = 62;

/// A number, the highest byte first, in so many letters and digits.
fn written(number: &[u8], length: usize) -> String {
    let mut number = Zeroizing::new(number.to_vec());
    let mut letters = Zeroizing::new(vec![0u8; length]);
    for letter in letters.iter_mut().rev() {
        let mut rest = 0u32;
        for byte in number.iter_mut() {
            let value = rest << 8 | u32::from(*byte);
            // The rest is below the base, so the quotient is a byte again.
            [_, _, _, *byte] = (value / BASE).to_be_bytes();
            rest = value % BASE;
        }
        *letter = ALPHABET[rest as usize];
    }
    letters.iter().map(|letter| char::from(*letter)).collect()
}

/// The number that [`written`] wrote; `None` for another length, another letter, or more than 256 bits.
fn read(text: &str) -> Option<Zeroizing<[u8; 32]>> {
    if text.len() != SECRET_LENGTH {
        return None;
    }
    let mut number = Zeroizing::new([0u8; 32]);
    for letter in text.bytes() {
        let mut carry = u32::try_from(ALPHABET.iter().position(|known| *known == letter)?).ok()?;
        for byte in number.iter_mut().rev() {
            let value = u32::from(*byte) * BASE + carry;
            *byte = (value & 0xff) as u8;
            carry = value >> 8;
        }
        if carry > 0 {
            return None;
        }
    }
    Some(number)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A text with the right checksum, whatever it says.
    fn summed(body: &str) -> String {
        format!("{body}{}", checksum_of(body))
    }

    fn key(environment: Environment, id: [u8; 16], secret: [u8; 32]) -> ApiKey {
        ApiKey { environment, id: ApiKeyId::from_bytes(id), secret: Zeroizing::new(secret) }
    }

    /// The text is a contract with scanners, so it stands here letter by letter.
    #[test]
    fn a_known_key_has_this_text_m05() {
        let text = key(Environment::Live, [0; 16], [0; 32]).text();
        let body = format!("gdk_live_{}_{}", "0".repeat(26), "0".repeat(43));
        assert_eq!(*text, format!("{body}{}", checksum_of(&body)));
        assert_eq!(text.len(), 85);
        // The check value of CRC-32 as zlib and Ethernet have it.
        assert_eq!(crc32fast::hash(b"123456789"), 0xcbf4_3926);
        assert_eq!(checksum_of("123456789"), written(&0xcbf4_3926_u32.to_be_bytes(), 6));
        assert_eq!(written(&61u32.to_be_bytes(), 6), "00000z");
        assert_eq!(written(&62u32.to_be_bytes(), 6), "000010");
        assert_eq!(shown(Environment::Test, ApiKeyId::from_bytes([0; 16])), "gdk_test_0000000000000000");
    }

    #[test]
    fn cut_extended_and_flipped_texts_are_refused_j10() {
        let text = ApiKey::new(Environment::Test, ApiKeyId::from_bytes([7; 16])).text();
        assert!(ApiKey::parse(&text).is_some());
        for at in 0..text.len() {
            assert!(ApiKey::parse(&text[..at]).is_none(), "cut at {at}");
            for other in ['0', 'A', 'a', 'z', '_', '-', '=', ' ', 'é'] {
                let mut altered = text.to_string();
                altered.replace_range(at..=at, &other.to_string());
                assert!(altered == *text || ApiKey::parse(&altered).is_none(), "byte {at} set to {other}");
            }
        }
        for extra in ["0", "A", " ", "\n", "=", "\0"] {
            assert!(ApiKey::parse(&format!("{}{extra}", *text)).is_none());
            assert!(ApiKey::parse(&format!("{extra}{}", *text)).is_none());
        }
    }

    /// Whoever writes the checksum anew still finds no second text of a key.
    #[test]
    fn a_right_checksum_makes_no_second_text_j10() {
        let zeros = |secret: &str| format!("gdk_test_{}_{secret}", "0".repeat(26));
        assert!(ApiKey::parse(&summed(&zeros(&"0".repeat(43)))).is_some());
        for secret in ["0".repeat(42), "0".repeat(44), "z".repeat(43), format!("{}é", "0".repeat(41)), String::new()] {
            assert!(ApiKey::parse(&summed(&zeros(&secret))).is_none(), "{secret}");
        }
        for body in ["gdk_test_", "gdk_dev_", "", "gdk_live_é"] {
            assert!(ApiKey::parse(&summed(body)).is_none(), "{body}");
        }
        let eight = format!("gdk_test_8{}_{}", "0".repeat(25), "0".repeat(43));
        assert!(ApiKey::parse(&summed(&eight)).is_none(), "an id has one text too");
    }

    proptest! {
        #[test]
        fn texts_round_trip_m05(id: [u8; 16], secret: [u8; 32], live: bool) {
            let environment = if live { Environment::Live } else { Environment::Test };
            let made = key(environment, id, secret);
            let text = made.text();
            let found = ApiKey::parse(&text).unwrap();
            prop_assert_eq!((found.environment, found.id, found.digest()), (environment, made.id, made.digest()));
            prop_assert_eq!(&*found.text(), &*text);
            prop_assert!(text[9..].bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_'));
        }
        #[test]
        fn two_secrets_never_share_a_text_j10(one: [u8; 32], other: [u8; 32]) {
            let texts = [one, other].map(|secret| key(Environment::Live, [1; 16], secret).text());
            prop_assert_eq!(texts[0] == texts[1], one == other);
        }
        #[test]
        fn reading_never_panics(text: String) {
            let _ = (ApiKey::parse(&text), ApiKey::parse(&summed(&text)), ApiKey::parse(&format!("gdk_live_{text}")));
        }
    }
}
