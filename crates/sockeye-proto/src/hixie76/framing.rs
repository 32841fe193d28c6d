//! The frames of hixie-76: text between 00 and FF, and the goodbye FF 00 (draft 00, 4.2 and 5.3).
//!
//! The same for both roles. Does not answer the goodbye and does not count: what a peer may send of [`Item::Discarded`]
//! is for the connection's budget of control frames to decide. Where the draft replaces what is not UTF-8, this refuses
//! it, as RFC 6455 8.1 does.

use std::mem;

use bytes::Bytes;

use crate::{Text, error::Violation, utf8::Validator};

/// The type of a text frame.
const TEXT: u8 = 0x00;
/// The end of a frame that begins below 80; the type of the goodbye.
const END: u8 = 0xff;
/// In a type: a length follows. In a length: another byte of it follows.
const HIGH: u8 = 0x80;

/// Nine bytes of seven bits: a length below 2^63. The draft has no bound, and 80 80 80 ... is a zero without end.
const MAX_LENGTH_BYTES: u8 = 9;

/// What came out of the bytes of a peer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Item {
    /// A message.
    Text(Text),
    /// A frame of a type without meaning, read to its end and dropped as the draft wants it.
    Discarded,
    /// The goodbye. It ends the stream.
    Close,
    /// Bytes that are not allowed. They end the stream.
    Violation(Violation),
    /// A frame beyond the limit. It ends the stream.
    TooLarge {
        /// The length as far as it was claimed, else the first amount that was over.
        got: u64,
    },
}

/// Frames as they arrive; can stop at any byte and go on.
///
/// ```text
///            00                    FF
///   Type ---------> Text -----------------> Type, a message
///     |      01..7F                FF
///     |-----------> Delimited ------------> Type, discarded
///     |      80..FF        n > 0               n bytes
///     '-----------> Length ---------> Counted ------------> Type, discarded
///                     |    n = 0
///                     |-------------> Type, discarded
///                     |  FF and n = 0
///                     '-------------> Over, closed
/// ```
/// Anything beyond the limit, and text that is not UTF-8, leads to `Over` too; there every byte is ignored.
#[derive(Debug)]
pub(crate) struct Framing {
    state: State,
    limit: usize,
}

#[derive(Debug)]
enum State {
    Type,
    Text { buf: Vec<u8>, validator: Validator },
    Delimited { len: usize },
    Length { kind: u8, len: u64, bytes: u8 },
    Counted { left: u64 },
    Over,
}

impl Framing {
    /// The start of a stream of frames, each of at most `max_message_bytes`.
    pub(crate) fn new(max_message_bytes: usize) -> Self {
        Self { state: State::Type, limit: max_message_bytes }
    }

    /// Takes bytes up to the end of the first item in them; tells how many that were.
    ///
    /// Without an item all bytes are taken, and so they are from the item on that ends the stream. The caller goes on
    /// with the rest until nothing is left.
    pub(crate) fn decode(&mut self, input: &[u8]) -> (usize, Option<Item>) {
        let mut rest = input;
        while let Some((&byte, tail)) = rest.split_first() {
            let (state, item) = match mem::replace(&mut self.state, State::Over) {
                State::Type => {
                    rest = tail;
                    (State::of(byte), None)
                }
                State::Length { kind, len, bytes } => {
                    rest = tail;
                    self.length(kind, len, bytes + 1, byte)
                }
                State::Text { buf, validator } => self.text(buf, validator, &mut rest),
                State::Delimited { len } => self.delimited(len, &mut rest),
                State::Counted { left } => counted(left, &mut rest),
                State::Over => break,
            };
            self.state = state;
            if item.is_some() {
                let unread = if let State::Over = self.state { 0 } else { rest.len() };
                return (input.len() - unread, item);
            }
        }
        (input.len(), None)
    }

