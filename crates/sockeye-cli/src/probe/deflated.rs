//! `Deflated`: compressed payloads, written by hand, since a compressor writes neither bombs nor traps.

/// A block with the fixed codes of RFC 1951 3.2.6, under construction.
#[derive(Debug, Default)]
pub(super) struct Deflated {
    bytes: Vec<u8>,
    /// Bits that make no byte yet, the first one lowest.
    bits: u32,
    len: u32,
}

/// As much as one match can copy.
const LONGEST_MATCH: u64 = 258;

impl Deflated {
    pub(super) fn new() -> Self {
        let mut block = Self::default();
        // Not the last block; fixed codes.
        block.push(0b010, 3);
        block
    }

    /// Characters of ASCII.
    pub(super) fn text(mut self, text: &str) -> Self {
        for byte in text.bytes() {
            self.push_code(0x30 + u32::from(byte & 0x7f), 8);
        }
        self
    }

    /// The four bytes that begin four bytes ago.
    pub(super) fn last_four_again(mut self) -> Self {
        self.push_code(0b000_0010, 7);
        self.push_code(0b00011, 5);
        self
    }

    /// At least so many zeros, in a hundred and fiftieth of their room.
    pub(super) fn zeros(mut self, len: u64) -> Self {
        self.push_code(0x30, 8);
        for _ in 0..len.div_ceil(LONGEST_MATCH) {
            // A match of 258 bytes at distance 1.
            self.push_code(0b1100_0101, 8);
            self.push_code(0b00000, 5);
        }
        self
    }

    /// The payload of a message: RFC 7692 7.2.1 leaves the last four bytes of a flush away.
    pub(super) fn finish(mut self) -> Vec<u8> {
        // The end of the block, and the header of an empty stored one.
        self.push_code(0, 7);
        self.push(0b000, 3);
        self.push(0, (8 - self.len % 8) % 8);
        self.bytes
    }

    /// Codes stand with their first bit first, which is the highest (RFC 1951 3.1.1).
    fn push_code(&mut self, code: u32, len: u32) {
        self.push(code.reverse_bits() >> (32 - len), len);
    }

    fn push(&mut self, bits: u32, len: u32) {
        self.bits |= bits << self.len;
        self.len += len;
        while self.len >= 8 {
            let [byte, ..] = self.bits.to_le_bytes();
            self.bytes.push(byte);
            self.bits >>= 8;
            self.len -= 8;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Deflated;

    #[test]
    fn text_is_written_as_in_the_rfc() {
        // RFC 7692 7.2.3.1.
        let hello = Deflated::new().text("Hello").finish();
        assert_eq!(hello, b"\xf2\x48\xcd\xc9\xc9\x07\x00");
    }

    #[test]
    fn zeros_take_little_room() {
        let bomb = Deflated::new().zeros(1 << 20).finish();
        assert!(bomb.len() < (1 << 20) / 150, "{}", bomb.len());
    }
}
