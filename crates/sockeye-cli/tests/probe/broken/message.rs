//! `Assembly`: frames become messages, which are inflated and looked at, and that is all.

use flate2::{Decompress, FlushDecompress, Status};

use super::{Fault, MAX_FRAGMENTS, MAX_MESSAGE};

/// A message under way, and the window of those before.
pub(super) struct Assembly<'a> {
    fault: Fault<'a>,
    message: Option<Message>,
    inflater: Decompress,
}

#[derive(Debug)]
struct Message {
    is_text: bool,
    is_compressed: bool,
    bytes: Vec<u8>,
    frames: usize,
    /// Where the frame under way begins.
    frame_start: usize,
}

impl<'a> Assembly<'a> {
    pub(super) fn new(fault: Fault<'a>) -> Self {
        Self { fault, message: None, inflater: Decompress::new(false) }
    }

    pub(super) fn is_begun(&self) -> bool {
        self.message.is_some()
    }

    pub(super) fn len(&self) -> usize {
        self.message.as_ref().map_or(0, |message| message.bytes.len())
    }

    /// A frame begins.
    pub(super) fn begin(&mut self, first: u8) -> Result<(), u16> {
        let message = self.message.get_or_insert_with(|| Message {
            is_text: first & 0x0f == 1,
            is_compressed: first & 0x40 != 0,
            bytes: Vec::new(),
            frames: 0,
            frame_start: 0,
        });
        message.frames += 1;
        message.frame_start = message.bytes.len();
        let max_frames = MAX_FRAGMENTS - usize::from(self.fault.is("fragments-at-limit"));
        let is_flood = message.frames > max_frames;
        let is_empty = message.bytes.is_empty();
        self.fault.first_broken(&[
            ("empty-fragment-flood", 1008, is_flood && is_empty),
            ("small-fragment-flood", 1008, is_flood && !is_empty),
        ])
    }

    /// Some of its payload has come.
    pub(super) fn push(&mut self, piece: &[u8]) -> Result<(), u16> {
        let Some(message) = &mut self.message else { return Ok(()) };
        message.bytes.extend_from_slice(piece);
        if self.fault.is("utf8-at-the-byte") || self.fault.is("utf8-at-the-fragment") {
            return Ok(());
        }
        self.check_text(End::Open)
    }

    pub(super) fn end_frame(&mut self, is_last: bool) -> Result<(), u16> {
        if !is_last {
            let end = if self.fault.is("character-in-two-frames") { End::Here } else { End::Open };
            let waits = self.fault.is("utf8-at-the-fragment");
            return if waits { Ok(()) } else { self.check_text(end) };
        }
        self.check_text(End::Here)?;
        let Some(message) = self.message.take() else { return Ok(()) };
        let is_empty = message.bytes.is_empty() && message.frames == 1;
        if is_empty && self.fault.is("empty-fragments") {
            return Err(1002);
        }
        if message.is_compressed {
            return self.inflate(&message);
        }
        if self.fault.is("window-of-compressed") && !message.bytes.is_empty() {
            self.remember(&message.bytes)?;
        }
        Ok(())
    }

    fn check_text(&self, end: End) -> Result<(), u16> {
        let Some(message) = self.message.as_ref().filter(|message| message.is_text) else {
            return Ok(());
        };
        let from = if self.fault.is("character-in-two-frames") { message.frame_start } else { 0 };
        let wrong = !message.is_compressed && !is_text(&message.bytes[from..], end);
        self.fault.first_broken(&[("text-not-utf8", 1007, wrong)])
    }

    fn inflate(&mut self, message: &Message) -> Result<(), u16> {
        let mut input = [&message.bytes[..], b"\0\0\xff\xff"].concat();
        let mut text = Vec::new();
        let is_bomb = if message.frames == 1 { "bomb" } else { "bomb-in-fragments" };
        loop {
            let mut room = Vec::with_capacity(16 << 10);
            let before = self.inflater.total_in();
            let status = self.inflater.decompress_vec(&input, &mut room, FlushDecompress::Sync);
            let used = usize::try_from(self.inflater.total_in() - before).expect("a short one");
            input.drain(..used);
            text.extend_from_slice(&room);
            self.fault.first_broken(&[
                ("wrong-deflate", 1007, status.is_err()),
                (is_bomb, 1009, text.len() > MAX_MESSAGE),
            ])?;
            match status {
                // A final block; more may follow.
                Ok(Status::StreamEnd) if self.fault.is("forms-of-deflate") => return Err(1007),
                Ok(Status::StreamEnd) => self.inflater.reset(false),
                Ok(_) if used > 0 || !room.is_empty() => {}
                _ => break,
            }
        }
        let wrong = message.is_text && !is_text(&text, End::Here);
        self.fault.first_broken(&[("compressed-not-utf8", 1007, wrong)])
    }

    /// Puts bytes into the window, as a stored block.
    fn remember(&mut self, bytes: &[u8]) -> Result<(), u16> {
        let (bytes, _) = bytes.split_at(bytes.len().min(usize::from(u16::MAX)));
        let len = u16::try_from(bytes.len()).expect("no more than that");
        let block = [&[0][..], &len.to_le_bytes(), &(!len).to_le_bytes(), bytes].concat();
        let mut room = Vec::with_capacity(bytes.len() + 16);
        let status = self.inflater.decompress_vec(&block, &mut room, FlushDecompress::Sync);
        status.map(drop).map_err(|_| 1007)
    }
}

/// Whether text may go on.
#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    Open,
    Here,
}

fn is_text(bytes: &[u8], end: End) -> bool {
    match std::str::from_utf8(bytes) {
        Ok(_) => true,
        Err(error) => end == End::Open && error.error_len().is_none(),
    }
}
