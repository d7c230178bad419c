//! People of other systems.

use serde_json::{Value, json};

use crate::testing::{Actor, Answer, TestApp};

/// What other systems wrote for [`TYPED`].
const TYPED: &str = "correct horse battery";
const FOREIGN: [(&str, &str); 3] = [
    ("bcrypt", "$2a$04$g7miMm2Nb8nL4Mqmu/EZmuvI/ciD8V6KiLTQq91wa4a4awlB.7la6"),
    ("scrypt", "$scrypt$ln=4,r=8,p=1$KAXAGKO0tva+V4pxzhmj1A$cuCeGOl3BBhBtfpl+Gda3fLB9YKLpuFML3eV7MLUQ+U"),
    ("pbkdf2", "pbkdf2_sha256$1000$saltsaltsalt$GacV8oEzUl3KM0Mwey9yrMcTPKpkL4jXrFpbKB8oOnI="),
];

async fn import(admin: &Actor<'_>, users: Value) -> Answer {
    admin.post("/api/admin/users/import", json!({"users": users})).await.expect(200)
}

async fn hash(app: &TestApp, name: &str) -> String {
    let email = format!("{name}@example.com").parse().unwrap();
    let id = crate::kernel::accounts::by_email(app.ctx(), &email).await.unwrap().unwrap().id;
    let find = guardhouse_store::Statement { name: "test", sql: "select hash from passwords where account_id = $1" };
    app.ctx().db.first(&find, guardhouse_store::params![id]).await.unwrap().unwrap().text(0).unwrap()
}

#[tokio::test]
async fn hashes_of_other_systems_sign_in_and_are_upgraded_m13() {
    let app = TestApp::new().await;
    let admin = app.admin().await;
    let users: Vec<_> = FOREIGN
        .iter()
        .map(|(name, hash)| json!({"email": format!("{name}@example.com"), "password_hash": hash, "email_verified": true}))
        .collect();
    let answer = import(&admin, users.into()).await;
    assert_eq!(answer.json, json!({"imported": 3, "skipped": 0, "errors": []}));
    for (name, _) in FOREIGN {
        assert!(!hash(&app, name).await.starts_with("$argon2id"), "{name}");
        app.try_login(name, "wrong").await.refused(401, "INVALID_CREDENTIALS");
        let user = app.try_login(name, TYPED).await.expect(200).json["user"].clone();
        assert_eq!((&user["name"], &user["email_verified"]), (&json!(name), &json!(true)));
        assert!(hash(&app, name).await.starts_with("$argon2id"), "{name}");
        let _ = app.try_login(name, TYPED).await.expect(200);
    }
}

/// Credentials as Keycloak's export has them, with what else it says of them; JSON in texts, or unpacked.
#[tokio::test]
async fn credentials_of_keycloak_sign_in_m13() {
    let app = TestApp::new().await;
    let admin = app.admin().await;
    let value = "ToxFUi5y3fprZRW/V6CupR2uIDYfuy5rlsF9Z4E648lE68lw5lzmucru/HdPvmBJDSLroVh1Q2xCvjqd8NI/6Q==";
    let secret = json!({"value": value, "salt": "AAECAwQFBgcICQoLDA0ODw==", "additionalParameters": {}});
    let data = json!({"hashIterations": 1000, "algorithm": "pbkdf2-sha512", "additionalParameters": {}});
    let exported = json!({"id": "3f0", "type": "password", "createdDate": 1_700_000_000_000_i64,
        "secretData": secret.to_string(), "credentialData": data.to_string()});
    let answer = import(
        &admin,
        json!([
            {"email": "texts@example.com", "password_hash": exported, "email_verified": true},
            {"email": "unpacked@example.com", "password_hash": {"secretData": secret, "credentialData": data}},
            {"email": "half@example.com", "password_hash": {"secretData": secret}},
        ]),
    )
    .await;
    assert_eq!(
        (&answer.json["imported"], &answer.json["errors"][0]["code"]),
        (&json!(2), &json!("INVALID_PASSWORD_HASH"))
    );
    for name in ["texts", "unpacked"] {
        app.try_login(name, "wrong").await.refused(401, "INVALID_CREDENTIALS");
        let _ = app.try_login(name, TYPED).await.expect(200);
        assert!(hash(&app, name).await.starts_with("$argon2id"), "{name}");
    }
}

