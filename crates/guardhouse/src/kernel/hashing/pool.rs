//! A few threads that take work from one queue.

use std::{
    collections::VecDeque,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use guardhouse_core::password::Memory;

type Work = Box<dyn FnOnce(&mut Memory) + Send>;

/// After so long without work a thread gives its memory back (rulings 35).
const IDLE: Duration = Duration::from_secs(60);
/// Nice value: everything else goes first where cores are few.
const NICE: i32 = 10;

pub(super) struct Pool(Arc<Queue>);

#[derive(Default)]
struct Queue {
    state: Mutex<State>,
    filled: Condvar,
}

#[derive(Default)]
struct State {
    waiting: VecDeque<Work>,
    closed: bool,
}

impl Pool {
    pub(super) fn start(threads: usize) -> std::io::Result<Self> {
        let queue = Arc::new(Queue::default());
        for number in 0..threads.max(1) {
            let queue = Arc::clone(&queue);
            std::thread::Builder::new().name(format!("hash-{number}")).spawn(move || serve(&queue))?;
        }
        Ok(Self(queue))
    }

    pub(super) fn submit(&self, work: Work) {
        self.0.lock().waiting.push_back(work);
        self.0.filled.notify_one();
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        self.0.lock().closed = true;
        self.0.filled.notify_all();
    }
}

impl Queue {
    /// Nothing that holds this lock can panic, so a poisoned one holds a sound queue.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The next piece of work; `None` when the pool closed.
    fn next(&self, memory: &mut Memory) -> Option<Work> {
        let mut state = self.lock();
        loop {
            if let Some(work) = state.waiting.pop_front() {
                return Some(work);
            }
            if state.closed {
                return None;
            }
            let (woken, waited) = self.filled.wait_timeout(state, IDLE).unwrap_or_else(PoisonError::into_inner);
            state = woken;
            if waited.timed_out() {
                memory.release();
            }
        }
    }
}

fn serve(queue: &Queue) {
    lower_priority();
    let mut memory = Memory::new();
    while let Some(work) = queue.next(&mut memory) {
        // One malformed hash must not take a hashing thread with it (ASVS 16.5.4).
        let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| work(&mut memory)));
        if outcome.is_err() {
            tracing::error!("a hashing thread caught a panic");
            memory = Memory::new();
        }
    }
}

fn lower_priority() {
    // On Linux a thread has a nice value of its own; elsewhere, or where it is not allowed, nothing is lost.
    if let Err(error) = rustix::process::setpriority_process(Some(rustix::thread::gettid()), NICE) {
        tracing::debug!(%error, "hashing threads keep the usual priority");
    }
}
