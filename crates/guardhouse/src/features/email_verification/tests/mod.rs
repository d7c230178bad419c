//! Through HTTP, as a caller would.

use guardhouse_core::{email::EmailAddress, time::Span};
use guardhouse_store::Unit;
use serde_json::{Value, json};

use crate::{
    kernel::{
        accounts,
        audit::{self, Filter},
        login::{RegistrationSettings, VerifyEmail},
    },
    testing::{Actor, Answer, Browser, Login, PASSWORD, TestApp, hidden},
};

const VERIFY: &str = "/api/auth/email/verify";
const RESEND: &str = "/api/auth/email/resend";

/// Nothing works before the address is verified.
async fn strict() -> TestApp {
    TestApp::with(|settings| {
        settings.set(RegistrationSettings { open: true, verify_email: VerifyEmail::Required });
    })
    .await
}

impl TestApp {
    async fn verify(&self, body: Value) -> Answer {
        self.post(VERIFY, body).await
    }

    async fn waits(&self, name: &str, password: &str) {
        let body = json!({"email": format!("{name}@example.com"), "password": password, "name": name});
        let _ = self.post("/api/auth/register", body).await.expect(202);
    }

    /// The code of the newest letter to somebody.
    async fn mailed_code(&self, name: &str) -> String {
        let to = format!("{name}@example.com");
        let letters = self.letters().await;
        let text = &letters.iter().find(|letter| letter.to == to).expect("a letter").text;
        text.split_whitespace()
            .find(|word| word.len() == 6 && word.bytes().all(|b| b.is_ascii_digit()))
            .unwrap()
            .to_owned()
    }

    async fn letters_to(&self, name: &str) -> usize {
        let to = format!("{name}@example.com");
        self.letters().await.iter().filter(|letter| letter.to == to).count()
    }
}

async fn verified(actor: &Actor<'_>) -> bool {
    actor.get("/api/me").await.expect(200).json["email_verified"] == true
}

/// Six digits that are not these.
fn other(code: &str) -> String {
    format!("{:06}", (code.parse::<u32>().unwrap() + 1) % 1_000_000)
}

#[tokio::test]
async fn a_link_verifies_once_m15_a22() {
    let app = TestApp::new().await;
    let alice = app.actor("alice").await;
    let token = app.mailed_token("alice").await;
    assert!(!verified(&alice).await);
    let _ = app.verify(json!({"token": token})).await.expect(204);
    assert!(verified(&alice).await);
    app.verify(json!({"token": token})).await.refused(400, "INVALID_LINK");
}

#[tokio::test]
async fn a_link_used_in_parallel_on_two_nodes_works_once_a22() {
    let app = TestApp::new().await;
    let other = app.another_node().await;
    app.register("alice").await;
    let body = json!({"token": app.mailed_token("alice").await});
    let answers = tokio::join!(
        app.verify(body.clone()),
        other.verify(body.clone()),
        app.verify(body.clone()),
        other.verify(body.clone()),
    );
    let all = [answers.0, answers.1, answers.2, answers.3];
    let done = all.iter().filter(|answer| answer.status == 204).count();
    let refused = all.iter().filter(|answer| answer.code() == "INVALID_LINK").count();
    assert_eq!((done, refused), (1, 3));
}

