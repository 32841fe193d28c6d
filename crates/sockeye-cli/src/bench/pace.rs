//! `Pace`: when the next message is due on one connection. Knows no socket and no clock.

use std::time::{Duration, Instant};

/// When messages are due.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Pace {
    /// The next batch when the last one is back: a server that stalls is asked no more until it goes on.
    Closed {
        /// Messages of a batch.
        depth: u64,
        /// When the batch under way left.
        left_at: Instant,
    },
    /// By the clock, whatever the server does: a stall makes each message late that was due in it.
    Open {
        /// When the first is due.
        first: Instant,
        /// Nanoseconds from one to the next.
        interval_nanos: f64,
        /// The most that wait for their answer.
        depth: u64,
    },
}

/// What is to be done now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// Send so many.
    Send(u64),
    /// Nothing before this time.
    At(Instant),
    /// Nothing before an answer.
    Answer,
}

impl Pace {
    pub(super) fn closed(depth: usize, now: Instant) -> Self {
        Self::Closed { depth: depth as u64, left_at: now }
    }

    /// One of `many` that share a rate; they begin one after the other, so that no two are due at once.
    pub(super) fn open(rate: f64, many: usize, which: usize, depth: usize, start: Instant) -> Self {
        let offset = Duration::try_from_secs_f64(which as f64 / rate).unwrap_or(Duration::MAX);
        let first = start.checked_add(offset).unwrap_or(start);
        Self::Open { first, interval_nanos: many as f64 * 1e9 / rate, depth: depth as u64 }
    }

    /// What is to be done when so many were sent, and so many answered.
    pub(super) fn next(&self, now: Instant, sent: u64, answered: u64) -> Next {
        match *self {
            Self::Closed { depth, .. } if sent == answered => Next::Send(depth),
            Self::Closed { .. } => Next::Answer,
            Self::Open { depth, .. } => {
                let room = depth.saturating_sub(sent - answered);
                if room == 0 {
                    return Next::Answer;
                }
                let due = (0..room).take_while(|more| self.due(sent + more) <= now).count() as u64;
                if due > 0 { Next::Send(due) } else { Next::At(self.due(sent)) }
            }
        }
    }

    /// A batch leaves.
    pub(super) fn leave(&mut self, now: Instant) {
        if let Self::Closed { left_at, .. } = self {
            *left_at = now;
        }
    }

    /// When the message of this number was to be sent; in a closed loop that is when it was.
    pub(super) fn due(&self, number: u64) -> Instant {
        match *self {
            Self::Closed { left_at, .. } => left_at,
            Self::Open { first, interval_nanos, .. } => {
                let nanos = interval_nanos * number as f64;
                first.checked_add(Duration::from_nanos(nanos as u64)).unwrap_or(first)
            }
        }
    }
}

#[cfg(test)]
mod tests;
