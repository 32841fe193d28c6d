//! The lane of control frames: bounded, and never behind data.

use std::ops::Range;

use super::data;
use crate::frame::{Header, MAX_CONTROL_BYTES, MAX_HEADER_BYTES};

/// Room for ten pongs of full size, which is what peers are known to send at once, and some more. The newest pong may
/// pass it by its own length.
const MAX_BYTES: usize = 2 * 1024;

/// A control frame of full size.
const MAX_FRAME_BYTES: usize = MAX_HEADER_BYTES + MAX_CONTROL_BYTES;

/// Encoded pings and pongs in the order they go out.
#[derive(Debug, Default)]
pub(super) struct Lane {
    bytes: Vec<u8>,
    written: usize,
    last_pong: Option<Range<usize>>,
}

impl Lane {
    pub(super) fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    pub(super) fn len(&self) -> usize {
        self.bytes.len() - self.written
    }

    pub(super) fn bytes(&self) -> &[u8] {
        self.bytes.get(self.written..).unwrap_or_default()
    }

    /// Takes up to `len` written bytes away; tells how many.
    pub(super) fn advance(&mut self, len: usize) -> usize {
        let taken = len.min(self.len());
        self.written += taken;
        if self.bytes().is_empty() {
            self.clear();
        }
        taken
    }

    pub(super) fn ping(&mut self, header: &Header, payload: &[u8]) -> bool {
        // Our own pings leave room for one pong at least.
        if !self.has_room(payload.len() + MAX_FRAME_BYTES) {
            return false;
        }
        data::encode(&mut self.bytes, header, payload);
        true
    }

    pub(super) fn pong(&mut self, header: &Header, payload: &[u8]) {
        // RFC 6455 5.5.3: with several pings unanswered, an answer to the newest alone will do.
        if !self.has_room(payload.len())
            && let Some(range) = self.last_pong.take()
        {
            self.bytes.drain(range);
        }
        let start = self.bytes.len();
        data::encode(&mut self.bytes, header, payload);
        self.last_pong = Some(start..self.bytes.len());
    }

    pub(super) fn clear(&mut self) {
        self.bytes.clear();
        self.written = 0;
        self.last_pong = None;
    }

    fn has_room(&mut self, len: usize) -> bool {
        if self.bytes.len() + MAX_HEADER_BYTES + len <= MAX_BYTES {
            return true;
        }
        self.reclaim();
        self.bytes.len() + MAX_HEADER_BYTES + len <= MAX_BYTES
    }

    /// Gives the room of what has left back.
    fn reclaim(&mut self) {
        let written = std::mem::take(&mut self.written);
        self.bytes.drain(..written);
        self.last_pong = self.last_pong.take().and_then(|pong| {
            // One that has begun to leave can no longer be taken back.
            Some(pong.start.checked_sub(written)?..pong.end - written)
        });
    }
}
