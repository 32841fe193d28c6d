//! What was read and not worked through yet.

/// Bytes of a read that the caller stopped in; they have a buffer of exactly their size, and only as long as there are
/// any.
#[derive(Debug, Default)]
pub(crate) struct Rest(Option<Box<Kept>>);

#[derive(Debug)]
struct Kept {
    bytes: Box<[u8]>,
    /// How many of them were worked through.
    used: usize,
}

impl Rest {
    pub(crate) fn new(bytes: &[u8]) -> Self {
        match bytes {
            [] => Self(None),
            bytes => Self(Some(Box::new(Kept { bytes: bytes.into(), used: 0 }))),
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    /// What is left, to be worked through in place.
    pub(crate) fn bytes(&mut self) -> &mut [u8] {
        self.0.as_mut().and_then(|kept| kept.bytes.get_mut(kept.used..)).unwrap_or_default()
    }

    /// All but the last `left` bytes were worked through.
    pub(crate) fn keep_last(&mut self, left: usize) {
        if left == 0 {
            self.0 = None;
        } else if let Some(kept) = &mut self.0 {
            kept.used = kept.bytes.len().saturating_sub(left);
        }
    }
}
