//! Hosted services, by a faithful double of their `siteverify`: a form with `secret` and `response` in, a verdict out.

use axum::{body::Body, response::Response};
use guardhouse_core::secret::SecretText;
use serde_json::{Value, json};

use super::{Asked, CaptchaSettings, Kind, register};
use crate::testing::{
    TestApp,
    sink::{Asked as Called, Sink},
};

const SECRET: &str = "0x-the-secret";

/// What the service knows of an answer: each by its name.
fn verdict(called: &Called) -> Response<Body> {
    let fields: std::collections::HashMap<_, _> = form_urlencoded::parse(called.body.as_bytes()).collect();
    let field = |name: &str| fields.get(name).map(AsRef::as_ref).unwrap_or_default();
    let wrong = |code: &str| json!({"success": false, "error-codes": [code]});
    let right = json!({"success": true, "hostname": "localhost", "challenge_ts": "2026-05-28T20:26:40Z"});
    let with = |name: &str, value: Value| {
        let mut right = right.clone();
        right[name] = value;
        right
    };
    let (status, answer) = match (field("secret"), field("response")) {
        ("", _) => (200, wrong("missing-input-secret")),
        (secret, _) if secret != SECRET => (200, wrong("invalid-input-secret")),
        (_, "right") => (200, right),
        (_, "used") => (200, wrong("timeout-or-duplicate")),
        (_, "elsewhere") => (200, with("hostname", json!("evil.example"))),
        (_, "nowhere") => (200, with("hostname", Value::Null)),
        (_, "score-90") => (200, with("score", json!(0.9))),
        (_, "score-49") => (200, with("score", json!(0.49))),
        (_, "huge") => (200, with("hostname", json!("x".repeat(20_000)))),
        (_, "down") => (500, json!("internal error")),
        (_, "nonsense") => (200, json!("<html>")),
        (_, "fault") => (200, wrong("internal-error")),
        (_, "redirect") => (302, json!({})),
        _ => (200, wrong("invalid-input-response")),
    };
    let response = Response::builder().status(status).header("content-type", "application/json");
    response.header("location", "/elsewhere").body(Body::from(answer.to_string())).unwrap()
}

async fn app(kind: Kind, url: String, secret: &str) -> TestApp {
    TestApp::with(|settings| {
        settings.outbound.allow = vec!["127.0.0.1".to_owned()];
        settings.change(|captcha: &mut CaptchaSettings| {
            (captcha.kind, captcha.when) = (kind, Asked::Always);
            (captcha.site_key, captcha.secret) = ("the-site-key".to_owned(), SecretText::new(secret));
            captcha.verify_url = Some(url);
        });
    })
    .await
}

#[tokio::test]
async fn a_service_judges_the_answer_m33() {
    for (kind, name) in [(Kind::Turnstile, "turnstile"), (Kind::HCaptcha, "hcaptcha"), (Kind::ReCaptcha, "recaptcha")] {
        let sink = Sink::start(verdict).await;
        let app = app(kind, sink.url("/siteverify"), SECRET).await;
        let wanted = json!({"kind": name, "site_key": "the-site-key"});
        assert_eq!(app.get("/api/auth/captcha").await.expect(200).json, wanted);
        let refused = register(&app, "alice", None).await.expect(403);
        assert_eq!(refused.json["error"]["site_key"], "the-site-key");
        assert_eq!(sink.asked().len(), 0);
        for wrong in ["wrong", "used", "elsewhere", "nowhere", "score-49"] {
            register(&app, "alice", Some(wrong)).await.refused(403, "CAPTCHA_REQUIRED");
        }
        let _ = register(&app, "alice", Some("right")).await.expect(201);
        let _ = register(&app, "bob", Some("score-90")).await.expect(201);
        let asked = sink.asked();
        assert_eq!(asked[0].line, "POST /siteverify");
        assert_eq!(asked[0].body, format!("secret={SECRET}&response=wrong&sitekey=the-site-key"));
    }
}

/// Nobody gets in whom the service should judge and cannot; the next try asks it again.
#[tokio::test]
async fn while_the_service_gives_no_verdict_nobody_gets_in_m33_a4() {
    let sink = Sink::start(verdict).await;
    let app = app(Kind::Turnstile, sink.url("/siteverify"), SECRET).await;
    for no_verdict in ["down", "huge", "nonsense", "fault", "redirect"] {
        let answer = register(&app, "alice", Some(no_verdict)).await.expect(503);
        assert_eq!(answer.headers["retry-after"], "5", "{no_verdict}");
        assert!(!answer.text.contains(SECRET) && !answer.text.contains("127.0.0.1"), "{}", answer.text);
    }
    assert!(sink.asked().iter().all(|asked| asked.path == "/siteverify"), "no redirect is followed");
    let _ = register(&app, "alice", Some("right")).await.expect(201);
    assert!(app.ctx().meters.render().contains("guardhouse_challenges_total{outcome=\"unavailable\"} 5\n"));
}

#[tokio::test]
async fn a_wrong_secret_is_our_fault_and_not_the_callers_m33() {
    let sink = Sink::start(verdict).await;
    let app = app(Kind::HCaptcha, sink.url("/siteverify"), "another").await;
    register(&app, "alice", Some("right")).await.refused(503, "UNAVAILABLE");
}

#[tokio::test]
async fn a_service_that_is_away_or_silent_is_not_waited_for_m33_d2() {
    let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", silent.local_addr().unwrap());
    let app = app(Kind::Turnstile, url, SECRET).await;
    let (waited, connection) = tokio::join!(register(&app, "alice", Some("right")), silent.accept());
    waited.refused(503, "UNAVAILABLE");
    drop((silent, connection));
    register(&app, "alice", Some("right")).await.refused(503, "UNAVAILABLE");
}

#[test]
fn an_address_inside_is_not_called_unless_it_is_allowed_o17() {
    let mut settings = crate::testing::settings();
    settings.change(|captcha: &mut CaptchaSettings| {
        (captcha.kind, captcha.verify_url) = (Kind::Turnstile, Some("http://127.0.0.1:9/".to_owned()));
        (captcha.site_key, captcha.secret) = ("x".to_owned(), SecretText::new("y"));
    });
    let outbound = crate::kernel::outbound::Outbound::new(&settings.outbound.allow).unwrap();
    let mut opened = crate::kernel::opened::Opened::default();
    let refusal = super::super::answers::open(&settings, &outbound, &mut opened).unwrap_err().to_string();
    assert!(refusal.contains("captcha.verify_url"), "{refusal}");
}
