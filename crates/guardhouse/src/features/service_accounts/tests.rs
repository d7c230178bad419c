//! Through HTTP, as a caller would.

use guardhouse_core::{ids::AccountId, scope::Scope};
use guardhouse_store::{Unit, params};
use serde_json::{Value, json};

use crate::{
    kernel::{
        accounts,
        principal::{self},
    },
    testing::{Actor, Login, PASSWORD, TestApp},
};

const ALL: &str = "/api/admin/service-accounts";

async fn tenant(admin: &Actor<'_>, name: &str) -> Value {
    admin.post("/api/admin/tenants", json!({"name": name})).await.expect(201).json
}

fn one(of: &Value, act: &str) -> String {
    format!("{ALL}/{}{act}", of["id"].as_str().unwrap())
}

fn id(of: &Value) -> AccountId {
    of["id"].as_str().unwrap().parse().unwrap()
}

#[tokio::test]
async fn a_service_account_from_its_making_to_its_end_m25() {
    let app = TestApp::new().await;
    let admin = app.admin().await;
    let body = json!({"name": "deploy", "description": "Rolls out", "roles": ["auditor", "auditor"]});
    let made = admin.post(ALL, body).await.expect(201).json;
    assert_eq!(
        (&made["roles"], &made["tenant_id"], &made["disabled"]),
        (&json!(["auditor"]), &Value::Null, &json!(false))
    );
    assert!(made.get("email").is_none());
    assert_eq!(admin.get(&one(&made, "")).await.expect(200).json, made);
    assert_eq!(admin.get(ALL).await.expect(200).json["data"], json!([made]));
    let changed =
        admin.patch(&one(&made, ""), json!({"name": "roll-out", "roles": ["decider"]})).await.expect(200).json;
    assert_eq!((&changed["name"], &changed["roles"]), (&json!("roll-out"), &json!(["decider"])));
    assert_eq!(changed["description"], "Rolls out");
    assert_eq!(admin.post(&one(&made, "/disable"), json!({})).await.expect(200).json["disabled"], true);
    assert_eq!(admin.post(&one(&made, "/enable"), json!({})).await.expect(200).json["disabled"], false);
    let _ = admin.delete(&one(&made, ""), json!({})).await.expect(204);
    admin.get(&one(&made, "")).await.refused(404, "NOT_FOUND");
    for field in ["id", "email", "password", "kind", "disabled"] {
        let refused = admin.post(ALL, json!({"name": "x", field: "x"})).await;
        assert_eq!(refused.expect(400).faults(), [format!("{field}:UNKNOWN_FIELD")]);
    }
    admin
        .post(ALL, json!({"name": "x", "tenant_id": "ten_01h455vb4pex5vsknk084sn02q"}))
        .await
        .refused(404, "NOT_FOUND");
}

/// No person signs in to one, by whatever route.
#[tokio::test]
async fn nobody_signs_in_to_a_service_account_m25_a11() {
    let app = TestApp::new().await;
    let admin = app.admin().await;
    let made = admin.post(ALL, json!({"name": "deploy"})).await.expect(201).json;
    let user = format!("/api/admin/users/{}", made["id"].as_str().unwrap());
    admin.get(&user).await.refused(404, "NOT_FOUND");
    admin.get(&format!("{user}/sessions")).await.refused(404, "NOT_FOUND");
    admin.patch(&user, json!({"email": "mine@example.com"})).await.refused(404, "NOT_FOUND");
    admin.delete(&user, json!({})).await.refused(404, "NOT_FOUND");
    for act in ["reset", "impersonate", "unlock", "disable", "enable"] {
        admin.post(&format!("{user}/{act}"), json!({})).await.refused(404, "NOT_FOUND");
    }
    assert!(!admin.get("/api/admin/users").await.expect(200).text.contains(made["id"].as_str().unwrap()));
    let email = format!("{}@service.invalid", made["id"].as_str().unwrap());
    let login = json!({"email": email, "password": PASSWORD});
    app.post("/api/auth/login", login).await.refused(401, "INVALID_CREDENTIALS");
    for ask in ["/api/auth/password/forgot", "/api/auth/email/resend"] {
        let _ = app.post(ask, json!({"email": email})).await.expect(202);
    }
    assert!(!app.letters().await.iter().any(|letter| letter.to == email));
    let register = json!({"email": email, "password": PASSWORD, "name": "x"});
    app.post("/api/auth/register", register).await.refused(409, "USER_EXISTS");
    // A person is no service account either.
    admin.get(&format!("{ALL}/{}", admin.login.user_id())).await.refused(404, "NOT_FOUND");
    admin.delete(&format!("{ALL}/{}", admin.login.user_id()), json!({})).await.refused(404, "NOT_FOUND");
}

