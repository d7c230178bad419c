//! The life of a passkey: several with names, renamed, removed, told of.

use guardhouse_core::{secret::SecretText, time::Span};
use guardhouse_store::Value as DbValue;

use super::*;
use crate::{features::passkeys::ceremony, kernel::keys, testing::PASSWORD};

#[tokio::test]
async fn several_passkeys_have_names_and_each_signs_in_until_it_is_removed_6_5_6() {
    let app = TestApp::new().await;
    let (alice, phone) = with_key(&app, "alice").await;
    // Lists are in the order of time, and the clock stands still unless told.
    app.advance(Span::seconds(1));
    let (both, key) = added(&app, &alice, "Key").await;
    let listed = both.get(MINE).await.expect(200).json;
    let names: Vec<_> = listed["data"].as_array().unwrap().iter().map(|key| key["name"].clone()).collect();
    assert_eq!(names, [json!("Phone"), json!("Key")]);
    assert_eq!(listed["data"][0]["aaguid"], json!("07070707-0707-0707-0707-070707070707"));
    assert_eq!(listed["data"][0]["transports"], json!(["internal", "hybrid"]));
    assert_eq!(listed["data"][0]["backed_up"], json!(true));

    let path = format!("{MINE}/{}", key.named);
    let renamed = both.patch(&path, json!({"name": "Old key"})).await.expect(200).json;
    assert_eq!(renamed["name"], json!("Old key"));
    let _ = both.delete(&path, json!({})).await.expect(204);
    both.delete(&path, json!({})).await.refused(404, "NOT_FOUND");
    shown(&app, key.get(&request(&app).await)).await.refused(401, "INVALID_CREDENTIALS");
    let _ = shown(&app, phone.get(&request(&app).await)).await.expect(200);
    // Whoever is signed in stays so.
    let _ = both.get("/api/me").await.expect(200);

    let letters = app.letters().await;
    let told: Vec<_> = letters.iter().rev().map(|letter| letter.subject.as_str()).collect();
    let told: Vec<_> = told.into_iter().filter(|subject| !subject.contains("Confirm")).collect();
    let (added, removed) = ("A second factor was added", "A second factor was removed");
    assert_eq!(told, [added, added, "A passkey of your account was renamed", removed]);
    assert!(letters.iter().all(|letter| !letter.text.contains("Old key")), "no letter has words that somebody typed");
    let audited = app.audited().await;
    for action in ["passkeys.added", "passkeys.login", "passkeys.renamed", "passkeys.removed"] {
        assert!(audited.iter().any(|one| one == action), "{action} in {audited:?}");
    }
}

#[tokio::test]
async fn removing_the_last_passkey_leaves_the_password_alone_m09() {
    let app = TestApp::new().await;
    let (alice, key) = with_key(&app, "alice").await;
    app.try_login("alice", PASSWORD).await.refused(401, "MFA_REQUIRED");
    let _ = alice.delete(&format!("{MINE}/{}", key.named), json!({})).await.expect(204);
    let login = app.login("alice").await;
    assert_eq!(login.user["mfa_enabled"], json!(false));
    let _ = alice.get("/api/me").await.expect(200);
}

#[tokio::test]
async fn adding_and_removing_ask_for_a_recent_proof_7_5_1() {
    let app = TestApp::new().await;
    let alice = app.actor("alice").await;
    app.advance(Span::minutes(6));
    let path = format!("{MINE}/options");
    alice.post(&path, json!({})).await.refused(401, "STEP_UP_REQUIRED");
    alice.post(&path, json!({"current_password": "a wrong passphrase"})).await.refused(401, "INVALID_CREDENTIALS");
    let _ = alice.post(&path, json!({"current_password": PASSWORD})).await.expect(200);
    let bob = app.actor("bob").await;
    let before = app.actor("carol").await;
    let (carol, key) = added(&app, &before, "Phone").await;
    app.advance(Span::minutes(6));
    // The password alone is less than both.
    let own = format!("{MINE}/{}", key.named);
    before.delete(&own, json!({"current_password": PASSWORD})).await.refused(401, "STEP_UP_REQUIRED");
    carol.delete(&own, json!({})).await.refused(401, "STEP_UP_REQUIRED");
    let _ = carol.delete(&own, json!({"current_password": PASSWORD})).await.expect(204);
    let _ = bob.get(MINE).await.expect(200);
}

#[tokio::test]
async fn twenty_passkeys_are_enough_m39() {
    let app = TestApp::new().await;
    let (mut alice, _) = with_key(&app, "alice").await;
    for number in 2..=20 {
        alice = added(&app, &alice, &format!("Key {number}")).await.0;
    }
    let credential = Key::new().create(&creation(&alice).await);
    alice.post(MINE, json!({"credential": credential})).await.refused(409, "CONFLICT");
}

