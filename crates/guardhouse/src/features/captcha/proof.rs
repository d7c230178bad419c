//! The proof of work: ALTCHA, version 1, with SHA-256.
//!
//! A challenge is not kept: a MAC under the master key says that it is ours, and its salt until when it counts. The MAC is
//! over the salt as well as over the digest, and the salt ends with `&`: else digits could be moved between the time at its
//! end and the number behind it, and one answer would count as many (CVE-2025-68113).

use data_encoding::{BASE64, HEXLOWER};
use guardhouse_core::{
    master_key::{KeyRing, Purpose},
    secret,
    time::{Span, Timestamp},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

const ALGORITHM: &str = "SHA-256";
const EXPIRES: &str = "?expires=";

/// What there is to solve: find the number up to `maxnumber` with `hex(SHA-256(salt + number)) = challenge`.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Puzzle {
    /// The hash.
    #[schema(example = "SHA-256")]
    pub algorithm: &'static str,
    /// The digest to find, in hexadecimal.
    pub challenge: String,
    /// The largest number to try.
    #[schema(example = 100_000)]
    pub maxnumber: u32,
    /// What stands before the number; ends with the second until which the answer counts.
    #[schema(example = "6f1c0e5a9b3d47c2a8e0d1f2b3c4d5e6?expires=1780000300&")]
    pub salt: String,
    /// To be sent back as it is.
    pub signature: String,
}

/// What was found, as it is sent back: base64 of JSON.
#[derive(Debug, Deserialize)]
pub(super) struct Solution {
    algorithm: String,
    challenge: String,
    number: u32,
    salt: String,
    signature: String,
}

/// A right answer, to be spent.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Right {
    pub(super) id: [u8; 16],
    pub(super) expires_at: Timestamp,
}

/// A new one, good for `life`.
pub(super) fn make(ring: &KeyRing, now: Timestamp, difficulty: u32, life: Span) -> Puzzle {
    let expires = (now + life).0 / Span::seconds(1).0;
    let salt = format!("{}{EXPIRES}{expires}&", HEXLOWER.encode(&secret::random::<16>()));
    let challenge = digest(&salt, secret::random_below(difficulty));
    let signature = HEXLOWER.encode(&ring.tag(Purpose::Captcha, &[challenge.as_bytes(), salt.as_bytes()]));
    Puzzle { algorithm: ALGORITHM, challenge, maxnumber: difficulty, salt, signature }
}

fn digest(salt: &str, number: u32) -> String {
    HEXLOWER.encode(&secret::sha256(format!("{salt}{number}").as_bytes()))
}

impl Solution {
    /// Reads what was sent.
    pub(super) fn read(text: &str) -> Option<Self> {
        serde_json::from_slice(&BASE64.decode(text.as_bytes()).ok()?).ok()
    }

