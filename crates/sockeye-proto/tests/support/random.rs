//! A small seeded generator: the same seed gives the same case on every machine.

/// SplitMix64.
#[derive(Clone, Debug)]
pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    pub fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound.max(1) as u64) as usize
    }

    pub fn one_in(&mut self, chances: usize) -> bool {
        self.below(chances) == 0
    }

    pub fn pick<T: Clone>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())].clone()
    }

    /// Mostly small, sometimes around the borders where a length changes its form.
    pub fn len(&mut self) -> usize {
        match self.below(20) {
            0 => 0,
            1 => 120 + self.below(12),
            2 => 65_530 + self.below(12),
            3..=6 => self.below(3_000),
            _ => self.below(60),
        }
    }

    pub fn bytes(&mut self, len: usize) -> Vec<u8> {
        (0..len).map(|_| self.next() as u8).collect()
    }

    /// Text of about `len` bytes, with repetition and with characters of every width.
    pub fn text(&mut self, len: usize) -> String {
        let words = ["{\"id\":", "price", "ü", "κόσμε", "€", "😀", " ", "0", ",", "\u{10ffff}"];
        let mut text = String::new();
        while text.len() < len {
            text.push_str(self.pick(&words));
        }
        text
    }

    /// Lengths that cut `total` bytes into pieces.
    pub fn cuts(&mut self, total: usize) -> Vec<usize> {
        let largest = 1 + self.below(total.max(1));
        let (mut cuts, mut left) = (Vec::new(), total);
        while left > 0 {
            let cut = 1 + self.below(largest.min(left));
            cuts.push(cut);
            left -= cut;
        }
        cuts
    }
}
