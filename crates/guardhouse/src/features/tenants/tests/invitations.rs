//! Coming in by a letter.

use guardhouse_core::time::Span;
use serde_json::json;

use super::{inside, member, path, person, tenant};
use crate::{
    kernel::settings::Limit,
    testing::{Actor, Browser, PASSWORD, TestApp},
};

const ACCEPT: &str = "/api/me/invitations/accept";

async fn invited(app: &TestApp, by: &Actor<'_>, of: &serde_json::Value, name: &str, role: &str) -> String {
    let body = json!({"email": format!("{name}@example.com"), "role": role});
    let _ = by.post(&path(of, "/invitations"), body).await.expect(201);
    app.mailed_token(name).await
}

#[tokio::test]
async fn somebody_is_invited_joins_and_acts_m25() {
    let app = TestApp::new().await;
    let admin = app.admin().await;
    let acme = tenant(&admin, "Acme Secret Name").await;
    let owner = member(&app, &admin, &acme, "owner", "owner").await;
    let body = json!({"email": "Alice@Example.com", "role": "admin"});
    let made = owner.post(&path(&acme, "/invitations"), body.clone()).await.expect(201).json;
    assert!(made["id"].as_str().unwrap().starts_with("inv_"));
    assert_eq!((&made["role"], &made["invited_by"]), (&json!("admin"), &owner.login.user["id"]));
    owner.post(&path(&acme, "/invitations"), body).await.refused(409, "CONFLICT");
    let open = owner.get(&path(&acme, "/invitations")).await.expect(200).json;
    assert_eq!(open["data"], json!([made]));
    let letters = app.letters().await;
    let letter = letters.iter().find(|letter| letter.subject == "You are invited").unwrap();
    assert!(!letter.text.contains("Secret") && !letter.html.contains("Secret"), "people choose names");

    let (_, token) = letter.text.split_once("token=").unwrap();
    let token = json!({"token": token.split_whitespace().next().unwrap()});
    let alice = Actor::bearer(&app, person(&app, "alice").await);
    let joined = alice.post(ACCEPT, token.clone()).await.expect(200).json;
    assert_eq!((&joined["id"], &joined["roles"]), (&acme["id"], &json!(["admin"])));
    alice.post(ACCEPT, token).await.refused(400, "INVALID_LINK");
    assert_eq!(owner.get(&path(&acme, "/invitations")).await.expect(200).json["data"], json!([]));
    let within = inside(&app, &alice, &acme).await;
    let members = within.get(&path(&acme, "/members")).await.expect(200).json;
    assert!(members["data"].as_array().unwrap().iter().any(|one| one["email"] == "alice@example.com"), "{members}");
}

#[tokio::test]
async fn a_link_is_worth_nothing_once_revoked_renewed_or_over_m25_a22() {
    let app = TestApp::with(|settings| settings.limits.password_forgot = Limit::OFF).await;
    let admin = app.admin().await;
    let acme = tenant(&admin, "Acme").await;
    let bob = Actor::bearer(&app, person(&app, "bob").await);
    let all = path(&acme, "/invitations");
    for act in ["revoked", "renewed", "over", "altered"] {
        let token = invited(&app, &admin, &acme, "bob", "member").await;
        let open = admin.get(&all).await.expect(200).json;
        let one = format!("{all}/{}", open["data"][0]["id"].as_str().unwrap());
        let mut shown = token.clone();
        match act {
            "revoked" => {
                let _ = admin.delete(&one, json!({})).await.expect(204);
                admin.delete(&one, json!({})).await.refused(404, "NOT_FOUND");
                admin.post(&format!("{one}/resend"), json!({})).await.refused(404, "NOT_FOUND");
            }
            "renewed" => {
                app.advance(Span::seconds(1));
                let _ = admin.post(&format!("{one}/resend"), json!({})).await.expect(200);
                assert_ne!(app.mailed_token("bob").await, token);
            }
            "over" => app.advance(Span::days(7)),
            _ => {
                let last = if shown.ends_with('A') { 'B' } else { 'A' };
                shown.replace_range(10..11, &last.to_string());
            }
        }
        let bob = Actor::bearer(&app, app.login("bob").await);
        bob.post(ACCEPT, json!({"token": shown})).await.refused(400, "INVALID_LINK");
        let admin = Actor::bearer(&app, app.login("admin").await);
        let open = admin.get(&all).await.expect(200).json;
        for left in open["data"].as_array().unwrap() {
            let _ = admin.delete(&format!("{all}/{}", left["id"].as_str().unwrap()), json!({})).await.expect(204);
        }
        app.advance(Span::seconds(1));
        if act == "over" {
            break;
        }
    }
    assert_eq!(Actor::bearer(&app, app.login("bob").await).get("/api/me/tenants").await.json["data"], json!([]));
    drop(bob);
}

/// Whoever registered the address in advance, and never showed it to be theirs, joins nothing.
#[tokio::test]
async fn an_invitation_is_for_the_verified_owner_of_its_address_a13_t2() {
    let app = TestApp::new().await;
    let admin = app.admin().await;
    let acme = tenant(&admin, "Acme").await;
    let squatter = app.actor("victim").await;
    let eve = Actor::bearer(&app, person(&app, "eve").await);
    app.advance(Span::seconds(1));
    let token = json!({"token": invited(&app, &admin, &acme, "victim", "admin").await});
    squatter.post(ACCEPT, token.clone()).await.refused(403, "EMAIL_NOT_VERIFIED");
    eve.post(ACCEPT, token.clone()).await.refused(403, "FORBIDDEN");
    app.post(ACCEPT, token.clone()).await.refused(401, "TOKEN_MISSING");
    squatter.get(&path(&acme, "")).await.refused(404, "NOT_FOUND");

    // The victim takes the account by its address: the squatter's sessions end, and the invitation still waits.
    app.advance(Span::seconds(1));
    let _ = app.post("/api/auth/password/forgot", json!({"email": "victim@example.com"})).await.expect(202);
    let reset = json!({"token": app.mailed_token("victim").await, "password": "the victim's own passphrase"});
    let _ = app.post("/api/auth/password/reset", reset).await.expect(204);
    squatter.post(ACCEPT, token.clone()).await.refused(401, "TOKEN_REVOKED");
    let login = app.try_login("victim", "the victim's own passphrase").await.expect(200);
    let victim = Actor::bearer(&app, crate::testing::Login::read(&login));
    let _ = victim.post(ACCEPT, token).await.expect(200);
}

