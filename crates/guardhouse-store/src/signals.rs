//! What the engines tell the outside: counts, and that the change log grew.

use tokio::sync::watch;

use crate::stats::Counts;

#[derive(Debug)]
pub(crate) struct Signals {
    pub(crate) counts: Counts,
    changes: watch::Sender<()>,
}

impl Signals {
    pub(crate) fn new() -> Self {
        Self { counts: Counts::default(), changes: watch::Sender::new(()) }
    }

    /// After the commit, never before: a reader that is woken must find the row.
    pub(crate) fn changed(&self) {
        self.changes.send_replace(());
    }

    pub(crate) fn subscribe(&self) -> watch::Receiver<()> {
        self.changes.subscribe()
    }
}
