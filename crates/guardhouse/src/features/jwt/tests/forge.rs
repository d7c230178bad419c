//! Makes tokens that this server would never make, with its own key and with others.

use aws_lc_rs::{
    hmac,
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair},
};
use axum::body::Body;
use data_encoding::BASE64URL_NOPAD;
use http::Method;
use serde_json::{Value, json};

use crate::testing::{Answer, Login, TestApp};

/// Base64url of JSON text.
pub(super) fn part(text: &str) -> String {
    BASE64URL_NOPAD.encode(text.as_bytes())
}

/// The parts of a token: header and claims as JSON.
pub(super) fn open(token: &str) -> (Value, Value) {
    let mut parts = token.split('.').map(|part| BASE64URL_NOPAD.decode(part.as_bytes()).unwrap());
    let mut json = || serde_json::from_slice(&parts.next().unwrap()).unwrap();
    (json(), json())
}

/// Signs header and claims, given as JSON text, with the server's present key.
pub(super) fn sign(app: &TestApp, header: &str, claims: &str) -> String {
    let key = app.ctx().keys.signing();
    let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &key.to_pkcs8()).unwrap();
    let signed = format!("{}.{}", part(header), part(claims));
    let signature = pair.sign(&SystemRandom::new(), signed.as_bytes()).unwrap();
    format!("{signed}.{}", BASE64URL_NOPAD.encode(signature.as_ref()))
}

/// Signs header and claims with a shared secret.
pub(super) fn mac(secret: &[u8], header: &Value, claims: &Value) -> String {
    let signed = format!("{}.{}", part(&header.to_string()), part(&claims.to_string()));
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret), signed.as_bytes());
    format!("{signed}.{}", BASE64URL_NOPAD.encode(tag.as_ref()))
}

/// The server's own header.
pub(super) fn header(app: &TestApp) -> Value {
    json!({"typ": "at+jwt", "alg": "ES256", "kid": app.ctx().keys.signing().kid()})
}

/// A header with some members changed; null takes one away.
pub(super) fn with(base: &Value, changes: &Value) -> Value {
    let mut made = base.clone();
    for (name, value) in changes.as_object().unwrap() {
        if value.is_null() {
            made.as_object_mut().unwrap().remove(name);
        } else {
            made[name] = value.clone();
        }
    }
    made
}

/// `GET /api/me` with a bearer token.
pub(super) async fn me(app: &TestApp, token: &str) -> Answer {
    let request = app.request(Method::GET, "/api/me").header("authorization", format!("Bearer {token}"));
    app.send(request.body(Body::empty()).unwrap()).await
}

/// Fails unless the token is refused as no token of ours, with the challenge of RFC 6750.
#[track_caller]
pub(super) fn refused(answer: &Answer, what: &str) {
    assert_eq!((answer.status.as_u16(), answer.code()), (401, "INVALID_TOKEN"), "{what}: {}", answer.text);
    let challenge = answer.header("www-authenticate").unwrap_or_default();
    assert!(challenge.starts_with("Bearer ") && challenge.contains("error=\"invalid_token\""), "{what}: {challenge}");
}

/// Somebody signed in with a genuine token, whose parts attacks start from.
pub(super) async fn victim(app: &TestApp) -> (Login, Value) {
    let login = app.register("alice").await;
    let (_, claims) = open(&login.access);
    assert_eq!(me(app, &login.access).await.status.as_u16(), 200, "the genuine one passes");
    (login, claims)
}
