//! Second factors as an application uses them, and a tenant that asks for one.

use std::time::Duration;

use guardhouse_core::{
    otp::Shared,
    time::{Clock, Span},
};
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::harness::{PASSWORD, Server, Setup, refused, stderr, stdout, text, until};

/// Ruling 12: within a second on every other process.
const AT_ONCE: Duration = Duration::from_secs(1);

async fn sent(server: &Server, token: &str, path: &str, body: Value, status: StatusCode) -> Value {
    let answer = server.client.post(server.url(path)).bearer_auth(token).json(&body).send().await.unwrap();
    assert_eq!(answer.status(), status, "{path}: {}", server.log());
    answer.json().await.unwrap()
}

/// The code that an application shows so many steps from now; the server takes those of the neighbours as well.
fn code(secret: &Value, steps: i64) -> String {
    let bytes = data_encoding::BASE32_NOPAD.decode(secret.as_str().unwrap().as_bytes()).unwrap();
    Shared::from_bytes(bytes.into()).code_at(Clock::system().now() + Span::seconds(30 * steps)).unwrap()
}

struct Enrolled {
    secret: Value,
    recovery_codes: Vec<String>,
}

/// The present code is spent by it.
async fn enrol(server: &Server, token: &str) -> Enrolled {
    let asked = json!({"current_password": PASSWORD});
    let begun = sent(server, token, "/api/me/mfa/totp", asked, StatusCode::OK).await;
    let shown = json!({"code": code(&begun["secret"], 0)});
    let confirmed = sent(server, token, "/api/me/mfa/totp/confirm", shown, StatusCode::OK).await;
    let recovery_codes = confirmed["recovery_codes"].as_array().unwrap().iter().map(text).collect();
    Enrolled { secret: begun["secret"].clone(), recovery_codes }
}

/// Signs in as far as the password takes one.
async fn ticket(server: &Server, login: Value) -> Value {
    let answer = server.post("/api/auth/login", login).await;
    assert_eq!(answer.status(), StatusCode::UNAUTHORIZED, "{}", server.log());
    let answer: Value = answer.json().await.unwrap();
    assert_eq!(answer["error"]["code"], "MFA_REQUIRED", "{answer}");
    answer["error"]["mfa_token"].clone()
}

async fn verify(server: &Server, ticket: &Value, method: &str, code: &str) -> reqwest::Response {
    server.post("/api/auth/mfa/verify", json!({"mfa_token": ticket, "method": method, "code": code})).await
}

#[tokio::test(flavor = "multi_thread")]
async fn an_application_is_enrolled_and_asked_for_and_its_code_is_good_for_one_login_m09_6_5_1() {
    let setup = Setup::new();
    let server = setup.serve().await;
    let token = text(&server.register("judy@example.com").await["access_token"]);
    let judy = enrol(&server, &token).await;
    assert_eq!(judy.recovery_codes.len(), 10);
    let login = json!({"email": "judy@example.com", "password": PASSWORD});

    let next = code(&judy.secret, 1);
    let first = ticket(&server, login.clone()).await;
    // No ticket opens anything by itself.
    refused(server.me(first.as_str().unwrap()).await, 401, "INVALID_TOKEN").await;
    refused(verify(&server, &first, "totp", "000000").await, 401, "INVALID_MFA_CODE").await;
    let entered = verify(&server, &first, "totp", &next).await;
    assert_eq!(entered.status(), StatusCode::OK, "{}", server.log());
    let entered: Value = entered.json().await.unwrap();
    assert_eq!(server.me(entered["access_token"].as_str().unwrap()).await.status(), StatusCode::OK);

    let replayed = ticket(&server, login.clone()).await;
    refused(verify(&server, &replayed, "totp", &next).await, 401, "INVALID_MFA_CODE").await;
    // A recovery code stands in for it, once, however it is typed.
    let typed = judy.recovery_codes[0].to_lowercase();
    assert_eq!(verify(&server, &replayed, "recovery_code", &typed).await.status(), StatusCode::OK, "{}", server.log());
    let again = ticket(&server, login).await;
    refused(verify(&server, &again, "recovery_code", &typed).await, 401, "INVALID_MFA_CODE").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tenant_made_on_the_command_line_leads_its_members_to_enrol_m09_m25() {
    let setup = Setup::new();
    let create = ["user", "create", "--email", "root@example.com", "--name", "Root", "--role", "admin"];
    assert!(setup.run_with(&[&create[..], &["--password-stdin"]].concat(), PASSWORD).status.success());
    let server = setup.serve().await;
    let token = text(&server.register("mallory@example.com").await["access_token"]);
    let verb = ["tenant", "create", "--name", "Acme Corp.", "--slug", "acme", "--owner", "mallory@example.com"];
    let made = setup.run(&[&verb[..], &["--format", "json"]].concat());
    assert!(made.status.success(), "{}", stderr(&made));
    let acme: Value = serde_json::from_str(&stdout(&made)).unwrap();
    let members = setup.run(&["tenant", "members", "acme"]);
    assert!(stdout(&members).contains("mallory@example.com"), "{}{}", stdout(&members), stderr(&members));
    let twice = setup.run(&verb);
    assert_eq!(twice.status.code(), Some(1), "{}", stderr(&twice));

    let login = server.post("/api/auth/login", json!({"email": "root@example.com", "password": PASSWORD})).await;
    let root = text(&login.json::<Value>().await.unwrap()["access_token"]);
    let path = server.url(&format!("/api/admin/tenants/{}", text(&acme["id"])));
    let policy = json!({"policy": {"require_mfa": true}});
    let changed = server.client.patch(path).bearer_auth(&root).json(&policy).send().await.unwrap();
    assert_eq!(changed.status(), StatusCode::OK, "{}", server.log());

    let into = json!({"email": "mallory@example.com", "password": PASSWORD, "tenant": "acme"});
    let answer = server.post("/api/auth/login", into.clone()).await;
    assert!(answer.headers().contains_key("www-authenticate"), "RFC 9470 names what is missing");
    refused(answer, 401, "STEP_UP_REQUIRED").await;
    let mallory = enrol(&server, &token).await;
    let ticket = ticket(&server, into).await;
    let entered = verify(&server, &ticket, "totp", &code(&mallory.secret, 1)).await;
    assert_eq!(entered.status(), StatusCode::OK, "{}", server.log());
    let inside = text(&entered.json::<Value>().await.unwrap()["access_token"]);
    assert_eq!(server.me(&inside).await.status(), StatusCode::OK);
    let disabled = setup.run(&["tenant", "disable", "acme"]);
    assert!(disabled.status.success(), "{}", stderr(&disabled));
    let closed = async || server.me(&inside).await.status() != StatusCode::OK;
    assert!(until(AT_ONCE, closed).await, "nobody acts in a tenant that is disabled:\n{}", server.log());
}
