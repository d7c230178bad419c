use guardhouse_core::{
    email::EmailAddress,
    secret::SecretText,
    time::{Span, Timestamp},
};
use guardhouse_store::{jobs::claim, params, statements};

use super::*;
use crate::{
    kernel::jobs::JobKind,
    testing::{
        Bench,
        smtp::{Mood, SmtpServer},
    },
};

statements! {
    RAW = "select sealed from mailbox";
    RAW_JOBS = "select payload from jobs";
    NEVER = "update mailbox set at = at where seq = -1";
}

fn sample(ctx: &Ctx, name: &str) -> Letter {
    let to = EmailAddress::parse("alice@example.com").unwrap();
    let context = context! {
        link => ctx.links.page("reset", &[("token", "gdc_canary")]),
        code => "123456",
        valid => Span::minutes(10).to_string(),
        at => Timestamp(0).to_string(),
        ip => "192.0.2.7",
    };
    Letter::new(to, crate::testing::letter(name), context)
}

async fn send(ctx: &Ctx, letter: &Letter) {
    let unit = ctx.mail.enqueue(ctx, Unit::new(), letter).unwrap();
    assert!(ctx.db.run(unit).await.unwrap().is_done());
}

/// Runs what is due; what went wrong.
async fn work(ctx: &Ctx) -> Vec<String> {
    let JobKind::Queued { kind, run } = jobs()[0] else { panic!("mail is queued work") };
    let mut wrong = Vec::new();
    for job in claim(&ctx.db, &[kind], ctx.now(), Span::minutes(1), 10).await.unwrap() {
        match run(ctx, &job).await {
            Ok(()) => assert!(guardhouse_store::jobs::finish(&ctx.db, &job).await.unwrap()),
            Err(error) => {
                let _ = guardhouse_store::jobs::retry(&ctx.db, &job, ctx.now(), &error.to_string()).await.unwrap();
                wrong.push(error.to_string());
            }
        }
    }
    wrong
}

async fn with_server(server: &SmtpServer) -> Bench {
    let url = server.url();
    Bench::new(|settings| {
        settings.mail.smtp_url = SecretText::new(url);
        settings.mail.from = "Guardhouse <no-reply@example.com>".into();
    })
    .await
}

#[tokio::test]
async fn a_letter_says_how_long_its_link_works_and_is_none_without_it_m15() {
    let bench = Bench::new(|_| ()).await;
    let ctx = bench.rested().await;
    let reset = ctx.mail.letters.render(&sample(&ctx, "reset_password"), &ctx.links).unwrap();
    assert!(reset.text.contains("for 10 minutes"), "{}", reset.text);
    let bare = Letter { context: context! {}, ..sample(&ctx, "reset_password") };
    assert!(ctx.mail.letters.render(&bare, &ctx.links).is_err(), "a letter without its link is none");
}

#[tokio::test]
async fn letters_lead_to_the_help_of_the_settings_or_to_none_m15() {
    for help in [None, Some("mailto:help@example.com")] {
        let bench = Bench::new(|settings| settings.mail.help_url = help.map(str::to_owned)).await;
        let ctx = bench.rested().await;
        let letter = ctx.mail.letters.render(&sample(&ctx, "email_changed_old"), &ctx.links).unwrap();
        assert_eq!(
            letter.text.contains("help at once:\n\nmailto:help@example.com\n"),
            help.is_some(),
            "{}",
            letter.text
        );
        assert_eq!(letter.html.contains("href=\"mailto:help@example.com\""), help.is_some(), "{}", letter.html);
        assert!(!letter.text.contains("http"), "{}", letter.text);
    }
}

#[tokio::test]
async fn links_in_letters_are_under_the_public_url_a10() {
    let bench = Bench::new(|_| ()).await;
    let ctx = bench.rested().await;
    for link in ["http://evil.example/reset", "http://localhost:8700.evil.example/", "//evil.example", "javascript:x"] {
        let letter = Letter { context: context! { link, valid => "10m" }, ..sample(&ctx, "reset_password") };
        assert!(ctx.mail.enqueue(&ctx, Unit::new(), &letter).is_err(), "{link}");
    }
}

