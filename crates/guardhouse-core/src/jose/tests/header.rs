//! What the header may say, and that it decides nothing: `J1` to `J5`, `J7`, ASVS 9.1.2, 9.1.3.

use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::hmac;
use aws_lc_rs::signature::{KeyPair, RsaKeyPair};

use super::keys::pem;
use super::*;

fn header(alg: &Value, kid: &Value) -> String {
    json!({ "alg": alg, "typ": "at+jwt", "kid": kid }).to_string()
}

#[test]
fn j1_no_spelling_of_none_is_taken() {
    let payload = encode(good_claims().to_string());
    for key in KEYS.iter() {
        for name in ["none", "None", "NONE", "nOnE", "", " none", "none\0"] {
            let header = encode(header(&name.into(), &key.kid().into()));
            for signature in ["", "AA", &encode([0; 64])] {
                let token = format!("{header}.{payload}.{signature}");
                assert_eq!(verdict(key, &token), Err(Rejection::WrongAlgorithm), "{name}");
            }
        }
    }
}

#[test]
fn j1_a_header_without_algorithm_is_refused() {
    let key = key(Algorithm::EdDsa);
    assert_eq!(with_header(&json!({ "typ": "at+jwt", "kid": key.kid() }).to_string()), Err(Rejection::Malformed));
    for alg in [json!(null), json!(["EdDSA"]), json!(1), json!({ "EdDSA": 1 })] {
        assert_eq!(with_header(&header(&alg, &key.kid().into())), Err(Rejection::Malformed), "{alg}");
    }
    assert_eq!(with_header("{}"), Err(Rejection::Malformed));
}

#[test]
fn j1_an_empty_signature_is_refused() {
    for key in KEYS.iter() {
        let token = key.sign("at+jwt", &good_claims()).unwrap();
        let cut = &token[..=token.rfind('.').unwrap()];
        assert_eq!(verdict(key, cut), Err(Rejection::BadSignature));
    }
}

/// ASVS 9.1.2: every algorithm name on every key; only the key's own passes.
#[test]
fn asvs_9_1_2_the_key_fixes_the_algorithm() {
    for key in KEYS.iter() {
        for other in ["ES256", "EdDSA", "RS256", "PS256", "HS256", "es256", "ES384", "Ed25519", "RS512", "HS512"] {
            let token = crafted(key, &header(&other.into(), &key.kid().into()), &good_claims().to_string());
            let expected = if other == key.algorithm().as_str() { Ok(()) } else { Err(Rejection::WrongAlgorithm) };
            assert_eq!(verdict(key, &token).map(drop), expected, "{other} on {}", key.algorithm());
        }
    }
}

#[test]
fn j2_a_public_key_is_never_a_shared_secret() {
    let secret = key(Algorithm::Hs256);
    for key in KEYS.iter().filter(|key| key.public_jwk().is_some()) {
        for material in public_forms(key) {
            let mac = hmac::Key::new(hmac::HMAC_SHA256, &material);
            for (alg, kid, expected) in [
                ("HS256", key.kid(), Rejection::WrongAlgorithm),
                (key.algorithm().as_str(), key.kid(), Rejection::BadSignature),
                ("HS256", secret.kid(), Rejection::BadSignature),
            ] {
                let signed =
                    format!("{}.{}", encode(header(&alg.into(), &kid.into())), encode(good_claims().to_string()));
                let token = format!("{signed}.{}", encode(hmac::sign(&mac, signed.as_bytes())));
                assert_eq!(verify::<Value>(&token, &key_set(&[key, secret]), &EXPECTED), Err(expected));
            }
        }
    }
}

