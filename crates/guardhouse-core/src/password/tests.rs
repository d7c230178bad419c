#![allow(clippy::unwrap_used, clippy::expect_used)]

use proptest::prelude::*;

use super::*;

const TYPED: &str = "correct horse battery";
const CHEAP: Argon2Params = Argon2Params { memory_kib: 64, passes: 1 };

fn verifies(typed: &str, stored: &str) -> bool {
    let hash = PasswordHash::parse(stored).unwrap_or_else(|error| panic!("{stored}: {error}"));
    verify(&Password::parse(typed).unwrap(), &hash, &mut Memory::new())
}

/// What other systems wrote for the password [`TYPED`].
const FOREIGN: &[(Scheme, &str)] = &[
    // Django 5.2
    (Scheme::Pbkdf2Sha256, "pbkdf2_sha256$1000$saltsaltsalt$GacV8oEzUl3KM0Mwey9yrMcTPKpkL4jXrFpbKB8oOnI="),
    (Scheme::Pbkdf2Sha1, "pbkdf2_sha1$1000$saltsaltsalt$bXetuqXv3xEiqmlwhuj1G8h56R4="),
    (
        Scheme::Argon2id,
        "argon2$argon2id$v=19$m=64,t=2,p=2$c29tZXNhbHR2YWx1ZQ$kgJZvjmicpkF3gCQhjSDxoKc7tQB/4xNNUvin9PCuuY",
    ),
    (Scheme::Bcrypt, "bcrypt_sha256$$2b$04$OCDNKIGZXzwSXjp5wyK66eSBlQX8HEuebSqeOoR0fviPgG1XysLO2"),
    (Scheme::Bcrypt, "bcrypt$$2b$04$dx.4OIydeYaUIEXrjj9Hqu18YfTL8Xx2ZPPa.zcgIaLdfmnv7RqN."),
    (
        Scheme::Scrypt,
        "scrypt$16$somesalt$8$5$QIrcWGCMx6kv/KvDykJatbOH2RHwGoUoL1kBg+Zqi+2s0lpGgLJphBtdsPS13D2f5Is9tw5E48g4tpUJSLZNcA==",
    ),
    // passlib 1.7
    (Scheme::Pbkdf2Sha256, "$pbkdf2-sha256$1000$//4wMTIzNDU2Nzg5YWJjZA$obG8XLIjCIazo4yixoRuqrC1KRasIiqH1S3wzICJEQo"),
    (
        Scheme::Pbkdf2Sha512,
        "$pbkdf2-sha512$1000$LYVQitG6tzYm5JwzBsAYow$4jqTwkYgtTsDWNm9A6kLiptAUGOpnOQ2ycWnfgW9RAKFT.FP1SYqObDI42mlXMiYtKxQfMWXdDHitmdPTJtGPA",
    ),
    (Scheme::Pbkdf2Sha1, "$pbkdf2$1000$sDbmHIPw3lsLwfhfS4lRyg$AJx1R40BbJqIoKGrwt3HcGyMMe8"),
    (Scheme::Scrypt, "$scrypt$ln=4,r=8,p=1$KAXAGKO0tva+V4pxzhmj1A$cuCeGOl3BBhBtfpl+Gda3fLB9YKLpuFML3eV7MLUQ+U"),
    (Scheme::Argon2i, "$argon2i$v=19$m=64,t=2,p=1$AIDQupdyzjnHuLf23vvfGw$aPS+5NBeZc2VLK+5ospLdN8db1k6cjU2HvkLckadJqw"),
    (Scheme::Argon2d, "$argon2d$v=19$m=64,t=2,p=1$rNV6r3Xu/d9bC4GQsrZWag$zFKxKe1w48Cqm2CwxNUOAd59qV7kFLh2BRAlq+aA14Y"),
    (Scheme::Bcrypt, "$2a$04$g7miMm2Nb8nL4Mqmu/EZmuvI/ciD8V6KiLTQq91wa4a4awlB.7la6"),
    // argon2-cffi, the older revision
    (Scheme::Argon2i, "$argon2i$v=16$m=64,t=2,p=1$c29tZXNhbHR2YWx1ZQ$reNQLCOiplOtfYNZngDd697FM2JbDDzywWOtOutKgmg"),
    // Werkzeug 3.1
    (
        Scheme::Pbkdf2Sha256,
        "pbkdf2:sha256:1000$R00gnLakfc1uL5zY$3142cb076344c30fea647e963f001413e922738695affa5b4304a7881b89e40e",
    ),
    (Scheme::Pbkdf2Sha1, "pbkdf2:sha1:1000$ctxfY8GobAk3pO0S$837af6417879c5c48ef80dcd38c75283abe70997"),
    (
        Scheme::Scrypt,
        "scrypt:1024:8:1$8tSrL8jjVFCIb1e3$e96d9d1b7c37962c5ab8223098405cf5d650e4290c06a79634fcec75df930090e30b3693bbffcf7291ccb6ef07a7afc075c6cbaa9235bd4dec2f01140621797a",
    ),
    // ASP.NET Identity 3 and 2
    (Scheme::Pbkdf2Sha512, "AQAAAAIAAAPoAAAAEAABAgMEBQYHCAkKCwwNDg9OjEVSLnLd+mtlFb9XoK6lHa4gNh+7LmuWwX1ngTrjyQ=="),
    (Scheme::Pbkdf2Sha1, "AAABAgMEBQYHCAkKCwwNDg/Kv5tkqQSdO0Z/d/XxWNczkIjFP2C3aR/Oyg84EdRL9A=="),
];