#[tokio::test]
async fn empty_null_and_list_tokens_are_refused_a12() {
    let app = TestApp::new().await;
    app.register("alice").await;
    for (body, fault) in [
        (json!({}), "token:REQUIRED"),
        (json!({"token": ""}), "token:REQUIRED"),
        (json!({"token": null}), "token:REQUIRED"),
        (json!({"token": []}), "token:WRONG_TYPE"),
        (json!({"token": ["a"]}), "token:WRONG_TYPE"),
        (json!({"token": {"$ne": ""}}), "token:WRONG_TYPE"),
        (json!({"email": "alice@example.com"}), "code:REQUIRED"),
        (json!({"code": "123456"}), "email:REQUIRED"),
        (json!({"email": "alice@example.com", "code": null}), "code:REQUIRED"),
        (json!({"email": "alice@example.com", "code": 123_456}), "code:WRONG_TYPE"),
        (json!({"token": "gdc_x", "email": "alice@example.com", "code": "123456"}), "token:AMBIGUOUS"),
        (json!({"token": "gdc_x", "email_verified": true}), "email_verified:UNKNOWN_FIELD"),
    ] {
        let answer = app.verify(body.clone()).await;
        answer.refused(400, "VALIDATION_FAILED");
        assert_eq!(answer.faults(), [fault], "{body}");
    }
    for token in ["x", "gdc_", "gdc_00000000000000000000000000000000000000000000000000", " "] {
        app.verify(json!({"token": token})).await.refused(400, "INVALID_LINK");
    }
}

#[tokio::test]
async fn time_runs_out_for_links_and_sooner_for_codes_a12_m15() {
    let app = TestApp::new().await;
    let alice = app.actor("alice").await;
    let (token, code) = (app.mailed_token("alice").await, app.mailed_code("alice").await);
    app.advance(Span::minutes(10) + Span::seconds(1));
    app.verify(json!({"email": "alice@example.com", "code": code})).await.refused(400, "INVALID_LINK");
    app.advance(Span::days(1));
    app.verify(json!({"token": token})).await.refused(400, "INVALID_LINK");
    let login = app.login("alice").await;
    assert_eq!(login.user["email_verified"], false);
    drop(alice);
}

#[tokio::test]
async fn a_code_verifies_for_its_own_address_alone_m15_a16() {
    let app = TestApp::new().await;
    let alice = app.actor("alice").await;
    app.register("bob").await;
    let code = app.mailed_code("alice").await;
    if code != app.mailed_code("bob").await {
        app.verify(json!({"email": "bob@example.com", "code": code})).await.refused(400, "INVALID_LINK");
    }
    let _ = app.verify(json!({"email": "ALICE@example.COM", "code": code})).await.expect(204);
    assert!(verified(&alice).await);
    app.verify(json!({"email": "alice@example.com", "code": code})).await.refused(400, "INVALID_LINK");
}

#[tokio::test]
async fn a_code_is_tried_five_times_and_new_letters_give_no_new_tries_a12() {
    let app = TestApp::with(|settings| settings.lockout.attempts = 1000).await;
    app.register("alice").await;
    let code = app.mailed_code("alice").await;
    for _ in 0..5 {
        app.verify(json!({"email": "alice@example.com", "code": other(&code)})).await.refused(400, "INVALID_LINK");
    }
    app.verify(json!({"email": "alice@example.com", "code": code})).await.refused(400, "INVALID_LINK");

    let app = TestApp::new().await;
    for name in ["alice", "nobody"] {
        let email = format!("{name}@example.com");
        let _ = app.post(RESEND, json!({"email": email})).await.expect(202);
        for _ in 0..5 {
            app.verify(json!({"email": email, "code": "000000"})).await.refused(400, "INVALID_LINK");
        }
        let _ = app.post(RESEND, json!({"email": email})).await.expect(202);
        app.verify(json!({"email": email, "code": "000000"})).await.refused(423, "ACCOUNT_LOCKED");
    }
}

#[tokio::test]
async fn a_link_of_another_purpose_is_refused_a22() {
    let app = TestApp::new().await;
    app.register("alice").await;
    let verify = app.mailed_token("alice").await;
    let _ = app.post("/api/auth/password/forgot", json!({"email": "alice@example.com"})).await.expect(202);
    let reset = app.mailed_token("alice").await;
    assert_ne!(verify, reset);
    app.verify(json!({"token": reset})).await.refused(400, "INVALID_LINK");
    let body = json!({"token": verify, "password": "another long passphrase"});
    app.post("/api/auth/password/reset", body).await.refused(400, "INVALID_LINK");
}

