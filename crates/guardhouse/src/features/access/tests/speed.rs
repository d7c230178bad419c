//! What a decision costs, counted.

use super::{EVALUATION, decision, of, policy, question};
use crate::{features::policies, testing::TestApp};

/// Whether Cedar was asked by the policies in effect since they were read.
async fn cedar_was_asked(app: &TestApp) -> bool {
    policies::in_effect(app.ctx()).await.unwrap().was_asked()
}

#[tokio::test]
async fn what_was_asked_lately_is_decided_without_the_database_m23_m65() {
    let app = TestApp::alone(|_| {}).await;
    let admin = app.admin().await;
    let alice = app.actor("alice").await;
    policy(&admin, "sealed", "forbid (principal, action == Action::\"seal\", resource is record);").await;
    for asked in [question(&of(&admin), "seal", "record:1"), question(&of(&alice), "read", "record:1")] {
        let _ = decision(&admin, asked.clone()).await;
        let before = app.ctx().db.stats();
        for _ in 0..10 {
            assert!(!decision(&admin, asked.clone()).await);
        }
        let after = app.ctx().db.stats();
        assert_eq!((after.statements, after.commits), (before.statements, before.commits));
    }
}

#[tokio::test]
async fn cedar_is_asked_only_where_a_policy_can_concern_the_question_m23_m65() {
    let app = TestApp::new().await;
    let admin = app.admin().await;
    let asked = |action: &str| question(&of(&admin), action, "record:1");
    assert!(decision(&admin, asked("read")).await && !cedar_was_asked(&app).await, "there is no policy");
    policy(&admin, "sealed", "forbid (principal, action == Action::\"seal\", resource is record);").await;
    assert!(decision(&admin, asked("read")).await && !cedar_was_asked(&app).await, "it is about another action");
    assert!(!decision(&admin, asked("seal")).await && cedar_was_asked(&app).await);
}

/// A question without a form in Cedar is denied for that, whether or not there is a policy.
#[tokio::test]
async fn a_question_that_policies_cannot_be_asked_is_denied_where_there_are_none_m23() {
    let app = TestApp::new().await;
    let admin = app.admin().await;
    let mut fraction = question(&of(&admin), "read", "record:1");
    fraction["context"] = serde_json::json!({"risk": 0.123_456});
    for asked in [question(&of(&admin), "read", "to-do:1"), fraction] {
        let answer = admin.post(EVALUATION, asked).await.expect(200).json;
        assert_eq!(
            (&answer["decision"], &answer["context"]["reasons"][0]["type"]),
            (&false.into(), &"question".into())
        );
    }
}
