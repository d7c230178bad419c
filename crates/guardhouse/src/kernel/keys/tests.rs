use guardhouse_core::{
    email::EmailAddress,
    jose::{Algorithm, Expectation, Jwk, JwkSet, Rejection, SigningKey, verify},
    master_key::KeyRing,
    secret::SecretText,
    time::{Span, Timestamp},
};
use guardhouse_store::{Unit, params, statements};
use serde_json::{Value, json};

use super::{
    MasterKeyState::{Current, Earlier, Missing},
    jobs::schedule,
    *,
};
use crate::{
    features::password,
    kernel::{
        audit::{Event, Filter, Outcome, Who, list as events},
        codes::NewCode,
        ctx::Ctx,
        errors::Code,
        mail,
    },
    testing::Bench,
};

statements! {
    PLANT = "insert into signing_keys (kid, generation, alg, sealed, public_jwk, longest_ttl, created_at, not_before)
        select $1, 99, alg, sealed, $2, longest_ttl, created_at, not_before from signing_keys limit 1";
    UPROOT = "delete from signing_keys where kid = 'planted'";
}

fn token(ctx: &Ctx) -> String {
    let now = ctx.now().seconds();
    let claims = json!({"iss": "i", "aud": "a", "iat": now, "exp": now + 900});
    ctx.keys.signing().sign("at+jwt", &claims).unwrap()
}

fn check(ctx: &Ctx, token: &str) -> Result<Value, Rejection> {
    let expect = Expectation { typ: &["at+jwt"], issuer: "i", audience: &["a"], now: ctx.now().seconds(), leeway: 60 };
    verify(token, &ctx.keys.verifying(), &expect)
}

async fn states(ctx: &Ctx) -> Vec<KeyState> {
    list(ctx).await.unwrap().iter().map(|key| key.state).collect()
}

fn published(ctx: &Ctx) -> JwkSet {
    serde_json::from_slice(&ctx.keys.jwks_json()).unwrap()
}

async fn actions(ctx: &Ctx) -> Vec<String> {
    let page = events(ctx, &Filter { limit: 50, ..Filter::default() }).await.unwrap();
    page.events.into_iter().map(|event| event.action).collect()
}

#[tokio::test]
async fn two_nodes_that_start_at_once_share_the_first_key_m38() {
    let bench = Bench::new(|_| ()).await;
    let (one, two) = tokio::join!(bench.rested(), bench.rested());
    assert_eq!(one.keys.signing().kid(), two.keys.signing().kid());
    assert_eq!(states(&one).await, [KeyState::Active]);
    assert!(check(&two, &token(&one)).is_ok());
}

#[tokio::test]
async fn after_a_rotation_old_tokens_live_out_their_time_m38() {
    let bench = Bench::new(|_| ()).await;
    let (ctx, other) = (bench.rested().await, bench.rested().await);
    let old = token(&ctx);
    let made = rotate(&ctx, &Who::system()).await.unwrap();
    assert_eq!(ctx.keys.signing().kid(), made.kid);
    assert_eq!(states(&ctx).await, [KeyState::Active, KeyState::Retiring]);
    assert_eq!(published(&ctx).keys.len(), 2);
    assert!(check(&ctx, &old).is_ok());
    reload(&other).await.unwrap();
    assert_eq!(other.keys.signing().kid(), made.kid);
    bench.clock.advance(Span::seconds(15 * 60 + 59));
    assert!(check(&ctx, &old).is_ok(), "within life and leeway");
    bench.clock.advance(Span::minutes(2));
    schedule(&ctx).await.unwrap();
    assert_eq!(states(&ctx).await, [KeyState::Active, KeyState::Retired]);
    assert_eq!(published(&ctx).keys.len(), 1);
    assert_eq!(check(&ctx, &old), Err(Rejection::UnknownKey));
    assert_eq!(actions(&ctx).await, ["signing_keys.retired", "signing_keys.rotated"]);
}

