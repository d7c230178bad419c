//! One identity per e-mail address, and letters to the stored one alone (`A16`, `A11`).

use serde_json::json;

use crate::{
    kernel::settings::Limit,
    testing::{Actor, Login, PASSWORD, TestApp},
};

async fn app() -> TestApp {
    TestApp::with(|settings| {
        settings.limits.register = Limit::OFF;
        settings.limits.password_forgot_network = Limit::OFF;
        settings.limits.login = Limit::OFF;
    })
    .await
}

#[tokio::test]
async fn several_addresses_in_one_are_none_a16() {
    let app = app().await;
    for email in [
        "a@example.com,b@example.com",
        "a@example.com b@example.com",
        "a@example.com;b@example.com",
        "a@evil@example.com",
        "\"e@evil\"@example.com\r\nBcc: x@y",
        "a@example.com\r\nBcc: b@example.com",
        "a@example.com\n",
        "a\0@example.com",
        "<a@example.com>",
        "A <a@example.com>",
        "a@",
        "@example.com",
        "a@@example.com",
        "a@example..com",
        "a@.example.com",
        "a@-example.com",
        "a@[127.0.0.1]",
        "a(b)@example.com",
        "a@exa mple.com",
        "\u{202e}a@example.com",
        "a@example.com\u{200b}",
        "a\u{200d}@example.com",
        "",
        " ",
        &format!("{}@example.com", "a".repeat(65)),
        &format!("a@{}.com", "b".repeat(250)),
    ] {
        for path in ["/api/auth/register", "/api/auth/login", "/api/auth/password/forgot"] {
            let mut body = json!({"email": email, "password": PASSWORD, "name": "A"});
            if !path.ends_with("register") {
                body.as_object_mut().unwrap().remove("name");
            }
            if path.ends_with("forgot") {
                body.as_object_mut().unwrap().remove("password");
            }
            let answer = app.post(path, body).await;
            answer.refused(400, "VALIDATION_FAILED");
            assert_eq!(answer.faults(), ["email:INVALID_EMAIL"], "{email:?}");
        }
    }
}

#[tokio::test]
async fn twins_are_the_same_account_a16() {
    let app = app().await;
    app.register("kiki").await;
    // Case, the Kelvin sign, full width, the dotless i, and a domain in capitals.
    let twins = [
        "KIKI@example.com",
        "\u{212a}iki@example.com",
        "\u{ff4b}iki@example.com",
        "k\u{131}ki@example.com",
        "kiki@EXAMPLE.COM",
    ];
    for twin in twins {
        let body = json!({"email": twin, "password": "another fine passphrase", "name": "B"});
        app.post("/api/auth/register", body).await.refused(409, "USER_EXISTS");
        let _ = app.post("/api/auth/login", json!({"email": twin, "password": PASSWORD})).await.expect(200);
        let before = app.letters().await.len();
        let _ = app.post("/api/auth/password/forgot", json!({"email": twin})).await.expect(202);
        let letters = app.letters().await;
        assert_eq!(letters.len(), before + 1, "{twin}");
        assert_eq!(letters[0].to, "kiki@example.com", "the stored address, whatever was typed");
    }
}

/// What only looks alike is somebody else, and gets nothing of it.
#[tokio::test]
async fn lookalikes_are_strangers_a16() {
    let app = app().await;
    app.register("mike").await;
    for twin in ["mik\u{435}@example.com", "mike@ex\u{430}mple.com", "mike@example.com.evil.test"] {
        let before = app.letters().await.len();
        let answer = app.post("/api/auth/password/forgot", json!({"email": twin})).await;
        assert!(matches!(answer.status.as_u16(), 202 | 400), "{twin}: {}", answer.text);
        assert_eq!(app.letters().await.len(), before, "{twin}");
        let answer = app.post("/api/auth/login", json!({"email": twin, "password": PASSWORD})).await;
        assert!(matches!(answer.status.as_u16(), 400 | 401), "{twin}: {}", answer.text);
    }
}

#[tokio::test]
async fn nobody_gives_himself_what_only_others_give_a11() {
    let app = app().await;
    for (name, value) in [
        ("roles", json!(["admin"])),
        ("role", json!("admin")),
        ("permissions", json!(["*"])),
        ("email_verified", json!(true)),
        ("email_verified_at", json!(0)),
        ("id", json!("usr_01h455vb4pex5vsknk084sn02q")),
        ("tenant_id", json!("ten_x")),
        ("disabled", json!(false)),
        ("is_admin", json!(true)),
        ("__proto__", json!({"admin": true})),
        ("mfa_enabled", json!(true)),
    ] {
        let mut body = json!({"email": "a@example.com", "password": PASSWORD, "name": "A"});
        body[name] = value;
        let answer = app.post("/api/auth/register", body).await;
        answer.refused(400, "VALIDATION_FAILED");
        assert_eq!(answer.faults(), [format!("{name}:UNKNOWN_FIELD")]);
    }
    let login = Login::read(
        &app.post("/api/auth/register", json!({"email": "a@example.com", "password": PASSWORD, "name": "A"})).await,
    );
    let me = Actor::bearer(&app, login).get("/api/me").await;
    assert_eq!((&me.json["roles"], &me.json["email_verified"]), (&json!([]), &json!(false)));
}
