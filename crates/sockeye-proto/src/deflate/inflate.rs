//! Inflating the messages of one direction (RFC 7692 7.2.2), whole or as they arrive.
//!
//! Holds a decoder from the pool only while a message is under way; between messages nothing but the window. Knows
//! nothing of frames, and nothing of messages that came uncompressed: these do not enter the window (RFC 7692 7.1.1).
//! The connection calls it for every message whose first frame has RSV1 set.

use bytes::Bytes;

use super::{
    Direction, Takeover,
    pool::{self, Decoder, InvalidDeflate, Met, Progress, SCRATCH_BYTES},
    window::Window,
};

/// What the sender took off the end of the message, and behind it an empty block that ends the stream (RFC 1951 3.2.4).
///
/// A decoder gets from the end of the payload to the end of these without any output only if the payload was whole
/// blocks and the head of an empty one. Whatever is cut off elsewhere takes them for something else.
const TAIL: [u8; 9] = [0x00, 0x00, 0xff, 0xff, 0x01, 0x00, 0x00, 0xff, 0xff];

/// How much of [`TAIL`] is consumed when the sender marked that empty block as the last one.
const TAIL_OF_FINAL_BLOCK: usize = 4;

/// A final block makes the decoder begin anew, which costs as much as inflating some kilobytes; so a message may have
/// this many, and one more for each [`BYTES_PER_STREAM`] that came of it.
const FREE_STREAMS: u64 = 64;
const BYTES_PER_STREAM: u64 = 1024;

/// Why a compressed message cannot be had.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Broken {
    /// No DEFLATE data, cut off, or with a distance that reaches back beyond the window.
    Invalid,
    /// Larger than the limit; `got` is the first amount that was over.
    OverLimit { got: u64 },
}

impl From<InvalidDeflate> for Broken {
    fn from(InvalidDeflate: InvalidDeflate) -> Self {
        Self::Invalid
    }
}

/// What one push did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Step {
    /// Bytes taken from the input.
    pub(crate) consumed: usize,
    /// Bytes written to the room.
    pub(crate) produced: usize,
    pub(crate) left: Left,
}

/// What is left after a push.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Left {
    /// Nothing: the input is consumed and all that it holds is out.
    Nothing,
    /// Perhaps more: push again, with what was not consumed (which may be nothing).
    More,
}

/// The receiving half of a connection.
#[derive(Debug)]
pub(crate) struct Inflater {
    window: Window,
    takeover: Takeover,
    message: Option<UnderWay>,
}

impl Inflater {
    pub(crate) fn new(direction: Direction) -> Self {
        Self { window: Window::new(direction.bits), takeover: direction.takeover, message: None }
    }

    /// Inflates a message that is there as a whole.
    pub(crate) fn message(&mut self, compressed: &[u8], limit: usize) -> Result<Bytes, Broken> {
        debug_assert!(self.message.is_none(), "a message in parts is under way");
        let plain = pool::with_scratch(|room| self.collect(compressed, room, limit))?;
        self.finish()?;
        Ok(plain.into())
    }

    /// Inflates the next bytes of a message to a piece of exactly its size; see [`push`](Self::push).
    pub(crate) fn piece(&mut self, input: &[u8], limit: u64) -> Result<(Bytes, Step), Broken> {
        pool::with_scratch(|room| {
            let step = self.push(input, room, limit)?;
            let produced = room.get(..step.produced).unwrap_or_default();
            Ok((Bytes::copy_from_slice(produced), step))
        })
    }

    /// Inflates the next bytes of a message into `room`: at most 64 KiB of output, and at most one byte over `limit`,
    /// which counts from the start of the message. The first push begins a message; [`finish`](Self::finish) ends it.
    ///
    /// After an error the direction is lost: RFC 7692 has no way to go on.
    pub(crate) fn push(
        &mut self,
        input: &[u8],
        room: &mut [u8],
        limit: u64,
    ) -> Result<Step, Broken> {
        debug_assert!(!room.is_empty(), "without room no push gets anywhere");
        let message = self.message.get_or_insert_with(UnderWay::new);
        let step = message.step(&self.window, input, room, limit);
        match step {
            Ok(step) => self.window.push(room.get(..step.produced).unwrap_or_default()),
            Err(_) => self.message = None,
        }
        step
    }

    /// Ends a message: what was pushed must be one.
    pub(crate) fn finish(&mut self) -> Result<(), Broken> {
        if self.takeover == Takeover::Forget {
            self.window.forget();
        }
        self.message.take().map_or(Ok(()), UnderWay::finish)
    }

