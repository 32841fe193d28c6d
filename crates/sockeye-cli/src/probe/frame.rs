//! Frames: those that the server sends, and those that are sent to it, wrong ones too.
//!
//! The library's encoder writes none but right ones.

use bytes::{Buf, BytesMut};

pub(super) const CLOSE: u8 = 0x8;
pub(super) const PONG: u8 = 0xa;

/// First bytes: FIN and opcode.
pub(super) const WHOLE_TEXT: u8 = 0x81;
pub(super) const WHOLE_BINARY: u8 = 0x82;
pub(super) const FIRST_OF_TEXT: u8 = 0x01;
pub(super) const FIRST_OF_BINARY: u8 = 0x02;
pub(super) const MORE: u8 = 0x00;
pub(super) const LAST: u8 = 0x80;
pub(super) const A_CLOSE: u8 = 0x88;
pub(super) const A_PING: u8 = 0x89;
pub(super) const A_PONG: u8 = 0x8a;

/// To be added to a first byte.
pub(super) const RSV1: u8 = 0x40;

/// The mask of RFC 6455 5.7. Nothing secret is sent through anybody.
const MASK: [u8; 4] = [0x37, 0xfa, 0x21, 0x3d];

const MARKER: &[u8] = b"are you there?";

/// A masked frame whose length is in its shortest form.
pub(super) fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    masked(&header(first, payload.len() as u64), payload)
}

fn header(first: u8, len: u64) -> Vec<u8> {
    match (u8::try_from(len), u16::try_from(len)) {
        (Ok(short @ 0..126), _) => vec![first, 0x80 | short],
        (_, Ok(medium)) => [&[first, 0x80 | 126][..], &medium.to_be_bytes()].concat(),
        _ => header_of_64_bits(first, len),
    }
}

/// A masked frame with a header of the caller's.
pub(super) fn masked(header: &[u8], payload: &[u8]) -> Vec<u8> {
    let masked = payload.iter().zip(MASK.iter().cycle()).map(|(byte, mask)| byte ^ mask);
    header.iter().chain(&MASK).copied().chain(masked).collect()
}

pub(super) fn header_of_64_bits(first: u8, len: u64) -> Vec<u8> {
    [&[first, 0x80 | 127][..], &len.to_be_bytes()].concat()
}

/// A header and a mask without the payload that they announce.
pub(super) fn claim(first: u8, len: u64) -> Vec<u8> {
    masked(&header(first, len), b"")
}

/// A Close with this code.
pub(super) fn close(code: u16) -> Vec<u8> {
    frame(A_CLOSE, &code.to_be_bytes())
}

/// A Ping whose Pong shows that the server came this far.
pub(super) fn marker() -> Vec<u8> {
    frame(A_PING, MARKER)
}

/// The first frame of these bytes, in words that fit a line.
pub(super) fn told(bytes: &[u8]) -> String {
    let Some(frame) = Incoming::take(&mut BytesMut::from(bytes)) else {
        return "a frame that is not whole".into();
    };
    let payload = frame.payload.iter().take(8).map(|byte| format!(" {byte:02x}"));
    format!("the frame {:02x} with{}", frame.first, payload.collect::<String>())
}

/// A frame of the server's, unmasked if it has to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Incoming {
    pub(super) first: u8,
    pub(super) mask: Option<[u8; 4]>,
    pub(super) payload: Vec<u8>,
}

impl Incoming {
    /// Takes a frame off the front when all of it is there.
    pub(super) fn take(unread: &mut BytesMut) -> Option<Self> {
        let (&[first, second], rest) = unread.split_first_chunk()?;
        let (len, rest) = match second & 0x7f {
            126 => {
                let (len, rest) = rest.split_first_chunk()?;
                (usize::from(u16::from_be_bytes(*len)), rest)
            }
            127 => {
                let (len, rest) = rest.split_first_chunk()?;
                (usize::try_from(u64::from_be_bytes(*len)).ok()?, rest)
            }
            len => (usize::from(len), rest),
        };
        let (mask, rest) = if second & 0x80 == 0 {
            (None, rest)
        } else {
            let (mask, rest) = rest.split_first_chunk::<4>()?;
            (Some(*mask), rest)
        };
        let mut payload = rest.get(..len)?.to_vec();
        let header = unread.len() - rest.len();
        unread.advance(header + len);
        for (byte, key) in payload.iter_mut().zip(mask.iter().flatten().cycle()) {
            *byte ^= key;
        }
        Some(Self { first, mask, payload })
    }

    pub(super) fn opcode(&self) -> u8 {
        self.first & 0x0f
    }

    pub(super) fn is_data(&self) -> bool {
        self.opcode() < 0x8
    }

    pub(super) fn is_answer_to_marker(&self) -> bool {
        self.opcode() == PONG && self.payload == MARKER
    }
}

#[cfg(test)]
mod tests {
    use bytes::BytesMut;

    use super::{Incoming, WHOLE_TEXT, claim, close, frame};

    #[test]
    fn a_frame_is_the_one_of_the_rfc() {
        let hello = b"\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58";
        assert_eq!(frame(WHOLE_TEXT, b"Hello"), hello);
        assert_eq!(close(1000), b"\x88\x82\x37\xfa\x21\x3d\x34\x12");
        assert_eq!(claim(WHOLE_TEXT, 1), b"\x81\x81\x37\xfa\x21\x3d");
        assert_eq!(claim(WHOLE_TEXT, 1 << 16)[..10], *b"\x81\xff\0\0\0\0\0\x01\0\0");
    }

    #[test]
    fn a_frame_is_read_once_all_of_it_is_there() {
        for len in [0, 1, 125, 126, 65_535, 65_536] {
            let payload = vec![b'a'; len];
            let bytes = frame(WHOLE_TEXT, &payload);
            let mut part = BytesMut::from(&bytes[..bytes.len() - 1]);
            assert_eq!(Incoming::take(&mut part), None);
            assert_eq!(part.len(), bytes.len() - 1);
            let mut whole = BytesMut::from(&[&bytes[..], b"more"].concat()[..]);
            let incoming = Incoming::take(&mut whole).expect("a frame");
            assert_eq!((incoming.first, &incoming.payload), (WHOLE_TEXT, &payload));
            assert!(incoming.mask.is_some());
            assert_eq!(whole, "more");
        }
    }

    #[test]
    fn a_length_of_all_bits_is_waited_for_and_not_believed() {
        let mut claim = BytesMut::from(&b"\x82\x7f\xff\xff\xff\xff\xff\xff\xff\xff"[..]);
        assert_eq!(Incoming::take(&mut claim), None);
    }
}
