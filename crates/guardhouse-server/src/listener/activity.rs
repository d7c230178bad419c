//! Whether anything happens on a connection: a request is worked on, or its answer is taken.

use std::{
    future::pending,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed},
    },
    task::{Context, Poll},
    time::Duration,
};

use axum::{
    body::{Body, Bytes},
    response::Response,
};
use http_body::{Frame, SizeHint};
use tokio::time::sleep;

/// What is seen of one connection. Times are told by looking now and then, so that a request costs no timer.
#[derive(Default)]
pub(super) struct Activity {
    working: AtomicUsize,
    signs: AtomicU64,
}

impl Activity {
    /// A request came, or more of an answer is being made.
    pub(super) fn begin(self: &Arc<Self>) -> Working {
        self.working.fetch_add(1, Relaxed);
        self.signs.fetch_add(1, Relaxed);
        Working(Arc::clone(self))
    }

    /// Returns where nothing came for so long from the beginning.
    pub(super) async fn mute(&self, patience: Duration) {
        sleep(patience).await;
        if self.signs.load(Relaxed) > 0 {
            pending::<()>().await;
        }
    }

    /// Returns when the client has asked nothing, and taken nothing of an answer, for `patience` to twice as long.
    pub(super) async fn quiet(&self, patience: Duration) {
        loop {
            let before = self.signs.load(Relaxed);
            sleep(patience).await;
            if self.working.load(Relaxed) == 0 && self.signs.load(Relaxed) == before {
                return;
            }
        }
    }
}

/// While it lives, it is the server that is waited for.
pub(super) struct Working(Arc<Activity>);

impl Drop for Working {
    fn drop(&mut self) {
        self.0.signs.fetch_add(1, Relaxed);
        self.0.working.fetch_sub(1, Relaxed);
    }
}

impl Working {
    /// The work is done; what remains is for the client to take.
    pub(super) fn done(self, answer: Response) -> Response<Watched> {
        answer.map(|body| Watched { body, activity: Arc::clone(&self.0), making: None })
    }
}

/// A body that tells when some of it was taken.
pub(super) struct Watched {
    body: Body,
    activity: Arc<Activity>,
    making: Option<Working>,
}

impl http_body::Body for Watched {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let watched = self.get_mut();
        let frame = Pin::new(&mut watched.body).poll_frame(context);
        if frame.is_ready() {
            watched.activity.signs.fetch_add(1, Relaxed);
            watched.making = None;
        } else if watched.making.is_none() {
            watched.making = Some(watched.activity.begin());
        }
        frame
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
