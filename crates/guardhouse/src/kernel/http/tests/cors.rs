//! Cross-origin resource sharing (M-36, `A21`; ASVS 3.4.2).

use http::Method;

use super::call;
use crate::testing::TestApp;

const APP: &str = "https://app.example.com";

async fn app() -> TestApp {
    TestApp::with(|settings| settings.server.cors_origins = vec![APP.to_owned(), "http://localhost:3000".to_owned()])
        .await
}

fn preflight(origin: &str) -> [(&str, &str); 3] {
    [
        ("origin", origin),
        ("access-control-request-method", "POST"),
        ("access-control-request-headers", "authorization,content-type,x-csrf-token"),
    ]
}

#[tokio::test]
async fn a_listed_origin_may_read_m36() {
    let app = app().await;
    for origin in [APP, "http://localhost:3000"] {
        let answer = call(&app, Method::OPTIONS, "/api/auth/login", &preflight(origin), "").await.expect(204);
        assert_eq!(answer.header("access-control-allow-origin"), Some(origin));
        assert_eq!(answer.header("access-control-allow-credentials"), Some("true"));
        let methods = answer.header("access-control-allow-methods").unwrap();
        assert!(["GET", "POST", "PATCH", "DELETE"].iter().all(|method| methods.contains(method)), "{methods}");
        let allowed = answer.header("access-control-allow-headers").unwrap().to_lowercase();
        for name in ["authorization", "content-type", "x-csrf-token", "x-api-key"] {
            assert!(allowed.contains(name), "{name}: {allowed}");
        }
        let answer = call(&app, Method::GET, "/api/me", &[("origin", origin)], "").await;
        answer.refused(401, "TOKEN_MISSING");
        assert_eq!(answer.header("access-control-allow-origin"), Some(origin), "refusals too can be read");
        assert_eq!(answer.header("vary"), Some("Origin"));
    }
}

#[tokio::test]
async fn no_other_origin_may_m36_a21() {
    let app = app().await;
    for origin in [
        "https://app.example.com.evil.test",
        "https://evilapp.example.com",
        "https://app.example.co",
        "https://app.example.comx",
        "http://app.example.com",
        "https://app.example.com:444",
        "https://APP.example.com",
        "https://app.example.com/",
        "https://app.example.com https://evil.test",
        "null",
        "*",
        "",
    ] {
        for (method, headers) in
            [(Method::OPTIONS, preflight(origin).to_vec()), (Method::GET, vec![("origin", origin)])]
        {
            let answer = call(&app, method, "/api/me", &headers, "").await;
            assert_eq!(answer.header("access-control-allow-origin"), None, "{origin}");
            assert_eq!(answer.header("access-control-allow-credentials"), None, "{origin}");
            assert_eq!(answer.header("vary"), Some("Origin"), "a cache must not mix them up");
        }
    }
}

#[tokio::test]
async fn without_listed_origins_nothing_is_permitted_m36() {
    let app = TestApp::new().await;
    let answer = call(&app, Method::OPTIONS, "/api/me", &preflight(APP), "").await;
    assert_eq!(answer.header("access-control-allow-origin"), None);
}
