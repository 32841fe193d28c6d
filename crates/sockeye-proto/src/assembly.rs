//! A message under way: its frames are joined, counted, measured and, if it is text, checked as they arrive.

mod pool;

use std::time::{Duration, Instant};

use bytes::Bytes;

use crate::{
    Kind, Limits, Message, Text, Timing,
    error::{Limit, LimitExceeded, Violation},
    input::Input,
    mask::Mask,
    utf8::Validator,
};

/// A message whose end has not come yet, or that did not come in one piece.
#[derive(Debug)]
pub(crate) struct Assembly {
    pub(crate) kind: Kind,
    pub(crate) encoding: Encoding,
    pub(crate) handover: Handover,
    /// The frame that it goes on with.
    pub(crate) frame: Frame,
    /// The payload so far; it grows by bytes received, never by what a header claims.
    buffer: Vec<u8>,
    /// Bytes at the front of the buffer that are unmasked and checked.
    settled: usize,
    /// Bytes at the front of the buffer that were inflated, of a compressed message in parts.
    consumed: usize,
    validator: Validator,
    frames: u32,
    /// Payload bytes of all frames, as far as their headers told.
    announced: u64,
    started: Instant,
}

/// How a payload travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Encoding {
    Plain,
    Compressed,
}

/// How a message leaves: whole, or part by part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Handover {
    Whole,
    Parts,
}

/// What is left of a data frame.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Frame {
    pub(crate) left: u64,
    pub(crate) mask: Option<Mask>,
    pub(crate) fin: bool,
}

impl Frame {
    /// What the input holds of this frame's payload.
    pub(crate) fn take<'a>(&mut self, input: &mut Input<'a>) -> &'a mut [u8] {
        self.take_most(input, usize::MAX)
    }

    pub(crate) fn take_most<'a>(&mut self, input: &mut Input<'a>, most: usize) -> &'a mut [u8] {
        let piece = input.take(usize::try_from(self.left).unwrap_or(usize::MAX).min(most));
        self.left -= u64::try_from(piece.len()).unwrap_or(u64::MAX).min(self.left);
        piece
    }
}

impl Assembly {
    pub(crate) fn new(
        kind: Kind,
        encoding: Encoding,
        handover: Handover,
        frame: Frame,
        now: Instant,
    ) -> Self {
        Self {
            kind,
            encoding,
            handover,
            frame,
            buffer: Vec::new(),
            settled: 0,
            consumed: 0,
            validator: Validator::default(),
            frames: 0,
            announced: 0,
            started: now,
        }
    }

    /// One more frame of the message, judged by its header alone.
    pub(crate) fn admit(&mut self, limits: &Limits) -> Result<(), LimitExceeded> {
        let len = self.frame.left;
        self.frames = self.frames.saturating_add(1);
        self.announced = self.announced.saturating_add(len);
        if self.frames > limits.max_fragments {
            let (allowed, got) = (limits.max_fragments.into(), self.frames.into());
            return Err(LimitExceeded { limit: Limit::Fragments, allowed, got });
        }
        match self.handover {
            Handover::Whole => admit_whole(self.encoding, len, self.announced, limits),
            Handover::Parts => {
                let allowed = limits.max_streamed_bytes;
                check(Limit::StreamedBytes, self.announced, allowed)
            }
        }
    }

    /// Takes a piece of the frame's payload, still masked.
    pub(crate) fn push(&mut self, piece: &[u8]) -> Result<(), Violation> {
        let follows = if self.frame.fin { self.frame.left } else { u64::MAX };
        self.append(piece, follows)
    }

    /// The same for a piece that is soon consumed, so that no room is made for what follows.
    pub(crate) fn push_step(&mut self, piece: &[u8]) -> Result<(), Violation> {
        self.append(piece, 0)
    }

    /// At most `left` bytes of the message follow.
    fn append(&mut self, piece: &[u8], left: u64) -> Result<(), Violation> {
        if self.buffer.capacity() == 0
            && let Some(buffer) = pool::take(left)
        {
            self.buffer = buffer;
        }
        if piece.len() > self.buffer.capacity() - self.buffer.len() {
            // As much again as came so far, but not beyond the message: the last growth fits exactly.
            let wanted =
                usize::try_from(left).unwrap_or(usize::MAX).min(self.buffer.len() + piece.len());
            self.buffer.reserve_exact(piece.len() + wanted);
        }
        match &mut self.frame.mask {
            Some(mask) => mask.append(piece, &mut self.buffer),
            None => self.buffer.extend_from_slice(piece),
        }
        self.check_added()
    }

    /// Room for the next bytes of a large frame, at most as much as came so far or `step`.
    pub(crate) fn room(&mut self, left: u64, step: usize) -> (&mut Vec<u8>, usize) {
        let there = self.buffer.capacity() - self.buffer.len();
        let wanted = step.max(self.buffer.len()).max(there);
        let wanted = usize::try_from(left).unwrap_or(usize::MAX).min(wanted);
        self.buffer.reserve_exact(wanted);
        (&mut self.buffer, wanted)
    }