#[tokio::test]
async fn a_link_is_for_the_address_it_was_sent_to_a12() {
    let app = TestApp::new().await;
    let alice = app.actor("alice").await;
    let old = app.mailed_token("alice").await;
    let body = json!({"email": "alice2@example.com", "current_password": PASSWORD});
    let _ = alice.post("/api/me/email", body).await.expect(202);
    let _ = app.verify(json!({"token": app.mailed_token("alice2").await})).await.expect(204);
    app.verify(json!({"token": old})).await.refused(400, "INVALID_LINK");
    assert_eq!(alice.get("/api/me").await.expect(200).json["email"], "alice2@example.com");
}

#[tokio::test]
async fn links_are_void_once_the_address_is_another_however_that_came_a12() {
    let app = TestApp::new().await;
    let alice = app.actor("alice").await;
    let verify = app.mailed_token("alice").await;
    let _ = alice.post("/api/me/email", json!({"email": "wanted@example.com"})).await.expect(202);
    let change = app.mailed_token("wanted").await;
    let (id, given) = (alice.login.user_id(), EmailAddress::parse("given@example.com").unwrap());
    let act = accounts::change_email(app.ctx(), Unit::new(), id, "alice@example.com", &given);
    assert!(act.run(app.ctx()).await.unwrap().is_some());
    for token in [verify, change] {
        app.verify(json!({"token": token})).await.refused(400, "INVALID_LINK");
    }
    app.advance(Span::minutes(1));
    assert_eq!(alice.get("/api/me").await.expect(200).json["email"], "given@example.com");
}

#[tokio::test]
async fn a_registration_waits_for_its_address_and_a_password_m15_a13() {
    let app = strict().await;
    app.waits("alice", "what a stranger typed").await;
    app.try_login("alice", "what a stranger typed").await.refused(401, "INVALID_CREDENTIALS");
    let token = app.mailed_token("alice").await;
    let answer = app.verify(json!({"token": token})).await;
    answer.refused(400, "VALIDATION_FAILED");
    assert_eq!(answer.faults(), ["password:REQUIRED"]);
    let weak = app.verify(json!({"token": token, "password": "password"})).await;
    weak.refused(400, "WEAK_PASSWORD");
    let _ = app.verify(json!({"token": token, "password": PASSWORD})).await.expect(204);
    assert_eq!(app.login("alice").await.user["email_verified"], true);
    app.try_login("alice", "what a stranger typed").await.refused(401, "INVALID_CREDENTIALS");
    app.verify(json!({"token": token, "password": PASSWORD})).await.refused(400, "INVALID_LINK");
}

#[tokio::test]
async fn a_registration_is_taken_up_with_its_code_m15() {
    let app = strict().await;
    app.waits("alice", PASSWORD).await;
    let body = json!({"email": "alice@example.com", "code": app.mailed_code("alice").await, "password": PASSWORD});
    let _ = app.verify(body).await.expect(204);
    app.login("alice").await;
}

#[tokio::test]
async fn two_registrations_of_one_address_make_one_account_a13() {
    let app = strict().await;
    app.waits("alice", PASSWORD).await;
    let first = app.mailed_token("alice").await;
    app.waits("alice", PASSWORD).await;
    let second = app.mailed_token("alice").await;
    let _ = app.verify(json!({"token": first, "password": PASSWORD})).await.expect(204);
    app.verify(json!({"token": second, "password": PASSWORD})).await.refused(400, "INVALID_LINK");
}

