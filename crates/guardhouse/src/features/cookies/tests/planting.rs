//! Planted, tossed and fixed cookies (`A19`, `J12`; ASVS 3.3).

use axum::body::Body;
use http::Method;
use serde_json::json;

use crate::{
    kernel::settings::Profile,
    testing::{Answer, PASSWORD, TestApp},
};

async fn with_cookie(app: &TestApp, method: Method, path: &str, cookie: &str, body: &str) -> Answer {
    let request = app.request(method, path).header("cookie", cookie).header("content-type", "application/json");
    app.send(request.body(Body::from(body.to_owned())).unwrap()).await
}

fn credentials(name: &str) -> String {
    json!({"email": format!("{name}@example.com"), "password": PASSWORD, "delivery": "cookie"}).to_string()
}

#[tokio::test]
async fn no_session_set_before_survives_a_login_a19() {
    let app = TestApp::new().await;
    app.register("alice").await;
    app.register("mallory").await;
    let mallory = app.post_text("/api/auth/login", &credentials("mallory")).await.expect(200);
    let planted = mallory.cookie("guardhouse_session").unwrap().0;
    let cookie = format!("guardhouse_session={planted}");
    let alice = with_cookie(&app, Method::POST, "/api/auth/login", &cookie, &credentials("alice")).await.expect(200);
    let fresh = alice.cookie("guardhouse_session").unwrap().0;
    assert_ne!(fresh, planted);
    assert_ne!(alice.json["session_id"], mallory.json["session_id"]);
    let who = with_cookie(&app, Method::GET, "/api/me", &cookie, "").await;
    assert_eq!(who.json["name"], "mallory", "the planted one never became hers");
    for invented in ["gds_AAAA", "1", ""] {
        let cookie = format!("guardhouse_session={invented}");
        let answer =
            with_cookie(&app, Method::POST, "/api/auth/login", &cookie, &credentials("alice")).await.expect(200);
        assert_ne!(answer.cookie("guardhouse_session").unwrap().0, invented);
    }
}

/// ASVS 7.2.4: the new session takes the old one's place. Another account's stays, and so does one that is only named.
#[tokio::test]
async fn signing_in_again_ends_the_session_that_the_browser_carried_7_2_4() {
    let app = TestApp::new().await;
    for name in ["alice", "mallory"] {
        app.register(name).await;
    }
    let sign_in = async |name: &str, cookie: &str| {
        let cookie = format!("guardhouse_session={cookie}");
        let answer = with_cookie(&app, Method::POST, "/api/auth/login", &cookie, &credentials(name)).await.expect(200);
        answer.cookie("guardhouse_session").unwrap().0
    };
    let works = async |cookie: &str| {
        let cookie = format!("guardhouse_session={cookie}");
        with_cookie(&app, Method::GET, "/api/me", &cookie, "").await.status == 200
    };
    let first = sign_in("alice", "").await;
    let second = sign_in("alice", &first).await;
    assert!(!works(&first).await && works(&second).await);
    let foreign = sign_in("mallory", &second).await;
    assert!(works(&second).await && works(&foreign).await, "another account's login is none of this one's business");
    // The right id without a right MAC.
    let mut forged = second.clone().into_bytes();
    let last = forged.len() - 4;
    forged[last] = if forged[last] == b'A' { b'B' } else { b'A' };
    let third = sign_in("alice", std::str::from_utf8(&forged).unwrap()).await;
    assert!(works(&second).await && works(&third).await);
    // Tokens take no cookie's place.
    let body = json!({"email": "alice@example.com", "password": PASSWORD}).to_string();
    let cookie = format!("guardhouse_session={third}");
    let _ = with_cookie(&app, Method::POST, "/api/auth/login", &cookie, &body).await.expect(200);
    assert!(works(&third).await);
}

#[tokio::test]
async fn a_tossed_cookie_beside_the_real_one_signs_nobody_in_a19() {
    let app = TestApp::new().await;
    for name in ["alice", "mallory"] {
        app.register(name).await;
    }
    let one = app.post_text("/api/auth/login", &credentials("alice")).await.cookie("guardhouse_session").unwrap().0;
    let two = app.post_text("/api/auth/login", &credentials("mallory")).await.cookie("guardhouse_session").unwrap().0;
    for cookie in [
        format!("guardhouse_session={one}; guardhouse_session={two}"),
        format!("guardhouse_session={two}; a=b; guardhouse_session={one}"),
    ] {
        with_cookie(&app, Method::GET, "/api/me", &cookie, "").await.refused(401, "TOKEN_MISSING");
    }
    for cookie in [
        format!("Guardhouse_session={one}"),
        format!("__Host-guardhouse_session={one}"),
        format!("guardhouse_session ={one}"),
    ] {
        with_cookie(&app, Method::GET, "/api/me", &cookie, "").await.refused(401, "TOKEN_MISSING");
    }
}

#[tokio::test]
async fn production_sets_and_reads_host_cookies_alone_a19_3_3_1() {
    let app = TestApp::with(|settings| {
        settings.profile = Profile::Production;
        settings.server.public_url = "https://auth.example.com".to_owned();
        settings.server.trusted_proxies = 1;
        settings.registration = crate::kernel::settings::RegistrationSettings {
            open: true,
            verify_email: crate::kernel::settings::VerifyEmail::Off,
        };
    })
    .await;
    let send = |method: Method, path: &'static str, cookie: String, body: String| {
        let request = app
            .request(method, path)
            .header("x-forwarded-proto", "https")
            .header("x-forwarded-for", "203.0.113.1")
            .header("cookie", cookie)
            .header("content-type", "application/json")
            .body(Body::from(body))
            .unwrap();
        app.send(request)
    };
    let body = json!({"email": "alice@example.com", "password": PASSWORD, "name": "Alice", "delivery": "cookie"});
    let answer = send(Method::POST, "/api/auth/register", String::new(), body.to_string()).await.expect(201);
    for name in ["__Host-guardhouse_session", "__Host-guardhouse_device"] {
        let (_, line) = answer.cookie(name).unwrap();
        for attribute in ["Secure", "HttpOnly", "Path=/", "SameSite=Lax"] {
            assert!(line.contains(attribute), "{attribute}: {line}");
        }
        assert!(!line.contains("Domain"), "{line}");
    }
    let value = answer.cookie("__Host-guardhouse_session").unwrap().0;
    let bare = send(Method::GET, "/api/me", format!("guardhouse_session={value}"), String::new()).await;
    bare.refused(401, "TOKEN_MISSING");
    let _ = send(Method::GET, "/api/me", format!("__Host-guardhouse_session={value}"), String::new()).await.expect(200);
}
