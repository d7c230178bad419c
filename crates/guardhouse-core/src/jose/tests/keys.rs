//! Which keys are taken, and what they show of themselves.

use std::collections::BTreeSet;

use data_encoding::BASE64;

use super::*;
use crate::jose::{Jwk, JwkSet, KeyError, MAX_KID, UnknownAlgorithm};

/// Text of a PEM file.
pub(super) fn pem(label: &str, der: &[u8]) -> String {
    let text = BASE64.encode(der);
    let lines: Vec<&str> = text.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).unwrap()).collect();
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", lines.join("\n"))
}

#[test]
fn names_of_algorithms_read_back() {
    for algorithm in Algorithm::ALL {
        assert_eq!(algorithm.as_str().parse(), Ok(algorithm));
        assert_eq!(serde_json::to_value(algorithm).unwrap(), algorithm.as_str());
        assert_eq!(algorithm.is_symmetric(), algorithm == Algorithm::Hs256);
    }
    for other in ["none", "es256", "RSA1_5", "RS512", ""] {
        assert_eq!(other.parse::<Algorithm>(), Err(UnknownAlgorithm), "J1, J9: {other}");
    }
}

#[test]
fn a_stored_key_is_the_same_key() {
    for key in KEYS.iter() {
        let stored = key.to_pkcs8();
        let again = match key.algorithm() {
            Algorithm::Hs256 => SigningKey::from_secret(&stored),
            algorithm => SigningKey::from_pkcs8(algorithm, &stored),
        }
        .unwrap();
        assert_eq!((again.kid(), again.public_jwk()), (key.kid(), key.public_jwk()));
        assert!(verdict(key, &again.sign("at+jwt", &good_claims()).unwrap()).is_ok());
    }
}

#[test]
fn made_keys_have_their_full_size_and_differ() {
    let modulus = RSA.public_jwk().unwrap().n.unwrap();
    assert_eq!(modulus.len() * 6 / 8, 3072 / 8);
    assert_eq!(key(Algorithm::Hs256).to_pkcs8().len(), 32);
    for algorithm in [Algorithm::Es256, Algorithm::EdDsa, Algorithm::Hs256] {
        assert_ne!(SigningKey::generate(algorithm).unwrap().kid(), SigningKey::generate(algorithm).unwrap().kid());
    }
}

#[test]
fn short_secrets_are_refused() {
    for length in 0..32 {
        assert_eq!(SigningKey::from_secret(&vec![b'x'; length]).unwrap_err(), KeyError::WeakSecret);
    }
    assert!(SigningKey::from_secret(&[b'x'; 32]).is_ok());
}

#[test]
fn keys_of_other_tools_are_read_from_pem() {
    let ec = SigningKey::from_pem(Algorithm::Es256, include_str!("keys/ec256.pem")).unwrap();
    let sec1 = SigningKey::from_pem(Algorithm::Es256, include_str!("keys/ec256sec1.pem")).unwrap();
    let rsa = SigningKey::from_pem(Algorithm::Rs256, include_str!("keys/r2048.pem")).unwrap();
    let pkcs1 = SigningKey::from_pem(Algorithm::Ps256, include_str!("keys/r2048p1.pem")).unwrap();
    let ed = SigningKey::from_pem(Algorithm::EdDsa, include_str!("keys/ed.pem")).unwrap();
    assert_eq!((ec.kid(), rsa.kid()), (sec1.kid(), pkcs1.kid()));
    for key in [ec, sec1, rsa, pkcs1, ed] {
        assert!(verdict(&key, &key.sign("at+jwt", &good_claims()).unwrap()).is_ok());
        let again = SigningKey::from_pem(key.algorithm(), &pem("PRIVATE KEY", &key.to_pkcs8())).unwrap();
        assert_eq!(again.kid(), key.kid());
    }
}

#[test]
fn keys_that_are_weak_encrypted_or_of_another_kind_are_refused() {
    for (algorithm, text, expected) in [
        (Algorithm::Rs256, include_str!("keys/r1024.pem"), KeyError::WeakKey),
        (Algorithm::Ps256, include_str!("keys/r1024.pem"), KeyError::WeakKey),
        (Algorithm::Es256, include_str!("keys/ec384.pem"), KeyError::Unreadable),
        (Algorithm::Es256, include_str!("keys/ed.pem"), KeyError::Unreadable),
        (Algorithm::Es256, include_str!("keys/enc.pem"), KeyError::Unreadable),
        (Algorithm::Es256, include_str!("keys/pub.pem"), KeyError::Unreadable),
        (Algorithm::Es256, include_str!("keys/r2048p1.pem"), KeyError::Unreadable),
        (Algorithm::EdDsa, include_str!("keys/ec256.pem"), KeyError::Unreadable),
        (Algorithm::Rs256, include_str!("keys/ec256sec1.pem"), KeyError::Unreadable),
        (Algorithm::Rs256, include_str!("keys/ec256.pem"), KeyError::Unreadable),
        (Algorithm::Hs256, include_str!("keys/ec256.pem"), KeyError::Unsupported),
        (Algorithm::Es256, "", KeyError::Unreadable),
    ] {
        assert_eq!(SigningKey::from_pem(algorithm, text).unwrap_err(), expected, "{algorithm} {text}");
    }
    let der = key(Algorithm::Es256).to_pkcs8();
    for end in 0..der.len() {
        assert!(SigningKey::from_pkcs8(Algorithm::Es256, &der[..end]).is_err());
    }
}

