//! Through HTTP, as a browser would.

use data_encoding::BASE64URL_NOPAD;
use guardhouse_core::{
    email::{DisplayName, EmailAddress},
    password::Password,
    time::Span,
};
use http::Method;
use serde_json::json;

use super::{LIFE, issue, rules::complete};
use crate::{
    features::users::NewUser,
    kernel::{
        audit::{self, EventView, Filter, MAX_PAGE},
        errors::Code,
        http::client::Client,
        settings::Limit,
    },
    testing::{Actor, Answer, Browser, PASSWORD, TestApp, hidden},
};

const PAGE: &str = "/admin/setup";

async fn code(app: &TestApp) -> String {
    issue(app.ctx()).await.unwrap().unwrap()
}

fn fields<'a>(code: &'a str, email: &'a str) -> [(&'static str, &'a str); 4] {
    [("code", code), ("email", email), ("name", "Root"), ("password", PASSWORD)]
}

async fn send(app: &TestApp, code: &str, email: &str) -> Answer {
    let browser = Browser::new(app);
    let page = browser.open(PAGE).await.expect(200);
    browser.fill(&page, PAGE, &fields(code, email)).await
}

async fn events(app: &TestApp) -> Vec<EventView> {
    let filter = Filter { action: Some("setup.".to_owned()), limit: MAX_PAGE, ..Filter::default() };
    audit::list(app.ctx(), &filter).await.unwrap().events
}

async fn count(app: &TestApp, sql: &'static str) -> i64 {
    app.rows(sql, vec![]).await[0].int(0).unwrap()
}

#[tokio::test]
async fn the_first_administrator_is_made_without_any_script_and_the_page_is_gone_m17() {
    let app = TestApp::new().await;
    let code = code(&app).await;
    let browser = Browser::new(&app);
    let page = browser.open(PAGE).await.expect(200);
    for bad in ["<script", "style=", "http://", "gdc_"] {
        assert!(!page.text.contains(bad), "{bad} in {}", page.text);
    }
    let done = browser.fill(&page, PAGE, &fields(&code, "root@example.com")).await.expect(200);
    assert!(done.text.contains("root@example.com") && !done.text.contains(&code), "{}", done.text);
    let login = app.login("root").await;
    assert_eq!((&login.user["roles"], &login.user["email_verified"]), (&json!(["admin"]), &json!(true)));
    let id = login.user_id().to_string();
    let _ = Actor::bearer(&app, login).get("/api/admin/users").await.expect(200);

    let _ = browser.open(PAGE).await.expect(404);
    let _ = browser.fill(&page, PAGE, &fields(&code, "second@example.com")).await.expect(404);
    let _ = app.send(app.request(Method::POST, PAGE).body("".into()).unwrap()).await.expect(404);
    assert!(issue(app.ctx()).await.unwrap().is_none());
    let [completed, issued] = &events(&app).await[..] else { panic!("two events") };
    assert_eq!((issued.action.as_str(), &issued.ip), ("setup.code_issued", &None));
    assert_eq!((completed.action.as_str(), completed.outcome.as_str()), ("setup.completed", "success"));
    assert_eq!((completed.subject.as_ref(), completed.ip.as_deref()), (Some(&id), Some("127.0.0.1")));
}

#[tokio::test]
async fn what_is_wrong_is_told_and_spends_no_code_m17_m39() {
    let app = TestApp::new().await;
    let code = code(&app).await;
    let browser = Browser::new(&app);
    let page = browser.open(PAGE).await.expect(200);
    let missing = browser.fill(&page, PAGE, &[("code", &code), ("email", "no address")]).await.expect(400);
    assert_eq!(missing.text.matches("aria-invalid").count(), 3, "{}", missing.text);
    assert!(missing.text.contains("value=\"no address\""), "{}", missing.text);
    let weak = [("code", code.as_str()), ("email", "root@example.com"), ("name", "Root"), ("password", "password")];
    let weak = browser.fill(&page, PAGE, &weak).await.expect(400);
    assert!(weak.text.contains("role=\"alert\"") && !weak.text.contains("value=\"password\""), "{}", weak.text);
    let evil = browser.fill(&page, PAGE, &fields("\"><script>alert(1)</script>", "root@example.com")).await.expect(400);
    assert!(!evil.text.contains("<script"), "{}", evil.text);
    let _ = browser.fill(&page, PAGE, &fields(&format!(" {code} "), "root@example.com")).await.expect(200);
}

/// The row of one code with the secret of another.
fn mixed(row: &str, secret: &str) -> String {
    let bytes = |code: &str| BASE64URL_NOPAD.decode(&code.as_bytes()[4..]).unwrap();
    format!("gdc_{}", BASE64URL_NOPAD.encode(&[&bytes(row)[..16], &bytes(secret)[16..]].concat()))
}

#[tokio::test]
async fn no_other_code_is_taken_nor_one_that_was_replaced_or_is_too_old_m17() {
    let app = TestApp::new().await;
    let first = code(&app).await;
    let second = code(&app).await;
    assert!(first.starts_with("gdc_") && first != second);
    let altered = format!("{}{}", &second[..second.len() - 1], if second.ends_with('A') { "B" } else { "A" });
    let mixed = mixed(&second, &first);
    for bad in [first.as_str(), &altered, &mixed, "gdc_x", "x", &second[..second.len() - 4]] {
        let answer = send(&app, bad, "root@example.com").await.expect(400);
        assert!(answer.text.contains("This setup code is not valid"), "{bad}: {}", answer.text);
    }
    let refused = events(&app).await.into_iter().filter(|event| event.action == "setup.refused").count();
    assert_eq!(refused, 6);
    app.advance(LIFE);
    let _ = send(&app, &second, "root@example.com").await.expect(400);
    assert_eq!(count(&app, "select count(*) from accounts").await, 0);
    let third = code(&app).await;
    app.advance(Span(LIFE.0 - 1));
    let _ = send(&app, &third, "root@example.com").await.expect(200);
}