/// Rows and events that name no account would outlive it.
#[tokio::test]
async fn a_registration_leaves_no_address_outside_its_account_m17() {
    let app = strict().await;
    app.waits("alice", "what a stranger typed").await;
    app.waits("alice", PASSWORD).await;
    let token = app.mailed_token("alice").await;
    let _ = app.verify(json!({"token": token, "password": PASSWORD})).await.expect(204);
    let _ = app.post("/api/auth/password/forgot", json!({"email": "alice@example.com"})).await.expect(202);
    let kept = app.rows("select id from one_time_codes where account_id is null", vec![]).await;
    assert!(kept.is_empty());
    let filter = Filter { limit: 50, ..Filter::default() };
    let events = audit::list(app.ctx(), &filter).await.unwrap().events;
    for action in ["password.register_requested", "password.reset_requested"] {
        let event = events.iter().find(|event| event.action == action).unwrap();
        assert!(event.details.is_empty() && event.ip.is_some(), "{action}");
    }
    assert!(events.iter().any(|event| event.action == "password.register" && event.ip.is_some()));
}

#[tokio::test]
async fn asking_again_answers_all_alike_and_sends_where_something_waits_m15_a17() {
    let app = strict().await;
    app.waits("waiting", PASSWORD).await;
    app.waits("done", PASSWORD).await;
    let _ = app.verify(json!({"token": app.mailed_token("done").await, "password": PASSWORD})).await.expect(204);
    let first = app.mailed_token("waiting").await;
    let mut texts = Vec::new();
    for name in ["waiting", "done", "nobody"] {
        let before = app.letters_to(name).await;
        let answer = app.post(RESEND, json!({"email": format!("{name}@example.com")})).await.expect(202);
        texts.push(answer.text);
        assert_eq!(app.letters_to(name).await - before, usize::from(name == "waiting"), "{name}");
    }
    assert!(texts.iter().all(|text| *text == texts[0]));
    let second = app.mailed_token("waiting").await;
    app.verify(json!({"token": first, "password": PASSWORD})).await.refused(400, "INVALID_LINK");
    let _ = app.verify(json!({"token": second, "password": PASSWORD})).await.expect(204);
    app.login("waiting").await;
}

#[tokio::test]
async fn asking_again_for_an_account_makes_the_old_letter_worthless_a22() {
    let app = TestApp::new().await;
    let alice = app.actor("alice").await;
    let first = app.mailed_token("alice").await;
    let _ = app.post(RESEND, json!({"email": "Alice@example.com"})).await.expect(202);
    let second = app.mailed_token("alice").await;
    app.verify(json!({"token": first})).await.refused(400, "INVALID_LINK");
    let _ = app.verify(json!({"token": second})).await.expect(204);
    assert!(verified(&alice).await);
}

#[tokio::test]
async fn asking_again_is_limited_per_network_d1() {
    let app = TestApp::new().await;
    for n in 0..20 {
        let _ = app.post(RESEND, json!({"email": format!("b{n}@example.com")})).await.expect(202);
    }
    let answer = app.post(RESEND, json!({"email": "c@example.com"})).await;
    answer.refused(429, "RATE_LIMITED");
    assert!(answer.header("retry-after").is_some());
    let _ = app.from("192.0.2.9").post(RESEND, json!({"email": "c@example.com"})).await.expect(202);
}

/// Many networks do not make many letters, and the answer tells nobody how many there were (M-31, `A5`, `A17`).
#[tokio::test]
async fn letters_to_one_address_are_limited_whoever_asks_and_nothing_tells_m31_a5_a17_d1() {
    let app = strict().await;
    let mut answers = Vec::new();
    for n in 0..8 {
        let stranger = app.from(&format!("192.0.2.{n}"));
        let asked = match n % 2 {
            0 => {
                let body = json!({"email": "alice@example.com", "password": PASSWORD, "name": "Alice"});
                stranger.post("/api/auth/register", body).await.expect(202)
            }
            _ => stranger.post(RESEND, json!({"email": "ALICE@example.com"})).await.expect(202),
        };
        answers.push((asked.text, asked.headers.get("ratelimit").cloned()));
        app.work().await;
    }
    assert!((2..8).all(|n| answers[n] == answers[n - 2]), "{answers:?}");
    assert_eq!(app.letters_to("alice").await, 5);
    let waiting = app.rows("select id from one_time_codes where used_at is null", vec![]).await;
    assert_eq!(waiting.len(), 3, "one for each registration that was told of by a letter");
    // The owner takes up what came, and other addresses are none the worse.
    let body = json!({"token": app.mailed_token("alice").await, "password": PASSWORD});
    let _ = app.verify(body).await.expect(204);
    app.waits("bob", PASSWORD).await;
    assert_eq!(app.letters_to("bob").await, 1);
    app.advance(Span::hours(2));
    app.waits("alice", PASSWORD).await;
    assert_eq!(app.letters_to("alice").await, 6);
}