#[tokio::test]
async fn answers_do_not_tell_whether_an_address_has_an_account_a17() {
    let app = TestApp::new().await;
    let admin = app.admin().await;
    let acme = tenant(&admin, "Acme").await;
    person(&app, "known").await;
    let mut shapes = Vec::new();
    for name in ["known", "unknown"] {
        let body = json!({"email": format!("{name}@example.com"), "role": "member"});
        let mut answer = admin.post(&path(&acme, "/invitations"), body).await.expect(201).json;
        for varies in ["id", "email"] {
            answer[varies] = json!("");
        }
        shapes.push(answer);
    }
    assert_eq!(shapes[0], shapes[1]);
}

/// However often an address is invited, it gets as many letters as the limit says, and nobody is told.
#[tokio::test]
async fn an_address_gets_few_letters_a16() {
    let app = TestApp::new().await;
    let admin = app.admin().await;
    for n in 0..8 {
        let one = tenant(&admin, &format!("Tenant {n}")).await;
        let body = json!({"email": "victim@example.com", "role": "member"});
        let _ = admin.post(&path(&one, "/invitations"), body).await.expect(201);
    }
    let sent = app.letters().await.iter().filter(|letter| letter.to == "victim@example.com").count();
    assert_eq!(sent, 5);
}

/// What somebody started who was removed since comes to nothing.
#[tokio::test]
async fn an_invitation_dies_with_the_power_to_give_it_o6_t3() {
    let app = TestApp::new().await;
    let admin = app.admin().await;
    let acme = tenant(&admin, "Acme").await;
    let carol = member(&app, &admin, &acme, "carol", "admin").await;
    let token = json!({"token": invited(&app, &carol, &acme, "bob", "admin").await});
    let bob = Actor::bearer(&app, person(&app, "bob").await);
    let one = path(&acme, &format!("/members/{}", carol.login.user_id()));
    let _ = admin.patch(&one, json!({"roles": ["member"]})).await.expect(200);
    bob.post(ACCEPT, token.clone()).await.refused(400, "INVALID_LINK");
    let _ = admin.delete(&one, json!({})).await.expect(204);
    bob.post(ACCEPT, token.clone()).await.refused(400, "INVALID_LINK");
    let again = admin.post(&path(&acme, "/members"), json!({"user_id": carol.login.user["id"], "role": "admin"})).await;
    assert_eq!(again.status.as_u16(), 201);
    let _ = bob.post(ACCEPT, token).await.expect(200);
}

#[tokio::test]
async fn two_who_use_a_link_at_once_are_one_member_m25() {
    let app = TestApp::with(|settings| settings.limits.register = Limit::OFF).await;
    let node = app.another_node().await;
    let admin = app.admin().await;
    let acme = tenant(&admin, "Acme").await;
    for round in 0..6 {
        let name = format!("bob{round}");
        let login = person(&app, &name).await;
        let token = json!({"token": invited(&app, &admin, &acme, &name, "member").await});
        let (here, there) = (Actor::bearer(&app, login.clone()), Actor::bearer(&node, login));
        node.caught_up().await;
        let (one, other) = tokio::join!(here.post(ACCEPT, token.clone()), there.post(ACCEPT, token));
        let mut both = [one.status.as_u16(), other.status.as_u16()];
        both.sort_unstable();
        assert_eq!(both, [200, 400], "{} {}", one.text, other.text);
        assert_eq!(here.get("/api/me/tenants").await.expect(200).json["data"].as_array().unwrap().len(), 1);
    }
}

#[tokio::test]
async fn the_page_of_the_link_takes_the_invitation_up_m25() {
    let app = TestApp::new().await;
    let admin = app.admin().await;
    let acme = tenant(&admin, "Acme <b>").await;
    person(&app, "bob").await;
    let token = invited(&app, &admin, &acme, "bob", "member").await;
    let browser = Browser::new(&app);
    let link = format!("/invitation?token={token}");
    let page = browser.open(&link).await.expect(200);
    assert!(page.text.contains("Acme &lt;b&gt;"), "{}", page.text);
    let stranger = browser.fill(&page, "/invitation", &[]).await.expect(401);
    assert!(stranger.text.contains("Sign in in this browser first"), "{}", stranger.text);
    let body = json!({"email": "bob@example.com", "password": PASSWORD, "delivery": "cookie"});
    let login = app.post("/api/auth/login", body).await.expect(200);
    let browser = Browser::new(&app).signed_in(&login);
    let page = browser.open(&link).await.expect(200);
    let done = browser.fill(&page, "/invitation", &[]).await.expect(200);
    assert!(done.text.contains("You have joined"), "{}", done.text);
    for used in [link.as_str(), "/invitation?token=gdc_x", "/invitation"] {
        let page = browser.open(used).await.expect(400);
        assert!(page.text.contains("was used before") && !page.text.contains("Acme"), "{}", page.text);
    }
    let mine = Actor::cookie(&app, &login).get("/api/me/tenants").await.expect(200).json;
    assert_eq!(mine["data"][0]["id"], acme["id"]);
}
