//! Two tenants know nothing of each other: made from the route table, so that no route is forgotten (`T1`, `T2`).

use std::collections::BTreeMap;

use guardhouse_store::params;
use http::Method;
use serde_json::{Value, json};

use super::{id, inside, member, path, tenant};
use crate::{
    assembly,
    kernel::http::route::{Guard, Route},
    testing::{Actor, TestApp},
};

/// Routes whose guard knows tenants.
fn rows() -> Vec<Route> {
    let of_tenants = |route: &Route| matches!(route.guard, Guard::InTenant(_) | Guard::Reaching(_));
    assembly::routes().into_iter().filter(of_tenants).collect()
}

/// All that a tenant has, by the place in a path that it may be tried in.
struct Things {
    tenant: String,
    service: String,
    ids: Vec<String>,
}

async fn things(app: &TestApp, admin: &Actor<'_>, of: &Value, name: &str) -> Things {
    let invited = json!({"email": format!("invited-{name}@example.com"), "role": "member"});
    let invitation = admin.post(&path(of, "/invitations"), invited).await.expect(201).json;
    let domain = format!("{name}.example.com");
    let _ = admin.post(&path(of, "/domains"), json!({"domain": domain})).await.expect(201);
    let service = json!({"name": format!("service-{name}"), "tenant_id": of["id"], "roles": ["member"]});
    let service = admin.post("/api/admin/service-accounts", service).await.expect(201).json;
    let someone = member(app, admin, of, &format!("someone-{name}"), "member").await;
    let binding = "select id from role_bindings where subject = $1";
    let row = &app.rows(binding, params![someone.login.user_id()]).await[0];
    let binding = guardhouse_core::ids::BindingId::from_bytes(row.id16(0).unwrap());
    let user = someone.login.user_id().to_string();
    let role = json!({"name": format!("role-{name}"), "tenant_id": of["id"]});
    let role = admin.post("/api/admin/roles", role).await.expect(201).json;
    let service = id(&service).to_owned();
    let keys = format!("/api/admin/service-accounts/{service}/api-keys");
    let key = admin.post(&keys, json!({"name": format!("key-{name}"), "scopes": []})).await.expect(201).json;
    let own =
        admin.post(&path(of, "/api-keys"), json!({"name": format!("own-{name}"), "scopes": []})).await.expect(201);
    let mut ids = vec![id(&invitation).to_owned(), domain, service.clone(), user];
    ids.extend([id(&key).to_owned(), id(&own.json).to_owned(), id(&role).to_owned(), binding.to_string()]);
    Things { tenant: id(of).to_owned(), service, ids }
}

/// Ids that nobody has, each of the kind of the one in the same place.
fn random() -> Things {
    let of = |prefix: &str| format!("{prefix}_01h455vb4pex5vsknk084sn02q");
    let mut ids = vec![of("inv"), "nobody.example.org".to_owned(), of("usr"), of("usr")];
    ids.extend([of("key"), of("key"), of("rol"), of("bnd")]);
    Things { tenant: of("ten"), service: of("usr"), ids }
}

/// A path of the row: whose it is, where the path says so before it names the thing.
fn filled(path: &str, tenant: &str, service: &str, thing: &str) -> String {
    let named = path.matches('{').count();
    let mut whose = if path.starts_with("/api/admin/tenants/{id}") {
        Some(tenant)
    } else if path.starts_with("/api/admin/service-accounts/{id}") && named > 1 {
        Some(service)
    } else {
        None
    };
    let part = |part: &str| {
        if part.starts_with('{') { whose.take().unwrap_or(thing).to_owned() } else { part.to_owned() }
    };
    path.split('/').map(part).collect::<Vec<_>>().join("/")
}

async fn answer(actor: &Actor<'_>, route: &Route, path: &str) -> (u16, String) {
    let body = match route.method {
        Method::GET => json!({}),
        _ => route.doc.example.clone().unwrap_or_else(|| json!({})),
    };
    let answer = actor.send(route.method.clone(), path, body).await;
    (answer.status.as_u16(), answer.code().to_owned())
}

