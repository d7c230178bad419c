use futures_util::{StreamExt as _, TryStreamExt as _};
use guardhouse_core::time::Span;
use guardhouse_store::{params, statements};

use super::{jobs::join, *};
use crate::{kernel::http::client::Client, testing::Bench};

statements! {
    ALTER = "update audit_events set outcome = 'success' where position = $1";
    RESEAL = "update audit_events set sealed = $2 where position = $1";
    REMOVE = "delete from audit_events where position = $1";
    REMOVE_FROM = "delete from audit_events where position >= $1";
    MOVE = "update audit_events set position = $2 where position = $1";
    FORGE = "insert into audit_events (id, at, node, action, outcome, sealed, sealed_digest, digest)
        select $1, at, node, action, outcome, sealed, sealed_digest, digest from audit_events limit 1";
    FORGET_CHECKPOINT = "delete from audit_checkpoints where number = $1";
    EVERYTHING = "select sealed, sealed_digest, digest, action from audit_events";
    NEVER = "update audit_events set at = at where id = $1";
}

fn failure(n: usize) -> Event {
    let client = Client {
        ip: "192.0.2.7".parse().unwrap(),
        secure: true,
        loopback: false,
        request_id: "req-1".into(),
        user_agent: Some("curl/8".into()),
    };
    Event::new("password.login", Outcome::Failure).client(&client).email("alice@example.com").detail("n", n)
}

async fn record(ctx: &Ctx, count: usize) {
    for n in 0..count {
        ctx.audit.record(ctx, failure(n)).await.unwrap();
    }
}

async fn flaws(ctx: &Ctx) -> Vec<(Flaw, Option<i64>)> {
    let report = verify(ctx).await.unwrap();
    assert_eq!(report.ok, report.findings.is_empty());
    report.findings.iter().map(|finding| (finding.flaw, finding.position)).collect()
}

#[tokio::test]
async fn an_event_is_there_exactly_when_the_act_is_m34() {
    let bench = Bench::new(|_| ()).await;
    let ctx = bench.rested().await;
    let refused = ctx.audit.step(&ctx, Unit::new(), failure(0)).require(&NEVER, params![[0u8; 16]]);
    assert!(!ctx.db.run(refused).await.unwrap().is_done());
    assert!(list(&ctx, &Filter::default()).await.unwrap().events.is_empty());
    record(&ctx, 1).await;
    let page = list(&ctx, &Filter::default()).await.unwrap();
    let event = serde_json::to_value(&page.events[0]).unwrap();
    assert_eq!(event["action"], "password.login");
    assert_eq!(event["outcome"], "failure");
    assert_eq!((&event["ip"], &event["user_agent"]), (&"192.0.2.7".into(), &"curl/8".into()));
    assert_eq!(event["request_id"], "req-1");
    assert_eq!(event["details"], serde_json::json!({"email": "alice@example.com", "n": "0"}));
}

#[tokio::test]
async fn what_is_personal_is_sealed_d4() {
    let bench = Bench::new(|_| ()).await;
    let ctx = bench.rested().await;
    record(&ctx, 3).await;
    for row in ctx.db.query(&EVERYTHING, params![]).await.unwrap() {
        for column in 0..3 {
            let text = String::from_utf8_lossy(row.slice(column).unwrap()).into_owned();
            assert!(!text.contains("alice") && !text.contains("192.0.2"));
        }
    }
}

#[tokio::test]
async fn an_untouched_log_verifies_16_4_2() {
    let bench = Bench::new(|_| ()).await;
    let ctx = bench.rested().await;
    record(&ctx, 5).await;
    assert_eq!(verify(&ctx).await.unwrap().unlinked, 5);
    assert_eq!(link(&ctx).await.unwrap(), 5);
    record(&ctx, 5).await;
    stop(&ctx).await.unwrap();
    let report = verify(&ctx).await.unwrap();
    assert!(report.ok, "{report:?}");
    assert_eq!((report.events, report.unlinked, report.chains, report.checkpoints), (10, 0, 1, 1));
    join(&ctx).await.unwrap();
    assert_eq!(verify(&ctx).await.unwrap().checkpoints, 1, "nothing new, no checkpoint");
}

#[tokio::test]
async fn every_tampering_is_found_and_placed_16_4_2() {
    let cases = [
        (&ALTER, params![3], (Flaw::Altered, 3)),
        (&RESEAL, params![3, b"x".as_slice()], (Flaw::Altered, 3)),
        (&REMOVE, params![3], (Flaw::Missing, 3)),
        (&REMOVE_FROM, params![4], (Flaw::Missing, 4)),
        (&FORGET_CHECKPOINT, params![1], (Flaw::Checkpoint, 2)),
    ];
    for (statement, values, (flaw, place)) in cases {
        let expected = [(flaw, Some(place))];
        let bench = Bench::new(|_| ()).await;
        let ctx = bench.rested().await;
        record(&ctx, 3).await;
        stop(&ctx).await.unwrap();
        record(&ctx, 3).await;
        stop(&ctx).await.unwrap();
        ctx.db.execute(statement, values).await.unwrap();
        assert_eq!(flaws(&ctx).await, expected, "{}", statement.name);
        // A process that knows the log from its checkpoints alone finds the same.
        assert_eq!(flaws(&bench.rested().await).await, expected, "{}", statement.name);
    }
}

