//! Large frames whose rest is read straight into their message.

use std::time::Instant;

use bytes::BufMut;

use super::{Connection, Stage};
use crate::{assembly::Handover, event::Event, input::Input};

/// Below this a frame's rest is not worth a read of its own.
const DIRECT_BYTES: u64 = 64 * 1024;

/// What must have come of a message first: a header alone gets no room.
const DIRECT_AFTER_BYTES: usize = 4 * 1024;

/// The least room that a read of its own gets.
const DIRECT_STEP_BYTES: usize = 128 * 1024;

impl Connection {
    /// Where the rest of a large frame can be read to, without a copy; `None` where nothing is won by it.
    ///
    /// After reading, call [`handle_payload`](Self::handle_payload). The room grows by bytes received, not by what
    /// the frame claims.
    pub fn payload_buf(&mut self) -> Option<impl BufMut + '_> {
        let receiving = &mut self.receiving;
        let (Stage::Payload, Some(message)) = (&receiving.stage, &mut receiving.message) else {
            return None;
        };
        // What was read and not told yet belongs to the frame, too.
        let unsettled = u64::try_from(message.unsettled()).unwrap_or(u64::MAX);
        let left = message.frame.left.saturating_sub(unsettled);
        let came = message.received().len();
        let whole = message.handover == Handover::Whole;
        if !whole || left < DIRECT_BYTES || came < DIRECT_AFTER_BYTES {
            return None;
        }
        let (buffer, room) = message.room(left, DIRECT_STEP_BYTES);
        Some(buffer.limit(room))
    }

    /// Bytes were read into the [`payload_buf`](Self::payload_buf). Further events, if there are any, come from
    /// [`handle_input`](Self::handle_input).
    pub fn handle_payload(&mut self, now: Instant) -> Option<Event<'static>> {
        self.heartbeat.heard(now);
        self.handle_input(&mut Input::new(&mut [], now))
    }
}