/// An owner of one tenant tries every id of another on every route, under that tenant and under their own.
#[tokio::test]
async fn no_id_of_another_tenant_leads_anywhere_m25_t1_t2() {
    let app = TestApp::with(|settings| settings.limits.register = crate::kernel::settings::Limit::OFF).await;
    let admin = app.admin().await;
    let (acme, own) = (tenant(&admin, "Acme").await, tenant(&admin, "Own").await);
    let theirs = things(&app, &admin, &acme, "acme").await;
    let nobodys = random();
    let before = state(&app).await;
    let outside = member(&app, &admin, &own, "mallory", "owner").await;
    let within = inside(&app, &outside, &own).await;
    let mut tried = 0;
    for route in rows().iter().filter(|route| route.path.contains('{')) {
        for actor in [&outside, &within] {
            for (index, real) in theirs.ids.iter().enumerate() {
                let unreal = &nobodys.ids[index];
                let pairs = [
                    (
                        filled(route.path, &theirs.tenant, &theirs.service, real),
                        filled(route.path, &nobodys.tenant, &nobodys.service, unreal),
                    ),
                    (
                        filled(route.path, id(&own), &theirs.service, real),
                        filled(route.path, id(&own), &nobodys.service, unreal),
                    ),
                ];
                for (real, unreal) in pairs {
                    // Their own tenant without another's thing in it is theirs to manage.
                    if !real.contains(&theirs.tenant) && !theirs.ids.iter().any(|id| real.contains(id.as_str())) {
                        continue;
                    }
                    let answered = answer(actor, route, &real).await;
                    let wanted = answer(actor, route, &unreal).await;
                    let row = format!("{} {real}", route.method);
                    assert!(!(200..300).contains(&answered.0), "{row}: {answered:?}");
                    assert_eq!(answered, wanted, "{row} tells that there is one");
                    tried += 1;
                }
            }
        }
    }
    assert!(tried > 200, "only {tried} were tried");
    let after = state(&app).await;
    for (table, rows) in before {
        assert!(after[table] >= rows, "{table} lost rows");
    }
}

/// What there is, so that nothing of it goes away unseen.
async fn state(app: &TestApp) -> BTreeMap<&'static str, usize> {
    let mut found = BTreeMap::new();
    for (table, sql) in [
        ("tenants", "select 1 from tenants where disabled_at is null"),
        ("role_bindings", "select 1 from role_bindings"),
        ("tenant_invitations", "select 1 from tenant_invitations"),
        ("tenant_domains", "select 1 from tenant_domains"),
        ("roles", "select 1 from roles"),
        ("api_keys", "select 1 from api_keys"),
        ("accounts", "select 1 from accounts where disabled_at is null"),
    ] {
        found.insert(table, app.rows(sql, vec![]).await.len());
    }
    found
}

/// Lists show what is one's own, whoever's they are asked for.
#[tokio::test]
async fn no_list_of_one_tenant_has_anothers_things_m25_t2() {
    let app = TestApp::with(|settings| settings.limits.register = crate::kernel::settings::Limit::OFF).await;
    let admin = app.admin().await;
    let (acme, own) = (tenant(&admin, "Acme").await, tenant(&admin, "Own").await);
    let theirs = things(&app, &admin, &acme, "acme").await;
    let mine = things(&app, &admin, &own, "own").await;
    let outside = member(&app, &admin, &own, "mallory", "owner").await;
    let within = inside(&app, &outside, &own).await;
    let mut listed = String::new();
    for route in rows().iter().filter(|route| route.method == Method::GET) {
        let path = filled(route.path, id(&own), &mine.service, &mine.service);
        for actor in [&outside, &within] {
            let answer = actor.get(&path).await;
            for id in theirs.ids.iter().chain([&theirs.tenant]) {
                assert!(!answer.text.contains(id.as_str()), "GET {path} shows {id}");
            }
            assert!(!answer.text.contains("acme"), "GET {path}: {}", answer.text);
            listed.push_str(&answer.text);
        }
    }
    for id in &mine.ids {
        assert!(listed.contains(id.as_str()), "{id} stands in no list, so the test looks at too few");
    }
    let named = format!("/api/admin/service-accounts?tenant_id={}", theirs.tenant);
    within.get(&named).await.refused(404, "NOT_FOUND");
    within.get("/api/admin/service-accounts?tenant_id=ten_01h455vb4pex5vsknk084sn02q").await.refused(404, "NOT_FOUND");
    let make = |tenant: &str| json!({"name": "x", "tenant_id": tenant});
    for foreign in [theirs.tenant.as_str(), "ten_01h455vb4pex5vsknk084sn02q"] {
        within.post("/api/admin/service-accounts", make(foreign)).await.refused(404, "NOT_FOUND");
    }
}
