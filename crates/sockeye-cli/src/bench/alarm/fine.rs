//! `Clock`: one of Linux's timers, exact to microseconds.

use std::{
    io,
    os::fd::OwnedFd,
    task::{Context, Poll, ready},
    time::Duration,
};

use rustix::time::{
    Itimerspec, TimerfdClockId, TimerfdFlags, TimerfdTimerFlags, Timespec, timerfd_create,
    timerfd_settime,
};
use tokio::io::{Interest, unix::AsyncFd};

/// Expires once after it was set.
#[derive(Debug)]
pub(super) struct Clock(AsyncFd<OwnedFd>);

impl Clock {
    #[expect(
        deprecated,
        reason = "sound for a descriptor that is owned; what replaces it needs `unsafe`"
    )]
    pub(super) fn new() -> io::Result<Self> {
        let flags = TimerfdFlags::NONBLOCK | TimerfdFlags::CLOEXEC;
        let timer = timerfd_create(TimerfdClockId::Monotonic, flags)?;
        Ok(Self(AsyncFd::with_interest(timer, Interest::READABLE)?))
    }

    pub(super) fn set(&self, wait: Duration) {
        // Zero would switch it off.
        let wait = wait.max(Duration::from_nanos(1));
        let none = Timespec { tv_sec: 0, tv_nsec: 0 };
        let it_value = Timespec {
            tv_sec: i64::try_from(wait.as_secs()).unwrap_or(i64::MAX),
            tv_nsec: wait.subsec_nanos().into(),
        };
        let once = Itimerspec { it_interval: none, it_value };
        timerfd_settime(self.0.get_ref(), TimerfdTimerFlags::empty(), &once)
            .expect("a timer takes any time that has less than a second of nanoseconds");
    }

    /// Setting it again forgets the expiry, so it is not read: the next one is news all the same.
    pub(super) fn poll_expired(&self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.0.poll_read_ready(context))?.clear_ready();
        Poll::Ready(Ok(()))
    }
}
