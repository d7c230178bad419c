//! The pages behind the letters.

use super::*;

#[tokio::test]
async fn opening_the_link_changes_nothing_and_its_button_verifies_m15() {
    let app = TestApp::new().await;
    let alice = app.actor("alice").await;
    let token = app.mailed_token("alice").await;
    let browser = Browser::new(&app);
    for _ in 0..3 {
        let page = browser.open(&format!("/verify?token={token}")).await.expect(200);
        assert_eq!(hidden(&page.text, "token").as_deref(), Some(token.as_str()));
        assert_eq!(page.text.matches(&token).count(), 1, "the token stands in the hidden field alone");
    }
    assert!(!verified(&alice).await);
    let page = browser.open(&format!("/verify?token={token}")).await;
    let done = browser.fill(&page, "/verify", &[]).await.expect(200);
    assert!(done.text.contains("is confirmed") && !done.text.contains(&token), "{}", done.text);
    assert!(verified(&alice).await);
    let gone = browser.open(&format!("/verify?token={token}")).await.expect(400);
    assert!(gone.text.contains("role=\"alert\"") && !gone.text.contains(&token), "{}", gone.text);
}

#[tokio::test]
async fn the_page_of_a_waiting_registration_asks_for_the_password_m15_6_2_6_6_2_7() {
    let app = strict().await;
    app.waits("alice", "what a stranger typed").await;
    let token = app.mailed_token("alice").await;
    let browser = Browser::new(&app);
    let page = browser.open(&format!("/verify?token={token}")).await.expect(200);
    assert!(
        page.text.contains("type=\"password\"") && page.text.contains("autocomplete=\"new-password\""),
        "{}",
        page.text
    );
    let empty = browser.fill(&page, "/verify", &[("password", "")]).await.expect(400);
    assert!(empty.text.contains("id=\"password-fault\""), "{}", empty.text);
    let weak = browser.fill(&page, "/verify", &[("password", "password")]).await.expect(400);
    assert!(weak.text.contains("aria-invalid") && !weak.text.contains("value=\"password\""), "{}", weak.text);
    let _ = browser.fill(&page, "/verify", &[("password", PASSWORD)]).await.expect(200);
    let _: Login = app.login("alice").await;
}

#[tokio::test]
async fn a_code_can_be_typed_into_a_page_m15() {
    let app = strict().await;
    app.waits("alice", PASSWORD).await;
    let code = app.mailed_code("alice").await;
    let browser = Browser::new(&app);
    let page = browser.open("/verify").await.expect(200);
    let evil = "\"><script>alert(1)</script>";
    let wrong = browser.fill(&page, "/verify", &[("email", evil), ("code", evil)]).await.expect(400);
    assert!(!wrong.text.contains("<script") && wrong.text.contains("&lt;script&gt;"), "{}", wrong.text);
    let asked = browser.fill(&page, "/verify", &[("email", "alice@example.com"), ("code", &code)]).await.expect(400);
    assert!(asked.text.contains("type=\"password\""), "{}", asked.text);
    let fields = [("email", "alice@example.com"), ("code", &code), ("password", PASSWORD)];
    let _ = browser.fill(&asked, "/verify", &fields).await.expect(200);
    app.login("alice").await;
}

#[tokio::test]
async fn a_page_asks_for_the_letter_again_m15() {
    let app = strict().await;
    app.waits("alice", PASSWORD).await;
    let first = app.mailed_token("alice").await;
    let browser = Browser::new(&app);
    let page = browser.open("/verify?token=gdc_nonsense").await.expect(400);
    let _ = browser.fill(&page, "/verify/resend", &[("email", "alice@example.com")]).await.expect(200);
    assert_ne!(app.mailed_token("alice").await, first);
}
