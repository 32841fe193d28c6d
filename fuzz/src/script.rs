//! `Script`: an input read as choices, from front to end.
//!
//! Every target whose input is more than bytes for a peer reads it through this. A script that is used up goes on with
//! zeros, so every input is a whole script.

/// What is left of an input.
#[derive(Debug)]
pub(crate) struct Script<'a>(&'a [u8]);

impl<'a> Script<'a> {
    pub(crate) fn new(data: &'a [u8]) -> Self {
        Self(data)
    }

    pub(crate) fn is_over(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn byte(&mut self) -> u8 {
        let Some((first, rest)) = self.0.split_first() else { return 0 };
        self.0 = rest;
        *first
    }

    /// A number of two bytes.
    pub(crate) fn number(&mut self) -> usize {
        usize::from(u16::from_be_bytes([self.byte(), self.byte()]))
    }

    pub(crate) fn flip(&mut self) -> bool {
        self.byte() & 1 == 1
    }

    pub(crate) fn pick<T: Clone>(&mut self, from: &[T]) -> T {
        let index = usize::from(self.byte()) % from.len();
        from.get(index).cloned().expect("the rest of a division is below the divisor")
    }

    /// Bytes in the count that the next byte tells, or fewer.
    pub(crate) fn bytes(&mut self) -> &'a [u8] {
        let len = usize::from(self.byte());
        let (bytes, rest) = self.0.split_at(len.min(self.0.len()));
        self.0 = rest;
        bytes
    }

    /// All that is left.
    pub(crate) fn rest(&mut self) -> &'a [u8] {
        std::mem::take(&mut self.0)
    }

    /// Up to seven places to cut at; see [`pieces`].
    pub(crate) fn cuts(&mut self) -> &'a [u8] {
        let len = usize::from(self.byte() % 8);
        let (cuts, rest) = self.0.split_at(len.min(self.0.len()));
        self.0 = rest;
        cuts
    }
}

/// Where [`pieces`] cuts nowhere.
pub(crate) const WHOLE: &[u8] = &[];

/// Where [`pieces`] cuts everywhere.
pub(crate) const EACH_BYTE: &[u8] = &[0];

/// The bytes in pieces, each one byte longer than its cut says; the cuts are gone through over and over. Without a cut
/// there is one piece, without a byte none.
pub(crate) fn pieces<'b>(mut bytes: &'b [u8], cuts: &[u8]) -> impl Iterator<Item = &'b [u8]> {
    let mut cuts = cuts.iter().cycle();
    std::iter::from_fn(move || {
        let len = cuts.next().map_or(bytes.len(), |cut| usize::from(*cut) + 1);
        let (piece, rest) = bytes.split_at(len.min(bytes.len()));
        bytes = rest;
        (!piece.is_empty()).then_some(piece)
    })
}
