//! Registrations that wait for their address.

use super::*;

#[tokio::test]
async fn a_registration_waits_for_its_address_and_a_password_m15_a13() {
    let app = strict().await;
    app.waits("alice", "what a stranger typed").await;
    app.try_login("alice", "what a stranger typed").await.refused(401, "INVALID_CREDENTIALS");
    let token = app.mailed_token("alice").await;
    let answer = app.verify(json!({"token": token})).await;
    answer.refused(400, "VALIDATION_FAILED");
    assert_eq!(answer.faults(), ["password:REQUIRED"]);
    let weak = app.verify(json!({"token": token, "password": "password"})).await;
    weak.refused(400, "WEAK_PASSWORD");
    let _ = app.verify(json!({"token": token, "password": PASSWORD})).await.expect(204);
    assert_eq!(app.login("alice").await.user["email_verified"], true);
    app.try_login("alice", "what a stranger typed").await.refused(401, "INVALID_CREDENTIALS");
    app.verify(json!({"token": token, "password": PASSWORD})).await.refused(400, "INVALID_LINK");
}

#[tokio::test]
async fn a_registration_is_taken_up_with_its_code_m15() {
    let app = strict().await;
    app.waits("alice", PASSWORD).await;
    let body = json!({"email": "alice@example.com", "code": app.mailed_code("alice").await, "password": PASSWORD});
    let _ = app.verify(body).await.expect(204);
    app.login("alice").await;
}

#[tokio::test]
async fn two_registrations_of_one_address_make_one_account_a13() {
    let app = strict().await;
    app.waits("alice", PASSWORD).await;
    let first = app.mailed_token("alice").await;
    app.waits("alice", PASSWORD).await;
    let second = app.mailed_token("alice").await;
    let _ = app.verify(json!({"token": first, "password": PASSWORD})).await.expect(204);
    app.verify(json!({"token": second, "password": PASSWORD})).await.refused(400, "INVALID_LINK");
}

/// Rows and events that name no account would outlive it.
#[tokio::test]
async fn a_registration_leaves_no_address_outside_its_account_m17() {
    let app = strict().await;
    app.waits("alice", "what a stranger typed").await;
    app.waits("alice", PASSWORD).await;
    let token = app.mailed_token("alice").await;
    let _ = app.verify(json!({"token": token, "password": PASSWORD})).await.expect(204);
    let _ = app.post("/api/auth/password/forgot", json!({"email": "alice@example.com"})).await.expect(202);
    let kept = app.rows("select id from one_time_codes where account_id is null", vec![]).await;
    assert!(kept.is_empty());
    let filter = Filter { limit: 50, ..Filter::default() };
    let events = audit::list(app.ctx(), &filter).await.unwrap().events;
    for action in ["password.register_requested", "password.reset_requested"] {
        let event = events.iter().find(|event| event.action == action).unwrap();
        assert!(event.details.is_empty() && event.ip.is_some(), "{action}");
    }
    assert!(events.iter().any(|event| event.action == "password.register" && event.ip.is_some()));
}