/// Checked by the statement that takes the code as well: an account may come while the password is hashed.
#[tokio::test]
async fn a_code_is_void_once_anybody_is_there_m17() {
    let app = TestApp::new().await;
    let code = code(&app).await;
    let browser = Browser::new(&app);
    let page = browser.open(PAGE).await.expect(200);
    app.register("somebody").await;
    let _ = browser.fill(&page, PAGE, &fields(&code, "root@example.com")).await.expect(404);
    let shown = guardhouse_core::opaque::MailedCode::parse(&code).unwrap();
    let params = guardhouse_store::params![shown.id, shown.digest(), app.ctx().now()];
    assert_eq!(app.ctx().db.execute(&super::store::CONSUME, params).await.unwrap(), 0);
    assert!(issue(app.ctx()).await.unwrap().is_none());
    assert_eq!(count(&app, "select count(*) from setup_codes").await, 0, "what was printed in vain goes");
}

fn root(name: &str) -> NewUser {
    NewUser {
        email: EmailAddress::parse(name).unwrap(),
        name: DisplayName::parse("Root").unwrap(),
        password: Some(Password::parse(PASSWORD).unwrap()),
        roles: vec!["admin".to_owned()],
        email_verified: true,
    }
}

/// Below the page, which would send most of them away before they race.
#[tokio::test]
async fn of_two_nodes_that_take_the_code_at_once_one_makes_an_administrator_m17_m61() {
    let app = TestApp::new().await;
    let other = app.another_node().await;
    let client = Client { ip: app.peer, secure: false, loopback: true, request_id: "race".into(), user_agent: None };
    for _ in 0..5 {
        let code = code(&app).await;
        let nodes = [&app, &other, &app, &other];
        let names: Vec<String> = (0..nodes.len()).map(|n| format!("root{n}@example.com")).collect();
        let taken = nodes.iter().zip(&names).map(|(node, name)| complete(node.ctx(), &code, root(name), &client));
        let taken = futures_util::future::join_all(taken).await;
        assert_eq!(taken.iter().filter(|taken| taken.is_ok()).count(), 1);
        assert!(taken.into_iter().filter_map(Result::err).all(|error| error.code() == Code::InvalidLink));
        assert_eq!(count(&app, "select count(*) from role_bindings where role = 'admin' and scope = ''").await, 1);
        assert_eq!(app.change("delete from accounts", vec![]).await, 1);
    }
}

#[tokio::test]
async fn wrong_codes_are_limited_by_network_and_right_ones_are_not_counted_m17_a1() {
    let app = TestApp::with(|settings| {
        settings.limits.login = Limit::of(3, Span::minutes(15));
    })
    .await;
    let code = code(&app).await;
    let weak = [("code", code.as_str()), ("email", "root@example.com"), ("name", "Root"), ("password", "password")];
    let browser = Browser::new(&app);
    let page = browser.open(PAGE).await.expect(200);
    for _ in 0..5 {
        let _ = browser.fill(&page, PAGE, &weak).await.expect(400);
    }
    for _ in 0..3 {
        let _ = browser.fill(&page, PAGE, &fields("gdc_x", "root@example.com")).await.expect(400);
    }
    let told = browser.fill(&page, PAGE, &fields(&code, "root@example.com")).await.expect(429);
    assert!(told.header("retry-after").is_some() && told.text.contains("role=\"alert\""), "{}", told.text);
    let _ = send(&app.from("192.0.2.7"), &code, "root@example.com").await.expect(200);
}

#[tokio::test]
async fn the_form_needs_the_token_of_its_own_browser_and_the_code_no_address_a21() {
    let app = TestApp::new().await;
    let code = code(&app).await;
    let browser = Browser::new(&app);
    let page = browser.open(PAGE).await.expect(200);
    let token = hidden(&page.text, "form_token").unwrap();
    let _ = browser.send(PAGE, &fields(&code, "root@example.com")).await.expect(403);
    let stranger = Browser::new(&app);
    let mut theirs = fields(&code, "root@example.com").to_vec();
    theirs.push(("form_token", &token));
    let _ = stranger.send(PAGE, &theirs).await.expect(403);
    let in_address = browser.open(&format!("{PAGE}?code={code}")).await.expect(200);
    assert!(!in_address.text.contains(&code), "a code in the address is not read");
    let json = json!({"code": code, "email": "root@example.com", "name": "Root", "password": PASSWORD});
    app.post(PAGE, json).await.refused(415, "UNSUPPORTED_MEDIA_TYPE");
    let _ = browser.send(PAGE, &theirs).await.expect(200);
}

#[tokio::test]
async fn the_code_is_not_stored_and_goes_with_its_use_d4() {
    let app = TestApp::new().await;
    let code = code(&app).await;
    let row = &app.rows("select digest, id from setup_codes", vec![]).await[0];
    let raw = BASE64URL_NOPAD.decode(&code.as_bytes()[4..]).unwrap();
    assert_eq!(row.slice(0).unwrap(), guardhouse_core::secret::sha256(&raw[16..]));
    assert_eq!(raw.len() - 16, 32, "256 bits");
    let _ = send(&app, &code, "root@example.com").await.expect(200);
    assert_eq!(count(&app, "select count(*) from setup_codes").await, 0);
}
