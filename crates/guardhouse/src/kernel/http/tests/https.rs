//! HTTPS and security headers (M-35; ASVS 3.4, 4.1.2, 12.1).

use http::Method;

use super::call;
use crate::{kernel::settings::Profile, testing::TestApp};

const HTTPS: &[(&str, &str)] = &[("x-forwarded-proto", "https"), ("x-forwarded-for", "203.0.113.1")];
const HTTP: &[(&str, &str)] = &[("x-forwarded-proto", "http"), ("x-forwarded-for", "203.0.113.1")];
const STRICT: Option<&str> = Some("max-age=31536000; includeSubDomains");

async fn production(hops: u32) -> TestApp {
    TestApp::with(|settings| {
        settings.profile = Profile::Production;
        settings.server.public_url = "https://auth.example.com".to_owned();
        settings.server.trusted_proxies = hops;
    })
    .await
}

#[tokio::test]
async fn plain_http_is_refused_where_the_public_address_is_https_m35_4_1_2() {
    let app = production(1).await;
    let me = call(&app, Method::GET, "/api/me", HTTP, "").await;
    me.refused(403, "HTTPS_REQUIRED");
    assert_eq!(me.header("strict-transport-security"), None, "not over plain HTTP (RFC 6797, section 7.2)");
    call(&app, Method::POST, "/api/auth/login", HTTP, "{}").await.refused(403, "HTTPS_REQUIRED");
    let me = call(&app, Method::GET, "/api/me", HTTPS, "").await;
    me.refused(401, "TOKEN_MISSING");
    assert_eq!(me.header("strict-transport-security"), STRICT);
    for probe in ["/healthz", "/readyz"] {
        let _ = call(&app, Method::GET, probe, HTTP, "").await.expect(200);
    }
    let page = [HTTP[0], HTTP[1], ("accept", "text/html"), ("host", "evil.example")];
    let page = call(&app, Method::GET, "/login?next=/a", &page, "").await.expect(308);
    assert_eq!(page.header("location"), Some("https://auth.example.com/login?next=/a"), "never built from Host");
}

/// Without a trusted proxy the header is a stranger's word.
#[tokio::test]
async fn the_scheme_is_not_believed_of_strangers_m35() {
    let app = production(0).await;
    for headers in [HTTPS, &[("forwarded", "proto=https")], &[("x-forwarded-ssl", "on")], &[("front-end-https", "on")]]
    {
        call(&app, Method::GET, "/api/me", headers, "").await.refused(403, "HTTPS_REQUIRED");
    }
}

#[tokio::test]
async fn every_answer_has_the_security_headers_m35_3_4() {
    let app = production(1).await;
    for path in ["/api/me", "/healthz", "/nowhere", "/.well-known/jwks.json", "/metrics"] {
        let answer = call(&app, Method::GET, path, HTTPS, "").await;
        for (name, value) in [
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "no-referrer"),
            ("x-frame-options", "DENY"),
            ("cross-origin-opener-policy", "same-origin"),
            ("cross-origin-resource-policy", "same-origin"),
            ("content-security-policy", "default-src 'none'; frame-ancestors 'none'"),
        ] {
            assert_eq!(answer.header(name), Some(value), "{path}");
        }
        assert_eq!(answer.header("strict-transport-security"), STRICT);
        assert_eq!((answer.header("server"), answer.header("x-powered-by")), (None, None), "{path}");
    }
}
