//! One connection that sends its batches one after the other, each when the one before it was answered.

use std::time::{Duration, Instant};

use crate::{
    deflate::{Agreed, Inflater},
    frame::{COMPRESSED, Frames, Header},
    poller::Readiness,
    script::{Batch, Expects, Script},
    stream::{Moved, Stream},
};

pub(crate) struct Lane {
    stream: Stream,
    readable: bool,
    writable: bool,
    batch: usize,
    sent: usize,
    answer: Answer,
    inflater: Option<Inflater>,
    began: Instant,
    /// Bytes of the answers, up to now.
    pub(crate) received: u64,
}

/// What has come of an answer.
#[derive(Debug, Default)]
struct Answer {
    bytes: usize,
    messages: usize,
    frames: Frames,
    /// Kept to be inflated.
    kept: Vec<u8>,
}

impl Lane {
    pub(crate) fn new(stream: Stream, agreed: Option<Agreed>) -> Self {
        Self {
            stream,
            readable: false,
            writable: true,
            batch: 0,
            sent: 0,
            answer: Answer::default(),
            inflater: agreed.map(Inflater::new),
            began: Instant::now(),
            received: 0,
        }
    }

    pub(crate) fn is_verified(&self, script: &Script) -> bool {
        self.batch >= script.verified()
    }

    pub(crate) fn wake(&mut self, readiness: Readiness) {
        self.readable |= readiness.readable;
        self.writable |= readiness.writable;
    }

    /// Goes on until nothing can be moved; tells `done` of each batch that was answered, and how long it took.
    pub(crate) fn drive(
        &mut self,
        script: &Script,
        buf: &mut [u8],
        mut done: impl FnMut(&Batch, Duration),
    ) -> Result<(), String> {
        if self.writable {
            self.stream.push()?;
        }
        loop {
            let batch = script.batch(self.batch).ok_or("expected a batch, got none")?;
            let unsent = batch.bytes.get(self.sent..).unwrap_or_default();
            if self.writable && !unsent.is_empty() {
                if self.sent == 0 {
                    self.began = Instant::now();
                }
                self.sent += advance(self.stream.give(unsent)?, &mut self.writable);
            } else if self.readable {
                let len = advance(self.stream.take(buf)?, &mut self.readable);
                self.received += len as u64;
                let bytes = buf.get(..len).unwrap_or_default();
                if self.answer.take(bytes, batch)? {
                    self.compare(batch)?;
                    done(batch, self.began.elapsed());
                    self.turn_to_next(script);
                }
            } else {
                return Ok(());
            }
        }
    }

    fn turn_to_next(&mut self, script: &Script) {
        (self.batch, self.sent) = (self.batch + 1, 0);
        if self.batch == script.verified() {
            self.inflater = None;
        }
    }

    /// Inflates what was kept, and forgets the answer.
    fn compare(&mut self, batch: &Batch) -> Result<(), String> {
        if self.sent < batch.bytes.len() {
            return Err("expected an answer to what was sent, got it before".into());
        }
        let answer = std::mem::take(&mut self.answer);
        let (Expects::Inflated(messages), Some(inflater)) = (&batch.expects, &mut self.inflater)
        else {
            return Ok(());
        };
        let mut rest = answer.kept.as_slice();
        for message in messages {
            let header = Header::parse(rest)?.ok_or("expected a frame, got less")?;
            let wrong = "expected a whole frame, got less";
            let (_, after) = rest.split_at_checked(header.header_len).ok_or(wrong)?;
            let (payload, after) = after.split_at_checked(header.payload_len).ok_or(wrong)?;
            let is_same = match header.first & COMPRESSED {
                0 => payload == message,
                _ => inflater.message(payload)? == *message,
            };
            if !is_same {
                return Err("expected the message that was sent, got another".into());
            }
            rest = after;
        }
        Ok(())
    }
}

/// How much was moved; whether more can be is kept.
fn advance(moved: Moved, can_move: &mut bool) -> usize {
    match moved {
        Moved::Some(len) => len,
        Moved::Last(len) => {
            *can_move = false;
            len
        }
    }
}

impl Answer {
    /// Takes what came; tells whether that was all of it.
    fn take(&mut self, bytes: &[u8], batch: &Batch) -> Result<bool, String> {
        match &batch.expects {
            Expects::Exactly(expected) => {
                let end = self.bytes + bytes.len();
                if expected.get(self.bytes..end) != Some(bytes) {
                    return Err(format!(
                        "expected the {} bytes that answer a batch, got others or more",
                        expected.len()
                    ));
                }
                self.bytes = end;
                Ok(end == expected.len())
            }
            Expects::Bytes(expected) => {
                self.bytes += bytes.len();
                if self.bytes > *expected {
                    return Err(format!("expected {expected} bytes, got {}", self.bytes));
                }
                Ok(self.bytes == *expected)
            }
            Expects::Inflated(_) => {
                self.kept.extend_from_slice(bytes);
                self.count(bytes, batch)
            }
            Expects::Messages => self.count(bytes, batch),
        }
    }

    fn count(&mut self, bytes: &[u8], batch: &Batch) -> Result<bool, String> {
        self.messages += self.frames.pass(bytes)?;
        Ok(self.messages >= batch.messages && self.frames.is_between())
    }
}
