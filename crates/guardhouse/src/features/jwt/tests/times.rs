//! Until when an access token is good (M-01, M-03, `A20`).

use guardhouse_core::time::Span;
use guardhouse_store::{
    Unit,
    changes::{self, Change},
    params,
};
use serde_json::json;

use super::forge::{header, me, open, refused, sign, with};
use crate::{
    kernel::changes::Topic,
    testing::{Actor, Login, PASSWORD, TestApp},
};

#[tokio::test]
async fn a_token_expires_a_minute_after_its_end_m01_9_2_1() {
    let app = TestApp::new().await;
    let login = app.register("alice").await;
    let (_, claims) = open(&login.access);
    let ttl = claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap();
    assert_eq!(ttl, 900);
    app.advance(Span::seconds(900 + 59));
    assert_eq!(me(&app, &login.access).await.status.as_u16(), 200, "within the leeway");
    app.advance(Span::seconds(1));
    let late = me(&app, &login.access).await;
    late.refused(401, "TOKEN_EXPIRED");
    assert!(late.header("www-authenticate").unwrap().contains("error=\"invalid_token\""));
    let fresh = sign(&app, &header(&app).to_string(), &with(&claims, &json!({"jti": claims["jti"]})).to_string());
    me(&app, &fresh).await.refused(401, "TOKEN_EXPIRED");
}

#[tokio::test]
async fn a_token_from_tomorrow_is_not_valid_yet_j6() {
    let app = TestApp::new().await;
    let login = app.register("alice").await;
    let (_, claims) = open(&login.access);
    let now = claims["iat"].as_i64().unwrap();
    let head = header(&app).to_string();
    let soon = sign(&app, &head, &with(&claims, &json!({"nbf": now + 59, "iat": now + 59})).to_string());
    assert_eq!(me(&app, &soon).await.status.as_u16(), 200, "clocks differ a little");
    let later = sign(&app, &head, &with(&claims, &json!({"nbf": now + 61})).to_string());
    refused(&me(&app, &later).await, "nbf beyond the leeway");
}

/// At once here, and on the other node with the change log; that it is read within a second the binary shows.
#[tokio::test]
async fn logout_ends_tokens_on_every_node_m03_a20() {
    let app = TestApp::new().await;
    let other = app.another_node().await;
    let first = app.register("alice").await;
    let second = app.login("alice").await;
    assert_eq!(me(&other, &first.access).await.status.as_u16(), 200);
    let _ = Actor::bearer(&app, first.clone()).post("/api/auth/logout", json!({})).await.expect(204);
    me(&app, &first.access).await.refused(401, "TOKEN_REVOKED");
    refused_there(&other, &first.access).await;
    assert_eq!(me(&other, &second.access).await.status.as_u16(), 200, "the other login lives on");

    let third = app.login("alice").await;
    let _ = Actor::bearer(&app, second.clone()).post("/api/auth/logout", json!({"all": true})).await.expect(204);
    for login in [&second, &third] {
        me(&app, &login.access).await.refused(401, "TOKEN_REVOKED");
        refused_there(&other, &login.access).await;
    }
}

/// What the other node does as soon as it has read the change log.
async fn refused_there(app: &TestApp, token: &str) {
    app.caught_up().await;
    me(app, token).await.refused(401, "TOKEN_REVOKED");
}

/// A signature checked a moment before its key was retired is not remembered beyond it.
#[tokio::test]
async fn a_retired_key_takes_remembered_tokens_with_it_m38() {
    let app = TestApp::new().await;
    let login = app.register("alice").await;
    assert_eq!(me(&app, &login.access).await.status.as_u16(), 200);
    let kid = app.ctx().keys.signing().kid().to_owned();
    let who = crate::kernel::audit::Who::system();
    crate::kernel::keys::retire(app.ctx(), &kid, &who).await.unwrap();
    refused(&me(&app, &login.access).await, "signed with a retired key");
}

/// Asks until the answer is as wanted; on the way only this other one is right.
async fn until_status(app: &TestApp, token: &str, wanted: u16, before: u16) {
    let asked = async {
        loop {
            let status = me(app, token).await.status.as_u16();
            if status == wanted {
                return;
            }
            assert_eq!(status, before);
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(5), asked).await.expect("in good time");
}

/// A node that heard of a change of the keys and cannot read them vouches for nobody, and tries until it can.
#[tokio::test]
async fn a_node_that_cannot_read_changed_keys_trusts_none_m38() {
    let app = TestApp::with(|settings| settings.bus.lease = Span::milliseconds(300)).await;
    let login = app.register("alice").await;
    app.change("alter table signing_keys rename to signing_keys_away", params![]).await;
    app.change("update signing_keys_away set retired_at = $1", params![app.ctx().now()]).await;
    let keys = Change { topic: Topic::Keys.as_str().into(), key: b"kid".to_vec(), value: 0, keep_until: 0 };
    let told = changes::append(Unit::new(), &keys, app.ctx().now(), [7; 16]);
    assert!(app.ctx().db.run(told).await.unwrap().is_done());
    until_status(&app, &login.access, 503, 200).await;
    app.change("alter table signing_keys_away rename to signing_keys", params![]).await;
    until_status(&app, &login.access, 401, 503).await;
}

/// Near the end of a login its tokens get shorter, and a proof renewed then renews the refresh token's time.
#[tokio::test]
async fn no_token_outlives_its_login_m01_m04() {
    let app = TestApp::with(|settings| settings.sessions.absolute = Span::days(8)).await;
    let login = app.register("alice").await;
    app.advance(Span::days(6));
    let again = app.post("/api/auth/refresh", json!({"refresh_token": login.refresh})).await.expect(200);
    let alice = Actor::bearer(&app, Login::read(&again));
    app.advance(Span::minutes(10));
    let proved = alice.post("/api/auth/step-up", json!({"password": PASSWORD})).await.expect(200);
    assert_eq!(proved.json["refresh_expires_in"], 2 * 86_400 - 600, "no longer than the login");

    app.advance(Span::days(2) + Span::seconds(-15 * 60));
    let last = app.post("/api/auth/refresh", json!({"refresh_token": proved.json["refresh_token"]})).await.expect(200);
    assert_eq!(last.json["expires_in"], 300);
    let (_, claims) = open(last.json["access_token"].as_str().unwrap());
    assert_eq!(claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(), 300);
    app.advance(Span::seconds(301));
    let late = Actor::bearer(&app, Login::read(&last)).post("/api/auth/step-up", json!({"password": PASSWORD})).await;
    late.refused(401, "TOKEN_REVOKED");
}

#[tokio::test]
async fn a_proof_renewed_is_a_use_of_the_refresh_token_m02() {
    let app = TestApp::with(|settings| {
        settings.sessions.absolute = Span::days(30);
        settings.tokens.access_ttl = Span::days(2);
    })
    .await;
    let alice = app.actor("alice").await;
    app.advance(Span::days(1));
    let proved = alice.post("/api/auth/step-up", json!({"password": PASSWORD})).await.expect(200);
    assert_eq!(proved.json["refresh_expires_in"], 7 * 86_400);
}
