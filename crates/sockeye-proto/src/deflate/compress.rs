//! Compressing the messages of one direction (RFC 7692 7.2.1), whole or in parts.
//!
//! Has an encoder only while it compresses, and leaves it in the pool in case that it is soon needed again; between
//! messages it holds nothing but the window. Knows nothing of frames. The connection calls it for every message that
//! is to travel compressed, and for no other.

use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;

use super::{
    Direction, Takeover, WindowBits,
    pool::{self, Encoder, EncoderKind, Progress, State},
    window::Window,
};

/// The end of every sync flush: what does not travel at the end of a message (RFC 7692 7.2.1).
const TAIL: [u8; 4] = [0x00, 0x00, 0xff, 0xff];

/// The head of an empty stored block, whose rest is the tail: an end where there is nothing else (RFC 7692 7.2.3.6).
const EMPTY_BLOCK_HEAD: u8 = 0x00;

/// zlib makes a window of 8 bits one of 9, and nothing else can be asked of it. That keeps to 8 bits all the same: an
/// encoder never reaches back farther than its window less 262 bytes (zlib's `MAX_DIST`), and 512 - 262 is below 256.
const LEAST_WINDOW_BITS: u8 = 9;

/// What became of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// It was appended, smaller than it was.
    Compressed,
    /// Nothing was appended: it would not have become smaller. It should travel as it is.
    NotSmaller,
}

/// What the end of a part is the end of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ends {
    Part,
    Message,
}

/// The sending half of a connection.
#[derive(Debug)]
pub(crate) struct Deflater {
    window: Window,
    takeover: Takeover,
    kind: EncoderKind,
    state: State,
}

impl Deflater {
    pub(crate) fn new(direction: Direction, level: u8) -> Self {
        static OWNERS: AtomicU64 = AtomicU64::new(0);
        Self {
            window: Window::new(direction.bits),
            takeover: direction.takeover,
            kind: EncoderKind {
                window_bits: direction.bits.get().max(LEAST_WINDOW_BITS),
                level: level.clamp(1, 9),
            },
            state: State { owner: OWNERS.fetch_add(1, Ordering::Relaxed), sequence: 0 },
        }
    }

    /// Compresses a whole message and appends it to `into`, if that makes it smaller.
    ///
    /// If not, all is as it was: a message that travels as it is does not enter the window (RFC 7692 7.1.1).
    pub(crate) fn message(&mut self, plain: &[u8], into: &mut Vec<u8>) -> Outcome {
        if plain.is_empty() {
            return Outcome::NotSmaller;
        }
        let start = into.len();
        let mut encoder = match self.takeover {
            Takeover::Keep => self.encoder(),
            Takeover::Forget => Encoder::once(self.kind),
        };
        match encode(&mut encoder, plain, into, plain.len() + TAIL.len()) {
            Outcome::Compressed => {
                remove_tail(into);
                self.leave(encoder, plain, Ends::Message);
                Outcome::Compressed
            }
            Outcome::NotSmaller => {
                encoder.abandon();
                into.truncate(start);
                Outcome::NotSmaller
            }
        }
    }

    /// Compresses the next part of a message and appends it to `into`, whatever its size: with the first part it was
    /// settled that the message travels compressed. Each part can be inflated as soon as it is there.
    pub(crate) fn part(&mut self, plain: &[u8], into: &mut Vec<u8>, ends: Ends) {
        match (plain, ends) {
            ([], Ends::Part) => {}
            ([], Ends::Message) => {
                // The part before ended on a byte boundary, where a block may begin without the encoder's knowledge.
                into.push(EMPTY_BLOCK_HEAD);
                self.end_message();
            }
            (plain, ends) => {
                let mut encoder = self.encoder();
                encode(&mut encoder, plain, into, usize::MAX);
                if ends == Ends::Message {
                    remove_tail(into);
                }
                self.leave(encoder, plain, ends);
            }
        }
    }

    /// The window that the peer was promised.
    pub(crate) fn bits(&self) -> WindowBits {
        self.window.bits()
    }

    /// Takes note of a message that was sent compressed, but not by this: by [`compress_once`].
    pub(crate) fn adopt(&mut self, plain: &[u8]) {
        if self.takeover == Takeover::Keep {
            self.remember(plain);
        }
    }

    /// An encoder that has seen what the window holds: the one that was left, or a new one.
    fn encoder(&self) -> Encoder {
        let State { owner, .. } = self.state;
        Encoder::resume(self.state)
            .unwrap_or_else(|| Encoder::new(self.kind, owner, self.window.halves()))
    }

    /// Leaves an encoder that `plain` went through, if the next message can go on from there.
    fn leave(&mut self, encoder: Encoder, plain: &[u8], ends: Ends) {
        if ends == Ends::Message && self.takeover == Takeover::Forget {
            encoder.abandon();
            self.end_message();
        } else {
            self.remember(plain);
            encoder.park(self.state);
        }
    }

    /// Moves the window on: an encoder that is in the pool now is behind.
    fn remember(&mut self, plain: &[u8]) {
        self.window.push(plain);
        self.state.sequence += 1;
    }

    fn end_message(&mut self) {
        if self.takeover == Takeover::Forget {
            self.window.forget();
            self.state.sequence += 1;
        }
    }
}

/// A message compressed on its own, to be sent to many with this window or a larger one; `None` if it would not become
/// smaller.
pub(crate) fn compress_once(plain: &[u8], bits: WindowBits, level: u8) -> Option<Bytes> {
    let mut compressed = Vec::new();
    let mut alone = Deflater::new(Direction { bits, takeover: Takeover::Forget }, level);
    match alone.message(plain, &mut compressed) {
        Outcome::Compressed => {
            compressed.shrink_to_fit();
            Some(compressed.into())
        }
        Outcome::NotSmaller => None,
    }
}

/// Appends `plain`, compressed and flushed, to `into`; gives up when that makes `unwanted` bytes or more.
fn encode(encoder: &mut Encoder, mut plain: &[u8], into: &mut Vec<u8>, unwanted: usize) -> Outcome {
    let mut len = 0;
    pool::with_scratch(|scratch| {
        loop {
            let Progress { consumed, produced } = encoder.flush(plain, scratch);
            plain = plain.get(consumed..).unwrap_or_default();
            len += produced;
            if len >= unwanted {
                return Outcome::NotSmaller;
            }
            into.extend_from_slice(scratch.get(..produced).unwrap_or_default());
            if plain.is_empty() && produced < scratch.len() {
                return Outcome::Compressed;
            }
        }
    })
}

fn remove_tail(into: &mut Vec<u8>) {
    debug_assert!(into.ends_with(&TAIL), "a sync flush ends with an empty stored block");
    into.truncate(into.len() - TAIL.len());
}

#[cfg(test)]
mod tests;
