//! How many control frames a peer may send in a second.

use std::time::{Duration, Instant};

use crate::error::{Limit, LimitExceeded};

/// Counts control frames within windows of one second.
///
/// Packed, so that the bytes behind the count are not padding but the connection's.
#[derive(Debug)]
#[repr(Rust, packed(4))]
pub(crate) struct Flood {
    since: Instant,
    frames: u32,
}

impl Flood {
    pub(crate) fn new(now: Instant) -> Self {
        Self { since: now, frames: 0 }
    }

    /// One more frame came.
    pub(crate) fn count(&mut self, allowed: u32, now: Instant) -> Result<(), LimitExceeded> {
        if now.saturating_duration_since(self.since) >= Duration::from_secs(1) {
            *self = Self::new(now);
        }
        self.frames = self.frames.saturating_add(1);
        if self.frames <= allowed {
            return Ok(());
        }
        let (allowed, got) = (allowed.into(), self.frames.into());
        Err(LimitExceeded { limit: Limit::ControlFrames, allowed, got })
    }
}
