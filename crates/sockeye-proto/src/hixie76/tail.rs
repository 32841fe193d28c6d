//! The raw bytes after a head: no length announces them, and they may arrive later than the head.

/// Collects `N` bytes and leaves the rest of the stream alone.
#[derive(Clone, Debug)]
pub(crate) struct Tail<const N: usize> {
    bytes: [u8; N],
    len: usize,
}

impl<const N: usize> Tail<N> {
    pub(crate) fn new() -> Self {
        Self { bytes: [0; N], len: 0 }
    }

    /// Takes what is missing; tells how much of the input that was, and all the bytes once they are there.
    pub(crate) fn push(&mut self, input: &[u8]) -> (usize, Option<[u8; N]>) {
        let before = self.len;
        for (slot, byte) in self.bytes.iter_mut().skip(before).zip(input) {
            *slot = *byte;
            self.len += 1;
        }
        (self.len - before, (self.len == N).then_some(self.bytes))
    }
}
