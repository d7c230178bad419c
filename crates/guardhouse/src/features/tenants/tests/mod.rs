//! Through HTTP, as a caller would.

mod domains;
mod foreign;
mod invitations;
mod members;
mod policy;
mod switching;

use guardhouse_core::{ids::TenantId, time::Span};
use guardhouse_store::params;
use serde_json::{Value, json};

use crate::testing::{Actor, Answer, Login, PASSWORD, TestApp};

const TENANTS: &str = "/api/admin/tenants";
const EVENTS: &str = "/api/admin/audit-events";
const UNKNOWN: &str = "ten_01h455vb4pex5vsknk084sn02q";

/// A tenant that the administrator made.
async fn tenant(admin: &Actor<'_>, name: &str) -> Value {
    admin.post(TENANTS, json!({"name": name})).await.expect(201).json
}

fn id(of: &Value) -> &str {
    of["id"].as_str().unwrap()
}

fn tenant_id(of: &Value) -> TenantId {
    id(of).parse().unwrap()
}

fn path(tenant: &Value, rest: &str) -> String {
    format!("{TENANTS}/{}{rest}", id(tenant))
}

/// Somebody whose address is verified.
async fn person(app: &TestApp, name: &str) -> Login {
    let login = app.register(name).await;
    app.change("update accounts set email_verified_at = 1 where id = $1", params![login.user_id()]).await;
    app.ctx().accounts.forget(login.user_id());
    login
}

/// A member, put there by the administrator of everything.
async fn member<'a>(app: &'a TestApp, admin: &Actor<'_>, of: &Value, name: &str, role: &str) -> Actor<'a> {
    let login = person(app, name).await;
    let body = json!({"user_id": login.user["id"], "role": role});
    let _ = admin.post(&path(of, "/members"), body).await.expect(201);
    Actor::bearer(app, login)
}

async fn switch(actor: &Actor<'_>, to: &str) -> Answer {
    actor.post(&format!("/api/me/tenants/{to}/switch"), json!({})).await
}

/// The same person with tokens for the tenant.
async fn inside<'a>(app: &'a TestApp, actor: &Actor<'_>, tenant: &Value) -> Actor<'a> {
    Actor::bearer(app, Login::read(&switch(actor, id(tenant)).await.expect(200)))
}

/// What a token says.
fn claims(token: &str) -> Value {
    let part = token.split('.').nth(1).unwrap();
    serde_json::from_slice(&data_encoding::BASE64URL_NOPAD.decode(part.as_bytes()).unwrap()).unwrap()
}

