//! The one writer: gathers all units that wait into one durable commit.
//!
//! A commit costs a sync of the disk, whatever is in it. Each unit keeps its own savepoint, so one
//! that fails takes nobody along, and answers leave only after the sync.

use std::{collections::VecDeque, sync::Arc, thread};

use rusqlite::Connection;
use tokio::sync::oneshot;

use super::{connection, errors::store_error, queue::Queue};
use crate::{Outcome, Result, Steps, StoreError, Unit, signals::Signals};

/// The most units in one commit: bounds how long the first of them waits.
const GATHER: usize = 256;

type Answer = oneshot::Sender<Result<Outcome>>;

enum Job {
    Unit(Unit, Answer),
    /// Work with a transaction of its own: migrations.
    Alone(Box<dyn FnOnce(&mut Connection) + Send>),
}

/// The writing thread and its queue. Dropping it finishes what waits and closes the file.
pub(crate) struct Writer {
    queue: Arc<Queue<Job>>,
    thread: Option<thread::JoinHandle<()>>,
}

impl Writer {
    pub(crate) fn start(connection: Connection, signals: Arc<Signals>) -> Result<Self> {
        let queue = Arc::new(Queue::new());
        let desk = Desk { connection, signals, queue: Arc::clone(&queue), waiting: VecDeque::new(), alone: 0 };
        let thread = thread::Builder::new()
            .name("database writer".into())
            .spawn(move || desk.serve())
            .map_err(StoreError::unavailable)?;
        Ok(Self { queue, thread: Some(thread) })
    }

    pub(crate) async fn run(&self, unit: Unit) -> Result<Outcome> {
        let (answer, answered) = oneshot::channel();
        self.send(Job::Unit(unit, answer)).await?;
        answered.await.map_err(|_| stopped())?
    }

    pub(crate) async fn exclusively<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Connection) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let (answer, answered) = oneshot::channel();
        let work = Box::new(move |connection: &mut Connection| {
            // Nobody is told when the caller has gone meanwhile.
            let _ = answer.send(work(connection));
        });
        self.send(Job::Alone(work)).await?;
        answered.await.map_err(|_| stopped())?
    }

    pub(crate) fn alive(&self) -> Result<()> {
        if self.queue.is_closed() { Err(stopped()) } else { Ok(()) }
    }

    async fn send(&self, job: Job) -> Result<()> {
        if self.queue.push(job).await { Ok(()) } else { Err(stopped()) }
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.queue.close();
        if let Some(thread) = self.thread.take() {
            // A panic of the thread has been reported where it happened.
            let _ = thread.join();
        }
    }
}

fn stopped() -> StoreError {
    StoreError::unavailable("the writing thread has stopped")
}

struct Desk {
    connection: Connection,
    signals: Arc<Signals>,
    queue: Arc<Queue<Job>>,
    /// Taken from the queue and not yet begun.
    waiting: VecDeque<Job>,
    /// So many of them are units that lost a commit that they shared, and get one of their own.
    alone: usize,
}

/// A thread that ends, if by a panic, leaves no caller waiting.
impl Drop for Desk {
    fn drop(&mut self) {
        self.queue.close();
        drop(self.queue.take());
    }
}

/// The units of one commit, and what they will be told.
#[derive(Default)]
struct Batch {
    units: Vec<(Unit, Answer, Result<Outcome>)>,
    kept: bool,
    notify: bool,
}

impl Desk {
    fn serve(mut self) {
        while let Some(job) = self.next() {
            match job {
                Job::Unit(unit, answer) => self.gather(unit, answer),
                Job::Alone(work) => work(&mut self.connection),
            }
        }
        // Leaves one whole file behind; without it the next opening would read the log.
        let _ = self.connection.query_row("pragma wal_checkpoint(truncate)", [], |_| Ok(()));
    }

    fn next(&mut self) -> Option<Job> {
        if self.waiting.is_empty() {
            self.waiting = self.queue.take()?;
        }
        self.waiting.pop_front()
    }

    /// The next job, where it is a unit.
    fn next_unit(&mut self) -> Option<(Unit, Answer)> {
        match self.waiting.pop_front()? {
            Job::Unit(unit, answer) => Some((unit, answer)),
            alone @ Job::Alone(_) => {
                self.waiting.push_front(alone);
                None
            }
        }
    }

