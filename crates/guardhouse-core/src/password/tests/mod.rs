#![allow(clippy::unwrap_used, clippy::expect_used)]

mod refused;
mod vectors;

use super::*;
use vectors::FOREIGN;

const TYPED: &str = "correct horse battery";
const CHEAP: Argon2Params = Argon2Params { memory_kib: 64, passes: 1 };

fn verifies(typed: &str, stored: &str) -> bool {
    let hash = PasswordHash::parse(stored).unwrap_or_else(|error| panic!("{stored}: {error}"));
    verify(&Password::parse(typed).unwrap(), &hash, &mut Memory::new())
}

#[test]
fn our_hashes_are_argon2id_with_their_own_salt_m_13() {
    let password = Password::parse(TYPED).unwrap();
    let mut memory = Memory::new();
    let first = hash(&password, &Argon2Params::default(), &mut memory).unwrap();
    let second = hash(&password, &Argon2Params::default(), &mut memory).unwrap();
    assert!(first.starts_with("$argon2id$v=19$m=19456,t=2,p=1$") && first != second);
    let parsed = PasswordHash::parse(&first).unwrap();
    assert_eq!((parsed.salt.len(), parsed.tag.len()), (16, 32));
    assert!(verify(&password, &parsed, &mut memory));
    assert!(!needs_upgrade(&parsed, &Argon2Params::default()));
    assert!(!needs_upgrade(&parsed, &CHEAP));
    assert!(needs_upgrade(&parsed, &Argon2Params { memory_kib: 19_456, passes: 3 }));
    assert!(needs_upgrade(&parsed, &Argon2Params { memory_kib: 47_104, passes: 1 }));
}

#[test]
fn every_byte_counts_under_our_hash_6_2_8_a18() {
    let differ = |one: &str, other: &str| {
        let stored = hash(&Password::parse(one).unwrap(), &CHEAP, &mut Memory::new()).unwrap();
        assert!(verifies(one, &stored));
        assert!(!verifies(other, &stored), "{one:?} {other:?}");
    };
    differ(&format!("{}y", "x".repeat(72)), &format!("{}z", "x".repeat(72)));
    differ(&"x".repeat(100), &"x".repeat(99));
    differ(&"x".repeat(256), &"x".repeat(255));
    differ("Password", "password");
    differ(" padded ", "padded");
    // NFC and NFD, and a letter that NFKC would change.
    differ("p\u{e4}ss", "pa\u{308}ss");
    differ("ﬁsh", "fish");
}

#[test]
fn bcrypt_never_takes_more_than_72_bytes_a18() {
    let exactly = "$2b$04$M1RdkzbZP3D5M787h0ECXe03b4THoFjVelcjfa2bzN0iZomEMjxfW";
    assert!(verifies(&"a".repeat(72), exactly));
    assert!(!verifies(&"a".repeat(71), exactly));
    assert!(!verifies(&"a".repeat(73), exactly));
    assert!(!verifies(&format!("{}b", "a".repeat(72)), exactly));
    // With SHA-256 before it nothing is lost.
    for stored in [
        "bcrypt_sha256$$2b$04$gtPZbmCz1W08khujAjPDlulHJyQsikPmJu6vgAheWAX1XhFXv0X1S",
        "$bcrypt-sha256$v=2,t=2b,r=4$HE5gdFuMyUfeOpTajAudHO$HAZ4eYumLYh/PAbxzfNX16ywN.FzpmW",
    ] {
        assert!(verifies(&"x".repeat(100), stored), "{stored}");
        assert!(!verifies(&format!("{}y", "x".repeat(99)), stored), "{stored}");
        let again = PasswordHash::parse(stored).unwrap().to_phc();
        assert_eq!(again, stored);
    }
}

#[test]
fn dummies_cost_what_stored_hashes_cost_and_never_verify_a17() {
    let in_use: Vec<Recipe> = FOREIGN.iter().map(|(_, stored)| PasswordHash::parse(stored).unwrap().recipe()).collect();
    let password = Password::parse(TYPED).unwrap();
    for recipe in &in_use {
        let dummy =
            (0..10_000).map(|seed| dummy(seed, &in_use, &CHEAP)).find(|dummy| dummy.recipe() == *recipe).unwrap();
        assert!(!verify(&password, &dummy, &mut Memory::new()));
        assert_eq!(PasswordHash::parse(&dummy.to_phc()).unwrap().recipe(), *recipe);
    }
    assert_eq!(dummy(u64::MAX, &[], &CHEAP).recipe(), CHEAP.recipe());
}

/// A cost that came and went with each sample would tell that an address is nobody's.
#[test]
fn a_dummy_stays_over_samples_and_follows_the_shares_a17() {
    let (ours, theirs) = (CHEAP.recipe(), Recipe::Bcrypt { cost: 10, input: BcryptInput::Plain });
    let sample = |of_ours: usize, of_theirs: usize| [vec![ours; of_ours], vec![theirs; of_theirs]].concat();
    let costs =
        |in_use: &[Recipe]| -> Vec<Recipe> { (0..400).map(|seed| dummy(seed, in_use, &CHEAP).recipe()).collect() };
    let few = costs(&sample(60, 4));
    let mut turned = sample(62, 2);
    turned.reverse();
    assert_eq!(costs(&turned), few);
    let share = few.iter().filter(|recipe| **recipe == theirs).count();
    assert!((40..120).contains(&share), "one ticket of five: {share}");
    // Where another function is brought, an address takes it or keeps what it had.
    let third = Recipe::Scrypt { log_n: 14, r: 8, p: 1 };
    let more = costs(&[sample(60, 4), vec![third; 2]].concat());
    assert!(few.iter().zip(&more).all(|(before, after)| after == before || *after == third));
    assert!(more.contains(&third));
}
