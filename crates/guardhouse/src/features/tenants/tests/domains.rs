//! Domains that a tenant shows to be its own.

use std::sync::{Arc, Mutex};

use axum::{body::Body, response::Response};
use serde_json::json;

use super::{member, path, tenant};
use crate::{
    features::tenants::TenantSettings,
    testing::{TestApp, sink::Sink},
};

/// A web server that shows whatever it was told last.
async fn web() -> (Sink, Arc<Mutex<String>>) {
    let shown = Arc::new(Mutex::new(String::new()));
    let text = Arc::clone(&shown);
    let sink = Sink::start(move |_| {
        let text = text.lock().unwrap().clone();
        Response::builder().status(if text.is_empty() { 404 } else { 200 }).body(Body::from(text)).unwrap()
    });
    (sink.await, shown)
}

#[tokio::test]
async fn a_domain_is_of_the_tenant_that_shows_it_first_m25_t2() {
    let (web, shown) = web().await;
    let url = web.url("/{domain}/proof");
    let app = TestApp::with(|settings| {
        settings.set(TenantSettings { domain_proof_url: url, ..TenantSettings::default() });
        settings.outbound.allow = vec!["127.0.0.1/32".to_owned()];
    })
    .await;
    let admin = app.admin().await;
    let (acme, other) = (tenant(&admin, "Acme").await, tenant(&admin, "Other").await);
    let alice = member(&app, &admin, &acme, "alice", "admin").await;
    let bob = member(&app, &admin, &other, "bob", "admin").await;
    let body = json!({"domain": "Bücher.Example"});
    let mine = alice.post(&path(&acme, "/domains"), body.clone()).await.expect(201).json;
    assert_eq!((&mine["domain"], &mine["verified"]), (&json!("xn--bcher-kva.example"), &json!(false)));
    alice.post(&path(&acme, "/domains"), body.clone()).await.refused(409, "CONFLICT");
    let theirs = bob.post(&path(&other, "/domains"), body).await.expect(201).json;
    assert_ne!(mine["proof"], theirs["proof"]);

    let verify = |of: &serde_json::Value| path(of, "/domains/xn--bcher-kva.example/verify");
    alice.post(&verify(&acme), json!({})).await.refused(409, "CONFLICT");
    "# nothing of ours".clone_into(&mut shown.lock().unwrap());
    alice.post(&verify(&acme), json!({})).await.refused(409, "CONFLICT");
    // Another tenant's proof is none.
    *shown.lock().unwrap() = format!("hello\r\n{}\r\n", theirs["proof"].as_str().unwrap());
    alice.post(&verify(&acme), json!({})).await.refused(409, "CONFLICT");
    *shown.lock().unwrap() = format!("{}\n{}\n", theirs["proof"].as_str().unwrap(), mine["proof"].as_str().unwrap());
    let done = alice.post(&verify(&acme), json!({})).await.expect(200).json;
    assert_eq!((&done["verified"], done["verified_at"].is_string()), (&json!(true), true));
    bob.post(&verify(&other), json!({})).await.refused(409, "CONFLICT");
    assert!(web.asked().iter().all(|asked| asked.path == "/xn--bcher-kva.example/proof"));

    let one = path(&acme, "/domains/xn--bcher-kva.example");
    let _ = alice.delete(&one, json!({})).await.expect(204);
    alice.delete(&one, json!({})).await.refused(404, "NOT_FOUND");
    let _ = bob.post(&verify(&other), json!({})).await.expect(200);
    for bad in ["", "localhost", "127.0.0.1", "a b.example", "x@y.example", "com/", "evil.example/..", "[::1]"] {
        let faults = alice.post(&path(&acme, "/domains"), json!({"domain": bad})).await.expect(400).faults();
        assert_eq!(faults, ["domain:INVALID_DOMAIN"], "{bad}");
    }
}
