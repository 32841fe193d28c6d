//! The lane of control frames: bounded, and never behind data.

use std::ops::Range;

use super::data;
use crate::frame::Header;

/// Room for ten pongs of full size, which is what peers are known to send at once, and some more.
const MAX_BYTES: usize = 2 * 1024;

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
        if !self.has_room(payload) {
            return false;
        }
        data::encode(&mut self.bytes, header, payload);
        true
    }

    pub(super) fn pong(&mut self, header: &Header, payload: &[u8]) {
        // RFC 6455 5.5.3: with several pings unanswered, an answer to the newest alone will do.
        if !self.has_room(payload) {
            match self.last_pong.take() {
                Some(range) if range.start >= self.written => drop(self.bytes.drain(range)),
                _ => return,
            }
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

    fn has_room(&self, payload: &[u8]) -> bool {
        self.bytes.len() + crate::frame::MAX_HEADER_BYTES + payload.len() <= MAX_BYTES
    }
}
