//! Several nodes, changes at once, and what happens when policies cannot be read.

use guardhouse_store::params;
use serde_json::json;

use super::{ALL, NOBODY, READERS, add, decides, of};
use crate::{
    features::policies::held,
    testing::{Actor, TestApp},
};

#[tokio::test]
async fn a_change_is_known_to_every_node_m23() {
    let app = TestApp::new().await;
    let admin = app.admin().await;
    let node = app.another_node().await;
    let elsewhere = Actor::bearer(&node, admin.login.clone());
    assert!(!decides(&elsewhere, "read").await);
    let made = add(&admin, "readers", READERS).await.expect(201).json;
    node.caught_up().await;
    assert!(decides(&elsewhere, "read").await);
    let _ = elsewhere.patch(&of(&made), json!({"source": NOBODY})).await.expect(200);
    assert!(!decides(&elsewhere, "read").await, "at once where it was changed");
    app.caught_up().await;
    assert!(!decides(&admin, "read").await);
}

#[tokio::test]
async fn a_node_that_starts_holds_what_is_in_effect_m23() {
    let app = TestApp::new().await;
    let admin = app.admin().await;
    let login = admin.login.clone();
    let _ = add(&admin, "readers", READERS).await.expect(201);
    let app = app.restarted().await;
    assert!(decides(&Actor::bearer(&app, login), "read").await);
}

/// Every change takes the next generation, so of two at once one is refused, whatever each of them is about.
#[tokio::test]
async fn of_changes_at_once_one_is_refused_m23() {
    let app = TestApp::new().await;
    let node = app.another_node().await;
    let admin = app.admin().await;
    let elsewhere = Actor::bearer(&node, admin.login.clone());
    let made = add(&admin, "records", READERS).await.expect(201).json;
    let at = of(&made);
    let (mut done, mut refused) = (1, 0);
    for _ in 0..5 {
        let (one, other) =
            tokio::join!(admin.patch(&at, json!({"source": ALL})), elsewhere.patch(&at, json!({"source": NOBODY})),);
        for answer in [one, other] {
            if answer.status == 200 {
                done += 1;
            } else {
                answer.refused(409, "CONFLICT");
                refused += 1;
            }
        }
    }
    assert_eq!(done + refused, 11);
    let versions = admin.get(&format!("{at}/versions")).await.expect(200).json;
    assert_eq!(versions["data"].as_array().unwrap().len(), done, "each that was done is a version, no other is");
    assert_eq!(versions["data"][0]["version"], done);
}

/// What was stored and is not understood might forbid: nothing is decided without it.
#[tokio::test]
async fn policies_that_cannot_be_read_decide_nothing_m23() {
    // Nobody reads the change log, so nothing but this test has the policies read again.
    let app = TestApp::alone(|_| {}).await;
    let admin = app.admin().await;
    let _ = add(&admin, "readers", READERS).await.expect(201);
    let _ = app.change("update policy_versions set source = $1", params!["permit nonsense"]).await;
    assert!(decides(&admin, "read").await, "what is held is what was read");
    held::changed(app.ctx());
    let question = json!({
        "subject": {"type": "robot", "id": "r2"},
        "action": {"name": "read"},
        "resource": {"type": "record", "id": "1"},
    });
    for path in ["evaluation", "evaluations", "search/action"] {
        let answer = admin.post(&format!("/access/v1/{path}"), question.clone()).await;
        answer.refused(503, "UNAVAILABLE");
        assert!(answer.header("retry-after").is_some());
    }
    let _ = admin.get("/api/me").await.expect(200);
    let _ = app.change("update policy_versions set source = $1", params![ALL]).await;
    assert!(decides(&admin, "write").await, "read again as soon as that goes");
}
