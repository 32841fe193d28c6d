//! The frame header (RFC 6455 5.2): its bits, read and written.
//!
//! Holds the rules that a header obeys by itself. What depends on the connection (which side masks, whether a message
//! is under way, the limits) is the decoder's.

use std::fmt;

use bytes::Bytes;

use crate::{error::Violation, mask::Mask};

/// What a frame is for (RFC 6455 5.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Opcode {
    /// A further fragment of the message under way.
    Continuation = 0x0,
    /// The first frame of a text message.
    Text = 0x1,
    /// The first frame of a binary message.
    Binary = 0x2,
    /// The goodbye.
    Close = 0x8,
    /// The question whether the peer is there.
    Ping = 0x9,
    /// The answer to it.
    Pong = 0xa,
}

impl Opcode {
    fn new(bits: u8) -> Option<Self> {
        match bits {
            0x0 => Some(Self::Continuation),
            0x1 => Some(Self::Text),
            0x2 => Some(Self::Binary),
            0x8 => Some(Self::Close),
            0x9 => Some(Self::Ping),
            0xa => Some(Self::Pong),
            _ => None,
        }
    }

    /// RFC 6455 5.5: control frames have the highest bit of the opcode set.
    pub(crate) fn is_control(self) -> bool {
        (self as u8) & 0x8 != 0
    }
}

impl fmt::Display for Opcode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Continuation => "continuation",
            Self::Text => "text",
            Self::Binary => "binary",
            Self::Close => "close",
            Self::Ping => "ping",
            Self::Pong => "pong",
        })
    }
}

const FIN: u8 = 0x80;
const RSV: u8 = 0x70;
/// RSV1, which permessage-deflate sets on a compressed message (RFC 7692 6).
const RSV1: u8 = 0x40;
const MASKED: u8 = 0x80;
const LEN_16: u8 = 126;
const LEN_64: u8 = 127;

/// The longest header: two bytes, eight of length, four of mask.
pub(crate) const MAX_HEADER_BYTES: usize = 14;

/// The longest payload of a control frame (RFC 6455 5.5).
pub(crate) const MAX_CONTROL_BYTES: usize = 125;

/// A frame header that obeys RFC 6455 5.2 and 5.5 by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Header {
    pub(crate) fin: bool,
    pub(crate) compressed: bool,
    pub(crate) opcode: Opcode,
    pub(crate) mask: Option<Mask>,
    pub(crate) len: u64,
}

/// What the first bytes of a frame turned out to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Parsed {
    /// A header and its own length.
    Header(Header, usize),
    /// The beginning of a header that has this many bytes.
    Unfinished(usize),
}

impl Header {
    /// Reads a header; refuses what no connection may accept as soon as it can be seen.
    #[inline]
    pub(crate) fn parse(bytes: &[u8]) -> Result<Parsed, Violation> {
        let [first, second, rest @ ..] = bytes else { return Ok(Parsed::Unfinished(2)) };
        let (first, second) = (*first, *second);
        let opcode =
            Opcode::new(first & 0x0f).ok_or(Violation::ReservedOpcode { opcode: first & 0x0f })?;
        // RSV2 and RSV3 have no meaning in any extension we speak; RSV1 is judged where the extension is known.
        if first & RSV & !RSV1 != 0 {
            return Err(Violation::ReservedBits { bits: (first & RSV) >> 4 });
        }
        let (fin, short) = (first & FIN != 0, second & !MASKED);
        if opcode.is_control() {
            if !fin {
                return Err(Violation::FragmentedControl { opcode });
            }
            if short >= LEN_16 {
                return Err(Violation::ControlTooLong { opcode });
            }
        }
        let extra = match short {
            LEN_16 => 2,
            LEN_64 => 8,
            _ => 0,
        };
        let mask_bytes = if second & MASKED == 0 { 0 } else { 4 };
        let whole = 2 + extra + mask_bytes;
        let Some((len_bytes, rest)) = rest.split_at_checked(extra) else {
            return Ok(Parsed::Unfinished(whole));
        };
        let len = payload_len(short, len_bytes)?;
        let mask = match (mask_bytes, rest) {
            (0, _) => None,
            (_, [a, b, c, d, ..]) => Some(Mask::new([*a, *b, *c, *d])),
            _ => return Ok(Parsed::Unfinished(whole)),
        };
        let compressed = first & RSV1 != 0;
        Ok(Parsed::Header(Self { fin, compressed, opcode, mask, len }, whole))
    }

    /// The whole frame of an unmasked payload, and the length of its header.
    pub(crate) fn prepend(&self, payload: &[u8]) -> (Bytes, usize) {
        let mut header = Vec::with_capacity(MAX_HEADER_BYTES);
        self.encode(&mut header);
        (Bytes::from([header.as_slice(), payload].concat()), header.len())
    }

    /// Appends the header in its shortest form (RFC 6455 5.2).
    #[inline]
    pub(crate) fn encode(&self, into: &mut Vec<u8>) {
        let first = if self.fin { FIN } else { 0 }
            | if self.compressed { RSV1 } else { 0 }
            | self.opcode as u8;
        let masked = if self.mask.is_some() { MASKED } else { 0 };
        // Arrays of a known size are stored at once, slices are copied by a call.
        match (u8::try_from(self.len), u16::try_from(self.len)) {
            (Ok(short), _) if short < LEN_16 => into.extend_from_slice(&[first, masked | short]),
            (_, Ok(medium)) => {
                let [high, low] = medium.to_be_bytes();
                into.extend_from_slice(&[first, masked | LEN_16, high, low]);
            }
            _ => {
                into.extend_from_slice(&[first, masked | LEN_64]);
                into.extend_from_slice(&self.len.to_be_bytes());
            }
        }
        if let Some(mask) = self.mask {
            into.extend_from_slice(&mask.key());
        }
    }
}

/// The length in its own bytes, which must be the shortest form (RFC 6455 5.2).
#[inline]
fn payload_len(short: u8, bytes: &[u8]) -> Result<u64, Violation> {
    let (len, least) = match bytes {
        [a, b] => (u64::from(u16::from_be_bytes([*a, *b])), u64::from(LEN_16)),
        [a, b, c, d, e, f, g, h] => (u64::from_be_bytes([*a, *b, *c, *d, *e, *f, *g, *h]), 1 << 16),
        _ => (u64::from(short), 0),
    };
    if len >> 63 != 0 {
        return Err(Violation::LengthOver63Bits { len });
    }
    if len < least {
        return Err(Violation::NonMinimalLength { len });
    }
    Ok(len)
}

#[cfg(test)]
mod tests;