#[tokio::test]
async fn the_overlap_covers_the_longest_token_ever_issued_m38() {
    let mut bench = Bench::new(|settings| settings.tokens.access_ttl = Span::hours(8)).await;
    let before = bench.rested().await;
    drop(before);
    bench.settings.tokens.access_ttl = Span::minutes(5);
    let ctx = bench.rested().await;
    rotate(&ctx, &Who::system()).await.unwrap();
    let retiring = list(&ctx).await.unwrap().remove(1);
    assert!(retiring.retired_at.unwrap() >= ctx.now() + Span::hours(8));
}

#[tokio::test]
async fn a_retired_key_ends_its_tokens_at_once_and_is_replaced_m38() {
    let bench = Bench::new(|_| ()).await;
    let (ctx, other) = (bench.rested().await, bench.rested().await);
    let old = token(&ctx);
    let kid = ctx.keys.signing().kid().to_owned();
    let retired = retire(&ctx, &kid, &Who::system()).await.unwrap();
    assert_eq!((retired.kid.as_str(), retired.state), (kid.as_str(), KeyState::Retired));
    assert_eq!(check(&ctx, &old), Err(Rejection::UnknownKey));
    assert_eq!(states(&ctx).await, [KeyState::Active, KeyState::Retired]);
    reload(&other).await.unwrap();
    assert_eq!(check(&other, &old), Err(Rejection::UnknownKey));
    assert!(check(&other, &token(&ctx)).is_ok());
    assert_eq!(retire(&ctx, &kid, &Who::system()).await.unwrap_err().code(), Code::Conflict);
    assert_eq!(retire(&ctx, "unknown", &Who::system()).await.unwrap_err().code(), Code::NotFound);
}

#[tokio::test]
async fn the_schedule_publishes_a_day_ahead_m38() {
    let bench = Bench::new(|_| ()).await;
    let ctx = bench.rested().await;
    let first = ctx.keys.signing().kid().to_owned();
    bench.clock.advance(Span::days(88));
    schedule(&ctx).await.unwrap();
    assert_eq!(states(&ctx).await, [KeyState::Active]);
    bench.clock.advance(Span::days(1));
    schedule(&ctx).await.unwrap();
    schedule(&ctx).await.unwrap();
    assert_eq!(states(&ctx).await, [KeyState::Next, KeyState::Active]);
    assert_eq!((published(&ctx).keys.len(), ctx.keys.signing().kid()), (2, first.as_str()));
    let old = token(&ctx);
    bench.clock.advance(Span::days(1));
    schedule(&ctx).await.unwrap();
    assert_eq!(states(&ctx).await, [KeyState::Active, KeyState::Retiring]);
    reload(&ctx).await.unwrap();
    assert_ne!(ctx.keys.signing().kid(), first);
    assert_eq!(check(&ctx, &old), Err(Rejection::Expired), "a day later, and still by a known key");
    assert_eq!(actions(&ctx).await, ["signing_keys.rotated", "signing_keys.published"]);
}

#[tokio::test]
async fn hs256_is_neither_stored_nor_published_nor_rotated_here_m01() {
    let bench = Bench::new(|settings| {
        settings.tokens.algorithm = Algorithm::Hs256;
        settings.tokens.secret = SecretText::new("0123456789abcdef0123456789abcdef");
    })
    .await;
    let ctx = bench.rested().await;
    assert!(check(&ctx, &token(&ctx)).is_ok());
    assert_eq!((states(&ctx).await.len(), published(&ctx).keys.len()), (0, 0));
    let refused = rotate(&ctx, &Who::system()).await.unwrap_err();
    assert_eq!(refused.code(), Code::Conflict);
    assert!(refused.message().contains("tokens.secret"));
    let mut weak = bench.settings.tokens.clone();
    weak.secret = SecretText::new("short");
    let started = SigningKeys::start(&weak, &ctx.db, &ctx.ring, ctx.now()).await;
    assert!(started.err().unwrap().to_string().contains("openssl rand"));
}