/// Published vectors: password and stored text.
const PUBLISHED: &[(&str, &str)] = &[
    // The reference implementation of Argon2.
    ("password", "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4"),
    ("password", "$argon2id$v=19$m=256,t=2,p=2$c29tZXNhbHQ$bQk8UB/VmZZF4Oo79iDXuL5/0ttZwg2f/5U52iv1cDc"),
    ("password", "$argon2i$v=19$m=256,t=2,p=1$c29tZXNhbHQ$iekCn0Y3spW+sCcFanM2xBT63UP2sghkUoHLIUpWRS8"),
    ("password", "$argon2i$m=65536,t=2,p=1$c29tZXNhbHQ$9sTbSlTio3Biev89thdrlKKiCaYsjjYVJxGAL3swxpQ"),
    // RFC 7914 section 12
    (
        "password",
        "scrypt:1024:8:16$NaCl$fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b3731622eaf30d92e22a3886ff109279d9830dac727afb94a83ee6d8360cbdfa2cc0640",
    ),
    (
        "pleaseletmein",
        "scrypt:16384:8:1$SodiumChloride$7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2d5432955613f0fcf62d49705242a9af9e61e85dc0d651e40dfcf017b45575887",
    ),
    // RFC 7914 section 11
    (
        "Password",
        "pbkdf2:sha256:80000$NaCl$4ddcd8f60b98be21830cee5ef22701f9641a4418d04c0414aeff08876b34ab56a1d425a1225833549adb841b51c9b3176a272bdebba1d078478f62b397f33c8d",
    ),
    // RFC 6070
    ("password", "pbkdf2:sha1:1$salt$0c60c80f961f0e71f3a9b524af6012062fe037a6"),
    ("password", "pbkdf2:sha1:4096$salt$4b007901b765489abead49d926f721d065a429c1"),
    (
        "passwordPASSWORDpassword",
        "pbkdf2:sha1:4096$saltSALTsaltSALTsaltSALTsaltSALTsalt$3d2eec4fe41c849b80c8d83662c0e44a8b291a964cf2f07038",
    ),
    // crypt_blowfish
    ("U*U", "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"),
    ("U*U*U", "$2a$05$XXXXXXXXXXXXXXXXXXXXXOAcXxm9kjPGEMsLznoKqmqw7tc8WCx4a"),
    // passlib, beyond ASCII
    ("pässwörd-日本", "$2y$04$qgf0uqRD7YD5jvSK5MIZG.4HFyzAC20wIYibvZ7p279IySkZTlKFW"),
    ("pässwörd-日本", "$argon2id$v=19$m=64,t=2,p=1$4lyr9Z4zJkQohZBSCoHQmg$ufyw1mVlilwPaoe+SinWYpLuObGbn1Jibj+b4GrVeGg"),
];

#[test]
fn hashes_of_other_systems_verify_and_ask_for_upgrade_m_13() {
    for (scheme, stored) in FOREIGN {
        let hash = PasswordHash::parse(stored).unwrap();
        assert_eq!(hash.scheme(), *scheme, "{stored}");
        assert!(verifies(TYPED, stored), "{stored}");
        assert!(!verifies("Correct horse battery", stored), "{stored}");
        assert!(needs_upgrade(&hash, &Argon2Params::default()), "{stored}");
    }
}

#[test]
fn published_vectors_verify_m_13() {
    for (typed, stored) in PUBLISHED {
        assert!(verifies(typed, stored), "{stored}");
        assert!(!verifies(&format!("{typed}x"), stored), "{stored}");
    }
}

#[test]
fn canonical_text_reads_back_the_same() {
    for stored in FOREIGN.iter().map(|(_, stored)| stored).chain(PUBLISHED.iter().map(|(_, stored)| stored)) {
        let hash = PasswordHash::parse(stored).unwrap();
        let again = PasswordHash::parse(&hash.to_phc()).unwrap();
        assert!(hash.recipe == again.recipe && hash.salt == again.salt && hash.tag == again.tag, "{stored}");
    }
}

#[test]
fn keycloak_credentials_verify_m_13() {
    let value = "ToxFUi5y3fprZRW/V6CupR2uIDYfuy5rlsF9Z4E648lE68lw5lzmucru/HdPvmBJDSLroVh1Q2xCvjqd8NI/6Q==";
    let secret =
        |value| format!(r#"{{"value":"{value}","salt":"AAECAwQFBgcICQoLDA0ODw==","additionalParameters":{{}}}}"#);
    let pbkdf2 = r#"{"hashIterations":1000,"algorithm":"pbkdf2-sha512","additionalParameters":{}}"#;
    let argon2 = r#"{"hashIterations":2,"algorithm":"argon2","additionalParameters":{"hash-length":["32"],"memory":["64"],"type":["id"],"version":["1.3"],"parallelism":["1"]}}"#;
    let argon2_value = "i0MJLdYED1AUyMj9wE8eFagFfvBZX2zS1hGTybaRzIw=";
    for (data, value) in [(pbkdf2, value), (argon2, argon2_value)] {
        let text = PasswordHash::from_keycloak(data, &secret(value)).unwrap().to_phc();
        assert!(verifies(TYPED, &text) && !verifies("another horse", &text), "{text}");
    }
    let dear = pbkdf2.replace("1000", "4000000000");
    assert_eq!(PasswordHash::from_keycloak(&dear, &secret(value)).err(), Some(FormatError::TooExpensive));
    assert_eq!(PasswordHash::from_keycloak("{}", "{}").err(), Some(FormatError::Malformed));
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
