//! Whether the peer is still there: silence brings a ping, and a ping wants any byte in answer.

use std::time::{Duration, Instant};

use crate::Timing;

/// The heartbeat of one connection. Any byte from the peer counts as life.
///
/// ```text
///           silence for ping_interval
///   Quiet ----------------------------> Asked ---- silence for pong_timeout ---> the peer is gone
///     ^                                   |
///     '------------ any byte -------------'
/// ```
#[derive(Debug)]
pub(crate) struct Heartbeat {
    last_byte: Instant,
    asked: Option<Instant>,
    /// Numbers our pings, so that the pong which answers the newest one tells the round trip.
    pings: u32,
    rtt_micros: u32,
}

/// What a heartbeat wants done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Beat {
    Nothing,
    Ping([u8; 4]),
    Gone,
}

impl Heartbeat {
    pub(crate) fn new(now: Instant) -> Self {
        Self { last_byte: now, asked: None, pings: 0, rtt_micros: u32::MAX }
    }

    #[inline]
    pub(crate) fn heard(&mut self, now: Instant) {
        self.last_byte = now;
    }

    /// A pong came.
    pub(crate) fn pong(&mut self, payload: &[u8], now: Instant) {
        let Some(asked) = self.asked else { return };
        if payload == self.pings.to_be_bytes() {
            let rtt = now.saturating_duration_since(asked).as_micros();
            self.rtt_micros = u32::try_from(rtt).unwrap_or(u32::MAX - 1);
            self.asked = None;
        }
    }

    pub(crate) fn rtt(&self) -> Option<Duration> {
        (self.rtt_micros != u32::MAX).then(|| Duration::from_micros(self.rtt_micros.into()))
    }

    /// Reading was paused until now: what was not read cannot be held against the peer.
    pub(crate) fn resume(&mut self, now: Instant) {
        self.last_byte = now;
        self.asked = None;
    }

    pub(crate) fn deadline(&self, timing: &Timing) -> Option<Instant> {
        match self.waits_since() {
            Some(asked) => asked.checked_add(timing.pong_timeout),
            None => self.last_byte.checked_add(timing.ping_interval),
        }
    }

    pub(crate) fn handle_timeout(&mut self, timing: &Timing, now: Instant) -> Beat {
        if self.deadline(timing).is_none_or(|deadline| now < deadline) {
            return Beat::Nothing;
        }
        if self.waits_since().is_some() {
            return Beat::Gone;
        }
        self.pings = self.pings.wrapping_add(1);
        self.asked = Some(now);
        Beat::Ping(self.pings.to_be_bytes())
    }

    /// When the ping went out that nothing was heard after.
    fn waits_since(&self) -> Option<Instant> {
        self.asked.filter(|asked| self.last_byte <= *asked)
    }
}
