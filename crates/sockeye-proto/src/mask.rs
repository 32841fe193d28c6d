//! Masking (RFC 6455 5.3): XOR of a payload with a four-byte key.
//!
//! Knows nothing of frames; the decoder unmasks with it and the encoder masks.

#[cfg_attr(target_arch = "x86_64", path = "mask/x86.rs")]
#[cfg_attr(not(target_arch = "x86_64"), path = "mask/portable.rs")]
mod vector;

/// The masking key of one frame, turned so that its first byte is the next one to apply.
///
/// A payload that comes in pieces is unmasked piece by piece: [`apply`](Mask::apply) leaves the key turned by the
/// length of what it saw.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Mask([u8; 4]);

/// From this length on vector code wins more than it takes to ask for it.
const VECTOR_FROM_BYTES: usize = 512;

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
        if payload.len() < VECTOR_FROM_BYTES {
            self.apply_chunks(payload);
        } else {
            self.apply_vectors(payload);
        }
    }

    fn apply_vectors(&mut self, payload: &mut [u8]) {
        // A store across two cache lines takes twice its time, so what is long begins at a line.
        let head = match payload.len() {
            ..ALIGN_FROM_BYTES => 0,
            len => payload.as_ptr().align_offset(LINE_BYTES).min(len),
        };
        let (head, lines) = payload.split_at_mut(head);
        self.apply_chunks(head);
        vector::run(|| self.apply_chunks(lines));
    }

    // Inlined always: a loop is compiled for vectors only inside what the vectors are allowed in.
    #[inline(always)]
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

    /// Appends `payload` to `into` and masks it in the same pass, which takes the time of the copy with any vectors.
    #[inline]
    pub(crate) fn append(&mut self, payload: &[u8], into: &mut Vec<u8>) {
        let key = u32::from_ne_bytes(self.0);
        let wide = u64::from(key) << 32 | u64::from(key);
        let (chunks, rest) = payload.as_chunks::<8>();
        into.extend(
            chunks.iter().flat_map(|chunk| (u64::from_ne_bytes(*chunk) ^ wide).to_ne_bytes()),
        );
        into.extend(rest.iter().zip(self.0.iter().cycle()).map(|(byte, key)| byte ^ key));
        self.0.rotate_left(rest.len() % 4);
    }
}

#[cfg(test)]
mod tests;
