//! How far long work is: on standard error, where somebody looks at it.

use std::{
    borrow::Cow,
    io::{IsTerminal as _, stderr, stdout},
    time::Duration,
};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// How often what moves is drawn though nothing was counted.
const TICK: Duration = Duration::from_millis(120);

/// A line that goes when the work is done.
pub(crate) struct Progress(ProgressBar);

impl Progress {
    /// Work of a known length.
    pub(crate) fn bar(what: &'static str, length: u64) -> Self {
        let style = ProgressStyle::with_template("{msg} {bar:32} {pos}/{len}");
        Self::new(what, Some(length), style.ok(), stderr().is_terminal())
    }

    /// Work whose length nobody knows: counts what is done.
    pub(crate) fn count(what: &'static str) -> Self {
        Self::counting(what, stderr().is_terminal())
    }

    /// The same for what goes to standard output while it works: on one terminal the two would run into each other.
    pub(crate) fn count_beside_output(what: &'static str) -> Self {
        Self::counting(what, stderr().is_terminal() && !stdout().is_terminal())
    }

    fn counting(what: &'static str, shown: bool) -> Self {
        let style = ProgressStyle::with_template("{spinner} {msg} {human_pos} in {elapsed}");
        let progress = Self::new(what, None, style.ok(), shown);
        if shown {
            progress.0.enable_steady_tick(TICK);
        }
        progress
    }

    fn new(what: &'static str, length: Option<u64>, style: Option<ProgressStyle>, shown: bool) -> Self {
        let target = if shown { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        let bar = ProgressBar::with_draw_target(length, target).with_message(Cow::Borrowed(what));
        let bar = match style {
            Some(style) => bar.with_style(style),
            None => bar,
        };
        // Told at once: the first count may take its time.
        bar.tick();
        Self(bar)
    }

    /// So much is done.
    pub(crate) fn set(&self, done: u64) {
        self.0.set_position(done);
    }

    /// So much more is done.
    pub(crate) fn add(&self, more: u64) {
        self.0.inc(more);
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}
