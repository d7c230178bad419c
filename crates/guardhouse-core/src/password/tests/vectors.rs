//! What others hashed.

use super::*;

/// What other systems wrote for the password [`TYPED`].
pub(super) const FOREIGN: &[(Scheme, &str)] = &[
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