    fn text(&self, mut buf: Vec<u8>, mut validator: Validator, rest: &mut &[u8]) -> Step {
        let (piece, after) = until_end(rest);
        let fits = piece.get(..self.limit - buf.len()).unwrap_or(piece);
        if validator.push(fits).is_err() {
            return over(Item::Violation(Violation::TextNotUtf8));
        }
        if fits.len() < piece.len() {
            return over(self.too_large());
        }
        let Some(after) = after else {
            buf.extend_from_slice(piece);
            *rest = &[];
            return (State::Text { buf, validator }, None);
        };
        *rest = after;
        if validator.finish().is_err() {
            return over(Item::Violation(Violation::TextNotUtf8));
        }
        // Exactly its size either way: a text that came whole is copied once, a collected one gives its room back.
        let bytes = if buf.is_empty() {
            Bytes::copy_from_slice(piece)
        } else {
            buf.extend_from_slice(piece);
            buf.into_boxed_slice().into()
        };
        (State::Type, Some(Item::Text(Text::from_validated(bytes))))
    }

    fn delimited(&self, len: usize, rest: &mut &[u8]) -> Step {
        let (piece, after) = until_end(rest);
        if piece.len() > self.limit - len {
            return over(self.too_large());
        }
        *rest = after.unwrap_or_default();
        match after {
            None => (State::Delimited { len: len + piece.len() }, None),
            Some(_) => (State::Type, Some(Item::Discarded)),
        }
    }

    /// One more byte of a length, judged at once: a length is over the limit before it is complete.
    fn length(&self, kind: u8, len: u64, bytes: u8, byte: u8) -> Step {
        let len = len << 7 | u64::from(byte & !HIGH);
        if len > self.limit as u64 {
            return over(Item::TooLarge { got: len });
        }
        match (byte & HIGH, kind, len) {
            (HIGH, ..) if bytes == MAX_LENGTH_BYTES => {
                over(Item::Violation(Violation::InvalidHixieFrame))
            }
            (HIGH, ..) => (State::Length { kind, len, bytes }, None),
            (_, END, 0) => over(Item::Close),
            (.., 0) => (State::Type, Some(Item::Discarded)),
            (.., left) => (State::Counted { left }, None),
        }
    }

    fn too_large(&self) -> Item {
        Item::TooLarge { got: self.limit as u64 + 1 }
    }
}

type Step = (State, Option<Item>);

impl State {
    fn of(kind: u8) -> Self {
        match kind {
            TEXT => Self::Text { buf: Vec::new(), validator: Validator::default() },
            0x01..HIGH => Self::Delimited { len: 0 },
            HIGH.. => Self::Length { kind, len: 0, bytes: 0 },
        }
    }
}

fn over(item: Item) -> Step {
    (State::Over, Some(item))
}

fn counted(left: u64, rest: &mut &[u8]) -> Step {
    let skipped = usize::try_from(left).unwrap_or(usize::MAX).min(rest.len());
    *rest = rest.get(skipped..).unwrap_or_default();
    match left - skipped as u64 {
        0 => (State::Type, Some(Item::Discarded)),
        left => (State::Counted { left }, None),
    }
}

/// What stands before the next FF, and what after it if there is one.
fn until_end(bytes: &[u8]) -> (&[u8], Option<&[u8]>) {
    let mut parts = bytes.splitn(2, |&byte| byte == END);
    (parts.next().unwrap_or_default(), parts.next())
}

/// Writes a message: 00, the text, FF, which UTF-8 never holds.
pub(crate) fn encode_text(text: &[u8], into: &mut Vec<u8>) {
    into.reserve(text.len() + 2);
    into.push(TEXT);
    into.extend_from_slice(text);
    into.push(END);
}

/// Writes the goodbye. Nothing may be written after it.
pub(crate) fn encode_close(into: &mut Vec<u8>) {
    into.extend_from_slice(&[END, 0]);
}

#[cfg(test)]
mod tests;
