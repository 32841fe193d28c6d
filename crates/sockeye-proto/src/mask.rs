//! Masking (RFC 6455 5.3): XOR of a payload with a four-byte key.
//!
//! Knows nothing of frames; the decoder unmasks with it and the encoder masks.

/// The masking key of one frame, turned so that its first byte is the next one to apply.
///
/// A payload that comes in pieces is unmasked piece by piece: [`apply`](Mask::apply) leaves the key turned by the
/// length of what it saw.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Mask([u8; 4]);

/// From this length on it pays to find the next cache line first.
const ALIGN_FROM_BYTES: usize = 4 * 1024;

const LINE_BYTES: usize = 64;

impl Mask {
    pub(crate) fn new(key: [u8; 4]) -> Self {
        Self(key)
    }

    pub(crate) fn key(self) -> [u8; 4] {
        self.0
    }

    /// XORs `payload` with the key. Masking and unmasking are the same step.
    #[inline]
    pub(crate) fn apply(&mut self, payload: &mut [u8]) {
        if payload.len() < ALIGN_FROM_BYTES {
            return self.apply_chunks(payload);
        }
        // A store across two cache lines takes twice its time, so what is long begins at a line.
        let head = payload.as_ptr().align_offset(LINE_BYTES).min(payload.len());
        let (head, lines) = payload.split_at_mut(head);
        self.apply_chunks(head);
        self.apply_chunks(lines);
    }

    #[inline]
    fn apply_chunks(&mut self, payload: &mut [u8]) {
        let key = u32::from_ne_bytes(self.0);
        let wide = u64::from(key) << 32 | u64::from(key);
        let (chunks, rest) = payload.as_chunks_mut::<8>();
        for chunk in chunks {
            *chunk = (u64::from_ne_bytes(*chunk) ^ wide).to_ne_bytes();
        }
        let (chunks, rest) = rest.as_chunks_mut::<4>();
        for chunk in chunks {
            *chunk = (u32::from_ne_bytes(*chunk) ^ key).to_ne_bytes();
        }
        // Whole chunks turn the key by a multiple of four, so only the rest decides where the next piece begins.
        for (byte, key) in rest.iter_mut().zip(self.0) {
            *byte ^= key;
        }
        self.0.rotate_left(rest.len() % 4);
    }

    /// Appends `payload` to `into` and masks it in the same pass.
    #[inline]
    pub(crate) fn append(self, payload: &[u8], into: &mut Vec<u8>) {
        let key = u32::from_ne_bytes(self.0);
        let wide = u64::from(key) << 32 | u64::from(key);
        let (chunks, rest) = payload.as_chunks::<8>();
        into.extend(
            chunks.iter().flat_map(|chunk| (u64::from_ne_bytes(*chunk) ^ wide).to_ne_bytes()),
        );
        into.extend(rest.iter().zip(self.0.iter().cycle()).map(|(byte, key)| byte ^ key));
    }
}

#[cfg(test)]
mod tests {
    use super::{ALIGN_FROM_BYTES, Mask};

    fn naive(key: [u8; 4], payload: &[u8]) -> Vec<u8> {
        payload.iter().enumerate().map(|(i, byte)| byte ^ key[i % 4]).collect()
    }

    #[test]
    fn every_length_and_every_split_equals_the_naive_loop() {
        let key = [0x37, 0xfa, 0x21, 0x3d];
        let payload: Vec<u8> = (0..100_u8).collect();
        for len in 0..payload.len() {
            let expected = naive(key, &payload[..len]);
            for split in 0..=len {
                let mut masked = payload[..len].to_vec();
                let mut mask = Mask::new(key);
                let (head, tail) = masked.split_at_mut(split);
                mask.apply(head);
                mask.apply(tail);
                assert_eq!(masked, expected, "length {len} split at {split}");
            }
            let mut appended = b"before".to_vec();
            Mask::new(key).append(&payload[..len], &mut appended);
            assert_eq!(appended, [b"before", expected.as_slice()].concat(), "length {len}");
        }
    }
    #[test]
    fn a_long_payload_equals_the_naive_loop_wherever_it_begins() {
        let key = [0x37, 0xfa, 0x21, 0x3d];
        let bytes: Vec<u8> = (0..=255).cycle().take(ALIGN_FROM_BYTES + 200).collect();
        let lens = [ALIGN_FROM_BYTES - 1, ALIGN_FROM_BYTES, ALIGN_FROM_BYTES + 131];
        for (start, len) in (0..66).flat_map(|start| lens.map(|len| (start, len))) {
            let piece = start..start + len;
            let mut masked = bytes.clone();
            let mut mask = Mask::new(key);
            mask.apply(&mut masked[piece.clone()]);
            assert_eq!(masked[piece.clone()], naive(key, &bytes[piece]), "{len} bytes at {start}");
            let mut turned = key;
            turned.rotate_left(len % 4);
            assert_eq!(mask.key(), turned, "{len} bytes at {start}");
        }
    }
}