/// One of a tenant holds nothing elsewhere, whatever somebody bound it to.
#[tokio::test]
async fn a_service_account_of_a_tenant_acts_in_it_alone_m25_t2() {
    let app = TestApp::new().await;
    let ctx = app.ctx();
    let admin = app.admin().await;
    let (acme, other) = (tenant(&admin, "Acme").await, tenant(&admin, "Other").await);
    let body = json!({"name": "bot", "tenant_id": acme["id"], "roles": ["admin"]});
    let bot = id(&admin.post(ALL, body).await.expect(201).json);
    let of = |tenant: &Value| tenant["id"].as_str().unwrap().parse().unwrap();
    let bind =
        |scope: Scope| accounts::bind(ctx, Unit::new(), &accounts::Binding::new(ctx, bot, "admin", scope)).run(ctx);
    bind(Scope::Everywhere).await.unwrap();
    bind(Scope::Tenant(of(&other))).await.unwrap();
    let account = principal::account(ctx, bot).await.unwrap();
    assert!(account.authority.permissions.is_empty());
    let held = accounts::in_tenant(ctx, &account, of(&acme)).await.unwrap().unwrap();
    assert!(held.allows("members:write") && !held.allows("users:read"));
    assert!(accounts::in_tenant(ctx, &account, of(&other)).await.unwrap().is_none());
    let kept = "select 1 from accounts where id = $1";
    let _ = admin.delete(&format!("/api/admin/tenants/{}", acme["id"].as_str().unwrap()), json!({})).await.expect(204);
    assert!(app.rows(kept, params![bot]).await.is_empty());
}

#[tokio::test]
async fn a_tenants_administrator_manages_its_own_and_gives_what_they_hold_t3() {
    let app = TestApp::new().await;
    let admin = app.admin().await;
    let acme = tenant(&admin, "Acme").await;
    let global = admin.post(ALL, json!({"name": "global"})).await.expect(201).json;
    let owned = json!({"name": "owned", "tenant_id": acme["id"], "roles": ["owner"]});
    let owned = admin.post(ALL, owned).await.expect(201).json;
    let carol = app.actor("carol").await;
    let add = json!({"user_id": carol.login.user["id"], "role": "admin"});
    let path = format!("/api/admin/tenants/{}/members", acme["id"].as_str().unwrap());
    let _ = admin.post(&path, add).await.expect(201);
    carol.get(ALL).await.refused(403, "FORBIDDEN");
    let switch = format!("/api/me/tenants/{}/switch", acme["id"].as_str().unwrap());
    let carol = Actor::bearer(&app, Login::read(&carol.post(&switch, json!({})).await.expect(200)));

    let made = carol.post(ALL, json!({"name": "bot", "roles": ["member"]})).await.expect(201).json;
    assert_eq!(made["tenant_id"], acme["id"], "it is of the tenant acted in");
    assert!(!carol.get(ALL).await.expect(200).text.contains("global"));
    carol.get(&one(&global, "")).await.refused(404, "NOT_FOUND");
    carol.patch(&one(&global, ""), json!({"name": "x"})).await.refused(404, "NOT_FOUND");
    carol.post(ALL, json!({"name": "bot", "roles": ["owner"]})).await.refused(403, "FORBIDDEN");
    carol.patch(&one(&made, ""), json!({"roles": ["owner"]})).await.refused(403, "FORBIDDEN");
    for act in ["disable", "enable"] {
        carol.post(&one(&owned, &format!("/{act}")), json!({})).await.refused(403, "FORBIDDEN");
    }
    carol.delete(&one(&owned, ""), json!({})).await.refused(403, "FORBIDDEN");
    carol.patch(&one(&owned, ""), json!({"name": "x"})).await.refused(403, "FORBIDDEN");
    let unknown = carol.post(ALL, json!({"name": "bot", "roles": ["auditor"]})).await.expect(400);
    assert_eq!(unknown.faults(), ["roles:UNKNOWN_ROLE"]);
    let _ = carol.patch(&one(&made, ""), json!({"roles": ["admin"]})).await.expect(200);
    let _ = carol.delete(&one(&made, ""), json!({})).await.expect(204);
}
