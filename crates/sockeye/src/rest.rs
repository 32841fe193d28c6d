//! What was read and not worked through yet.

use std::time::Instant;

/// Bytes of a read that the caller stopped in; they have a buffer of exactly their size, and only as long as there are
/// any.
#[derive(Debug, Default)]
pub(crate) struct Rest(Option<Box<Kept>>);

#[derive(Debug)]
struct Kept {
    bytes: Box<[u8]>,
    /// How many of them, from the end, were not worked through.
    left: usize,
    /// When they were read.
    came: Instant,
}

impl Rest {
    pub(crate) fn new(bytes: &[u8], came: Instant) -> Self {
        match bytes {
            [] => Self(None),
            bytes => Self(Some(Box::new(Kept { bytes: bytes.into(), left: bytes.len(), came }))),
        }
    }

    /// What is left, to be worked through in place; where to tell how much of it is left then; and when it came.
    pub(crate) fn lend(&mut self) -> Option<(&mut [u8], &mut usize, Instant)> {
        let Kept { bytes, left, came } = &mut **self.0.as_mut()?;
        let used = bytes.len().saturating_sub(*left);
        Some((bytes.get_mut(used..).unwrap_or_default(), left, *came))
    }

    /// Gives the buffer back once nothing is left in it.
    pub(crate) fn settle(&mut self) {
        if self.0.as_ref().is_some_and(|kept| kept.left == 0) {
            self.0 = None;
        }
    }
}
