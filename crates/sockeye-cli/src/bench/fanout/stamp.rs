//! `Stamp`: who published a message, and when it was due; the first 16 bytes of it, in hexadecimal.

use std::time::Duration;

use sockeye::{Kind, Message, MessageRef};

use crate::bench::{plan::STAMP_BYTES, socket::Piece, trouble::Trouble};

/// Who published a message, and when it was due, counted from a time that all threads know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stamp {
    pub(super) publisher: u8,
    pub(super) due: Duration,
}

impl Stamp {
    /// Two digits and fourteen, which is enough for two years of nanoseconds.
    fn to_bytes(self) -> [u8; STAMP_BYTES] {
        let nanos = u64::try_from(self.due.as_nanos()).unwrap_or(u64::MAX) & u64::MAX >> 8;
        let mut rest = u64::from(self.publisher) << 56 | nanos;
        [0; STAMP_BYTES].map(|_| {
            rest = rest.rotate_left(4);
            let digit = (rest & 0xf) as u8;
            if digit < 10 { b'0' + digit } else { b'a' + digit - 10 }
        })
    }

    /// The message with the stamp in front, in place of what stood there: see `payload::make_behind`.
    pub(super) fn onto(self, message: MessageRef<'_>) -> Message {
        let rest = message.as_bytes().get(STAMP_BYTES..).unwrap_or_default();
        let stamped = [&self.to_bytes(), rest].concat();
        match message.kind() {
            Kind::Text => {
                let text = String::from_utf8(stamped);
                Message::from(text.expect("a stamp is ASCII and takes the place of ASCII"))
            }
            Kind::Binary => Message::from(stamped),
        }
    }

    fn parse(bytes: &[u8; STAMP_BYTES]) -> Option<Self> {
        let number = bytes.iter().try_fold(0_u64, |number, byte| {
            let digit = match byte {
                b'0'..=b'9' => byte - b'0',
                b'a'..=b'f' => byte - b'a' + 10,
                _ => return None,
            };
            Some(number << 4 | u64::from(digit))
        })?;
        let [publisher, ..] = number.to_be_bytes();
        Some(Self { publisher, due: Duration::from_nanos(number & u64::MAX >> 8) })
    }
}

/// Reads the stamps of messages that come in pieces.
#[derive(Debug)]
pub(super) struct Reader {
    expected_len: usize,
    head: [u8; STAMP_BYTES],
    /// Bytes of the message that came.
    len: usize,
    /// What was read since the last time. A burst has one stamp, so most follow one like them.
    stamps: Vec<(Stamp, u64)>,
    last_head: [u8; STAMP_BYTES],
}

impl Reader {
    pub(super) fn new(expected_len: usize) -> Self {
        let head = [0; STAMP_BYTES];
        Self { expected_len, head, len: 0, stamps: Vec::new(), last_head: head }
    }

    pub(super) fn take(&mut self, piece: Piece<'_>) -> Result<(), Trouble> {
        let (last, piece) = (piece.is_last(), piece.bytes());
        if let Some(room) = self.head.get_mut(self.len..) {
            room.iter_mut().zip(piece).for_each(|(slot, byte)| *slot = *byte);
        }
        self.len += piece.len();
        let is_whole = last && self.len == self.expected_len;
        if self.len > self.expected_len || last && !is_whole {
            return Err(Trouble::Changed { expected: self.expected_len, got: self.len });
        }
        if is_whole {
            self.len = 0;
            self.note()?;
        }
        Ok(())
    }

    fn note(&mut self) -> Result<(), Trouble> {
        match self.stamps.last_mut() {
            Some((_, count)) if self.head == self.last_head => *count += 1,
            _ => {
                self.stamps.push((Stamp::parse(&self.head).ok_or(Trouble::Foreign)?, 1));
                self.last_head = self.head;
            }
        }
        Ok(())
    }

    /// What was read since the last time, and how often in a row.
    pub(super) fn stamps(&mut self) -> impl Iterator<Item = (Stamp, u64)> {
        self.stamps.drain(..)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Piece, Reader, Stamp};

    #[test]
    fn a_stamp_is_read_as_it_was_written() {
        for (publisher, nanos) in [(0, 0), (7, 1), (255, 72_057_594_037_927_935), (16, 0xab_cdef)] {
            let stamp = Stamp { publisher, due: Duration::from_nanos(nanos) };
            assert_eq!(Stamp::parse(&stamp.to_bytes()), Some(stamp));
        }
        let stamp = Stamp { publisher: 0x1f, due: Duration::from_nanos(0xab_cdef) };
        assert_eq!(&stamp.to_bytes(), b"1f00000000abcdef");
        assert_eq!(Stamp::parse(b"1F00000000abcdef"), None);
    }

    #[test]
    fn messages_in_any_pieces_have_their_stamps_read() {
        let stamps =
            [1, 1, 2].map(|nanos| Stamp { publisher: 3, due: Duration::from_nanos(nanos) });
        let messages = stamps.map(|stamp| [&stamp.to_bytes()[..], b"and what it says"].concat());
        for cut in [1, 15, 16, 17, 31, 32] {
            let mut reader = Reader::new(32);
            for message in &messages {
                for piece in Piece::cut(message, cut) {
                    reader.take(piece).expect("a message of ours");
                }
            }
            let read: Vec<_> = reader.stamps().collect();
            assert_eq!(read, [(stamps[0], 2), (stamps[2], 1)], "{cut}");
        }
    }

    #[test]
    fn messages_of_others_are_told_apart() {
        for message in [&b"0000000000000000"[..15], b"00000000000000000", b"hello, everybody", b""]
        {
            assert!(Reader::new(16).take(Piece::Last(message)).is_err(), "{message:?}");
        }
        assert!(Reader::new(16).take(Piece::Last(b"0000000000000000")).is_ok());
    }
}