#[tokio::test]
async fn letters_are_kept_sealed_for_the_developer_m15_d4() {
    let bench = Bench::new(|_| ()).await;
    let ctx = bench.rested().await;
    for template in ["verify_email", "reset_password"] {
        send(&ctx, &sample(&ctx, template)).await;
    }
    let kept = kept(&ctx).await.unwrap();
    let subjects: Vec<_> = kept.iter().map(|letter| letter.subject.as_str()).collect();
    assert_eq!(subjects, ["Set a new password", "Confirm your e-mail address"]);
    assert!(kept[0].text.contains("token=gdc_canary") && kept[0].to == "alice@example.com");
    for row in ctx.db.query(&RAW, params![]).await.unwrap() {
        let raw = String::from_utf8_lossy(row.slice(0).unwrap()).into_owned();
        assert!(!raw.contains("canary") && !raw.contains("alice"));
    }
}

#[tokio::test]
async fn only_the_newest_letters_are_kept() {
    let bench = Bench::new(|_| ()).await;
    let ctx = bench.rested().await;
    for _ in 0..205 {
        send(&ctx, &sample(&ctx, "invitation")).await;
    }
    assert_eq!(kept(&ctx).await.unwrap().len(), 200);
}

#[tokio::test]
async fn a_letter_is_there_exactly_when_the_act_is_m16() {
    let server = SmtpServer::start().await;
    for bench in [Bench::new(|_| ()).await, with_server(&server).await] {
        let ctx = bench.rested().await;
        let unit = ctx.mail.enqueue(&ctx, Unit::new(), &sample(&ctx, "reset_password")).unwrap();
        assert!(!ctx.db.run(unit.require(&NEVER, params![])).await.unwrap().is_done());
        assert!(kept(&ctx).await.unwrap().is_empty());
        assert!(ctx.db.query(&RAW_JOBS, params![]).await.unwrap().is_empty());
    }
}

#[tokio::test]
async fn letters_reach_the_mail_server_m15() {
    let server = SmtpServer::start().await;
    let bench = with_server(&server).await;
    let ctx = bench.rested().await;
    send(&ctx, &sample(&ctx, "verify_email")).await;
    let raw = ctx.db.query(&RAW_JOBS, params![]).await.unwrap();
    assert!(!String::from_utf8_lossy(raw[0].slice(0).unwrap()).contains("canary"), "sealed on its way too");
    assert_eq!(work(&ctx).await, Vec::<String>::new());
    let letters = server.took(1).await;
    assert_eq!(letters[0].to, ["alice@example.com"]);
    for line in ["From: Guardhouse <no-reply@example.com>", "To: alice@example.com", "Auto-Submitted: auto-generated"] {
        assert!(letters[0].data.contains(line), "{line} in {}", letters[0].data);
    }
    assert!(letters[0].data.contains("multipart/alternative") && letters[0].data.contains("123456"));
}

#[tokio::test]
async fn a_letter_waits_while_the_mail_server_is_down_16_5_2() {
    let server = SmtpServer::start().await;
    let bench = with_server(&server).await;
    let ctx = bench.rested().await;
    server.set(Mood::Down);
    send(&ctx, &sample(&ctx, "verify_email")).await;
    assert_eq!(work(&ctx).await.len(), 1);
    server.set(Mood::Refusing);
    let told = work(&ctx).await.remove(0);
    assert!(told.contains("no such user") && !told.contains("alice"), "{told}");
    server.set(Mood::Willing);
    assert_eq!(work(&ctx).await, Vec::<String>::new());
    assert_eq!(server.letters().len(), 1);
}

#[tokio::test]
async fn nothing_in_a_letter_becomes_a_header_1_3_11() {
    let server = SmtpServer::start().await;
    let bench = with_server(&server).await;
    let ctx = bench.rested().await;
    let to = "alice@example.com".to_owned();
    let subject = "Hello\r\nBcc: eve@example.com\r\n\r\nbody".to_owned();
    let rendered = Rendered { to, subject, text: "text\r\n.\r\nRSET".into(), html: String::new() };
    let Way::Relay(relay) = &ctx.mail.way else { panic!("a server is set") };
    relay.send(&rendered, LetterId::new(ctx.now()), ctx.now()).await.unwrap();
    let letters = server.took(1).await;
    assert!(letters[0].data.lines().all(|line| !line.starts_with("Bcc:")), "{}", letters[0].data);
    assert_eq!(letters[0].to, ["alice@example.com"]);
    assert!(letters[0].data.contains("RSET"), "a single dot does not end the letter");
    for to in ["alice@example.com\r\nRCPT TO:<eve@example.com>", "a@b.example, eve@example.com"] {
        let bad = Rendered { to: to.into(), ..rendered.clone() };
        assert!(relay.send(&bad, LetterId::new(ctx.now()), ctx.now()).await.is_err(), "{to}");
    }
}