#[tokio::test]
async fn events_that_change_places_are_found_16_4_2() {
    let bench = Bench::new(|_| ()).await;
    let ctx = bench.rested().await;
    record(&ctx, 5).await;
    link(&ctx).await.unwrap();
    for (from, to) in [(2, 99), (3, 2), (99, 3)] {
        ctx.db.execute(&MOVE, params![from, to]).await.unwrap();
    }
    let found = flaws(&ctx).await;
    assert!(found.contains(&(Flaw::Misplaced, Some(2))) && found.contains(&(Flaw::Misplaced, Some(3))), "{found:?}");
}

#[tokio::test]
async fn events_taken_off_the_end_leave_a_gap_16_4_2() {
    let bench = Bench::new(|_| ()).await;
    let ctx = bench.rested().await;
    record(&ctx, 4).await;
    link(&ctx).await.unwrap();
    ctx.db.execute(&REMOVE_FROM, params![3]).await.unwrap();
    assert_eq!(flaws(&ctx).await, [(Flaw::Missing, Some(3))]);
    record(&ctx, 1).await;
    link(&ctx).await.unwrap();
    assert_eq!(flaws(&ctx).await, [(Flaw::Missing, Some(3))], "and it stays, whatever comes after");
}

#[tokio::test]
async fn an_event_that_the_server_did_not_write_is_never_linked_16_4_2() {
    let bench = Bench::new(|_| ()).await;
    let ctx = bench.rested().await;
    record(&ctx, 2).await;
    ctx.db.execute(&FORGE, params![[1u8; 16]]).await.unwrap();
    assert_eq!(link(&ctx).await.unwrap(), 2);
    assert_eq!(flaws(&ctx).await, [(Flaw::Altered, None)]);
}

#[tokio::test]
async fn erasing_a_person_keeps_the_chain_whole_m34() {
    let bench = Bench::new(|_| ()).await;
    let ctx = bench.rested().await;
    let (alice, bob) = (AccountId::new(ctx.now()), AccountId::new(ctx.now()));
    ctx.audit.record(&ctx, failure(1).subject(alice)).await.unwrap();
    ctx.audit.record(&ctx, failure(2).subject(bob).actor(alice)).await.unwrap();
    ctx.audit.record(&ctx, failure(3).subject(bob)).await.unwrap();
    stop(&ctx).await.unwrap();
    assert!(ctx.db.run(erase::newest(Unit::new(), alice)).await.unwrap().is_done());
    let report = verify(&ctx).await.unwrap();
    assert!(report.ok && report.erased == 2, "{report:?}");
    let page = list(&ctx, &Filter { subject: Some(alice), ..Filter::default() }).await.unwrap();
    assert!(page.events[0].erased && page.events[0].ip.is_none() && page.events[0].details.is_empty());
    let page = list(&ctx, &Filter { subject: Some(bob), limit: 9, ..Filter::default() }).await.unwrap();
    assert_eq!(page.events.iter().map(|event| event.erased).collect::<Vec<_>>(), [false, true]);
}

#[tokio::test]
async fn retention_leaves_a_rest_that_verifies_m34() {
    // Keys that never rotate leave the log to this test.
    let bench = Bench::new(|settings| settings.tokens.rotate_every = Span(0)).await;
    let ctx = bench.rested().await;
    record(&ctx, 4).await;
    stop(&ctx).await.unwrap();
    bench.clock.advance(Span::days(300));
    record(&ctx, 2).await;
    stop(&ctx).await.unwrap();
    bench.clock.advance(Span::days(101));
    retention::cut(&ctx).await.unwrap();
    for node in [&ctx, &bench.rested().await] {
        let report = verify(node).await.unwrap();
        assert!(report.ok && report.events == 2, "{report:?}");
    }
    // All of it goes, and the chain still goes on from where it was.
    bench.clock.advance(Span::days(400));
    retention::cut(&ctx).await.unwrap();
    record(&ctx, 1).await;
    stop(&ctx).await.unwrap();
    let report = verify(&bench.rested().await).await.unwrap();
    assert!(report.ok && report.events == 1, "{report:?}");
    ctx.db.execute(&REMOVE, params![7]).await.unwrap();
    assert_eq!(flaws(&ctx).await, [(Flaw::Missing, Some(7))]);
}