#[tokio::test]
async fn a_lost_master_key_stops_the_start_with_a_clear_text_m38() {
    let bench = Bench::new(|_| ()).await;
    let ctx = bench.rested().await;
    let stranger = KeyRing::parse(["ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8="]).unwrap();
    let started = SigningKeys::start(&bench.settings.tokens, &ctx.db, &stranger, ctx.now()).await;
    let told = started.err().unwrap().to_string();
    assert!(told.contains("master_key") && told.contains(ctx.keys.signing().kid()), "{told}");
}

#[tokio::test]
async fn a_new_master_key_in_front_takes_over_the_signing_keys_m38() {
    let bench = Bench::new(|_| ()).await;
    let ctx = bench.rested().await;
    let new = "ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8=";
    let both = KeyRing::parse([new, bench.settings.master_key[0].expose()]).unwrap();
    let tokens = &bench.settings.tokens;
    SigningKeys::start(tokens, &ctx.db, &both, ctx.now()).await.unwrap();
    let alone = KeyRing::parse([new]).unwrap();
    let keys = SigningKeys::start(tokens, &ctx.db, &alone, ctx.now()).await.unwrap();
    assert_eq!(keys.signing().kid(), ctx.keys.signing().kid());
}

/// What is left under the earlier one is counted, so that an operator knows when it can go.
#[tokio::test]
async fn what_still_needs_a_master_key_is_counted_m38() {
    let mut bench = Bench::new(|_| ()).await;
    let ctx = bench.node().await;
    let email = EmailAddress::parse("anna@example.com").unwrap();
    let life = Span::hours(1);
    let code = NewCode { purpose: password::VERIFY_EMAIL, account: None, email: &email, life, payload: None };
    let unit = password::send_verification(&ctx, Unit::new(), &code).unwrap();
    assert!(ctx.db.run(unit).await.unwrap().is_done());
    let asked = Event::new("password.reset_requested", Outcome::Success);
    mail::leave(&ctx, "password.forgot", b"anna@example.com", asked).await.unwrap();

    let new = "ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8=";
    bench.settings.master_key.insert(0, SecretText::new(new));
    let ctx = bench.node().await;
    rotate(&ctx, &Who::system()).await.unwrap();
    let [current, earlier] = &master_keys(&ctx).await.unwrap()[..] else { panic!("there are two") };
    assert_eq!((current.state, current.index, current.signing_keys, current.audit_events), (Current, false, 2, 1));
    assert_eq!((earlier.state, earlier.index, earlier.signing_keys, earlier.audit_events), (Earlier, true, 0, 1));
    assert_eq!((earlier.letters, earlier.codes, earlier.jobs), (1, 1, 1));
    bench.clock.advance(life);
    assert_eq!(master_keys(&ctx).await.unwrap()[1].codes, 0);

    bench.settings.master_key.truncate(1);
    let ctx = bench.node().await;
    let [alone, missing] = &master_keys(&ctx).await.unwrap()[..] else { panic!("there are two") };
    assert_eq!((alone.state, alone.index, missing.state, missing.audit_events), (Current, true, Missing, 1));
    assert_eq!(missing.id, earlier.id);
}

#[tokio::test]
async fn whoever_writes_to_the_database_cannot_plant_a_key_j3() {
    let bench = Bench::new(|_| ()).await;
    let ctx = bench.rested().await;
    let mine = SigningKey::generate(Algorithm::Es256).unwrap();
    let jwk: Jwk = mine.public_jwk().unwrap();
    ctx.db.execute(&PLANT, params![mine.kid(), serde_json::to_string(&jwk).unwrap()]).await.unwrap();
    // The planted row is the newest, and the server rather stands still than sign with what it can't open.
    assert!(ctx.keys.load(&ctx.db, &ctx.ring, ctx.now()).await.is_err());
    assert!(ctx.keys.verifying().get(mine.kid()).is_none());
    assert!(published(&ctx).keys.iter().all(|key| key.kid != jwk.kid));
}