#[tokio::test]
async fn a_tenant_from_its_making_to_its_end_m25() {
    let app = TestApp::new().await;
    let admin = app.admin().await;
    let acme = tenant(&admin, "Acme Corp.").await;
    assert_eq!((&acme["slug"], &acme["disabled"]), (&json!("acme-corp"), &json!(false)));
    let policy = json!({"require_mfa": false, "session_length": null, "sign_in_methods": []});
    assert_eq!(acme["policy"], policy);
    let again = tenant(&admin, "Acme Corp.").await;
    assert!(again["slug"].as_str().unwrap().starts_with("acme-corp-"), "a made slug is never in the way");
    let taken = admin.post(TENANTS, json!({"name": "x", "slug": "acme-corp"})).await;
    taken.refused(409, "CONFLICT");
    admin.patch(&path(&again, ""), json!({"slug": "acme-corp"})).await.refused(409, "CONFLICT");

    let changed = admin.patch(&path(&again, ""), json!({"name": "Other", "slug": "other"})).await.expect(200).json;
    assert_eq!((&changed["name"], &changed["slug"]), (&json!("Other"), &json!("other")));
    let names = |answer: Answer| {
        let data = answer.expect(200).json["data"].as_array().unwrap().clone();
        data.iter().map(|one| one["name"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(names(admin.get(&format!("{TENANTS}?q=OTH")).await), ["Other"]);
    assert_eq!(names(admin.get(TENANTS).await).len(), 2);

    let mine = admin.get("/api/me/tenants").await.expect(200).json;
    assert_eq!(mine["data"][0]["roles"], json!(["owner"]), "whoever makes one owns it");
    let _ = admin.delete(&path(&again, ""), json!({})).await.expect(204);
    admin.get(&path(&again, "")).await.refused(404, "NOT_FOUND");
    assert_eq!(admin.get("/api/me/tenants").await.expect(200).json["data"].as_array().unwrap().len(), 1);
    for action in ["tenants.created", "tenants.updated", "tenants.deleted"] {
        assert!(app.audited().await.iter().any(|seen| seen == action), "{action}");
    }
}

#[tokio::test]
async fn bad_input_is_named_m25_a11() {
    let app = TestApp::new().await;
    let admin = app.admin().await;
    let acme = tenant(&admin, "Acme").await;
    for (body, fault) in [
        (json!({"name": ""}), "name:INVALID_NAME"),
        (json!({"name": "x", "slug": "A B"}), "slug:INVALID_SLUG"),
        (json!({"name": "x", "id": UNKNOWN}), "id:UNKNOWN_FIELD"),
        (json!({"name": "x", "disabled": false}), "disabled:UNKNOWN_FIELD"),
        (json!({"name": "x", "owner": "usr_x"}), "owner:UNKNOWN_FIELD"),
    ] {
        assert_eq!(admin.post(TENANTS, body).await.expect(400).faults(), [fault]);
    }
    for (body, fault) in [
        (json!({"policy": {"mfa": true}}), "policy:INVALID_POLICY"),
        (json!({"policy": {"session_length": "1s"}}), "policy:INVALID_POLICY"),
        (json!({"policy": {"sign_in_methods": ["a b"]}}), "policy:INVALID_POLICY"),
        (json!({"created_at": "2020-01-01T00:00:00Z"}), "created_at:UNKNOWN_FIELD"),
        (json!({"tenant_id": UNKNOWN}), "tenant_id:UNKNOWN_FIELD"),
    ] {
        assert_eq!(admin.patch(&path(&acme, ""), body).await.expect(400).faults(), [fault]);
    }
    let body = json!({"user_id": admin.login.user["id"], "role": "member", "tenant_id": UNKNOWN});
    assert_eq!(admin.post(&path(&acme, "/members"), body).await.expect(400).faults(), ["tenant_id:UNKNOWN_FIELD"]);
    let body = json!({"email": "bob@example.com", "role": "member", "invited_by": "usr_x", "expires_at": null});
    let faults = admin.post(&path(&acme, "/invitations"), body).await.expect(400).faults();
    assert_eq!(faults, ["expires_at:UNKNOWN_FIELD", "invited_by:UNKNOWN_FIELD"]);
    let body = json!({"email": "bob@example.com", "role": "emperor"});
    assert_eq!(admin.post(&path(&acme, "/invitations"), body).await.expect(400).faults(), ["role:UNKNOWN_ROLE"]);
}

/// Everything that acts in a tenant is refused at once when it closes, on other nodes as soon as they hear of it.
#[tokio::test]
async fn a_disabled_or_deleted_tenant_lets_nobody_act_m25_o6() {
    let app = TestApp::new().await;
    let node = app.another_node().await;
    let admin = app.admin().await;
    let acme = tenant(&admin, "Acme").await;
    let alice = member(&app, &admin, &acme, "alice", "member").await;
    for act in ["disable", "delete"] {
        let within = inside(&app, &alice, &acme).await;
        let there = Actor::bearer(&node, within.login.clone());
        let _ = within.get("/api/me").await.expect(200);
        let _ = there.get("/api/me").await.expect(200);
        let _ = match act {
            "disable" => admin.post(&path(&acme, "/disable"), json!({})).await.expect(200),
            _ => admin.delete(&path(&acme, ""), json!({})).await.expect(204),
        };
        within.get("/api/me").await.refused(401, "TOKEN_REVOKED");
        node.caught_up().await;
        there.get("/api/me").await.refused(401, "TOKEN_REVOKED");
        let refresh = json!({"refresh_token": within.login.refresh});
        app.post("/api/auth/refresh", refresh).await.refused(401, "INVALID_REFRESH_TOKEN");
        alice.get(&path(&acme, "")).await.refused(404, "NOT_FOUND");
        switch(&alice, id(&acme)).await.refused(404, "NOT_FOUND");
        assert_eq!(alice.get("/api/me/tenants").await.expect(200).json["data"], json!([]));
        if act == "disable" {
            let _ = admin.post(&path(&acme, "/enable"), json!({})).await.expect(200);
            node.caught_up().await;
        }
    }
    let left = "select 1 from role_bindings where tenant_id = $1";
    assert!(app.rows(left, params![tenant_id(&acme)]).await.is_empty());
    let _ = alice.get("/api/me").await.expect(200);
}

#[tokio::test]
async fn what_is_kept_of_a_person_is_in_the_export_m25_m18() {
    let app = TestApp::new().await;
    let admin = app.admin().await;
    let (acme, other) = (tenant(&admin, "Acme").await, tenant(&admin, "Other").await);
    let alice = member(&app, &admin, &acme, "alice", "member").await;
    let body = json!({"email": "alice@example.com", "role": "member"});
    let _ = admin.post(&path(&other, "/invitations"), body).await.expect(201);
    let export = alice.get("/api/me/export").await.expect(200).json;
    let membership = &export["memberships"][0];
    assert_eq!((&membership["tenant_id"], &membership["roles"]), (&acme["id"], &json!(["member"])));
    assert_eq!(export["invitations"][0]["invited_by"], Value::Null);
    let _ = alice.delete("/api/me", json!({"current_password": PASSWORD})).await.expect(204);
    let open = admin.get(&path(&other, "/invitations")).await.expect(200).json;
    assert_eq!(open["data"], json!([]));
    let members = admin.get(&path(&acme, "/members")).await.expect(200).json;
    assert_eq!(members["data"].as_array().unwrap().len(), 1);
}

/// A tenant's own administrators see what happened in it, and nothing else.
#[tokio::test]
async fn the_audit_log_of_a_tenant_is_its_own_m25_t2() {
    let app = TestApp::new().await;
    let admin = app.admin().await;
    let (acme, other) = (tenant(&admin, "Acme").await, tenant(&admin, "Other").await);
    let alice = member(&app, &admin, &acme, "alice", "admin").await;
    let bob = member(&app, &admin, &other, "bob", "admin").await;
    let _ = admin.patch(&path(&other, ""), json!({"name": "Another"})).await.expect(200);
    let within = inside(&app, &alice, &acme).await;
    let _ = within.patch("/api/me", json!({"name": "A"})).await.expect(200);
    let seen = within.get(EVENTS).await.expect(200).json;
    let events = seen["data"].as_array().unwrap();
    assert!(events.len() >= 3 && events.iter().all(|event| event["tenant"] == acme["id"]), "{seen}");
    let own = format!("{EVENTS}?tenant={}", id(&acme));
    assert_eq!(within.get(&own).await.expect(200).json["data"], seen["data"]);
    let anothers = format!("{EVENTS}?tenant={}", id(&other));
    within.get(&anothers).await.refused(404, "NOT_FOUND");
    within.get(&format!("{EVENTS}?tenant={UNKNOWN}")).await.refused(404, "NOT_FOUND");
    let subject = format!("{EVENTS}?subject={}", bob.login.user_id());
    assert_eq!(within.get(&subject).await.expect(200).json["data"], json!([]));
    within.get(&format!("{EVENTS}/export")).await.refused(403, "FORBIDDEN");
    within.get(&format!("{EVENTS}/verify")).await.refused(403, "FORBIDDEN");
    assert!(!admin.get(&anothers).await.expect(200).json["data"].as_array().unwrap().is_empty());
    alice.get(EVENTS).await.refused(403, "FORBIDDEN");
    app.advance(Span::seconds(1));
}

/// Two who change a tenant at once do not undo each other's work: one of them is told.
#[tokio::test]
async fn of_two_changes_at_once_neither_is_lost_m25() {
    let app = TestApp::new().await;
    let node = app.another_node().await;
    let admin = app.admin().await;
    let there = Actor::bearer(&node, admin.login.clone());
    for round in 0..8 {
        let acme = tenant(&admin, &format!("Acme {round}")).await;
        let (to, slug) = (path(&acme, ""), format!("slug-{round}"));
        let (policy, name) = (json!({"policy": {"session_length": "8h"}}), json!({"slug": slug}));
        let (a, b) = tokio::join!(admin.patch(&to, policy), there.patch(&to, name));
        let now = admin.get(&to).await.expect(200).json;
        for (answer, done) in [(&a, now["policy"]["session_length"] == "8h"), (&b, now["slug"] == slug.as_str())] {
            assert!([200, 409].contains(&answer.status.as_u16()), "{}", answer.text);
            assert_eq!(answer.status == 200, done, "{} {now}", answer.text);
        }
    }
}