    /// Whether a challenge of ours was solved in time. The number needs no bound of its own: only the one that we chose
    /// has the digest that we signed.
    pub(super) fn right(&self, ring: &KeyRing, now: Timestamp) -> Option<Right> {
        let signature = HEXLOWER.decode(self.signature.as_bytes()).ok()?;
        let parts = [self.challenge.as_bytes(), self.salt.as_bytes()];
        if self.algorithm != ALGORITHM || !ring.is_tag(Purpose::Captcha, &parts, &signature) {
            return None;
        }
        let (_, expires) = self.salt.split_once(EXPIRES)?;
        let expires_at = Timestamp(Span::seconds(expires.strip_suffix('&')?.parse().ok()?).0);
        let solved = now < expires_at && digest(&self.salt, self.number) == self.challenge;
        let mut id = [0; 16];
        id.copy_from_slice(HEXLOWER.decode(self.challenge.as_bytes()).ok()?.get(..16)?);
        solved.then_some(Right { id, expires_at })
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    const NOW: Timestamp = Timestamp(1_780_000_000_000_000);
    const MOST: u32 = 2_000;
    const LIFE: Span = Span::minutes(5);

    fn ring(byte: u8) -> KeyRing {
        let mut key = [byte; 32];
        key[0] = 7;
        KeyRing::new(&[key]).unwrap()
    }

    fn solved(puzzle: &Puzzle) -> Value {
        let fits = |number: &u32| digest(&puzzle.salt, *number) == puzzle.challenge;
        let number = (0..=puzzle.maxnumber).find(fits).unwrap();
        json!({
            "algorithm": puzzle.algorithm, "challenge": puzzle.challenge, "number": number, "salt": puzzle.salt,
            "signature": puzzle.signature,
        })
    }

    fn right(ring: &KeyRing, now: Timestamp, sent: &Value) -> Option<Right> {
        Solution::read(&BASE64.encode(sent.to_string().as_bytes()))?.right(ring, now)
    }

    #[test]
    fn a_challenge_counts_until_it_is_too_old_m33_a22() {
        let ring = ring(1);
        let puzzle = make(&ring, NOW, MOST, LIFE);
        let sent = solved(&puzzle);
        let first = right(&ring, NOW, &sent).unwrap();
        assert_eq!(first.expires_at, NOW + LIFE);
        assert_eq!(right(&ring, NOW + LIFE - Span::milliseconds(1), &sent), Some(first));
        assert_eq!(right(&ring, NOW + LIFE, &sent), None);
        assert_eq!(right(&self::ring(2), NOW, &sent), None, "another server's");
        let other = solved(&make(&ring, NOW, MOST, LIFE));
        assert_ne!(right(&ring, NOW, &other).unwrap().id, right(&ring, NOW, &sent).unwrap().id);
    }

    /// What the widget sends besides is not looked at.
    #[test]
    fn unknown_members_of_an_answer_are_ignored_m33() {
        let ring = ring(1);
        let mut sent = solved(&make(&ring, NOW, MOST, LIFE));
        sent["took"] = json!(120);
        assert!(right(&ring, NOW, &sent).is_some());
    }

    #[test]
    fn whatever_is_changed_of_an_answer_it_is_wrong_m33_a4() {
        let ring = ring(1);
        let puzzle = make(&ring, NOW, MOST, LIFE);
        let (sent, other) = (solved(&puzzle), solved(&make(&ring, NOW, MOST, LIFE)));
        let number = sent["number"].as_u64().unwrap();
        let changes = [
            ("algorithm", json!("SHA-1")),
            ("algorithm", json!("sha-256")),
            ("challenge", other["challenge"].clone()),
            ("challenge", json!(puzzle.challenge.to_uppercase())),
            ("signature", other["signature"].clone()),
            ("signature", json!("00".repeat(36))),
            ("signature", json!("")),
            ("salt", other["salt"].clone()),
            ("salt", json!(puzzle.salt.replace("?expires=1", "?expires=2"))),
            ("number", json!(number + 1)),
            ("number", json!(number.to_string())),
            ("number", json!(f64::from(u32::try_from(number).unwrap()) + 0.5)),
            ("number", json!(-1)),
            ("number", json!(u64::from(u32::MAX) + 1 + number)),
            ("number", Value::Null),
        ];
        for (member, value) in changes {
            let mut altered = sent.clone();
            altered[member] = value;
            assert_eq!(right(&ring, NOW, &altered), None, "{member}: {altered}");
        }
        for missing in ["algorithm", "challenge", "number", "salt", "signature"] {
            let mut altered = sent.clone();
            altered.as_object_mut().unwrap().remove(missing);
            assert_eq!(right(&ring, NOW, &altered), None, "without {missing}");
        }
    }

    /// Digits moved from the number to the time before it would make a later time and another answer (CVE-2025-68113).
    #[test]
    fn digits_cannot_be_moved_between_salt_and_number_a22() {
        let ring = ring(1);
        let (puzzle, sent) = std::iter::repeat_with(|| make(&ring, NOW, MOST, LIFE))
            .map(|puzzle| (solved(&puzzle), puzzle))
            .find(|(sent, _)| sent["number"].as_u64().unwrap() > 100)
            .map(|(sent, puzzle)| (puzzle, sent))
            .unwrap();
        assert!(puzzle.salt.ends_with('&'));
        let digits = sent["number"].to_string();
        let mut moved = sent.clone();
        moved["salt"] = json!(format!("{}{}", puzzle.salt, &digits[..1]));
        moved["number"] = json!(digits[1..].parse::<u32>().unwrap());
        assert_eq!(right(&ring, NOW, &moved), None);
    }

    #[test]
    fn what_is_no_base64_of_json_is_wrong_d2() {
        for text in ["", "x", "%%%", "bnVsbA==", "W10=", "e30=", "eyJhIjox", "\u{0}", "é"] {
            assert!(Solution::read(text).is_none(), "{text}");
        }
        let deep = BASE64.encode("[".repeat(6000).as_bytes());
        assert!(Solution::read(&deep).is_none());
    }
}
