//! The headers of frames (RFC 6455 5.2), found in a stream of bytes as they pass.

use std::{fmt, mem};

/// What a header says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Header {
    pub(super) is_final: bool,
    /// RSV1, which permessage-deflate sets on a message's first frame (RFC 7692 6).
    pub(super) is_compressed: bool,
    pub(super) opcode: Opcode,
    /// Bytes of payload, as they travel.
    pub(super) len: u64,
}

/// The four bits of an opcode, whatever they mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Opcode(u8);

impl Opcode {
    /// RFC 6455 5.5: control frames have the highest bit set.
    pub(super) fn is_control(self) -> bool {
        self.0 & 0x8 != 0
    }

    /// A frame that begins a message.
    pub(super) fn begins(self) -> bool {
        !self.is_control() && self.0 != 0
    }
}

impl fmt::Display for Opcode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            0x0 => "continuation",
            0x1 => "text",
            0x2 => "binary",
            0x8 => "close",
            0x9 => "ping",
            0xa => "pong",
            reserved => return write!(f, "{reserved:#x}"),
        })
    }
}

/// The longest header: two bytes, eight of length, four of mask.
const MAX_HEADER_BYTES: usize = 14;

/// Where in a stream of frames we are.
#[derive(Debug)]
pub(super) enum Scanner {
    /// In a header, of which so many bytes have passed.
    Header { bytes: [u8; MAX_HEADER_BYTES], len: usize },
    /// In a payload, of which so many bytes are to come.
    Payload { left: u64 },
}

impl Default for Scanner {
    fn default() -> Self {
        Self::Header { bytes: [0; MAX_HEADER_BYTES], len: 0 }
    }
}

impl Scanner {
    /// Lets bytes pass, and gives each header that ends in them.
    pub(super) fn scan(&mut self, mut bytes: &[u8], mut found: impl FnMut(Header)) {
        while let Some((first, rest)) = bytes.split_first() {
            bytes = match mem::take(self) {
                Self::Payload { left } => {
                    let passed = usize::try_from(left).unwrap_or(usize::MAX).min(bytes.len());
                    *self = Self::within(left - passed as u64);
                    bytes.split_at(passed).1
                }
                Self::Header { bytes: mut header, len } => {
                    if let Some(next) = header.get_mut(len) {
                        *next = *first;
                    }
                    *self = match parse(&header, len + 1) {
                        None => Self::Header { bytes: header, len: len + 1 },
                        Some(header) => {
                            found(header);
                            Self::within(header.len)
                        }
                    };
                    rest
                }
            };
        }
    }

    fn within(left: u64) -> Self {
        if left == 0 { Self::default() } else { Self::Payload { left } }
    }
}

/// The header in the first `len` bytes, if it ends there.
fn parse(bytes: &[u8; MAX_HEADER_BYTES], len: usize) -> Option<Header> {
    let [first, second, extended @ .., _, _, _, _] = bytes;
    let short = second & 0x7f;
    let extra = match short {
        126 => 2,
        127 => 8,
        _ => 0,
    };
    let mask_bytes = if second & 0x80 == 0 { 0 } else { 4 };
    if len < 2 + extra + mask_bytes {
        return None;
    }
    let len = match (short, extended) {
        (126, [high, low, ..]) => u16::from_be_bytes([*high, *low]).into(),
        (127, extended) => u64::from_be_bytes(*extended),
        (short, _) => short.into(),
    };
    let (is_final, is_compressed) = (first & 0x80 != 0, first & 0x40 != 0);
    Some(Header { is_final, is_compressed, opcode: Opcode(first & 0x0f), len })
}

#[cfg(test)]
mod tests {
    use super::{Header, Opcode, Scanner};

    fn header(bits: u8, len: u64) -> Header {
        let (is_final, is_compressed) = (bits & 0x80 != 0, bits & 0x40 != 0);
        Header { is_final, is_compressed, opcode: Opcode(bits & 0x0f), len }
    }

    #[test]
    fn headers_are_found_however_the_stream_is_cut() {
        let frames: [(&[u8], usize, Header); 6] = [
            (b"\x81\x05", 5, header(0x81, 5)),
            (b"\x89\x80mask", 0, header(0x89, 0)),
            (b"\x42\x7e\x01\x00", 256, header(0x42, 256)),
            (b"\x80\xfe\x00\x7emask", 126, header(0x80, 126)),
            (b"\x82\x7f\0\0\0\0\0\x01\0\0", 65_536, header(0x82, 65_536)),
            // Nothing is judged here.
            (b"\xfb\xff\0\0\0\0\0\0\0\x01mask", 1, header(0xfb, 1)),
        ];
        let stream =
            frames.iter().flat_map(|(header, len, _)| [*header, &vec![0xff; *len]].concat());
        let stream = stream.collect::<Vec<u8>>();
        let expected = frames.map(|(_, _, header)| header);
        for step in [1, 2, 3, 7, 1000, stream.len()] {
            let (mut scanner, mut found) = (Scanner::default(), Vec::new());
            stream.chunks(step).for_each(|bytes| scanner.scan(bytes, |header| found.push(header)));
            assert_eq!(found, expected, "in steps of {step}");
        }
    }

    #[test]
    fn a_length_without_bounds_is_waited_for() {
        let (mut scanner, mut found) = (Scanner::default(), 0);
        scanner.scan(b"\x82\x7f\xff\xff\xff\xff\xff\xff\xff\xff", |_| found += 1);
        scanner.scan(&[0x81; 100_000], |_| found += 1);
        assert_eq!(found, 1);
    }
}