/// Where an account works before its address is verified, only the letter stays away.
#[tokio::test]
async fn an_account_is_made_without_a_letter_once_its_address_got_enough_m31() {
    let app = TestApp::new().await;
    for n in 0..5 {
        let stranger = app.from(&format!("192.0.2.{n}"));
        let _ = stranger.post(RESEND, json!({"email": "alice@example.com"})).await.expect(202);
    }
    app.work().await;
    app.register("alice").await;
    assert_eq!(app.letters_to("alice").await, 0);
    // Whoever is refused as taken has spent none of the owner's letters.
    app.advance(Span::hours(2));
    for n in 0..5 {
        let body = json!({"email": "alice@example.com", "password": PASSWORD, "name": "Eve"});
        app.from(&format!("192.0.2.{n}")).post("/api/auth/register", body).await.refused(409, "USER_EXISTS");
    }
    let _ = app.post(RESEND, json!({"email": "alice@example.com"})).await.expect(202);
    app.work().await;
    assert_eq!(app.letters_to("alice").await, 1);
}

/// Guesses leave no more rows than the network's limit, and a right code costs nothing (M-31, M-40).
#[tokio::test]
async fn guessed_codes_are_limited_per_network_and_a_refused_guess_leaves_no_row_m31_m40() {
    let app = TestApp::new().await;
    let alice = app.actor("alice").await;
    let body = json!({"email": "alice@example.com", "code": app.mailed_code("alice").await});
    let _ = app.verify(body).await.expect(204);
    assert!(verified(&alice).await);
    for n in 0..20 {
        let body = json!({"email": format!("b{n}@example.com"), "code": "123456"});
        app.verify(body).await.refused(400, "INVALID_LINK");
    }
    for n in 20..40 {
        let body = json!({"email": format!("b{n}@example.com"), "code": "123456"});
        app.verify(body).await.refused(429, "RATE_LIMITED");
    }
    let rows = app.rows("select count(*) from attempts", vec![]).await;
    assert_eq!(rows[0].int(0).unwrap(), 20);
    let body = json!({"email": "c@example.com", "code": "123456"});
    app.from("192.0.2.9").verify(body).await.refused(400, "INVALID_LINK");
}

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

/// M-34: guesses of a code and the lock they end in are told, with the account where a code waits for one.
#[tokio::test]
async fn wrong_codes_and_their_lock_are_audited_m34_a4() {
    let app = TestApp::new().await;
    let alice = app.register("alice").await;
    let wrong = other(&app.mailed_code("alice").await);
    for name in ["alice", "nobody"] {
        for _ in 0..5 {
            let body = json!({"email": format!("{name}@example.com"), "code": wrong});
            app.verify(body).await.refused(400, "INVALID_LINK");
        }
    }
    let actions = app.audited().await;
    let count = |wanted: &str| actions.iter().filter(|action| *action == wanted).count();
    assert_eq!((count("email_verification.code"), count("email_verification.locked")), (10, 2), "{actions:?}");
    let filter = Filter { subject: Some(alice.user_id()), limit: 50, ..Filter::default() };
    let events = audit::list(app.ctx(), &filter).await.unwrap().events;
    assert_eq!(events.iter().filter(|event| event.action.starts_with("email_verification.")).count(), 6);
}
