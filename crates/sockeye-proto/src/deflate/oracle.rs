//! The ordinary way: C zlib, with a codec of its own for every connection and its state kept from message to message.

use flate2::{Compress, Compression, Decompress, FlushCompress, FlushDecompress};

const TAIL: [u8; 4] = [0, 0, 0xff, 0xff];

/// An encoder that is never reset.
pub(super) struct OrdinaryEncoder(Compress);

impl OrdinaryEncoder {
    /// zlib has no raw encoder of 8 bits; one of 9 never reaches farther than 250 bytes.
    pub(super) fn new(bits: u8, level: u32) -> Self {
        Self(Compress::new_with_window_bits(Compression::new(level), false, bits.max(9)))
    }

    /// RFC 7692 7.2.1.
    pub(super) fn message(&mut self, plain: &[u8]) -> Vec<u8> {
        let mut compressed = self.flush(plain, FlushCompress::Sync);
        if plain.is_empty() {
            return vec![0x00];
        }
        assert!(compressed.ends_with(&TAIL));
        compressed.truncate(compressed.len() - TAIL.len());
        compressed
    }

    /// What comes out up to this flush.
    pub(super) fn flush(&mut self, plain: &[u8], flush: FlushCompress) -> Vec<u8> {
        let mut compressed = Vec::with_capacity(plain.len() + plain.len() / 100 + 1_000);
        self.0.compress_vec(plain, &mut compressed, flush).unwrap();
        assert!(compressed.len() < compressed.capacity());
        compressed
    }
}

/// A decoder that is never reset.
pub(super) struct OrdinaryDecoder(Decompress);

impl OrdinaryDecoder {
    pub(super) fn new(bits: u8) -> Self {
        Self(Decompress::new_with_window_bits(false, bits.max(9)))
    }

    /// RFC 7692 7.2.2. The output is fetched in small pieces: zlib refuses a distance beyond its window only where it
    /// reaches back into an earlier piece.
    pub(super) fn message(&mut self, compressed: &[u8]) -> Vec<u8> {
        self.flushed(&[compressed, &TAIL].concat())
    }

    /// What comes out of data that ends with a flush.
    pub(super) fn flushed(&mut self, mut compressed: &[u8]) -> Vec<u8> {
        let mut plain = Vec::new();
        loop {
            let mut room = [0; 100];
            let before = (self.0.total_in(), self.0.total_out());
            self.0.decompress(compressed, &mut room, FlushDecompress::Sync).unwrap();
            let consumed = usize::try_from(self.0.total_in() - before.0).unwrap();
            let produced = usize::try_from(self.0.total_out() - before.1).unwrap();
            compressed = &compressed[consumed..];
            plain.extend_from_slice(&room[..produced]);
            if produced < room.len() {
                assert!(compressed.is_empty(), "{} bytes were not consumed", compressed.len());
                return plain;
            }
        }
    }
}
