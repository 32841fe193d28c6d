//! Whether the peer is still there: silence brings a ping, and a ping wants any byte in answer.

use std::time::{Duration, Instant};

use crate::Timing;

/// The heartbeat of one connection. Any byte from the peer counts as life.
#[derive(Debug)]
pub(crate) struct Heartbeat {
    last_byte: Instant,
    /// Our newest ping, until its pong comes. Boxed, since mostly there is none.
    ping: Option<Box<Ping>>,
    /// Numbers our pings, so that the pong which answers the newest one tells the round trip.
    pings: u16,
    rtt_micros: u32,
}

#[derive(Debug)]
struct Ping {
    asked: Instant,
    /// What it has done since.
    peer: Peer,
}

/// ```text
///              silence for ping_interval
///   Answered ---------------------------> Silent ---- silence for pong_timeout ---> the peer is gone
///      ^  ^                                 |
///      |  '--- its pong ----.               | any byte, or we did not listen
///      |                    |               v
///      '--------------------+------------ Heard
///         silence for ping_interval: asked again
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Peer {
    Silent,
    /// It lives; its pong is still to come and will tell the round trip.
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
        Self { last_byte: now, ping: None, pings: 0, rtt_micros: u32::MAX }
    }

    #[inline]
    pub(crate) fn heard(&mut self, now: Instant) {
        self.last_byte = now;
        if let Some(ping) = &mut self.ping {
            ping.peer = Peer::Heard;
        }
    }

    /// A pong came.
    pub(crate) fn pong(&mut self, payload: &[u8], now: Instant) {
        if payload == self.newest()
            && let Some(ping) = self.ping.take()
        {
            let rtt = now.saturating_duration_since(ping.asked).as_micros();
            self.rtt_micros = u32::try_from(rtt).unwrap_or(u32::MAX - 1);
        }
    }

    /// Our ping has not left yet, so its time begins now.
    pub(crate) fn ping_waits(&mut self, now: Instant) {
        if let Some(Ping { asked, peer: Peer::Silent }) = self.ping.as_deref_mut() {
            *asked = now;
        }
    }

    pub(crate) fn rtt(&self) -> Option<Duration> {
        (self.rtt_micros != u32::MAX).then(|| Duration::from_micros(self.rtt_micros.into()))
    }

    /// Reading was paused: what was not read cannot be held against the peer, who is asked anew.
    pub(crate) fn resume(&mut self) {
        if let Some(ping) = &mut self.ping {
            ping.peer = Peer::Heard;
        }
    }

    pub(crate) fn deadline(&self, timing: &Timing) -> Option<Instant> {
        match self.ping.as_deref() {
            Some(Ping { asked, peer: Peer::Silent }) => asked.checked_add(timing.pong_timeout),
            _ => self.last_byte.checked_add(timing.ping_interval),
        }
    }

    pub(crate) fn handle_timeout(&mut self, timing: &Timing, now: Instant) -> Beat {
        if self.deadline(timing).is_none_or(|deadline| now < deadline) {
            return Beat::Nothing;
        }
        if self.ping.as_ref().is_some_and(|ping| ping.peer == Peer::Silent) {
            return Beat::Gone;
        }
        self.pings = self.pings.wrapping_add(1);
        self.ping = Some(Box::new(Ping { asked: now, peer: Peer::Silent }));
        Beat::Ping(self.newest())
    }

    /// What our newest ping says.
    fn newest(&self) -> [u8; 4] {
        u32::from(self.pings).to_be_bytes()
    }
}