/// The retirement is durable, reading the keys again fails: the listener must know, else the key stays good here.
#[tokio::test]
async fn a_retirement_whose_reading_fails_leaves_the_keys_stale_m38() {
    let bench = Bench::new(|_| ()).await;
    let ctx = bench.rested().await;
    let leaked = ctx.keys.signing().kid().to_owned();
    ctx.db.execute(&PLANT, params!["planted", "{}"]).await.unwrap();
    assert!(retire(&ctx, &leaked, &Who::system()).await.is_err());
    assert!(ctx.keys.stale());
    ctx.db.execute(&UPROOT, params![]).await.unwrap();
    crate::kernel::changes::load(&ctx).await.unwrap();
    assert!(!ctx.keys.stale() && ctx.keys.verifying().get(&leaked).is_none());
}

#[tokio::test]
async fn unknown_keys_cause_one_reading_a_second_j4() {
    let bench = Bench::new(|_| ()).await;
    let ctx = bench.rested().await;
    bench.clock.advance(Span::seconds(1));
    assert!(reload_for_unknown(&ctx).await.unwrap());
    let before = ctx.db.stats().statements;
    for _ in 0..100 {
        assert!(!reload_for_unknown(&ctx).await.unwrap());
    }
    assert_eq!(ctx.db.stats().statements, before);
    bench.clock.advance(Span::seconds(1));
    assert!(reload_for_unknown(&ctx).await.unwrap());
}

#[tokio::test]
async fn a_key_brought_along_signs_at_once_m38() {
    let bench = Bench::new(|_| ()).await;
    let ctx = bench.rested().await;
    let old = token(&ctx);
    let mine = SigningKey::generate(Algorithm::Es256).unwrap();
    let pem = format!(
        "-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n",
        data_encoding::BASE64.encode(&mine.to_pkcs8())
    );
    let taken = import(&ctx, Algorithm::Es256, &pem, &Who::system()).await.unwrap();
    assert_eq!((taken.kid.as_str(), ctx.keys.signing().kid()), (mine.kid(), mine.kid()));
    assert!(check(&ctx, &old).is_ok());
    for (algorithm, pem, code) in [
        (Algorithm::Es256, pem.as_str(), Code::Conflict),
        (Algorithm::EdDsa, pem.as_str(), Code::Conflict),
        (Algorithm::Es256, "no key", Code::ValidationFailed),
    ] {
        assert_eq!(import(&ctx, algorithm, pem, &Who::system()).await.unwrap_err().code(), code);
    }
    assert_eq!(actions(&ctx).await, ["signing_keys.imported"]);
}

#[tokio::test]
async fn another_algorithm_makes_its_own_key_and_old_tokens_still_verify() {
    let mut bench = Bench::new(|_| ()).await;
    let old = token(&bench.rested().await);
    bench.settings.tokens.algorithm = Algorithm::EdDsa;
    let ctx = bench.rested().await;
    assert_eq!(ctx.keys.signing().algorithm(), Algorithm::EdDsa);
    assert!(check(&ctx, &old).is_ok());
    assert_eq!(published(&ctx).keys.len(), 2);
}

#[test]
fn states_follow_the_times() {
    let mut key = store::StoredKey {
        kid: "k".into(),
        generation: 1,
        alg: "ES256".into(),
        sealed: Vec::new(),
        public_jwk: String::new(),
        longest_ttl: Span(0),
        created_at: Timestamp(0),
        not_before: Timestamp(10),
        retire_at: None,
        retired_at: None,
    };
    assert_eq!(key.state(Timestamp(9)), KeyState::Next);
    assert_eq!(key.state(Timestamp(10)), KeyState::Active);
    key.retire_at = Some(Timestamp(20));
    assert_eq!(key.state(Timestamp(19)), KeyState::Retiring);
    assert_eq!(key.state(Timestamp(20)), KeyState::Retired);
}
