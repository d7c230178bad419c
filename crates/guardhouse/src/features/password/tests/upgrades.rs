//! Hashes of other systems are replaced at a login (M-13), whatever else happens to the account at that moment.

use futures_util::future::join_all;
use guardhouse_store::params;

use crate::{
    features::password::{Attempt, Right, check, choose, set},
    kernel::http::client::Client,
    testing::{PASSWORD, TestApp},
};

/// What another system wrote for [`TYPED`].
const FOREIGN: &str = "pbkdf2_sha256$1000$saltsaltsalt$GacV8oEzUl3KM0Mwey9yrMcTPKpkL4jXrFpbKB8oOnI=";
const TYPED: &str = "correct horse battery";

async fn imported(app: &TestApp) {
    app.register("alice").await;
    let phc = guardhouse_core::password::PasswordHash::parse(FOREIGN).unwrap().to_phc();
    assert_eq!(app.change("update passwords set hash = $1", params![phc]).await, 1);
}

async fn checked(app: &TestApp) -> Right {
    let client = Client {
        ip: "203.0.113.7".parse().unwrap(),
        secure: true,
        loopback: false,
        request_id: "test".into(),
        user_agent: None,
    };
    let email = "alice@example.com".parse().unwrap();
    let password = guardhouse_core::password::Password::parse(TYPED).unwrap();
    let attempt =
        Attempt { email: &email, password, client: &client, device: None, session: None, action: "password.login" };
    check(app.ctx(), attempt).await.unwrap()
}

async fn hash(app: &TestApp) -> String {
    app.rows("select hash from passwords", vec![]).await[0].text(0).unwrap()
}

/// Two logins verified the same old hash: each finds the password unchanged, and one better hash stays.
#[tokio::test]
async fn a_right_password_is_not_refused_because_its_hash_was_replaced_meanwhile_m13() {
    let app = TestApp::new().await;
    imported(&app).await;
    let (one, other) = (checked(&app).await, checked(&app).await);
    assert!(app.ctx().db.run(one.still).await.unwrap().is_done());
    let replaced = hash(&app).await;
    assert!(replaced.starts_with("$argon2id"), "{replaced}");
    assert!(app.ctx().db.run(other.still).await.unwrap().is_done());
    assert_eq!(hash(&app).await, replaced);
}

#[tokio::test]
async fn a_password_that_was_changed_meanwhile_is_refused_m13() {
    let app = TestApp::new().await;
    imported(&app).await;
    let right = checked(&app).await;
    let new = guardhouse_core::password::Password::parse(PASSWORD).unwrap();
    let chosen = choose(app.ctx(), "password", new, &[]).await.unwrap();
    let unit = set(guardhouse_store::Unit::new(), right.account.id, &chosen, app.ctx().now());
    assert!(app.ctx().db.run(unit).await.unwrap().is_done());
    assert!(!app.ctx().db.run(right.still).await.unwrap().is_done());
}

/// A binary from before the migration that counts changes still runs beside this one while it is replaced.
#[tokio::test]
async fn a_password_that_an_older_binary_changed_meanwhile_is_refused_m13() {
    let app = TestApp::new().await;
    imported(&app).await;
    let right = checked(&app).await;
    app.change("update passwords set hash = 'another', set_at = set_at + 1", vec![]).await;
    assert!(!app.ctx().db.run(right.still).await.unwrap().is_done());
}

#[tokio::test]
async fn parallel_logins_on_two_nodes_with_an_old_hash_all_succeed_m13() {
    let app = TestApp::new().await;
    let node = app.another_node().await;
    imported(&app).await;
    let answers = join_all((0..4).map(|at| if at % 2 == 0 { &app } else { &node }.try_login("alice", TYPED))).await;
    for answer in answers {
        let _ = answer.expect(200);
    }
    assert!(app.rows("select failures from attempts", vec![]).await.is_empty());
}
