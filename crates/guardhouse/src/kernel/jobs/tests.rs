use std::sync::LazyLock;

use guardhouse_store::Unit;
use tokio::sync::Barrier;

use super::*;
use crate::{
    Guardhouse, StartOptions,
    features::password,
    testing::{Bench, TestApp},
};

static ALL_AT_WORK: LazyLock<Barrier> = LazyLock::new(|| Barrier::new(BATCH as usize));

const MEETING: JobKind = JobKind::Queued {
    kind: "test.meeting",
    run: |_, _| {
        Box::pin(async {
            ALL_AT_WORK.wait().await;
            Ok(())
        })
    },
};

async fn enqueue(ctx: &Ctx, kind: &'static str, many: usize) {
    let unit = (0..many).fold(Unit::new(), |unit, _| jobs::enqueue(unit, &Job::new(kind, vec![], ctx.now())));
    assert!(ctx.db.run(unit).await.unwrap().is_done());
}

async fn waiting(ctx: &Ctx) -> i64 {
    const WAITING: guardhouse_store::Statement =
        guardhouse_store::Statement { name: "testing::WAITING", sql: "select count(*) from jobs where attempts = 0" };
    ctx.db.first(&WAITING, vec![]).await.unwrap().unwrap().int(0).unwrap()
}

/// Each job has the whole lease for itself, and a shutdown finds few in hand.
#[tokio::test]
async fn few_jobs_are_claimed_and_none_waits_for_another() {
    let bench = Bench::new(|_| {}).await;
    let node = bench.node().await;
    enqueue(&node, "test.meeting", 7).await;
    let all_meet = tokio::time::timeout(TIME.to_std(), run_queued(&node, &[MEETING])).await;
    assert!(all_meet.expect("the jobs run at once"));
    assert_eq!(waiting(&node).await, 3);
}

#[tokio::test]
async fn a_job_that_takes_too_long_has_failed() {
    let error = within(Span::milliseconds(0), std::future::pending()).await.unwrap_err();
    assert!(error.cause().unwrap().to_string().contains("not done within"));
    assert!(TIME < LEASE);
}

/// A verb of the command line beside a server leaves the queue and the turns to that server.
#[tokio::test]
async fn without_background_nothing_is_claimed_and_the_own_audit_events_are_linked() {
    const UNLINKED: guardhouse_store::Statement = guardhouse_store::Statement {
        name: "testing::UNLINKED",
        sql: "select 1 from audit_events where position is null",
    };
    let bench = Bench::new(|_| {}).await;
    let options = StartOptions { clock: bench.clock.clone(), migrate: true, background: false };
    let engine = Guardhouse::start(bench.settings.clone(), options).await.unwrap();
    let ctx = engine.ctx();
    enqueue(ctx, "test.meeting", 1).await;
    let event = audit::Event::new("test.verb", audit::Outcome::Success);
    assert!(ctx.db.run(ctx.audit.step(ctx, Unit::new(), event)).await.unwrap().is_done());
    assert_eq!(engine.tasks_in_background(), 0);
    engine.stop().await;
    assert_eq!(waiting(ctx).await, 1);
    assert!(ctx.db.first(&UNLINKED, vec![]).await.unwrap().is_none());
}

/// M-40: their payload may name people.
#[tokio::test]
async fn dead_jobs_are_swept_after_thirty_days_m40() {
    let bench = Bench::new(|_| {}).await;
    let node = bench.node().await;
    enqueue(&node, "test.dead", 1).await;
    let claimed = jobs::claim(&node.db, &["test.dead"], node.now(), LEASE, 1).await.unwrap();
    jobs::bury(&node.db, &claimed[0], "no use").await.unwrap();
    bench.clock.advance(Span::days(29));
    enqueue(&node, "test.alive", 1).await;
    let dead = async || {
        for sweep in OF_THE_STORE {
            (sweep.run)(&node).await.unwrap();
        }
        jobs::dead(&node.db, node.now(), 9).await.unwrap().len()
    };
    assert_eq!(dead().await, 1);
    bench.clock.advance(Span::days(2));
    assert_eq!(dead().await, 0);
    assert_eq!(waiting(&node).await, 1);
}

/// A memory that one process filled long ago is of no use to the others (`A17`).
#[tokio::test]
async fn work_of_each_process_is_done_at_its_start_and_when_it_is_due_a17() {
    let app = TestApp::new().await;
    app.register("alice").await;
    let ours = app.ctx().hasher.dummy(0).recipe();
    let theirs = "$2b$04$abcdefghijklmnopqrstuuP5lAQ6Q2Nlvx4hkmdpXlwAgYyr9oq3G";
    let brought = guardhouse_core::password::PasswordHash::parse(theirs).unwrap().recipe();
    app.change("update passwords set hash = $1", params![theirs]).await;
    assert_eq!(app.another_node().await.ctx().hasher.dummy(0).recipe(), brought);

    let kinds = (password::FEATURE.jobs)();
    let mut due = first_runs(app.ctx(), &kinds);
    run_each_process(app.ctx(), &kinds, &mut due).await;
    assert_eq!(app.ctx().hasher.dummy(0).recipe(), ours);
    app.advance(Span::hours(1));
    run_each_process(app.ctx(), &kinds, &mut due).await;
    assert_eq!(app.ctx().hasher.dummy(0).recipe(), brought);
}