    fn collect(
        &mut self,
        mut compressed: &[u8],
        room: &mut [u8],
        limit: usize,
    ) -> Result<Vec<u8>, Broken> {
        let mut plain = Vec::new();
        loop {
            let step = self.push(compressed, room, limit as u64)?;
            let produced = room.get(..step.produced).unwrap_or_default();
            reserve(&mut plain, produced.len(), limit);
            plain.extend_from_slice(produced);
            compressed = compressed.get(step.consumed..).unwrap_or_default();
            if step.left == Left::Nothing {
                plain.shrink_to_fit();
                return Ok(plain);
            }
        }
    }
}

/// Grows by what was inflated: to the exact size at first, which most messages end with, then by doubling, but never
/// past the limit.
fn reserve(plain: &mut Vec<u8>, additional: usize, limit: usize) {
    let needed = plain.len() + additional;
    if needed > plain.capacity() {
        let capacity = (2 * plain.capacity()).min(limit).max(needed);
        plain.reserve_exact(capacity - plain.len());
    }
}

/// A message under way.
#[derive(Debug)]
struct UnderWay {
    decoder: Decoder,
    stream: Stream,
    consumed: u64,
    produced: u64,
    streams: u64,
}

/// Where the decoder stands. A message is usually one stream without an end, but may hold blocks marked as final,
/// each of which ends a stream, and more blocks behind them (RFC 7692 7.2.3.4).
///
/// ```text
///              first byte
///  Between ─────────────────▶ Inside
///     ▲                         │
///     └─────────────────────────┘
///         end of a final block
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stream {
    Between,
    Inside,
}

impl UnderWay {
    fn new() -> Self {
        Self {
            decoder: Decoder::take(),
            stream: Stream::Between,
            consumed: 0,
            produced: 0,
            streams: 0,
        }
    }

    fn step(
        &mut self,
        window: &Window,
        input: &[u8],
        room: &mut [u8],
        limit: u64,
    ) -> Result<Step, Broken> {
        if self.stream == Stream::Between {
            if input.is_empty() {
                return Ok(Step { consumed: 0, produced: 0, left: Left::Nothing });
            }
            self.streams += 1;
            if self.streams > FREE_STREAMS + self.consumed / BYTES_PER_STREAM {
                return Err(Broken::Invalid);
            }
            self.decoder.prime(window.halves());
            self.stream = Stream::Inside;
        }
        // One byte more than is allowed: who fills it is over.
        let allowed = limit.saturating_sub(self.produced).saturating_add(1);
        let most = usize::try_from(allowed).unwrap_or(usize::MAX).min(SCRATCH_BYTES);
        let len = room.len().min(most);
        let step = self.decode(input, room.get_mut(..len).unwrap_or_default())?;
        self.consumed += step.consumed as u64;
        self.produced += step.produced as u64;
        if self.produced > limit {
            return Err(Broken::OverLimit { got: self.produced });
        }
        Ok(step)
    }

    fn decode(&mut self, input: &[u8], room: &mut [u8]) -> Result<Step, Broken> {
        let (Progress { consumed, produced }, met) = self.decoder.step(input, room)?;
        if met == Met::StreamEnd {
            self.stream = Stream::Between;
        }
        let left = match met {
            _ if consumed == input.len() && produced < room.len() => Left::Nothing,
            Met::StreamEnd => Left::More,
            Met::Edge if produced == room.len() => Left::More,
            // With input and room left and no end in sight it would not move again.
            Met::Edge => return Err(Broken::Invalid),
        };
        Ok(Step { consumed, produced, left })
    }

    /// A message may end in two places: between streams, right behind a final block or before any byte, and at the head
    /// of an empty block, whose rest is the tail.
    ///
    /// No byte at all is not what RFC 7692 7.2.3.6 asks of an empty message (that is 00), but it is what zlib's flush
    /// of nothing gives, what decoders built on zlib take for an empty message, and it leaves nothing behind.
    fn finish(mut self) -> Result<(), Broken> {
        if self.stream == Stream::Between {
            return Ok(());
        }
        // Without room, so that any output keeps the stream from its end.
        let step = self.decode(&TAIL, &mut [])?;
        let whole = [TAIL.len(), TAIL_OF_FINAL_BLOCK].contains(&step.consumed);
        if self.stream == Stream::Between && whole { Ok(()) } else { Err(Broken::Invalid) }
    }
}

#[cfg(test)]
mod tests;