#[test]
fn nothing_private_is_printed_or_published() {
    for key in KEYS.iter() {
        let shown = format!("{key:?} {:?}", key.verifying_key());
        assert_eq!(
            shown.replace("Signing", "Verifying").replace(", .. }", " }"),
            format!("{0:?} {0:?}", key.verifying_key())
        );
        let Some(jwk) = key.public_jwk() else { continue };
        let published = serde_json::to_value(jwk).unwrap();
        let members: BTreeSet<&str> = published.as_object().unwrap().keys().map(String::as_str).collect();
        let expected = match key.algorithm() {
            Algorithm::Es256 => &["alg", "crv", "kid", "kty", "use", "x", "y"][..],
            Algorithm::EdDsa => &["alg", "crv", "kid", "kty", "use", "x"],
            _ => &["alg", "e", "kid", "kty", "n", "use"],
        };
        assert_eq!(members, expected.iter().copied().collect());
    }
    assert_eq!(key(Algorithm::Hs256).public_jwk(), None);
}

#[test]
fn published_keys_say_what_they_are_for() {
    for key in KEYS.iter().filter(|key| !key.algorithm().is_symmetric()) {
        let jwk = key.public_jwk().unwrap();
        assert_eq!(jwk.kid.as_deref(), Some(key.kid()));
        assert_eq!(jwk.thumbprint().unwrap(), key.kid());
        assert_eq!((jwk.alg.as_deref(), jwk.usage.as_deref()), (Some(key.algorithm().as_str()), Some("sig")));
        let text = serde_json::to_string(&jwk).unwrap();
        let read = VerifyingKey::from_jwk(&serde_json::from_str(&text).unwrap()).unwrap();
        assert_eq!((read.kid(), read.algorithm()), (key.kid(), key.algorithm()));
    }
}

fn refused(change: impl FnOnce(&mut Value), of: &SigningKey) -> KeyError {
    let mut jwk = serde_json::to_value(of.public_jwk()).unwrap();
    change(&mut jwk);
    VerifyingKey::from_jwk(&serde_json::from_value(jwk).unwrap()).unwrap_err()
}

#[test]
fn published_keys_of_the_wrong_kind_are_refused() {
    let (ec, ed, rsa) = (key(Algorithm::Es256), key(Algorithm::EdDsa), key(Algorithm::Rs256));
    assert_eq!(refused(|jwk| jwk["d"] = "AA".into(), ec), KeyError::PrivateHalf);
    assert_eq!(refused(|jwk| jwk["use"] = "enc".into(), ec), KeyError::Unsupported);
    assert_eq!(refused(|jwk| jwk["alg"] = "HS256".into(), ec), KeyError::Unsupported);
    assert_eq!(refused(|jwk| jwk["alg"] = "EdDSA".into(), ec), KeyError::Unsupported);
    assert_eq!(refused(|jwk| jwk["alg"] = "none".into(), rsa), KeyError::Unsupported);
    assert_eq!(refused(|jwk| jwk["alg"] = "RSA1_5".into(), rsa), KeyError::Unsupported);
    assert_eq!(refused(|jwk| jwk["crv"] = "P-384".into(), ec), KeyError::Unsupported);
    assert_eq!(refused(|jwk| jwk["crv"] = "X25519".into(), ed), KeyError::Unsupported);
    assert_eq!(refused(|jwk| jwk["kid"] = "k".repeat(MAX_KID + 1).into(), ed), KeyError::Unsupported);
    assert_eq!(refused(|jwk| jwk["x"] = encode([1; 31]).into(), ec), KeyError::Unsupported);
    assert_eq!(refused(|jwk| jwk["x"] = encode([1; 33]).into(), ed), KeyError::Unsupported);
    assert_eq!(refused(|jwk| jwk["y"] = encode([1; 32]).into(), ec), KeyError::Unsupported);
    let shifted = |jwk: &mut Value| {
        let [x, y] = ["x", "y"].map(|name| BASE64URL_NOPAD.decode(jwk[name].as_str().unwrap().as_bytes()).unwrap());
        (jwk["x"], jwk["y"]) = (encode(&x[..31]).into(), encode([&x[31..], &y].concat()).into());
    };
    assert_eq!(refused(shifted, ec), KeyError::Unsupported);
    let point = |jwk: &mut Value| (jwk["x"], jwk["y"]) = (encode([0; 32]).into(), encode([0; 32]).into());
    assert_eq!(refused(point, ec), KeyError::Unsupported);
    let secret: Jwk = serde_json::from_value(json!({ "kty": "oct", "alg": "HS256", "k": encode([1; 32]) })).unwrap();
    assert!(VerifyingKey::from_jwk(&secret).is_err());
    assert!(VerifyingKey::from_jwk_as(&secret, Algorithm::Hs256).is_err());
}