/// The public key as PEM, DER, PKCS#1 and JWK JSON, with and without white space around.
fn public_forms(key: &SigningKey) -> Vec<Vec<u8>> {
    let jwk = serde_json::to_string(&key.public_jwk().unwrap()).unwrap();
    let mut forms = vec![jwk.clone().into_bytes(), format!(r#"{{"keys":[{jwk}]}}"#).into_bytes(), Vec::new()];
    if let Ok(pair) = RsaKeyPair::from_pkcs8(&key.to_pkcs8()) {
        let pkcs1 = pair.public_key().as_ref().to_vec();
        let spki = pair.public_key().as_der().unwrap().as_ref().to_vec();
        for (label, der) in [("RSA PUBLIC KEY", pkcs1), ("PUBLIC KEY", spki)] {
            let text = pem(label, &der);
            forms.extend([der, text.clone().into_bytes(), text.trim_end().into(), format!("\n {text}").into_bytes()]);
        }
    }
    forms
}

#[test]
fn j3_keys_and_links_to_keys_in_the_header_are_refused() {
    let attacker = SigningKey::generate(Algorithm::EdDsa).unwrap();
    let known = key(Algorithm::EdDsa);
    for (name, value) in [
        ("jwk", serde_json::to_value(attacker.public_jwk()).unwrap()),
        ("jku", json!("https://attacker.example/jwks.json")),
        ("x5u", json!("https://attacker.example/cert.pem")),
        ("x5c", json!(["MIIB"])),
        ("jwk", json!(null)),
    ] {
        for (signer, kid) in [(&attacker, attacker.kid()), (&attacker, known.kid()), (known, known.kid())] {
            let mut members = json!({ "alg": "EdDSA", "typ": "at+jwt", "kid": kid });
            members[name] = value.clone();
            let token = crafted(signer, &members.to_string(), &good_claims().to_string());
            assert_eq!(verdict(known, &token), Err(Rejection::UnsupportedHeader), "{name}");
        }
    }
}

#[test]
fn j4_strange_key_names_find_nothing() {
    let own = key(Algorithm::EdDsa).kid();
    let long = "k".repeat(129);
    let huge = "k".repeat(1_000_000);
    let names = ["../../dev/null", "' OR 1=1", "", "\0", &format!("{own}\0"), &format!(" {own}"), &long];
    for name in names {
        assert_eq!(with_header(&header(&"EdDSA".into(), &name.into())), Err(Rejection::UnknownKey), "{name}");
    }
    assert_eq!(with_header(&header(&"EdDSA".into(), &huge.into())), Err(Rejection::TooLarge));
    assert_eq!(with_header(&header(&"EdDSA".into(), &"k".repeat(2000).into())), Err(Rejection::TooLarge));
    assert_eq!(with_header(r#"{"alg":"EdDSA","typ":"at+jwt"}"#), Err(Rejection::UnknownKey));
    for broken in [json!(null), json!(1), json!([own]), json!({ "kid": own })] {
        assert_eq!(with_header(&header(&"EdDSA".into(), &broken)), Err(Rejection::Malformed), "{broken}");
    }
}

#[test]
fn j4_an_unknown_name_never_means_an_empty_secret() {
    let mac = hmac::Key::new(hmac::HMAC_SHA256, b"");
    for kid in ["", "unknown", key(Algorithm::Hs256).kid()] {
        let signed = format!("{}.{}", encode(header(&"HS256".into(), &kid.into())), encode(good_claims().to_string()));
        let token = format!("{signed}.{}", encode(hmac::sign(&mac, signed.as_bytes())));
        assert!(verdict(key(Algorithm::Hs256), &token).is_err(), "{kid}");
        assert_eq!(verify::<Value>(&token, &KeySet::default(), &EXPECTED), Err(Rejection::UnknownKey));
    }
}

#[test]
fn j5_crit_is_refused_in_any_form() {
    let kid = key(Algorithm::EdDsa).kid();
    for value in ["[\"x\"]", "[]", "null", "[\"exp\"]", "[\"b64\"]", "[\"alg\"]", "\"exp\"", "0", "{}"] {
        let header = format!(r#"{{"alg":"EdDSA","typ":"at+jwt","kid":"{kid}","crit":{value}}}"#);
        assert_eq!(with_header(&header), Err(Rejection::UnsupportedHeader), "{value}");
        let escaped = header.replace("crit", r"\u0063rit");
        assert_eq!(with_header(&escaped), Err(Rejection::UnsupportedHeader), "{escaped}");
    }
}

#[test]
fn j5_j7_j8_members_that_change_how_a_token_is_read_are_refused() {
    let kid = key(Algorithm::EdDsa).kid();
    for member in [
        r#""b64":false"#,
        r#""b64":true"#,
        r#""zip":"DEF""#,
        r#""enc":"A256GCM""#,
        r#""cty":"JWT""#,
        r#""p2c":2147483648"#,
        r#""p2s":"AA""#,
        r#""epk":{}"#,
        r#""apu":"AA""#,
        r#""url":"https://id.example""#,
        r#""nonce":"1""#,
        r#""":1"#,
        r#""ALG":"none""#,
        r#""exp":1"#,
    ] {
        let header = format!(r#"{{{member},"alg":"EdDSA","typ":"at+jwt","kid":"{kid}"}}"#);
        assert_eq!(with_header(&header), Err(Rejection::UnsupportedHeader), "{member}");
    }
    let thumbprints = format!(r#"{{"alg":"EdDSA","typ":"at+jwt","kid":"{kid}","x5t":"AA","x5t#S256":"AA"}}"#);
    assert!(with_header(&thumbprints).is_ok(), "they bring no key");
}

#[test]
fn j7_an_encrypted_token_is_refused_where_a_signed_one_is_due() {
    let key = key(Algorithm::Rs256);
    let inner = encode(format!("{}.{}.", encode(r#"{"alg":"none"}"#), encode(good_claims().to_string())));
    let jwe = json!({ "alg": "RSA-OAEP-256", "enc": "A256GCM", "cty": "JWT", "kid": key.kid() }).to_string();
    let pbes2 = json!({ "alg": "PBES2-HS256+A128KW", "enc": "A128GCM", "p2c": 2_147_483_648_u32 }).to_string();
    for header in [encode(jwe), encode(pbes2), encode(good_header(key))] {
        assert_eq!(verdict(key, &format!("{header}.{0}.{0}.{inner}.{0}", encode([0; 16]))), Err(Rejection::Malformed));
        assert!(verdict(key, &format!("{header}.{inner}.{}", encode([0; 16]))).is_err());
    }
}

#[test]
fn members_named_twice_are_refused() {
    let kid = key(Algorithm::EdDsa).kid();
    for repeated in [
        r#""alg":"EdDSA""#.to_owned(),
        r#""alg":"none""#.to_owned(),
        r#""\u0061lg":"none""#.to_owned(),
        r#""typ":"at+jwt""#.to_owned(),
        format!(r#""kid":"{kid}""#),
        r#""kid":"other""#.to_owned(),
    ] {
        let good = format!(r#""alg":"EdDSA","typ":"at+jwt","kid":"{kid}""#);
        assert_eq!(with_header(&format!("{{{good},{repeated}}}")), Err(Rejection::Malformed), "{repeated}");
        assert_eq!(with_header(&format!("{{{repeated},{good}}}")), Err(Rejection::Malformed), "{repeated}");
    }
}

#[test]
fn headers_that_are_no_objects_are_refused() {
    let good = good_header(key(Algorithm::EdDsa));
    let deep = format!(r#"{{"x":{}{}}}"#, "[".repeat(700), "]".repeat(700));
    for broken in ["", "null", "[]", r#""alg""#, "{", &format!("{good}{good}"), &format!("{good} x")] {
        assert_eq!(with_header(broken), Err(Rejection::Malformed), "{broken}");
    }
    assert!(with_header(&deep).is_err(), "J8: a deep header");
}

#[test]
fn j11_types_are_compared_without_case_and_prefix() {
    let kid = key(Algorithm::EdDsa).kid();
    let typed = |typ: &str| with_header(&json!({ "alg": "EdDSA", "typ": typ, "kid": kid }).to_string()).map(drop);
    for good in ["at+jwt", "AT+JWT", "application/at+jwt", "Application/AT+jwt"] {
        assert_eq!(typed(good), Ok(()), "{good}");
    }
    for other in ["", "JWT", "at+jwt ", "application/", "text/at+jwt", "application/application/at+jwt", "at"] {
        assert_eq!(typed(other), Err(Rejection::WrongType), "{other}");
    }
    assert_eq!(with_header(&json!({ "alg": "EdDSA", "kid": kid }).to_string()), Err(Rejection::WrongType));
}

#[test]
fn j11_a_header_without_type_passes_only_where_that_is_expected() {
    let key = key(Algorithm::EdDsa);
    let expect = Expectation { typ: &["JWT", ""], ..EXPECTED };
    for (header, expected) in [
        (json!({ "alg": "EdDSA", "kid": key.kid() }), Ok(())),
        (json!({ "alg": "EdDSA", "kid": key.kid(), "typ": "jwt" }), Ok(())),
        (json!({ "alg": "EdDSA", "kid": key.kid(), "typ": "" }), Err(Rejection::WrongType)),
        (json!({ "alg": "EdDSA", "kid": key.kid(), "typ": "application/" }), Err(Rejection::WrongType)),
        (json!({ "alg": "EdDSA", "kid": key.kid(), "typ": "at+jwt" }), Err(Rejection::WrongType)),
    ] {
        let token = crafted(key, &header.to_string(), &good_claims().to_string());
        assert_eq!(verify::<Value>(&token, &key_set(&[key]), &expect).map(drop), expected, "{header}");
    }
}
