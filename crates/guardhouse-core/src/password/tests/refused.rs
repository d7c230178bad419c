//! What is no hash, or too dear a one.

use proptest::prelude::*;

use super::{vectors::FOREIGN, *};

#[test]
fn what_is_no_password_is_refused_before_hashing_a18() {
    let error = |typed: &str| Password::parse(typed).err();
    assert_eq!(error(""), Some(PasswordError::Empty));
    assert_eq!(error(&"x".repeat(257)), Some(PasswordError::TooLong { max: 256 }));
    assert_eq!(error(&"x".repeat(65_536)), Some(PasswordError::TooLong { max: 256 }));
    assert_eq!(error("a\0b"), Some(PasswordError::ContainsNul));
    assert_eq!(error(&"x".repeat(256)), None);
    assert_eq!(error(&"ä".repeat(64)), None);
}

#[test]
fn costly_imports_are_refused() {
    let tag = "nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4";
    let crypt = "CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW";
    for costly in [
        format!("$argon2id$v=19$m=4194304,t=2,p=1$c29tZXNhbHQ${tag}"),
        format!("$argon2id$v=19$m=256,t=4000000000,p=1$c29tZXNhbHQ${tag}"),
        format!("$argon2id$v=19$m=262144,t=10,p=1$c29tZXNhbHQ${tag}"),
        format!("$argon2id$v=19$m=262144,t=1,p=1000$c29tZXNhbHQ${tag}"),
        format!("$2b$31${crypt}"),
        format!("$2b$16${crypt}"),
        format!("$scrypt$ln=30,r=8,p=1$c29tZXNhbHQ${tag}"),
        format!("$scrypt$ln=4,r=4000000000,p=1$c29tZXNhbHQ${tag}"),
        format!("$scrypt$ln=14,r=8,p=4000000000$c29tZXNhbHQ${tag}"),
        format!("$scrypt$ln=300,r=8,p=1$c29tZXNhbHQ${tag}"),
        format!("$pbkdf2-sha256$i=4000000000$c29tZXNhbHQ${tag}"),
    ] {
        assert_eq!(PasswordHash::parse(&costly).err(), Some(FormatError::TooExpensive), "{costly}");
    }
}

#[test]
fn what_is_usual_elsewhere_is_not_too_costly() {
    let tag = "nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4";
    for usual in [
        format!("argon2$argon2id$v=19$m=102400,t=2,p=8$c29tZXNhbHQ${tag}"),
        format!("$argon2id$v=19$m=65536,t=3,p=4$c29tZXNhbHQ${tag}"),
        format!("$argon2id$v=19$m=262144,t=3,p=1$c29tZXNhbHQ${tag}"),
        format!("$scrypt$ln=17,r=8,p=1$c29tZXNhbHQ${tag}"),
        format!("scrypt$16384$somesalt$8$5${tag}="),
        format!("pbkdf2_sha256$1500000$somesalt${tag}="),
        "$2y$14$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW".into(),
    ] {
        assert!(PasswordHash::parse(&usual).is_ok(), "{usual}");
    }
}

#[test]
fn malformed_hashes_are_refused() {
    let tag = "nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4";
    let crypt = "CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW";
    for bad in [
        String::new(),
        "$".into(),
        "plain".into(),
        "!".into(),
        "md5$salt$0123".into(),
        format!("$2x$05${crypt}"),
        format!("$2$05${crypt}"),
        format!("$2b$03${crypt}"),
        format!("$2b$05${crypt}x"),
        format!("$2b$05${}é", &crypt[..51]),
        format!("$argon2id$v=20$m=256,t=2,p=1$c29tZXNhbHQ${tag}"),
        format!("$argon2id$v=19$m=256,t=2$c29tZXNhbHQ${tag}"),
        format!("$argon2id$v=19$m=256,m=256,t=2,p=1$c29tZXNhbHQ${tag}"),
        format!("$argon2id$v=19$m=256,t=2,p=1,keyid=AAAA$c29tZXNhbHQ${tag}"),
        format!("$argon2id$v=19$m=+256,t=2,p=1$c29tZXNhbHQ${tag}"),
        format!("$argon2id$v=19$m=256,t=0,p=1$c29tZXNhbHQ${tag}"),
        format!("$argon2id$v=19$m=256,t=2,p=1$c29t${tag}"),
        format!("$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ${tag}$"),
        "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOg".into(),
        "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$".into(),
        format!("pbkdf2_sha256$0$salt${tag}="),
        format!("pbkdf2_sha256$1000$${tag}="),
        format!("pbkdf2_md5$1000$salt${tag}="),
        "pbkdf2:sha256:1000$salt$zz".into(),
        format!("scrypt$15$salt$8$1${tag}="),
        "AQAAAAIAAAPo".into(),
        "A".repeat(600),
    ] {
        assert!(PasswordHash::parse(&bad).is_err(), "{bad}");
    }
}

proptest! {
    #[test]
    fn parsing_never_panics(text in "\\PC{0,120}") {
        let _ = PasswordHash::parse(&text);
    }

    #[test]
    fn a_changed_character_is_never_a_panic_nor_a_dear_hash(
        place in 0..FOREIGN.len(), at in 0_usize..200, with in "[$,=:.0-9a-zA-Zé]",
    ) {
        let text: Vec<char> = FOREIGN[place].1.chars().collect();
        let at = at % text.len();
        let changed: String = text[..at].iter().chain(with.chars().collect::<Vec<_>>().iter()).chain(&text[at + 1..]).collect();
        if let Ok(hash) = PasswordHash::parse(&changed) {
            let again = PasswordHash::parse(&hash.to_phc()).unwrap();
            prop_assert!(hash.recipe == again.recipe && hash.salt == again.salt && hash.tag == again.tag);
        }
    }
}
