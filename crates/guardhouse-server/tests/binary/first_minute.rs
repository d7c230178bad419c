//! What everybody does first.

use std::io::Read as _;

use reqwest::StatusCode;
use rustix::process::Signal;
use serde_json::{Value, json};

use crate::harness::{PASSWORD, Server, Setup, builder, read_until, refused, stderr, stdout, text};

#[tokio::test(flavor = "multi_thread")]
async fn register_sign_in_read_refresh_and_leave_m02_m03_m11_m12() {
    let setup = Setup::new();
    let server = setup.serve().await;
    server.register("carol@example.com").await;
    let login = json!({"email": "carol@example.com", "password": PASSWORD});
    let answer = server.post("/api/auth/login", login).await;
    assert_eq!(answer.status(), StatusCode::OK);
    let first: Value = answer.json().await.unwrap();
    let me: Value = server.me(&text(&first["access_token"])).await.json().await.unwrap();
    assert_eq!(me["email"], "carol@example.com");

    let answer = server.post("/api/auth/refresh", json!({"refresh_token": first["refresh_token"]})).await;
    assert_eq!(answer.status(), StatusCode::OK);
    let second: Value = answer.json().await.unwrap();
    assert_ne!(first["refresh_token"], second["refresh_token"]);
    let token = text(&second["access_token"]);
    assert_eq!(server.me(&token).await.status(), StatusCode::OK);

    let left =
        server.client.post(server.url("/api/auth/logout")).bearer_auth(&token).json(&json!({})).send().await.unwrap();
    assert_eq!(left.status(), StatusCode::NO_CONTENT);
    refused(server.me(&token).await, 401, "TOKEN_REVOKED").await;
    refused(
        server.post("/api/auth/refresh", json!({"refresh_token": second["refresh_token"]})).await,
        401,
        "INVALID_REFRESH_TOKEN",
    )
    .await;
    let wrong = json!({"email": "carol@example.com", "password": "wrong horse battery"});
    refused(server.post("/api/auth/login", wrong).await, 401, "INVALID_CREDENTIALS").await;
    refused(server.client.get(server.url("/api/me")).send().await.unwrap(), 401, "TOKEN_MISSING").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn http_2_works_without_tls_too() {
    let setup = Setup::new();
    let server = setup.serve().await;
    let client = builder().http2_prior_knowledge().build().unwrap();
    let answer = client.get(server.url("/healthz")).send().await.unwrap();
    assert_eq!((answer.status(), answer.version()), (StatusCode::OK, reqwest::Version::HTTP_2));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_administrator_is_made_from_the_command_line_and_no_log_has_a_secret_m17_m38() {
    let setup = Setup::new();
    let made = setup.run_with(
        &["user", "create", "--email", "root@example.com", "--name", "Root", "--role", "admin", "--password-stdin"],
        &format!("{PASSWORD}\n"),
    );
    assert!(made.status.success(), "{}", stderr(&made));
    let server = setup.serve().await;
    let answer = server.post("/api/auth/login", json!({"email": "root@example.com", "password": PASSWORD})).await;
    let login: Value = answer.json().await.unwrap();
    assert_eq!(login["user"]["roles"], json!(["admin"]));
    let listed = setup.run(&["user", "list", "--format", "json"]);
    let users: Value = serde_json::from_str(&stdout(&listed)).unwrap();
    assert_eq!(users[0]["email"], "root@example.com");
    for secret in [PASSWORD, &text(&login["access_token"]), &text(&login["refresh_token"])] {
        assert!(!server.log().contains(secret), "{}", server.log());
    }
}

/// The page and the code that a server without users prints.
fn printed(server: &mut Server) -> (String, String) {
    let text = read_until(server.child.stdout.as_mut().unwrap(), "--password-stdin");
    let word = |start: &str| text.split_whitespace().find(|word| word.starts_with(start)).unwrap().to_owned();
    (word("http://"), word("gdc_"))
}

/// Sends the form of the page with a code.
async fn fill(server: &Server, page: &str, code: &str) -> StatusCode {
    let form = server.client.get(page).header("accept", "text/html").send().await.unwrap();
    let cookie = form.headers()["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned();
    let form = form.text().await.unwrap();
    let (_, rest) = form.split_once("name=\"form_token\" value=\"").unwrap();
    let token = rest.split('"').next().unwrap();
    let fields = format!(
        "form_token={token}&code={code}&email=root%40example.com&name=Root&password={}",
        PASSWORD.replace(' ', "+")
    );
    let request = server.client.post(page).header("cookie", cookie).body(fields);
    request.header("content-type", "application/x-www-form-urlencoded").send().await.unwrap().status()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_administrator_is_made_on_the_page_with_the_printed_code_m17_6_3_2() {
    let setup = Setup::new();
    let mut server = setup.serve().await;
    let (_, old) = printed(&mut server);
    server.signal(Signal::TERM);
    assert_eq!(server.ended().await, Some(0));

    let mut server = setup.serve().await;
    let (page, code) = printed(&mut server);
    assert_eq!(page, server.url("/admin/setup"));
    assert_eq!(fill(&server, &page, &old).await, StatusCode::BAD_REQUEST, "a new start voids the old code");
    assert_eq!(fill(&server, &page, &code).await, StatusCode::OK);
    let answer = server.post("/api/auth/login", json!({"email": "root@example.com", "password": PASSWORD})).await;
    let login: Value = answer.json().await.unwrap();
    assert_eq!((&login["user"]["roles"], &login["user"]["email_verified"]), (&json!(["admin"]), &json!(true)));
    assert_eq!(server.client.get(&page).send().await.unwrap().status(), StatusCode::NOT_FOUND);
    for secret in [&old, &code] {
        assert!(!server.log().contains(secret), "{}", server.log());
    }
    server.signal(Signal::TERM);
    assert_eq!(server.ended().await, Some(0));

    let mut server = setup.serve().await;
    server.signal(Signal::TERM);
    assert_eq!(server.ended().await, Some(0));
    let mut text = String::new();
    server.child.stdout.take().unwrap().read_to_string(&mut text).unwrap();
    assert_eq!(text, "", "with a user there is nothing to tell");
}
