//! Guardhouse's own users: roles, stored attributes, disabled accounts, and who may ask.

use std::collections::BTreeSet;

use guardhouse_core::principal::{Authority, CredentialKind, Principal};
use serde_json::{Map, Value, json};

use super::{EVALUATION, EVALUATIONS, decision, of, policy, question};
use crate::{
    features::access::{self, Kind, Resource},
    testing::TestApp,
};

#[tokio::test]
async fn roles_allow_and_a_policy_that_forbids_overrules_them_m22_m23() {
    let app = TestApp::new().await;
    let admin = app.admin().await;
    let alice = app.actor("alice").await;
    let asked = question(&of(&admin), "write", "record:1");
    let answer = admin.post(EVALUATION, asked.clone()).await.expect(200).json;
    let reason = &answer["context"]["reasons"][0];
    assert_eq!(
        (&answer["decision"], &reason["type"], &reason["name"]),
        (&json!(true), &json!("role"), &json!("admin"))
    );
    assert!(!decision(&admin, question(&of(&alice), "write", "record:1")).await);

    let made = policy(&admin, "archive", "forbid (principal, action == Action::\"write\", resource is record);").await;
    let answer = admin.post(EVALUATION, asked).await.expect(200).json;
    let reason = &answer["context"]["reasons"][0];
    assert_eq!(answer["decision"], false);
    assert_eq!((&reason["type"], &reason["effect"]), (&json!("policy"), &json!("forbid")));
    assert_eq!((&reason["id"], &reason["name"], &reason["version"]), (&made["id"], &json!("archive"), &json!(1)));
    assert!(answer["context"]["reason_admin"]["en"].as_str().unwrap().contains("archive"));
    assert!(decision(&admin, question(&of(&admin), "read", "record:1")).await);
}

#[tokio::test]
async fn a_policy_that_would_forbid_and_fails_overrules_roles_m23() {
    let app = TestApp::new().await;
    let admin = app.admin().await;
    policy(&admin, "secret", "forbid (principal, action, resource is record) when { resource.secret };").await;
    let asked = question(&of(&admin), "read", "record:1");
    let answer = admin.post(EVALUATION, asked.clone()).await.expect(200);
    assert_eq!(answer.json["decision"], false);
    assert!(answer.text.contains("cannot be evaluated"), "{}", answer.text);
    let mut told = asked;
    told["resource"]["properties"] = json!({"secret": false});
    assert!(decision(&admin, told).await);
}

#[tokio::test]
async fn stored_attributes_and_roles_are_what_policies_see_m23() {
    let app = TestApp::new().await;
    let admin = app.admin().await;
    let alice = app.actor("alice").await;
    policy(
        &admin,
        "own",
        "permit (principal is user, action == Action::\"greet\", resource) when {
        principal.email == \"alice@example.com\" && principal.name == \"alice\" && !principal.disabled };",
    )
    .await;
    policy(&admin, "role", "permit (principal in role::\"admin\", action == Action::\"rule\", resource);").await;
    policy(
        &admin,
        "verified",
        "permit (principal, action == Action::\"post\", resource) when { principal.email_verified };",
    )
    .await;
    policy(
        &admin,
        "self",
        "permit (principal, action == Action::\"edit\", resource) when { resource.email == principal.email };",
    )
    .await;
    let mut pretending = question(&of(&admin), "greet", "record:1");
    pretending["subject"]["properties"] = json!({"email": "alice@example.com", "name": "alice", "team": "x"});
    // The administrator's role allows everything, so alice asks for what policies alone give.
    let alone = |mut asked: Value| {
        asked["subject"]["id"] = alice.login.user["id"].clone();
        asked
    };
    assert!(decision(&admin, alone(question("user:x", "greet", "record:1"))).await);
    let mut lying = alone(question("user:x", "post", "record:1"));
    assert!(!decision(&admin, lying.clone()).await);
    lying["subject"]["properties"] = json!({"email_verified": true, "disabled": false});
    assert!(!decision(&admin, lying).await, "what is sent does not override what is stored");
    assert!(!decision(&admin, alone(question("user:x", "rule", "record:1"))).await);
    let themselves = alone(question("user:x", "edit", &of(&alice)));
    assert!(decision(&admin, themselves).await, "a resource of ours has its stored attributes as well");
    let mut other = alone(question("user:x", "edit", &of(&admin)));
    other["resource"]["properties"] = json!({"email": "alice@example.com"});
    assert!(!decision(&admin, other).await);
}