#[tokio::test]
async fn one_bad_row_loses_no_other_m17() {
    let app = TestApp::new().await;
    let admin = app.admin().await;
    let answer = import(
        &admin,
        json!([
            {"email": "one@example.com", "name": "One"},
            {"email": "nonsense"},
            {"email": "ADMIN@example.com"},
            {"email": "two@example.com", "password_hash": "md5:00"},
            {"email": "ONE@example.com"},
            {"email": "three@example.com", "is_admin": true},
            7,
            {"email": "four@example.com", "disabled": true, "password_hash": FOREIGN[0].1},
        ]),
    )
    .await;
    assert_eq!((&answer.json["imported"], &answer.json["skipped"]), (&json!(2), &json!(2)), "{}", answer.text);
    let errors: Vec<_> = answer.json["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| (row["index"].clone(), row["code"].clone()))
        .collect();
    assert_eq!(
        errors,
        [(1, "INVALID_EMAIL"), (3, "INVALID_PASSWORD_HASH"), (5, "UNKNOWN_FIELD"), (6, "MALFORMED_JSON")]
            .map(|(index, code)| (json!(index), json!(code)))
    );
    assert_eq!(answer.json["errors"][1]["email"], "two@example.com");
    app.try_login("four", TYPED).await.refused(403, "ACCOUNT_DISABLED");
}

#[tokio::test]
async fn a_line_is_a_user_in_ndjson_m17() {
    let app = TestApp::new().await;
    let admin = app.admin().await;
    let send = async |kind: &str, body: String| {
        let request = admin.request(http::Method::POST, "/api/admin/users/import").header("content-type", kind);
        app.send(request.body(body.into()).unwrap()).await
    };
    let lines = "{\"email\":\"a@example.com\"}\r\n\n{\"email\":\n{\"email\":\"b@example.com\"}\n";
    let answer = send("application/x-ndjson; charset=utf-8", lines.to_owned()).await.expect(200);
    assert_eq!(
        (&answer.json["imported"], &answer.json["errors"][0]["line"]),
        (&json!(2), &json!(3)),
        "{}",
        answer.text
    );

    send("text/csv", lines.to_owned()).await.refused(415, "UNSUPPORTED_MEDIA_TYPE");
    send("application/x-ndjson", "{}\n".repeat(1001)).await.refused(400, "VALIDATION_FAILED");
    send("application/json", json!({"users": vec![0; 1001]}).to_string()).await.refused(400, "VALIDATION_FAILED");
    send("application/json", json!({"users": [], "more": 1}).to_string()).await.refused(400, "VALIDATION_FAILED");
    send("application/json", "[]".to_owned()).await.refused(400, "MALFORMED_JSON");
    send("application/json", "x".repeat(8 * 1024 * 1024 + 1)).await.refused(413, "PAYLOAD_TOO_LARGE");
}

#[tokio::test]
async fn what_bcrypt_would_drop_counts_and_long_passwords_cost_nothing_a18_6_2_8() {
    let app = TestApp::new().await;
    let admin = app.admin().await;
    // The same 72 bytes begin both; bcrypt alone would take one for the other.
    let plain = "$2b$04$M1RdkzbZP3D5M787h0ECXe03b4THoFjVelcjfa2bzN0iZomEMjxfW";
    let answer = import(&admin, json!([{"email": "old@example.com", "password_hash": plain}])).await;
    assert_eq!(answer.json["imported"], 1);
    app.try_login("old", &"a".repeat(100)).await.refused(401, "INVALID_CREDENTIALS");
    let _ = app.try_login("old", &"a".repeat(72)).await.expect(200);
    app.try_login("old", &"a".repeat(73)).await.refused(401, "INVALID_CREDENTIALS");

    let long = |end: &str| format!("{}{end}", "long passphrase ".repeat(6));
    let made = json!({"email": "new@example.com", "name": "n", "password": long("x")});
    let _ = admin.post("/api/admin/users", made).await.expect(201);
    app.try_login("new", &long("y")).await.refused(401, "INVALID_CREDENTIALS");
    let _ = app.try_login("new", &long("x")).await.expect(200);

    let hashed = app.ctx().hasher.done();
    for (password, status, code) in [
        ("x\0y".to_owned(), 400, "VALIDATION_FAILED"),
        ("x".repeat(257), 400, "VALIDATION_FAILED"),
        ("x".repeat(65_536), 413, "PAYLOAD_TOO_LARGE"),
    ] {
        app.try_login("new", &password).await.refused(status, code);
    }
    assert_eq!(app.ctx().hasher.done(), hashed);
}
