//! The last bytes of what one direction carried: all that context takeover has to remember (RFC 7692 7.1.1).
//!
//! Knows nothing of DEFLATE. `compress` and `inflate` push the plaintext of compressed messages, and prime a codec with
//! what is held.

use std::{collections::VecDeque, fmt};

use super::WindowBits;

/// At most the last 2^bits bytes of plaintext, on a heap that is never larger than that.
pub(super) struct Window {
    plain: VecDeque<u8>,
    bits: WindowBits,
}

impl Window {
    pub(super) const fn new(bits: WindowBits) -> Self {
        Self { plain: VecDeque::new(), bits }
    }

    /// Appends plaintext; what is now too far back is forgotten.
    pub(super) fn push(&mut self, plain: &[u8]) {
        let size = self.bits.bytes();
        let (_, reachable) = plain.split_at(plain.len().saturating_sub(size));
        let overflow = (self.plain.len() + reachable.len()).saturating_sub(size);
        self.plain.drain(..overflow);
        self.reserve(reachable.len());
        self.plain.extend(reachable);
    }

    /// What is held, the oldest bytes first, in two pieces as the ring has them.
    pub(super) fn halves(&self) -> [&[u8]; 2] {
        let (older, newer) = self.plain.as_slices();
        [older, newer]
    }

    /// Lets go of the content and of its heap.
    pub(super) fn forget(&mut self) {
        self.plain = VecDeque::new();
    }

    /// Doubles, but to 2^bits at the most: the deque's own growth would pass it.
    fn reserve(&mut self, additional: usize) {
        let needed = self.plain.len() + additional;
        if needed > self.plain.capacity() {
            let capacity = (2 * self.plain.capacity()).clamp(needed, self.bits.bytes());
            self.plain.reserve_exact(capacity - self.plain.len());
        }
    }
}

// Another connection's plaintext has no place in a log.
impl fmt::Debug for Window {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Window")
            .field("len", &self.plain.len())
            .field("bits", &self.bits.get())
            .finish()
    }
}

#[cfg(test)]
mod tests;
