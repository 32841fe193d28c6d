//! Whether the peer is still there: silence brings a ping, and a ping wants any byte in answer.

use std::time::{Duration, Instant};

use crate::Timing;

/// The heartbeat of one connection. Any byte from the peer counts as life.
#[derive(Debug)]
pub(crate) struct Heartbeat {
    last_byte: Instant,
    ping: Ping,
    /// When we asked last, in nanoseconds from the last byte on: half of what a second `Instant` would take.
    asked_nanos: i64,
    /// Numbers our pings, so that the pong which answers the newest one tells the round trip.
    pings: u16,
    rtt_micros: u32,
}

/// ```text
///              silence for ping_interval
///   Answered ---------------------------> Asked ---- silence for pong_timeout ---> the peer is gone
///      ^  ^                                 |
///      |  '--- its pong ----.               | any byte, or we did not listen
///      |                    |               v
///      '--------------------+------------ Heard
///         silence for ping_interval: asked again
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ping {
    Answered,
    Asked,
    /// The peer lives; its pong is still to come and will tell the round trip.
    Heard,
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
        Self {
            last_byte: now,
            ping: Ping::Answered,
            asked_nanos: 0,
            pings: 0,
            rtt_micros: u32::MAX,
        }
    }

    #[inline]
    pub(crate) fn heard(&mut self, now: Instant) {
        if self.ping != Ping::Answered {
            self.asked_nanos = self.asked_nanos.saturating_sub(self.silent_nanos(now));
            self.ping = Ping::Heard;
        }
        self.last_byte = now;
    }

    /// A pong came.
    pub(crate) fn pong(&mut self, payload: &[u8], now: Instant) {
        if self.ping != Ping::Answered && payload == self.newest() {
            let rtt = self.silent_nanos(now).saturating_sub(self.asked_nanos).max(0) / 1000;
            self.rtt_micros = u32::try_from(rtt).unwrap_or(u32::MAX - 1);
            self.ping = Ping::Answered;
        }
    }

    /// Our ping has not left yet, so its time begins now.
    pub(crate) fn ping_waits(&mut self, now: Instant) {
        if self.ping == Ping::Asked {
            self.asked_nanos = self.silent_nanos(now);
        }
    }

    pub(crate) fn rtt(&self) -> Option<Duration> {
        (self.rtt_micros != u32::MAX).then(|| Duration::from_micros(self.rtt_micros.into()))
    }

    /// Reading was paused: what was not read cannot be held against the peer, who is asked anew.
    pub(crate) fn resume(&mut self) {
        if self.ping == Ping::Asked {
            self.ping = Ping::Heard;
        }
    }

    pub(crate) fn deadline(&self, timing: &Timing) -> Option<Instant> {
        match self.ping {
            Ping::Asked => self.asked()?.checked_add(timing.pong_timeout),
            Ping::Answered | Ping::Heard => self.last_byte.checked_add(timing.ping_interval),
        }
    }

    pub(crate) fn handle_timeout(&mut self, timing: &Timing, now: Instant) -> Beat {
        if self.deadline(timing).is_none_or(|deadline| now < deadline) {
            return Beat::Nothing;
        }
        if self.ping == Ping::Asked {
            return Beat::Gone;
        }
        self.pings = self.pings.wrapping_add(1);
        (self.ping, self.asked_nanos) = (Ping::Asked, self.silent_nanos(now));
        Beat::Ping(self.newest())
    }

    /// When we asked, while no byte has come since.
    fn asked(&self) -> Option<Instant> {
        self.last_byte.checked_add(Duration::from_nanos(self.asked_nanos.unsigned_abs()))
    }

    fn silent_nanos(&self, now: Instant) -> i64 {
        let silence = now.saturating_duration_since(self.last_byte);
        i64::try_from(silence.as_nanos()).unwrap_or(i64::MAX)
    }

    /// What our newest ping says.
    fn newest(&self) -> [u8; 4] {
        u32::from(self.pings).to_be_bytes()
    }
}
