//! `Alarm`: wakes whoever has something due.
//!
//! One for each thread. tokio's timers count in milliseconds, and a message that leaves late counts as one that was
//! answered late; so there is a clock of its own below, where the system has a finer one.

#[cfg_attr(target_os = "linux", path = "alarm/fine.rs")]
#[cfg_attr(not(target_os = "linux"), path = "alarm/coarse.rs")]
mod clock;

use std::{
    cmp::Reverse,
    collections::BinaryHeap,
    future::poll_fn,
    io,
    sync::{Mutex, PoisonError},
    task::{Context, Poll, Waker},
    time::{Duration, Instant},
};

use self::clock::Clock;

/// Those who wait for a time.
#[derive(Debug)]
pub(super) struct Alarm {
    clock: Clock,
    waiting: Mutex<BinaryHeap<Reverse<Sleeper>>>,
}

#[derive(Debug)]
struct Sleeper {
    until: Instant,
    waker: Waker,
}

impl Alarm {
    /// Must be called on a runtime.
    pub(super) fn new() -> io::Result<Self> {
        Ok(Self { clock: Clock::new()?, waiting: Mutex::default() })
    }

    /// Has the caller woken at a time that is to come. `set` is what he waits for already, and his own: asking for the
    /// same again costs nothing.
    pub(super) fn set(&self, until: Instant, set: &mut Option<Instant>, context: &Context<'_>) {
        if set.replace(until) == Some(until) {
            return;
        }
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let is_first = waiting.peek().is_none_or(|Reverse(first)| until < first.until);
        waiting.push(Reverse(Sleeper { until, waker: context.waker().clone() }));
        if is_first {
            self.clock.set(until.saturating_duration_since(Instant::now()));
        }
    }

    /// Wakes them; never ends.
    pub(super) async fn run(&self) -> io::Result<()> {
        loop {
            poll_fn(|context| self.clock.poll_expired(context)).await?;
            if let Some(wait) = self.wake(Instant::now()) {
                self.clock.set(wait);
            }
        }
    }

    /// Wakes those whose time has come; tells how long it is to the next one.
    fn wake(&self, now: Instant) -> Option<Duration> {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        while let Some(Reverse(first)) = waiting.peek() {
            if first.until > now {
                return Some(first.until - now);
            }
            let Reverse(sleeper) = waiting.pop()?;
            sleeper.waker.wake();
        }
        None
    }
}

/// For those who wait for nothing else.
pub(super) async fn sleep_until(alarm: &Alarm, until: Instant) {
    let mut set = None;
    poll_fn(|context| {
        if Instant::now() >= until {
            return Poll::Ready(());
        }
        alarm.set(until, &mut set, context);
        Poll::Pending
    })
    .await;
}

impl PartialEq for Sleeper {
    fn eq(&self, other: &Self) -> bool {
        self.until == other.until
    }
}

impl Eq for Sleeper {}

impl PartialOrd for Sleeper {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Sleeper {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.until.cmp(&other.until)
    }
}
