//! `Stall`: gives up on a peer that takes nothing of what it is sent.
//!
//! hyper waits for a reader as long as it takes, so whoever asks for a page and never reads it would be kept for ever.

use std::{
    fmt,
    future::Future,
    io,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use tokio::time::{self, Sleep};

/// What has to move.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    Write,
    /// What was taken may still be inside the transport, as in TLS.
    Flush,
}

/// How long nothing has moved, and how long that may be.
pub(super) struct Stall {
    timeout: Duration,
    since: Option<(Step, Pin<Box<Sleep>>)>,
}

impl fmt::Debug for Stall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stall").field("timeout", &self.timeout).finish_non_exhaustive()
    }
}

impl Stall {
    pub(super) fn new(timeout: Duration) -> Self {
        Self { timeout, since: None }
    }

    /// What a step came to, or an error when it has come to nothing for too long.
    pub(super) fn poll<T>(
        &mut self,
        context: &mut Context<'_>,
        step: Step,
        outcome: Poll<io::Result<T>>,
    ) -> Poll<io::Result<T>> {
        if outcome.is_ready() {
            // A flush that had nothing to do says nothing of a write that waits.
            self.since.take_if(|(waiting, _)| *waiting == step);
            return outcome;
        }
        let timeout = self.timeout;
        let (_, sleep) = self.since.get_or_insert_with(|| (step, Box::pin(time::sleep(timeout))));
        sleep.as_mut().poll(context).map(|()| Err(io::ErrorKind::TimedOut.into()))
    }
}
