//! `Seat`: a socket that a broadcast reaches, and its `Member`, who says for how long.

use std::{
    io,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc, Weak,
        atomic::{AtomicU64, Ordering},
    },
    task::Context,
};

use sockeye_proto::{Burst, CloseCode, CloseFrame, Prepared};

use super::{
    super::{Sender, shared::Shared},
    Slow,
    group::Group,
};
use crate::{Io, driver::Driver, transport::Transport};

const TOO_SLOW: &str = "expected a reader that keeps up, got one that does not";

/// A socket's part in a [`Broadcast`](super::Broadcast), which is over when this is dropped.
#[derive(Debug)]
#[must_use = "the socket leaves when its member is dropped"]
pub struct Member<S = Io> {
    group: Arc<Group<S>>,
    number: u64,
    seat: Arc<Seat<S>>,
}

/// What a member was sent so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Delivered {
    /// Messages that left or wait in its queue.
    pub messages: u64,
    /// The bytes of their payloads.
    pub bytes: u64,
    /// Messages for which there was no room. Unless the broadcast is lossy, the first of them ends the connection.
    pub missed: u64,
}

#[derive(Debug)]
pub(super) struct Seat<S> {
    socket: Weak<Shared<S>>,
    /// The number of the first message that it gets.
    first: u64,
    counters: Counters,
}

/// Written by the task of the group alone.
#[derive(Debug, Default)]
struct Counters {
    messages: AtomicU64,
    bytes: AtomicU64,
    missed: AtomicU64,
}

/// Whether a socket is to be reached further.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stay {
    GoesOn,
    Over,
}

impl<S> Member<S> {
    pub(super) fn new(group: Arc<Group<S>>, sender: &Sender<S>) -> Self {
        let socket = Arc::downgrade(sender.shared());
        let counters = Counters::default();
        let (number, seat) = group.join(|first| Seat { socket, first, counters });
        Self { group, number, seat }
    }

    /// What it was sent so far.
    #[must_use]
    pub fn delivered(&self) -> Delivered {
        let Counters { messages, bytes, missed } = &self.seat.counters;
        let [messages, bytes, missed] =
            [messages, bytes, missed].map(|counter| counter.load(Ordering::Relaxed));
        Delivered { messages, bytes, missed }
    }
}

impl<S> Drop for Member<S> {
    fn drop(&mut self) {
        self.group.leave(self.number);
    }
}

impl Counters {
    fn count(&self, taken: &[Prepared], missed: usize) {
        let bytes = taken.iter().map(|message| message.as_bytes().len()).sum();
        let more = [(&self.messages, taken.len()), (&self.bytes, bytes), (&self.missed, missed)];
        for (counter, more) in more {
            let more = u64::try_from(more).unwrap_or(u64::MAX);
            counter.store(counter.load(Ordering::Relaxed).wrapping_add(more), Ordering::Relaxed);
        }
    }
}

impl<S: Transport> Seat<S> {
    /// Hands a burst over, whose first message has the number `first`.
    pub(super) fn deliver(&self, first: u64, burst: &mut Burst, slow: Slow) -> Stay {
        let Some(socket) = self.socket.upgrade() else { return Stay::Over };
        let before = usize::try_from(self.first.saturating_sub(first)).unwrap_or(usize::MAX);
        if before == 0 {
            return self.hand(&socket, burst, slow);
        }
        // It joined in the midst of it, or after it.
        match burst.messages().get(before..) {
            None | Some([]) => Stay::GoesOn,
            Some(rest) => self.hand(&socket, &mut Burst::new(rest.to_vec()), slow),
        }
    }

    fn hand(&self, socket: &Shared<S>, burst: &mut Burst, slow: Slow) -> Stay {
        let handed = catch_unwind(AssertUnwindSafe(|| {
            socket.push(|driver, context| self.send(driver, context, burst, slow))
        }));
        // A transport that panics has ended, for its owner too; the hook of the process has told of it.
        handed.unwrap_or_else(|_| {
            socket
                .push(|driver, _| driver.stop_writing(io::Error::other("the transport panicked")));
            Stay::Over
        })
    }

    /// Writes a burst to a socket, and says goodbye to one that has no room for all of it.
    fn send(
        &self,
        driver: &mut Driver<S>,
        context: &mut Context<'_>,
        burst: &mut Burst,
        slow: Slow,
    ) -> Stay {
        let taken = driver.send_burst(context, burst);
        let (taken, left) = burst.messages().split_at_checked(taken).unwrap_or_default();
        if left.is_empty() {
            self.counters.count(taken, 0);
            return Stay::GoesOn;
        }
        let open = driver.connection().is_open() && !driver.has_stopped_writing();
        self.counters.count(taken, if open { left.len() } else { 0 });
        if !open {
            return Stay::Over;
        }
        match slow {
            Slow::Misses => Stay::GoesOn,
            Slow::Closes => {
                driver.dismiss(context, CloseFrame::new(CloseCode::POLICY_VIOLATION, TOO_SLOW));
                Stay::Over
            }
        }
    }
}
