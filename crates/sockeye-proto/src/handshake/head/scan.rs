//! Finds the end of an HTTP/1.1 head and everything in it that must never be there, looking at each byte once.
//!
//! Stricter than RFC 9112 obliges: what one recipient tolerates and another does not is how requests are smuggled.
//!
//! [`State::after`] decides; what changes nothing is passed over a run at a time ([`State::run`]).

use super::HeadError;
use crate::handshake::token::{is_token_byte, token_len};

/// ```text
///                              +------------- CR LF -------------+
///                              v                                 |
/// Start -> StartLine -CR LF-> LineStart -> Name -':'-> Value ----+
///                              |
///                              +-- CR LF -> Done
/// ```
///
/// Each CR waits in a state of its own for its LF.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Start,
    StartLine,
    StartLineCr,
    LineStart,
    Name,
    Value,
    ValueCr,
    EndCr,
    Done,
}

impl State {
    #[inline]
    fn after(self, byte: u8) -> Option<Self> {
        match (self, byte) {
            (Self::Start, 0x21..=0x7e) => Some(Self::StartLine),
            (Self::StartLine, b'\r') => Some(Self::StartLineCr),
            (Self::StartLineCr | Self::ValueCr, b'\n') => Some(Self::LineStart),
            (Self::LineStart, b'\r') => Some(Self::EndCr),
            (Self::EndCr, b'\n') => Some(Self::Done),
            (Self::LineStart | Self::Name, byte) if is_token_byte(byte) => Some(Self::Name),
            (Self::Name, b':') => Some(Self::Value),
            (Self::Value, b'\r') => Some(Self::ValueCr),
            (Self::StartLine | Self::Value, byte) if is_text(byte) => Some(self),
            _ => None,
        }
    }

    /// How many bytes from the front change nothing. There may be more: a tab is left to [`after`](Self::after).
    fn run(self, bytes: &[u8]) -> usize {
        match self {
            Self::StartLine | Self::Value => plain_len(bytes),
            Self::Name => token_len(bytes),
            _ => 0,
        }
    }

    fn expected(self) -> &'static str {
        match self {
            Self::Start => "a visible character",
            Self::StartLine => "a visible character in the first line",
            Self::StartLineCr | Self::ValueCr | Self::EndCr => {
                "a line feed after the carriage return"
            }
            Self::LineStart => "the name of a header or an empty line",
            Self::Name => "a colon right after the name of a header",
            Self::Value => "a visible character in the value of a header",
            Self::Done => "nothing more",
        }
    }
}

/// RFC 9112 2.2 and RFC 9110 5.5: no control character but the tab.
fn is_text(byte: u8) -> bool {
    byte == b'\t' || (byte >= b' ' && byte != 0x7f)
}

/// How many bytes from the front are text and no tab.
fn plain_len(bytes: &[u8]) -> usize {
    let (words, rest) = bytes.as_chunks();
    for (before, word) in words.iter().enumerate() {
        let others = not_plain(u64::from_le_bytes(*word));
        if others != 0 {
            return before * size_of::<u64>() + others.trailing_zeros() as usize / 8;
        }
    }
    bytes.len() - rest.len()
        + rest.iter().take_while(|byte| is_text(**byte) && **byte != b'\t').count()
}

/// The lowest bit that is set is the highest of the first byte that is a control character.
fn not_plain(word: u64) -> u64 {
    const EACH: u64 = u64::MAX / 0xff;
    // A byte that is too small borrows from those above it, and may set their bits as well, but never those below.
    let below_space = word.wrapping_sub(EACH * 0x20) & !word;
    let delete = word ^ (EACH * 0x7f);
    let is_delete = delete.wrapping_sub(EACH) & !delete;
    (below_space | is_delete) & (EACH * 0x80)
}

/// How far a head has been looked at.
#[derive(Clone, Debug)]
pub(super) struct Scanner {
    state: State,
    scanned: usize,
    headers: usize,
}

impl Scanner {
    pub(super) fn new() -> Self {
        Self { state: State::Start, scanned: 0, headers: 0 }
    }

    /// Bytes looked at, each of them once.
    pub(super) fn scanned(&self) -> usize {
        self.scanned
    }

    /// Headers begun.
    pub(super) fn headers(&self) -> usize {
        self.headers
    }

    pub(super) fn is_done(&self) -> bool {
        self.state == State::Done
    }

    /// Looks at what follows, up to the end of the head.
    pub(super) fn scan(&mut self, bytes: &[u8], max_headers: usize) -> Result<(), HeadError> {
        let mut rest = bytes;
        while !self.is_done() {
            let run = self.state.run(rest);
            self.scanned += run;
            let Some([byte, after @ ..]) = rest.get(run..) else { break };
            let next = self.state.after(*byte).ok_or_else(|| HeadError::Malformed {
                expected: self.state.expected(),
                at: self.scanned,
            })?;
            if (self.state, next) == (State::LineStart, State::Name) {
                self.headers += 1;
                if self.headers > max_headers {
                    return Err(HeadError::TooManyHeaders { allowed: max_headers });
                }
            }
            self.state = next;
            self.scanned += 1;
            rest = after;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
