//! The one deadline of a connection.

use std::{
    sync::Arc,
    task::{Context, Poll},
    time::Instant,
};

use tokio::time;

use crate::{
    clock::{Clock, Slot},
    engine,
};

/// Rings at a deadline or somewhat after it. It has no timer of its own: a [`Clock`] rings for all sockets of a thread.
#[derive(Debug, Default)]
pub(crate) struct Alarm(Option<Place>);

#[derive(Debug)]
struct Place {
    clock: Arc<Clock>,
    slot: Slot,
}

impl Alarm {
    /// Ready once `deadline` has passed; registers for it before that.
    pub(crate) fn poll(&mut self, context: &mut Context<'_>, deadline: Instant) -> Poll<()> {
        if let Some(polled) = engine::poll_deadline(context, deadline) {
            return polled;
        }
        if now() >= deadline {
            return Poll::Ready(());
        }
        if let Some(place) = &self.0
            && place.clock.set(place.slot, deadline, context.waker())
        {
            return Poll::Pending;
        }
        // The first time, or the runtime of the other clock has ended.
        let (clock, slot) = Clock::join(deadline, context.waker());
        self.0 = Some(Place { clock, slot });
        Poll::Pending
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.clock.leave(self.slot);
    }
}

/// The time as the runtime has it: tests can stop it and set it. In a turn of an engine it stands still.
pub(crate) fn now() -> Instant {
    engine::now().unwrap_or_else(|| time::Instant::now().into_std())
}