#[test]
fn weak_published_rsa_keys_are_refused() {
    let rsa = key(Algorithm::Rs256);
    for exponent in [&[1_u8][..], &[], &[0], &[2], &[1, 0], &[1, 0, 0, 0, 1]] {
        assert_eq!(refused(|jwk| jwk["e"] = encode(exponent).into(), rsa), KeyError::WeakKey);
    }
    for bytes in [0, 1, 128, 255, 1025] {
        assert_eq!(refused(|jwk| jwk["n"] = encode(vec![0xff; bytes]).into(), rsa), KeyError::WeakKey);
    }
    let padded = |jwk: &mut Value| jwk["n"] = encode([&[0][..], &[0xff; 256]].concat()).into();
    assert_eq!(refused(padded, rsa), KeyError::Unsupported);
}

#[test]
fn an_rsa_key_without_algorithm_is_rs256_or_what_was_agreed() {
    let mut jwk = key(Algorithm::Rs256).public_jwk().unwrap();
    assert_eq!(VerifyingKey::from_jwk_as(&jwk, Algorithm::Ps256).unwrap_err(), KeyError::Unsupported);
    (jwk.alg, jwk.kid) = (None, None);
    assert_eq!(VerifyingKey::from_jwk(&jwk).unwrap().algorithm(), Algorithm::Rs256);
    let agreed = VerifyingKey::from_jwk_as(&jwk, Algorithm::Ps256).unwrap();
    assert_eq!((agreed.algorithm(), agreed.kid()), (Algorithm::Ps256, key(Algorithm::Ps256).kid()));
}

#[test]
fn a_set_passes_over_what_it_cannot_use() {
    let (ec, ed) = (key(Algorithm::Es256), key(Algorithm::EdDsa));
    let text = json!({ "keys": [
        { "kty": "oct", "k": encode([1; 32]), "kid": "secret" },
        { "kty": "AKP", "alg": "ML-DSA-44", "pub": "AA", "kid": "later" },
        serde_json::to_value(ec.public_jwk()).unwrap(),
        { "kty": "RSA", "use": "enc", "n": "AA", "e": "AQAB", "x5c": ["MIIB"] },
        serde_json::to_value(ed.public_jwk()).unwrap(),
    ]});
    let set: JwkSet = serde_json::from_value(text).unwrap();
    let keys = KeySet::from_jwks(&set);
    assert_eq!(keys.len(), 2);
    assert!(keys.get(ec.kid()).is_some() && keys.get(ed.kid()).is_some() && keys.get("secret").is_none());
}

#[test]
fn a_second_key_by_the_same_name_does_not_displace_the_first() {
    let first = key(Algorithm::EdDsa);
    let mut second = SigningKey::generate(Algorithm::EdDsa).unwrap().public_jwk().unwrap();
    second.kid = Some(first.kid().into());
    let keys: KeySet = [first.verifying_key(), VerifyingKey::from_jwk(&second).unwrap()].into_iter().collect();
    let token = first.sign("at+jwt", &good_claims()).unwrap();
    assert!(verify::<Value>(&token, &keys, &EXPECTED).is_ok());
}

#[test]
fn thumbprints_need_whole_keys() {
    for broken in [json!({ "kty": "EC", "crv": "P-256", "x": "AA" }), json!({ "kty": "RSA", "e": "AQAB", "n": "A\"" })]
    {
        let jwk: Jwk = serde_json::from_value(broken).unwrap();
        assert_eq!(jwk.thumbprint(), Err(KeyError::Unsupported));
    }
    let quoted = json!({ "kty": "OKP", "crv": "Ed25519\",\"kty\":\"OKP", "x": encode([1; 32]) });
    assert!(serde_json::from_value::<Jwk>(quoted).unwrap().thumbprint().is_err());
}

#[test]
fn claims_must_be_an_object() {
    let key = key(Algorithm::EdDsa);
    for other in [json!(null), json!([]), json!("{}"), json!(1)] {
        assert_eq!(key.sign("at+jwt", &other), Err(KeyError::Claims));
    }
}
