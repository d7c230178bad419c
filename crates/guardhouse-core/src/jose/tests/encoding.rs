//! Size and spelling: `J8`, `J10`.

use super::*;
use crate::jose::MAX_TOKEN;

const ALPHABET: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

#[test]
fn j8_what_is_too_large_or_of_another_shape_is_refused_unread() {
    let key = key(Algorithm::EdDsa);
    let good = key.sign("at+jwt", &good_claims()).unwrap();
    let (header, rest) = good.split_once('.').unwrap();
    let large = "A".repeat(8_000_000);
    for token in [
        ".".repeat(1_000_000),
        format!("{large}.{rest}"),
        format!("{header}.{large}.AAAA"),
        format!("{good}{large}"),
        "A".repeat(MAX_TOKEN + 1),
    ] {
        assert_eq!(verdict(key, &token), Err(Rejection::TooLarge));
    }
    for token in [".".repeat(MAX_TOKEN), "A".repeat(MAX_TOKEN), format!("{good}."), format!(".{good}"), String::new()] {
        assert_eq!(verdict(key, &token), Err(Rejection::Malformed));
    }
    assert_eq!(verdict(key, ".."), Err(Rejection::Malformed));
    assert_eq!(verdict(key, &format!("{}.{rest}", "A".repeat(2200))), Err(Rejection::TooLarge), "header");
    let signed = good.rsplit_once('.').unwrap().0;
    assert_eq!(verdict(key, &format!("{signed}.{}", "A".repeat(2000))), Err(Rejection::TooLarge), "signature");
}

#[test]
fn j8_the_largest_token_passes_and_one_byte_more_is_neither_made_nor_read() {
    let key = key(Algorithm::Hs256);
    let with = |filling: usize| {
        let mut claims = good_claims();
        claims["filling"] = "x".repeat(filling).into();
        claims
    };
    let fits = (11_000..12_288).rev().find(|filling| key.sign("at+jwt", &with(*filling)).is_ok()).unwrap();
    let token = key.sign("at+jwt", &with(fits)).unwrap();
    assert!(token.len() <= MAX_TOKEN && token.len() > MAX_TOKEN - 3);
    assert!(verdict(key, &token).is_ok());
    assert_eq!(key.sign("at+jwt", &with(fits + 1)), Err(crate::jose::KeyError::TooLarge));
    let longer = crafted(key, &good_header(key), &with(fits + 3).to_string());
    assert_eq!(verdict(key, &longer), Err(Rejection::TooLarge));
}

#[test]
fn j10_no_byte_of_a_token_can_be_changed() {
    for key in KEYS.iter() {
        let token = key.sign("at+jwt", &good_claims()).unwrap();
        for place in 0..token.len() {
            for other in [b'A', b'z', b'_', b'.', b'=', token.as_bytes()[place] ^ 1] {
                let mut bytes = token.clone().into_bytes();
                bytes[place] = other;
                let changed = String::from_utf8(bytes).unwrap();
                assert!(changed == token || verdict(key, &changed).is_err(), "{} byte {place}", key.algorithm());
            }
        }
    }
}

#[test]
fn j10_the_last_character_of_each_part_has_one_spelling() {
    for key in KEYS.iter() {
        let token = key.sign("at+jwt", &good_claims()).unwrap();
        let dots = token.match_indices('.').map(|(place, _)| place);
        for end in dots.chain([token.len()]) {
            for other in ALPHABET.chars().filter(|other| !token[..end].ends_with(*other)) {
                let changed = format!("{}{other}{}", &token[..end - 1], &token[end..]);
                assert!(verdict(key, &changed).is_err(), "{} {other} before {end}", key.algorithm());
            }
        }
    }
}

#[test]
fn j10_cut_and_extended_tokens_are_refused() {
    for key in KEYS.iter() {
        let token = key.sign("at+jwt", &good_claims()).unwrap();
        for end in 0..token.len() {
            assert!(verdict(key, &token[..end]).is_err(), "cut at {end}");
            assert!(verdict(key, &token[end + 1..]).is_err(), "begun after {end}");
        }
        for more in ALPHABET.chars().chain(['.', '=', ' ', '\n', '\0', '+', '/', 'é']) {
            assert!(verdict(key, &format!("{token}{more}")).is_err(), "{more:?} after");
            assert!(verdict(key, &format!("{more}{token}")).is_err(), "{more:?} before");
        }
    }
}

#[test]
fn j10_padding_breaks_and_the_other_alphabet_are_refused() {
    let key = key(Algorithm::Hs256);
    let mut claims = good_claims();
    claims["sub"] = "\u{3ff}\u{3fe}???>>>".into();
    let token = key.sign("at+jwt", &claims).unwrap();
    assert!(verdict(key, &token).is_ok());
    for changed in [token.replace('.', "=."), token.replace('.', "\n."), token.replace('-', "+").replace('_', "/")] {
        assert!(verdict(key, &changed).is_err());
    }
}
