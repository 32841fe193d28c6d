//! The one timer of a connection.

use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll, ready},
    time::Instant,
};

use tokio::time::{self, Sleep};

/// Rings at a deadline or somewhat after it.
///
/// Every byte from the peer moves the deadline, but an armed timer is left where it is: when it fires too early, it is
/// armed anew. So a busy connection pays for a timer twice a minute, not with every read.
#[derive(Debug, Default)]
pub(crate) struct Alarm(Option<Pin<Box<Sleep>>>);

impl Alarm {
    /// Ready once `deadline` has passed; registers for it before that.
    pub(crate) fn poll(&mut self, context: &mut Context<'_>, deadline: Instant) -> Poll<()> {
        let deadline = time::Instant::from_std(deadline);
        let sleep = self.0.get_or_insert_with(|| Box::pin(time::sleep_until(deadline)));
        if sleep.deadline() > deadline {
            sleep.as_mut().reset(deadline);
        }
        loop {
            ready!(sleep.as_mut().poll(context));
            if sleep.deadline() >= deadline {
                return Poll::Ready(());
            }
            sleep.as_mut().reset(deadline);
        }
    }
}

/// The time as the runtime has it: tests can stop it and set it.
pub(crate) fn now() -> Instant {
    time::Instant::now().into_std()
}