#[tokio::test]
async fn a_disabled_or_deleted_user_may_nothing_m23() {
    let app = TestApp::new().await;
    let admin = app.admin().await;
    let alice = app.actor("alice").await;
    policy(&admin, "all", "permit (principal, action, resource);").await;
    let asked = question(&of(&alice), "read", "record:1");
    assert!(decision(&admin, asked.clone()).await);
    let at = format!("/api/admin/users/{}", alice.login.user["id"].as_str().unwrap());
    let _ = admin.post(&format!("{at}/disable"), json!({})).await.expect(200);
    let answer = admin.post(EVALUATION, asked.clone()).await.expect(200).json;
    assert_eq!((&answer["decision"], &answer["context"]["reasons"][0]["type"]), (&json!(false), &json!("account")));
    let _ = admin.post(&format!("{at}/enable"), json!({})).await.expect(200);
    assert!(decision(&admin, asked.clone()).await);
    let _ = admin.delete(&at, json!({})).await.expect(204);
    assert!(!decision(&admin, asked).await);
    assert!(decision(&admin, question("user:alice", "read", "record:1")).await, "an id that is not ours is another's");
}

#[tokio::test]
async fn whoever_asks_needs_the_permission_m22_t1() {
    let app = TestApp::new().await;
    let alice = app.actor("alice").await;
    let asked = question("user:alice", "read", "record:1");
    for path in
        [EVALUATION, EVALUATIONS, "/access/v1/search/subject", "/access/v1/search/resource", "/access/v1/search/action"]
    {
        alice.post(path, asked.clone()).await.refused(403, "FORBIDDEN");
        app.post(path, asked.clone()).await.refused(401, "TOKEN_MISSING");
    }
}

#[tokio::test]
async fn types_that_policies_cannot_name_are_denied_m23() {
    let app = TestApp::new().await;
    let admin = app.admin().await;
    policy(&admin, "all", "permit (principal, action, resource);").await;
    for resource in ["to-do:1", "a b:1", "Action:read", "1:1"] {
        let answer = admin.post(EVALUATION, question(&of(&admin), "read", resource)).await.expect(200).json;
        assert_eq!(
            (&answer["decision"], &answer["context"]["reasons"][0]["type"]),
            (&json!(false), &json!("question"))
        );
    }
}

#[tokio::test]
async fn services_that_embed_the_engine_ask_in_process_m23() {
    let app = TestApp::new().await;
    let admin = app.admin().await;
    policy(
        &admin,
        "owners",
        "permit (principal, action == Action::\"read\", resource is record) when { resource.owner == principal };",
    )
    .await;
    let alice = app.actor("alice").await;
    let principal = |authority: Authority, credential| Principal {
        subject: alice.login.user_id(),
        tenant: None,
        in_tenant: None,
        credential,
        session: None,
        grant: None,
        assurance: None,
        authority: authority.into(),
        actor: None,
        api_key: None,
    };
    let owner = json!({"__entity": {"type": "user", "id": alice.login.user["id"]}});
    let properties: Map<String, Value> = [("owner".to_owned(), owner)].into_iter().collect();
    let resource = Resource { kind: "record".into(), id: "1".into(), properties };
    let by_token = principal(Authority::default(), CredentialKind::AccessToken);
    let decided = access::can(app.ctx(), &by_token, "read", &resource).await.unwrap();
    assert!(decided.allowed && decided.reasons[0].kind == Kind::Policy);
    assert!(!access::can(app.ctx(), &by_token, "write", &resource).await.unwrap().allowed);
    // A key does no more than its scopes name, whatever its owner may do.
    let by_key = principal(Authority::default().cut_to(&BTreeSet::new()), CredentialKind::ApiKey);
    assert_eq!(access::can(app.ctx(), &by_key, "read", &resource).await.unwrap().reasons[0].kind, Kind::Scope);
    let scoped = Authority::default().cut_to(&["record:read".to_owned()].into());
    let by_key = principal(scoped, CredentialKind::ApiKey);
    assert!(access::can(app.ctx(), &by_key, "read", &resource).await.unwrap().allowed);
}
