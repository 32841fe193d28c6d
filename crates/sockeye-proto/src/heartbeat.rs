//! Whether the peer is still there: silence brings a ping, and a ping wants any byte in answer.

use std::time::{Duration, Instant};

use crate::Timing;

/// The heartbeat of one connection. Any byte from the peer counts as life.
#[derive(Debug)]
pub(crate) struct Heartbeat {
    last_byte: Instant,
    ping: Ping,
    /// When we asked last.
    asked: Instant,
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
        Self { last_byte: now, ping: Ping::Answered, asked: now, pings: 0, rtt_micros: u32::MAX }
    }

    #[inline]
    pub(crate) fn heard(&mut self, now: Instant) {
        self.last_byte = now;
        if self.ping == Ping::Asked {
            self.ping = Ping::Heard;
        }
    }

    /// A pong came.
    pub(crate) fn pong(&mut self, payload: &[u8], now: Instant) {
        if self.ping != Ping::Answered && payload == self.newest() {
            let rtt = now.saturating_duration_since(self.asked).as_micros();
            self.rtt_micros = u32::try_from(rtt).unwrap_or(u32::MAX - 1);
            self.ping = Ping::Answered;
        }
    }

    /// Our ping has not left yet, so its time begins now.
    pub(crate) fn ping_waits(&mut self, now: Instant) {
        if self.ping == Ping::Asked {
            self.asked = now;
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
            Ping::Asked => self.asked.checked_add(timing.pong_timeout),
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
        (self.ping, self.asked) = (Ping::Asked, now);
        Beat::Ping(self.newest())
    }

    /// What our newest ping says.
    fn newest(&self) -> [u8; 4] {
        u32::from(self.pings).to_be_bytes()
    }
}
