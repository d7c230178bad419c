//! The jobs that wait for the writer, and when it is called to take them.
//!
//! A commit costs a sync whatever is in it, so it should hold all that is about to be asked for. Whoever pushes the
//! first job lets the tasks that are ready go first, since among them are others with jobs, and calls the writer then.
//! A caller who is alone waits for nobody, and the writer does not wait long for one who does not call.

use std::{
    collections::VecDeque,
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::sync::Semaphore;

/// Jobs that may wait before their callers do.
const ROOM: usize = 1024;
/// How often the other tasks may go first while each time more jobs come of it.
const TURNS: usize = 4;
/// How long the writer waits for whoever gathers: its thread may be busy with something else.
const PATIENCE: Duration = Duration::from_millis(2);

pub(super) struct Queue<T> {
    state: Mutex<State<T>>,
    called: Condvar,
    room: Semaphore,
}

struct State<T> {
    waiting: VecDeque<T>,
    /// Somebody will call the writer soon.
    gathering: bool,
    called: bool,
    closed: bool,
}

impl<T> Queue<T> {
    pub(super) fn new() -> Self {
        let state = State { waiting: VecDeque::new(), gathering: false, called: false, closed: false };
        Self { state: Mutex::new(state), called: Condvar::new(), room: Semaphore::new(ROOM) }
    }

    /// Adds a job, and sees to it that the writer is called; `false` when it has stopped.
    pub(super) async fn push(&self, job: T) -> bool {
        let Ok(room) = self.room.acquire().await else { return false };
        room.forget();
        let gathering = {
            let mut state = self.lock();
            if state.closed {
                return false;
            }
            state.waiting.push_back(job);
            std::mem::replace(&mut state.gathering, true)
        };
        if !gathering {
            self.called.notify_one();
            // Calls the writer when it is dropped, so also when this caller goes away meanwhile.
            let call = Call(self);
            for _ in 0..TURNS {
                let before = self.lock().waiting.len();
                tokio::task::yield_now().await;
                if self.lock().waiting.len() <= before {
                    break;
                }
            }
            drop(call);
        }
        true
    }

    /// All that waits, once the writer is called; `None` when the queue is closed and empty.
    pub(super) fn take(&self) -> Option<VecDeque<T>> {
        let mut state = self.lock();
        while state.waiting.is_empty() {
            if state.closed {
                return None;
            }
            state = self.called.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        let gathering = |state: &mut State<T>| !state.called && !state.closed;
        let waited = self.called.wait_timeout_while(state, PATIENCE, gathering);
        Some(self.all(waited.unwrap_or_else(PoisonError::into_inner).0))
    }

    /// What the writer was called for meanwhile.
    pub(super) fn more(&self) -> VecDeque<T> {
        let state = self.lock();
        if state.called { self.all(state) } else { VecDeque::new() }
    }

    /// Takes no more jobs; those that wait are still taken.
    pub(super) fn close(&self) {
        self.lock().closed = true;
        self.room.close();
        self.called.notify_one();
    }

    pub(super) fn is_closed(&self) -> bool {
        self.lock().closed
    }

    fn all(&self, mut state: MutexGuard<'_, State<T>>) -> VecDeque<T> {
        state.called = false;
        let jobs = std::mem::take(&mut state.waiting);
        self.room.add_permits(jobs.len());
        jobs
    }

    /// Nothing that holds this lock can panic, so a poisoned one holds a sound queue.
    fn lock(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

struct Call<'a, T>(&'a Queue<T>);

impl<T> Drop for Call<'_, T> {
    fn drop(&mut self) {
        {
            let mut state = self.0.lock();
            state.gathering = false;
            state.called = true;
        }
        self.0.called.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    #[tokio::test]
    async fn jobs_of_tasks_that_are_ready_are_taken_together() {
        let queue = Arc::new(Queue::new());
        let pushing = |number| {
            let queue = Arc::clone(&queue);
            tokio::spawn(async move { queue.push(number).await })
        };
        let pushed: Vec<_> = (0..64).map(pushing).collect();
        for push in pushed {
            assert!(push.await.is_ok_and(|pushed| pushed));
        }
        assert_eq!(queue.take().map(|jobs| jobs.len()), Some(64));
        assert!(queue.more().is_empty());
    }

    #[tokio::test]
    async fn a_caller_who_goes_away_calls_the_writer_all_the_same() {
        let queue = Queue::new();
        tokio::select! {
            biased;
            _ = queue.push(1) => unreachable!("others go first"),
            () = std::future::ready(()) => {}
        }
        assert_eq!(queue.take().map(Vec::from), Some(vec![1]));
    }

    #[tokio::test]
    async fn the_writer_does_not_wait_for_a_caller_who_never_calls() {
        let queue = Queue::new();
        let mut push = std::pin::pin!(queue.push(1));
        let taken = std::future::poll_fn(|context| {
            assert!(push.as_mut().poll(context).is_pending());
            std::task::Poll::Ready(queue.take())
        });
        assert_eq!(taken.await.map(Vec::from), Some(vec![1]));
        assert!(push.await);
    }

    #[tokio::test]
    async fn a_closed_queue_gives_what_waits_and_takes_no_more() {
        let queue = Queue::new();
        assert!(queue.push(1).await);
        queue.close();
        assert!(!queue.push(2).await);
        assert_eq!(queue.take().map(Vec::from), Some(vec![1]));
        assert_eq!(queue.take(), None);
    }
}
