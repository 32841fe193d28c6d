//! What the adapter read: bytes lent to a connection, worked through from front to end.

use std::{mem, time::Instant};

/// Bytes that were read from the peer, and when.
///
/// The connection takes what it can use from the front; the adapter calls it again until nothing is left, or stops in
/// between and keeps [`remaining`](Self::remaining) for later.
#[derive(Debug)]
pub struct Input<'a> {
    bytes: &'a mut [u8],
    now: Instant,
}

impl<'a> Input<'a> {
    /// Lends what was just read. The bytes are unmasked in place.
    pub fn new(bytes: &'a mut [u8], now: Instant) -> Self {
        Self { bytes, now }
    }

    /// Whether everything was taken.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// What was not taken yet.
    #[must_use]
    pub fn remaining(&self) -> &[u8] {
        self.bytes
    }

    pub(crate) fn now(&self) -> Instant {
        self.now
    }

    pub(crate) fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Takes up to `len` bytes from the front.
    #[inline]
    pub(crate) fn take(&mut self, len: usize) -> &'a mut [u8] {
        let bytes = mem::take(&mut self.bytes);
        let (front, rest) = bytes.split_at_mut(len.min(bytes.len()));
        self.bytes = rest;
        front
    }

    pub(crate) fn discard(&mut self) {
        self.bytes = &mut [];
    }
}
