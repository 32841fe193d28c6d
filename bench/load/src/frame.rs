//! Frames (RFC 6455 5.2): those that a client sends, and what a server's answers begin with.

/// The first byte of an unfragmented frame.
pub(crate) const TEXT: u8 = 0x81;
pub(crate) const BINARY: u8 = 0x82;
pub(crate) const CLOSE: u8 = 0x88;
pub(crate) const PING: u8 = 0x89;
pub(crate) const PONG: u8 = 0x8a;
/// Beside one of them: the payload is compressed (RFC 7692 6).
pub(crate) const COMPRESSED: u8 = 0x40;

const MASKED: u8 = 0x80;

/// A frame as a server sends it.
pub(crate) fn unmasked(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut frame = head(first, 0, payload.len());
    frame.extend_from_slice(payload);
    frame
}

/// A frame as a client sends it.
pub(crate) fn masked(first: u8, payload: &[u8], mask: [u8; 4]) -> Vec<u8> {
    let mut frame = head(first, MASKED, payload.len());
    frame.extend_from_slice(&mask);
    frame.extend(payload.iter().zip(mask.iter().cycle()).map(|(byte, mask)| byte ^ mask));
    frame
}

fn head(first: u8, mask_bit: u8, len: usize) -> Vec<u8> {
    match (u8::try_from(len), u16::try_from(len)) {
        (Ok(len @ ..126), _) => vec![first, mask_bit | len],
        (_, Ok(len)) => [&[first, mask_bit | 126][..], &len.to_be_bytes()].concat(),
        _ => [&[first, mask_bit | 127][..], &(len as u64).to_be_bytes()].concat(),
    }
}

/// How a server's frame begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Header {
    pub(crate) first: u8,
    pub(crate) header_len: usize,
    pub(crate) payload_len: usize,
}

impl Header {
    /// Reads one; nothing when there is less than all of it.
    pub(crate) fn parse(bytes: &[u8]) -> Result<Option<Self>, String> {
        let whole = |header_len, first, payload_len: u64| {
            let payload_len = usize::try_from(payload_len).map_err(|error| error.to_string())?;
            Ok(Some(Self { first, header_len, payload_len }))
        };
        match *bytes {
            [first, len @ ..126, ..] => whole(2, first, len.into()),
            [first, 126, a, b, ..] => whole(4, first, u16::from_be_bytes([a, b]).into()),
            [first, 127, a, b, c, d, e, f, g, h, ..] => {
                whole(10, first, u64::from_be_bytes([a, b, c, d, e, f, g, h]))
            }
            [_, second, ..] if second & MASKED != 0 => {
                Err("expected a frame without a mask, got one with it".into())
            }
            _ => Ok(None),
        }
    }
}

/// Frames that come in pieces; only what they begin with is looked at.
#[derive(Debug, Default)]
pub(crate) struct Frames {
    /// A header that a read has cut.
    partial: Vec<u8>,
    payload_left: usize,
}

impl Frames {
    /// Goes over what came; tells how many messages ended in it.
    pub(crate) fn pass(&mut self, mut bytes: &[u8]) -> Result<usize, String> {
        let mut messages = 0;
        loop {
            let skipped = self.payload_left.min(bytes.len());
            self.payload_left -= skipped;
            bytes = bytes.split_at(skipped).1;
            if bytes.is_empty() {
                return Ok(messages);
            }
            let before = self.partial.len();
            self.partial.extend(bytes.iter().take(10));
            let Some(header) = Header::parse(&self.partial)? else { return Ok(messages) };
            if !matches!(header.first & !COMPRESSED, TEXT | BINARY) {
                let first = header.first;
                return Err(format!("expected a whole message, got a frame of {first:#04x}"));
            }
            self.partial.clear();
            self.payload_left = header.payload_len;
            bytes = bytes.split_at(header.header_len - before).1;
            messages += 1;
        }
    }

    /// Whether the last message is whole.
    pub(crate) fn is_between(&self) -> bool {
        self.partial.is_empty() && self.payload_left == 0
    }
}

#[cfg(test)]
mod tests {
    use super::{BINARY, Frames, Header, TEXT, masked, unmasked};

    #[test]
    fn headers_have_the_shortest_length_and_are_read_back() {
        for (len, header_len) in [(0, 2), (125, 2), (126, 4), (65_535, 4), (65_536, 10)] {
            let frame = unmasked(TEXT, &vec![b'a'; len]);
            assert_eq!(frame.len(), header_len + len);
            let header = Header { first: TEXT, header_len, payload_len: len };
            assert_eq!(Header::parse(&frame), Ok(Some(header)));
            assert_eq!(Header::parse(&frame[..header_len - 1]), Ok(None));
        }
        // RFC 6455 5.7: a single-frame masked text message.
        let hello = [0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58];
        assert_eq!(masked(TEXT, b"Hello", [0x37, 0xfa, 0x21, 0x3d]), hello);
        assert!(Header::parse(&hello).is_err());
    }

    #[test]
    fn messages_are_counted_wherever_a_read_cuts_them() {
        let frames: Vec<u8> =
            [0, 5, 126, 70_000].iter().flat_map(|len| unmasked(BINARY, &vec![1; *len])).collect();
        for chunk in [1, 2, 3, 7, 1000, frames.len()] {
            let mut counted = Frames::default();
            let counts = frames.chunks(chunk).map(|chunk| counted.pass(chunk).expect("frames"));
            assert_eq!(counts.sum::<usize>(), 4, "{chunk}");
            assert!(counted.is_between());
        }
        assert!(Frames::default().pass(&[0x88, 0]).is_err());
    }
}