    /// Runs this unit and all that wait in one commit.
    fn gather(&mut self, unit: Unit, answer: Answer) {
        if let Err(error) = self.control("BEGIN IMMEDIATE") {
            return self.refuse(answer, &error);
        }
        // The lock of another process is waited for once, and meanwhile more units came.
        self.waiting.append(&mut self.queue.more());
        let most = if self.alone > 0 { 1 } else { GATHER };
        self.alone = self.alone.saturating_sub(1);
        let mut batch = Batch::default();
        let mut next = Some((unit, answer));
        while let Some((unit, answer)) = next {
            if !answer.is_closed() && !self.attempt(unit, answer, &mut batch) {
                return self.again(batch);
            }
            next = if batch.units.len() < most { self.next_unit() } else { None };
        }
        self.conclude(batch);
    }

    /// Nothing can be written now: whoever waits is told so, rather than each after a wait of its own.
    fn refuse(&mut self, answer: Answer, error: &StoreError) {
        self.alone = 0;
        let mut next = Some(answer);
        while let Some(answer) = next {
            // Nobody is told when the caller has gone meanwhile.
            let _ = answer.send(Err(error.clone()));
            next = self.next_unit().map(|(_, answer)| answer);
        }
    }

    /// Runs one unit inside the open transaction; `false` when that is gone, for which this unit alone is told why.
    fn attempt(&mut self, unit: Unit, answer: Answer, batch: &mut Batch) -> bool {
        self.signals.counts.unit();
        let result = self.run(&unit);
        if self.connection.is_autocommit() {
            let gone = || StoreError::unavailable("the transaction was rolled back");
            let _ = answer.send(result.and_then(|_| Err(gone())));
            return false;
        }
        let done = matches!(result, Ok(Outcome::Done(_)));
        batch.kept |= done;
        batch.notify |= done && unit.notify;
        batch.units.push((unit, answer, result));
        true
    }

    /// The commit that these shared is lost, through one of them or through all together: each gets one of its own, so
    /// that a full disk refuses what grows and nothing else.
    fn again(&mut self, batch: Batch) {
        self.alone += batch.units.len();
        for (unit, answer, _) in batch.units.into_iter().rev() {
            self.waiting.push_front(Job::Unit(unit, answer));
        }
    }

    fn run(&self, unit: &Unit) -> Result<Outcome> {
        // A single statement is a whole by itself.
        if unit.steps.len() == 1 {
            return self.steps(unit);
        }
        self.control("SAVEPOINT unit")?;
        let result = self.steps(unit);
        let done = matches!(result, Ok(Outcome::Done(_)));
        match self.close_savepoint(done) {
            Ok(()) => result,
            Err(error) => {
                // Half a unit must not ride along with the commit of the others.
                let _ = self.control("ROLLBACK");
                Err(error)
            }
        }
    }

    fn close_savepoint(&self, done: bool) -> Result<()> {
        // Some failures, a full disk for one, have ended the whole transaction already.
        if self.connection.is_autocommit() {
            return Ok(());
        }
        if !done {
            self.control("ROLLBACK TO unit")?;
        }
        self.control("RELEASE unit")
    }

    fn steps(&self, unit: &Unit) -> Result<Outcome> {
        let mut steps = Steps::default();
        for (index, step) in unit.steps.iter().enumerate() {
            self.signals.counts.statements(1);
            let (rows, touched) = connection::run(&self.connection, &step.statement, &step.params)?;
            if step.required && touched == 0 {
                return Ok(Outcome::Refused { step: index });
            }
            steps.push(rows, touched);
        }
        Ok(Outcome::Done(steps))
    }

    /// Makes the batch durable, then tells everybody. When it could not be made durable, nobody is told that it was.
    fn conclude(&mut self, batch: Batch) {
        let failed = self.commit(batch.kept).err();
        if failed.is_some() && batch.units.len() > 1 {
            return self.again(batch);
        }
        if failed.is_none() && batch.notify {
            self.signals.changed();
        }
        for (_, answer, result) in batch.units {
            let result = match (&failed, result) {
                (Some(error), Ok(Outcome::Done(_))) => Err(error.clone()),
                (_, result) => result,
            };
            // Nobody is told when the caller has gone meanwhile.
            let _ = answer.send(result);
        }
    }

    fn commit(&self, kept: bool) -> Result<()> {
        let result = if kept { self.control("COMMIT") } else { Ok(()) };
        if result.is_ok() && kept {
            self.signals.counts.commit();
        }
        if !self.connection.is_autocommit() {
            self.control("ROLLBACK")?;
        }
        result
    }

    fn control(&self, sql: &str) -> Result<()> {
        self.connection
            .prepare_cached(sql)
            .and_then(|mut prepared| prepared.raw_execute())
            .map(drop)
            .map_err(|error| store_error(&error, sql))
    }
}