#[tokio::test]
async fn each_process_has_its_chain_and_what_one_leaves_behind_is_linked_16_4_2() {
    let bench = Bench::new(|_| ()).await;
    let (gone, ctx) = (bench.rested().await, bench.rested().await);
    record(&gone, 3).await;
    record(&ctx, 2).await;
    assert_eq!(link(&ctx).await.unwrap(), 2);
    join(&ctx).await.unwrap();
    assert_eq!(verify(&ctx).await.unwrap().unlinked, 3, "it may still be there");
    bench.clock.advance(Span::minutes(6));
    join(&ctx).await.unwrap();
    let report = verify(&ctx).await.unwrap();
    assert!(report.ok, "{report:?}");
    assert_eq!((report.unlinked, report.chains), (0, 2));
    // The one that was thought gone comes back and goes on.
    record(&gone, 1).await;
    assert_eq!(link(&gone).await.unwrap(), 1);
    assert!(verify(&gone).await.unwrap().ok);
}

#[tokio::test]
async fn two_nodes_that_adopt_at_once_make_one_chain_16_4_2() {
    let bench = Bench::new(|_| ()).await;
    let (gone, one, two) = (bench.rested().await, bench.rested().await, bench.rested().await);
    record(&gone, 20).await;
    let before = bench.clock.now() + Span::seconds(1);
    let (a, b) = tokio::join!(link::adopt(&one, before), link::adopt(&two, before));
    assert!(a.unwrap() + b.unwrap() <= 20);
    link::adopt(&one, before).await.unwrap();
    let report = verify(&one).await.unwrap();
    assert!(report.ok && (report.events, report.unlinked) == (20, 0), "{report:?}");
}

#[tokio::test]
async fn lists_are_filtered_and_paged_newest_first_m34() {
    let bench = Bench::new(|_| ()).await;
    let ctx = bench.rested().await;
    let alice = AccountId::new(ctx.now());
    record(&ctx, 3).await;
    bench.clock.advance(Span::hours(1));
    let since = ctx.now();
    ctx.audit.record(&ctx, Event::new("users.disabled", Outcome::Success).subject(alice)).await.unwrap();
    record(&ctx, 3).await;
    let count = async |filter: Filter| list(&ctx, &Filter { limit: 50, ..filter }).await.unwrap().events.len();
    assert_eq!(count(Filter::default()).await, 7);
    assert_eq!(count(Filter { action: Some("password.".into()), ..Filter::default() }).await, 6);
    assert_eq!(count(Filter { action: Some("%".into()), ..Filter::default() }).await, 0);
    assert_eq!(count(Filter { outcome: Some("success".into()), ..Filter::default() }).await, 1);
    assert_eq!(count(Filter { since: Some(since), ..Filter::default() }).await, 4);
    assert_eq!(count(Filter { until: Some(since), ..Filter::default() }).await, 3);
    assert_eq!(count(Filter { actor: Some(alice), ..Filter::default() }).await, 0);
    assert_eq!(count(Filter { actor: Some(alice), subject: Some(alice), ..Filter::default() }).await, 0);

    let mut seen = Vec::new();
    let mut filter = Filter { limit: 3, ..Filter::default() };
    loop {
        let page = list(&ctx, &filter).await.unwrap();
        seen.extend(
            page.events
                .iter()
                .map(|event| event.details.get("n").map_or("-".into(), |n| n.as_str().unwrap().to_owned())),
        );
        filter.cursor = page.next;
        if page.next.is_none() {
            break;
        }
    }
    assert_eq!(seen, ["2", "1", "0", "-", "2", "1", "0"]);
}

#[tokio::test]
async fn an_export_has_every_event_on_a_line_m34() {
    let bench = Bench::new(|_| ()).await;
    let ctx = bench.rested().await;
    let unit = (0..1203).fold(Unit::new(), |unit, n| ctx.audit.step(&ctx, unit, failure(n)));
    assert!(ctx.db.run(unit).await.unwrap().is_done());
    let parts: Vec<_> = export(ctx.clone(), Filter::default()).boxed().try_collect().await.unwrap();
    let text = String::from_utf8(parts.concat()).unwrap();
    let lines: Vec<serde_json::Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), 1203);
    assert_eq!((&lines[0]["details"]["n"], &lines[1202]["details"]["n"]), (&"1202".into(), &"0".into()));
    assert_eq!(link(&ctx).await.unwrap(), 1203);
    assert!(verify(&ctx).await.unwrap().ok);
}

#[tokio::test]
async fn ids_of_one_moment_keep_their_order() {
    let bench = Bench::new(|_| ()).await;
    let ctx = bench.rested().await;
    let ids: Vec<_> = (0..10_000).map(|_| ctx.audit.next_id(ctx.now())).collect();
    assert!(ids.is_sorted());
    assert!(ids.iter().all(|id| id.bytes()[6] >> 4 == 7 && id.bytes()[8] >> 6 == 2), "version and variant of UUIDv7");
}
