//! When a change of the e-mail address counts no more.

use http::Method;
use serde_json::json;

use crate::testing::{Actor, PASSWORD, TestApp};

const VERIFY: &str = "/api/auth/email/verify";

async fn asked(app: &TestApp, actor: &Actor<'_>, name: &str) -> String {
    let body = json!({"email": format!("{name}@example.com"), "current_password": PASSWORD});
    let _ = actor.post("/api/me/email", body).await.expect(202);
    app.mailed_token(name).await
}

/// Whoever is thrown out of an account takes it along by no letter that is on its way.
#[tokio::test]
async fn a_change_dies_with_the_session_that_asked_for_it_a12_a22() {
    let app = TestApp::with(|settings| settings.limits.password_forgot = crate::kernel::settings::Limit::OFF).await;
    let admin = app.admin().await;
    let owner = app.register("alice").await;
    let user = format!("/api/admin/users/{}", owner.user_id());
    let everywhere = json!({"all": true});
    for act in ["logout", "everywhere", "one of mine", "administrator", "disable"] {
        let thief = Actor::bearer(&app, app.login("alice").await);
        let token = asked(&app, &thief, "thief").await;
        let alice = Actor::bearer(&app, app.login("alice").await);
        let _ = match act {
            "logout" => thief.post("/api/auth/logout", json!({})).await.expect(204),
            "everywhere" => alice.post("/api/auth/logout", everywhere.clone()).await.expect(204),
            "one of mine" => {
                let path = format!("/api/me/sessions/{}", thief.login.session);
                alice.delete(&path, json!({})).await.expect(204)
            }
            "administrator" => admin.send(Method::DELETE, &format!("{user}/sessions"), json!({})).await.expect(204),
            _ => admin.post(&format!("{user}/disable"), json!({})).await.expect(200),
        };
        app.post(VERIFY, json!({"token": token})).await.refused(400, "INVALID_LINK");
        let _ = admin.post(&format!("{user}/enable"), json!({})).await.expect(200);
        assert_eq!(app.login("alice").await.user["email"], "alice@example.com", "{act}");
    }
    let alice = Actor::bearer(&app, app.login("alice").await);
    let token = asked(&app, &alice, "alice2").await;
    let _ = app.post(VERIFY, json!({"token": token})).await.expect(204);
    assert_eq!(alice.get("/api/me").await.expect(200).json["email"], "alice2@example.com");
}

/// However many accounts want it, an address gets no more letters than the limit for one says, and none is told.
#[tokio::test]
async fn an_address_that_many_want_gets_few_letters_a16_a17() {
    let app = TestApp::new().await;
    let mut last = 0;
    for name in ["alice", "bob", "carol"] {
        let actor = app.actor(name).await;
        for _ in 0..3 {
            let body = json!({"email": "victim@example.com", "current_password": PASSWORD});
            let _ = actor.post("/api/me/email", body).await.expect(202);
        }
        last = app.letters().await.iter().filter(|letter| letter.to == "victim@example.com").count();
    }
    assert_eq!(last, 5);
}

/// A row that says disabled keeps out whoever has a session all the same.
#[tokio::test]
async fn a_disabled_account_changes_no_address_a12() {
    let app = TestApp::new().await;
    let alice = app.actor("alice").await;
    let token = asked(&app, &alice, "alice2").await;
    let disable = "update accounts set disabled_at = 1 where id = $1";
    app.change(disable, guardhouse_store::params![alice.login.user_id()]).await;
    app.post(VERIFY, json!({"token": token})).await.refused(400, "INVALID_LINK");
}

/// Two accounts want one address at the same moment: one has it, the other is told, on two nodes as on one.
#[tokio::test]
async fn an_address_taken_at_the_same_moment_is_told_so_a12() {
    let app = TestApp::with(|settings| settings.limits.register = crate::kernel::settings::Limit::OFF).await;
    let node = app.another_node().await;
    for round in 0..8 {
        let wanted = format!("wanted{round}");
        let mut tokens = Vec::new();
        for name in ["alice", "bob"] {
            let actor = app.actor(&format!("{name}{round}")).await;
            tokens.push(asked(&app, &actor, &wanted).await);
            app.advance(guardhouse_core::time::Span::seconds(1));
        }
        let (one, other) =
            tokio::join!(app.post(VERIFY, json!({"token": tokens[0]})), node.post(VERIFY, json!({"token": tokens[1]})));
        let mut both = [one.status.as_u16(), other.status.as_u16()];
        both.sort_unstable();
        assert!(both == [204, 400] || both == [204, 409], "{} {}", one.text, other.text);
    }
}
