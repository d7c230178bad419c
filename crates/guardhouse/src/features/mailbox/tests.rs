//! Through HTTP, as a caller would.

use axum::body::Body;
use guardhouse_store::Unit;
use http::{Method, request::Builder};

use crate::{
    kernel::{
        mail::{Letter, context},
        settings::Profile,
    },
    testing::{Answer, TestApp, letter},
};

async fn send(app: &TestApp, request: Builder) -> Answer {
    app.send(request.header("accept", "application/json").body(Body::empty()).unwrap()).await
}

fn mailbox(app: &TestApp) -> Builder {
    app.request(Method::GET, "/dev/mailbox")
}

async fn post(app: &TestApp, name: &str) {
    let ctx = app.ctx();
    let link = ctx.links.page("reset", &[("token", "gdc_1")]);
    let context = context! { link, valid => "10m" };
    let letter = Letter::new("alice@example.com".parse().unwrap(), letter(name), context);
    let unit = ctx.mail.enqueue(ctx, Unit::new(), &letter).unwrap();
    assert!(ctx.db.run(unit).await.unwrap().is_done());
}

#[tokio::test]
async fn letters_are_listed_newest_first_with_their_links_m15() {
    let app = TestApp::new().await;
    post(&app, "invitation").await;
    post(&app, "reset_password").await;
    let list = send(&app, mailbox(&app)).await.expect(200).json;
    let letter = &list["data"][0];
    assert_eq!(
        (letter["to"].as_str(), letter["subject"].as_str()),
        (Some("alice@example.com"), Some("Set a new password"))
    );
    assert!(letter["text"].as_str().unwrap().contains(&app.ctx().links.to("reset?token=gdc_1")));
    assert!(letter["html"].as_str().unwrap().contains("</a>") && letter["id"].as_str().unwrap().starts_with("mail_"));
    assert!(letter["sent_at"].is_string());
    assert_eq!(list["data"][1]["subject"], "Your account is ready");
}

#[tokio::test]
async fn the_page_runs_no_script_d3() {
    let app = TestApp::new().await;
    post(&app, "invitation").await;
    let page = app.get("/dev/mailbox").await.expect(200);
    assert_eq!(page.header("content-type"), Some("text/html; charset=utf-8"));
    let policy = page.header("content-security-policy").unwrap();
    assert!(policy.starts_with("default-src 'none'") && !policy.contains("script"));
    assert!(page.text.contains("<iframe sandbox=") && !page.text.contains("<script"));
}

#[tokio::test]
async fn nobody_but_the_developer_reads_it_m15() {
    let app = TestApp::new().await;
    post(&app, "reset_password").await;
    let elsewhere = app.from("192.0.2.1");
    send(&elsewhere, mailbox(&elsewhere)).await.refused(404, "NOT_FOUND");
    for header in ["x-forwarded-for", "forwarded", "x-real-ip"] {
        send(&app, mailbox(&app).header(header, "127.0.0.1")).await.refused(404, "NOT_FOUND");
    }
    let rebound = Builder::new().uri("/dev/mailbox").header("host", "evil.example:8700");
    send(&app, rebound).await.refused(404, "NOT_FOUND");
    for profile in [Profile::Production, Profile::Hardened] {
        let app = TestApp::with(|settings| settings.profile = profile).await;
        send(&app, mailbox(&app)).await.refused(404, "NOT_FOUND");
    }
}
