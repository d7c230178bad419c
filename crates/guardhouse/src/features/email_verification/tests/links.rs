//! Links: each once, for its address, in its time.

use guardhouse_core::email::EmailAddress;
use guardhouse_store::Unit;

use super::*;

#[tokio::test]
async fn a_link_verifies_once_m15_a22() {
    let app = TestApp::new().await;
    let alice = app.actor("alice").await;
    let token = app.mailed_token("alice").await;
    assert!(!verified(&alice).await);
    let _ = app.verify(json!({"token": token})).await.expect(204);
    assert!(verified(&alice).await);
    app.verify(json!({"token": token})).await.refused(400, "INVALID_LINK");
}

#[tokio::test]
async fn a_link_used_in_parallel_on_two_nodes_works_once_a22() {
    let app = TestApp::new().await;
    let other = app.another_node().await;
    app.register("alice").await;
    let body = json!({"token": app.mailed_token("alice").await});
    let answers = tokio::join!(
        app.verify(body.clone()),
        other.verify(body.clone()),
        app.verify(body.clone()),
        other.verify(body.clone()),
    );
    let all = [answers.0, answers.1, answers.2, answers.3];
    let done = all.iter().filter(|answer| answer.status == 204).count();
    let refused = all.iter().filter(|answer| answer.code() == "INVALID_LINK").count();
    assert_eq!((done, refused), (1, 3));
}

#[tokio::test]
async fn empty_null_and_list_tokens_are_refused_a12() {
    let app = TestApp::new().await;
    app.register("alice").await;
    for (body, fault) in [
        (json!({}), "token:REQUIRED"),
        (json!({"token": ""}), "token:REQUIRED"),
        (json!({"token": null}), "token:REQUIRED"),
        (json!({"token": []}), "token:WRONG_TYPE"),
        (json!({"token": ["a"]}), "token:WRONG_TYPE"),
        (json!({"token": {"$ne": ""}}), "token:WRONG_TYPE"),
        (json!({"email": "alice@example.com"}), "code:REQUIRED"),
        (json!({"code": "123456"}), "email:REQUIRED"),
        (json!({"email": "alice@example.com", "code": null}), "code:REQUIRED"),
        (json!({"email": "alice@example.com", "code": 123_456}), "code:WRONG_TYPE"),
        (json!({"token": "gdc_x", "email": "alice@example.com", "code": "123456"}), "token:AMBIGUOUS"),
        (json!({"token": "gdc_x", "email_verified": true}), "email_verified:UNKNOWN_FIELD"),
    ] {
        let answer = app.verify(body.clone()).await;
        answer.refused(400, "VALIDATION_FAILED");
        assert_eq!(answer.faults(), [fault], "{body}");
    }
    for token in ["x", "gdc_", "gdc_00000000000000000000000000000000000000000000000000", " "] {
        app.verify(json!({"token": token})).await.refused(400, "INVALID_LINK");
    }
}

#[tokio::test]
async fn a_link_of_another_purpose_is_refused_a22() {
    let app = TestApp::new().await;
    app.register("alice").await;
    let verify = app.mailed_token("alice").await;
    let _ = app.post("/api/auth/password/forgot", json!({"email": "alice@example.com"})).await.expect(202);
    let reset = app.mailed_token("alice").await;
    assert_ne!(verify, reset);
    app.verify(json!({"token": reset})).await.refused(400, "INVALID_LINK");
    let body = json!({"token": verify, "password": "another long passphrase"});
    app.post("/api/auth/password/reset", body).await.refused(400, "INVALID_LINK");
}

#[tokio::test]
async fn a_link_is_for_the_address_it_was_sent_to_a12() {
    let app = TestApp::new().await;
    let alice = app.actor("alice").await;
    let old = app.mailed_token("alice").await;
    let body = json!({"email": "alice2@example.com", "current_password": PASSWORD});
    let _ = alice.post("/api/me/email", body).await.expect(202);
    let _ = app.verify(json!({"token": app.mailed_token("alice2").await})).await.expect(204);
    app.verify(json!({"token": old})).await.refused(400, "INVALID_LINK");
    assert_eq!(alice.get("/api/me").await.expect(200).json["email"], "alice2@example.com");
}

#[tokio::test]
async fn links_are_void_once_the_address_is_another_however_that_came_a12() {
    let app = TestApp::new().await;
    let alice = app.actor("alice").await;
    let verify = app.mailed_token("alice").await;
    let _ = alice.post("/api/me/email", json!({"email": "wanted@example.com"})).await.expect(202);
    let change = app.mailed_token("wanted").await;
    let (id, given) = (alice.login.user_id(), EmailAddress::parse("given@example.com").unwrap());
    let act = accounts::change_email(app.ctx(), Unit::new(), id, "alice@example.com", &given);
    assert!(act.run(app.ctx()).await.unwrap().is_some());
    for token in [verify, change] {
        app.verify(json!({"token": token})).await.refused(400, "INVALID_LINK");
    }
    app.advance(Span::minutes(1));
    assert_eq!(alice.get("/api/me").await.expect(200).json["email"], "given@example.com");
}