/// An account's first factor brings codes that stand in for it (ASVS 6.5.1).
#[tokio::test]
async fn the_first_passkey_brings_recovery_codes_and_the_next_does_not_6_5_1() {
    let app = TestApp::new().await;
    let alice = app.actor("alice").await;
    let add = async |actor: &Actor<'_>| {
        let credential = Key::new().create(&creation(actor).await);
        actor.post(MINE, json!({"credential": credential})).await.expect(201)
    };
    let first = add(&alice).await;
    assert_eq!(first.json["name"], json!("Passkey"));
    assert_eq!(first.json["login"]["recovery_codes"].as_array().unwrap().len(), 10, "{}", first.text);
    assert_eq!(first.json["login"]["user"]["mfa_enabled"], json!(true));
    let mut answer = first;
    answer.json = answer.json["login"].clone();
    let second = add(&Actor::bearer(&app, Login::read(&answer))).await;
    assert_eq!(second.json["login"]["recovery_codes"], json!(null));
}

#[tokio::test]
async fn a_ceremony_takes_five_minutes_at_most_and_goes_with_the_sweep_m40() {
    let app = TestApp::new().await;
    let (_, key) = with_key(&app, "alice").await;
    let (early, late) = (request(&app).await, request(&app).await);
    app.advance(Span::seconds(299));
    let _ = shown(&app, key.get(&early)).await.expect(200);
    app.advance(Span::seconds(1));
    shown(&app, key.get(&late)).await.refused(401, "INVALID_CREDENTIALS");
    app.advance(Span::minutes(11));
    (ceremony::SWEEP.run)(app.ctx()).await.unwrap();
    assert!(app.rows("select 1 from passkey_ceremonies", vec![]).await.is_empty());
}

/// Whoever writes to the database alone swaps no key: neither another's bytes nor bytes of their own open (ASVS 6.7.1).
#[tokio::test]
async fn keys_in_the_database_cannot_be_swapped_6_7_1() {
    let app = TestApp::new().await;
    let (_, of_alice) = with_key(&app, "alice").await;
    let (_, of_mallory) = with_key(&app, "mallory").await;
    let sealed = app
        .rows("select sealed from passkeys where credential_id = $1", vec![DbValue::from(of_mallory.id.clone())])
        .await;
    let sealed = sealed[0].bytes(0).unwrap();
    let params = vec![DbValue::from(of_alice.id.clone()), DbValue::from(sealed)];
    assert_eq!(app.change("update passkeys set sealed = $2 where credential_id = $1", params).await, 1);
    let answer = shown(&app, of_alice.get(&request(&app).await)).await;
    assert_eq!(answer.status.as_u16(), 500, "{}", answer.text);
    // Nor by giving one's own credential to another account.
    let alice = vec![DbValue::from(of_mallory.id.clone()), DbValue::from(of_alice.handle.clone())];
    assert_eq!(app.change("update passkeys set account_id = $2 where credential_id = $1", alice).await, 1);
    let shown_as_alice = of_mallory.get_but(&request(&app).await, |says| says.handle = Some(of_alice.handle.clone()));
    assert_eq!(shown(&app, shown_as_alice).await.status.as_u16(), 500);
}

#[tokio::test]
async fn an_export_has_passkeys_without_their_keys_and_a_deleted_account_has_none_m25() {
    let app = TestApp::new().await;
    let (alice, key) = with_key(&app, "alice").await;
    let export = alice.get("/api/me/export").await.expect(200).json;
    assert_eq!(export["passkeys"][0]["name"], json!("Phone"), "{export}");
    assert!(!export["passkeys"].to_string().contains("cred"), "{export}");
    let _ = alice.delete("/api/me", json!({})).await.expect(204);
    assert!(app.rows("select 1 from passkeys", vec![]).await.is_empty());
    shown(&app, key.get(&request(&app).await)).await.refused(401, "INVALID_CREDENTIALS");
}

/// A new master key in front takes passkeys over within the hour; the old one can go then.
#[tokio::test]
async fn no_passkey_is_lost_with_an_old_master_key_m38() {
    const NEW: &str = "ff0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
    let app = TestApp::new().await;
    let (_, key) = with_key(&app, "alice").await;
    let both = app.another_node_with(|settings| settings.master_key.insert(0, SecretText::new(NEW))).await;
    let _ = shown(&both, key.get(&request(&both).await)).await.expect(200);
    keys::reseal(both.ctx()).await.unwrap();
    let after = both.another_node_with(|settings| settings.master_key.truncate(1)).await;
    let _ = shown(&after, key.get(&request(&after).await)).await.expect(200);
}