    /// Bytes that were written to the [`room`](Self::room) and not settled yet.
    pub(crate) fn unsettled(&self) -> usize {
        self.buffer.len() - self.settled
    }

    /// Takes what was written to the room as the next bytes of the frame.
    pub(crate) fn settle_direct(&mut self) -> Result<(), Violation> {
        let added = self.buffer.get_mut(self.settled..).unwrap_or_default();
        if added.is_empty() {
            return Ok(());
        }
        self.frame.left -= u64::try_from(added.len()).unwrap_or(u64::MAX).min(self.frame.left);
        if let Some(mask) = &mut self.frame.mask {
            mask.apply(added);
        }
        self.check_added()
    }

    /// Checks what was added to the buffer.
    fn check_added(&mut self) -> Result<(), Violation> {
        if self.kind == Kind::Text && self.encoding == Encoding::Plain {
            let added = self.buffer.get(self.settled..).unwrap_or_default();
            self.validator.push(added).map_err(|_| Violation::TextNotUtf8)?;
        }
        self.settled = self.buffer.len();
        Ok(())
    }

    /// Checks a piece that is not kept.
    pub(crate) fn pass(&mut self, piece: &[u8]) -> Result<(), Violation> {
        match self.kind {
            Kind::Text => self.validator.push(piece).map_err(|_| Violation::TextNotUtf8),
            Kind::Binary => Ok(()),
        }
    }

    /// The end of the message: an unfinished character is an error.
    pub(crate) fn finish(&self) -> Result<(), Violation> {
        self.validator.finish().map_err(|_| Violation::TextNotUtf8)
    }

    /// What came so far, given away because the rest goes in parts.
    pub(crate) fn drain(&mut self) -> Bytes {
        self.settled = 0;
        let mut buffer = std::mem::take(&mut self.buffer);
        buffer.shrink_to_fit();
        buffer.into()
    }

    /// What came so far, or, of a compressed message in parts, what was not inflated yet.
    pub(crate) fn received(&self) -> &[u8] {
        self.buffer.get(self.consumed..).unwrap_or_default()
    }

    /// The first `len` bytes of it were inflated.
    pub(crate) fn consume(&mut self, len: usize) {
        self.consumed += len;
        // Moved only when no more is left than went, so that each byte moves once at most.
        if self.consumed * 2 >= self.buffer.len() {
            self.buffer.drain(..self.consumed);
            self.consumed = 0;
            self.settled = self.buffer.len();
        }
    }

    /// The message, in a buffer of exactly its size.
    pub(crate) fn into_message(mut self) -> Result<Message, Violation> {
        self.finish()?;
        self.buffer.shrink_to_fit();
        let payload = Bytes::from(self.buffer);
        Ok(match self.kind {
            Kind::Text => Message::Text(Text::from_validated(payload)),
            Kind::Binary => Message::Binary(payload),
        })
    }

    /// When the message must have come to its end, at the least rate that is accepted; what comes in parts is the
    /// caller's.
    pub(crate) fn deadline(&self, timing: &Timing) -> Option<Instant> {
        let rate = u64::from(timing.min_message_rate.max(1));
        let bytes = u64::try_from(self.buffer.len()).unwrap_or(u64::MAX);
        let earned = Duration::from_millis(bytes.saturating_mul(1000) / rate);
        match self.handover {
            Handover::Whole => {
                self.started.checked_add(timing.message_grace.saturating_add(earned))
            }
            Handover::Parts => None,
        }
    }

    /// Reading was paused until now, so the clock of the message starts again.
    pub(crate) fn resume(&mut self, now: Instant) {
        self.started = now;
    }
}

/// Takes the buffer of a message back.
pub(crate) fn recycle(message: Message) {
    pool::give(message.into_bytes().into());
}

/// What a whole message and its newest frame may have.
pub(crate) fn admit_whole(
    encoding: Encoding,
    frame: u64,
    message: u64,
    limits: &Limits,
) -> Result<(), LimitExceeded> {
    check(Limit::FrameBytes, frame, encoding.bound(limits.max_frame_bytes))?;
    check(Limit::MessageBytes, message, encoding.bound(limits.max_message_bytes))
}

#[inline]
fn check(limit: Limit, got: u64, allowed: u64) -> Result<(), LimitExceeded> {
    if got > allowed { Err(LimitExceeded { limit, allowed, got }) } else { Ok(()) }
}

impl Encoding {
    /// What may travel of a payload that has `bytes` at most when it arrives. What does not compress grows, by no more
    /// than zlib says of itself with the least memory.
    fn bound(self, bytes: usize) -> u64 {
        let bytes = u64::try_from(bytes).unwrap_or(u64::MAX);
        match self {
            Self::Plain => bytes,
            Self::Compressed => bytes.saturating_add(bytes / 8 + bytes / 64 + 64),
        }
    }
}
