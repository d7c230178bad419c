//! An independent implementation reads our tokens, and we read its.

use jsonwebtoken::{DecodingKey, EncodingKey, Header, Validation, decode, encode as write};

use super::keys::pem;
use super::*;

fn theirs(algorithm: Algorithm) -> jsonwebtoken::Algorithm {
    algorithm.as_str().parse().unwrap()
}

fn reader(key: &SigningKey) -> DecodingKey {
    match key.public_jwk() {
        None => DecodingKey::from_secret(&key.to_pkcs8()),
        Some(jwk) => {
            let text = serde_json::to_string(&jwk).unwrap();
            DecodingKey::from_jwk(&serde_json::from_str(&text).unwrap()).unwrap()
        }
    }
}

fn writer(key: &SigningKey) -> EncodingKey {
    let der = key.to_pkcs8();
    let text = pem("PRIVATE KEY", &der);
    match key.algorithm() {
        Algorithm::Es256 => EncodingKey::from_ec_pem(text.as_bytes()).unwrap(),
        Algorithm::EdDsa => EncodingKey::from_ed_pem(text.as_bytes()).unwrap(),
        Algorithm::Rs256 | Algorithm::Ps256 => EncodingKey::from_rsa_pem(text.as_bytes()).unwrap(),
        Algorithm::Hs256 => EncodingKey::from_secret(&der),
    }
}

#[test]
fn they_read_what_we_write() {
    for key in KEYS.iter() {
        let token = key.sign("at+jwt", &good_claims()).unwrap();
        let mut validation = Validation::new(theirs(key.algorithm()));
        validation.set_audience(&["api"]);
        validation.set_issuer(&["https://id.example"]);
        // Their clock is the machine's.
        validation.validate_exp = false;
        let read = decode::<Value>(&token, &reader(key), &validation).unwrap();
        assert_eq!(read.claims, good_claims());
        assert_eq!((read.header.typ.as_deref(), read.header.kid.as_deref()), (Some("at+jwt"), Some(key.kid())));
    }
}

#[test]
fn we_read_what_they_write() {
    for key in KEYS.iter() {
        let mut header = Header::new(theirs(key.algorithm()));
        header.typ = Some("at+jwt".into());
        header.kid = Some(key.kid().into());
        let token = write(&header, &good_claims(), &writer(key)).unwrap();
        assert_eq!(verdict(key, &token), Ok(good_claims()), "{}", key.algorithm());
    }
}

#[test]
fn both_name_keys_alike() {
    for key in KEYS.iter().filter(|key| !key.algorithm().is_symmetric()) {
        let text = serde_json::to_string(&key.public_jwk()).unwrap();
        let jwk: jsonwebtoken::jwk::Jwk = serde_json::from_str(&text).unwrap();
        assert_eq!(jwk.thumbprint(jsonwebtoken::jwk::ThumbprintHash::SHA256).unwrap(), key.kid());
    }
}
