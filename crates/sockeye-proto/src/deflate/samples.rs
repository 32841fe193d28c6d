//! What the tests send: messages like those of a chat or a game, noise, and the same every time.

/// A plain generator (SplitMix64), so that a failing case can be had again.
pub(super) struct Random(pub(super) u64);

impl Random {
    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub(super) fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next() % bound as u64).unwrap()
    }

    pub(super) fn byte(&mut self) -> u8 {
        self.next().to_le_bytes()[0]
    }

    pub(super) fn bytes(&mut self, len: usize) -> Vec<u8> {
        (0..len).map(|_| self.byte()).collect()
    }

    /// JSON of exactly this length (cut off at its end).
    pub(super) fn json(&mut self, len: usize) -> Vec<u8> {
        const NAMES: [&str; 6] = ["alice", "bob", "carol", "dave", "eve", "mallory"];
        const WORDS: [&str; 8] =
            ["river", "salmon", "up", "stream", "swims", "the", "both", "ways"];
        let mut text = String::new();
        while text.len() < len {
            let name = NAMES[self.below(NAMES.len())];
            let words: Vec<_> = (0..8).map(|_| WORDS[self.below(WORDS.len())]).collect();
            text += &format!(
                r#"{{"channel":"room:{}","from":"{name}","sequence":{},"text":"{}"}},"#,
                self.below(4),
                self.below(1_000_000),
                words.join(" "),
            );
        }
        text.truncate(len);
        text.into_bytes()
    }

    pub(super) fn json_of_up_to(&mut self, most: usize) -> Vec<u8> {
        let len = self.below(most + 1);
        self.json(len)
    }

    /// A conversation's next message: mostly JSON up to 3,000 bytes, at times noise, a run, one byte, or 100 kB.
    pub(super) fn message(&mut self) -> Vec<u8> {
        match self.below(400) {
            0 => self.json(100_000),
            1..=20 => {
                let len = self.below(600);
                self.bytes(len)
            }
            21..=40 => vec![self.byte(); self.below(3_000)],
            41..=60 => self.json_of_up_to(5),
            _ => self.json_of_up_to(3_000),
        }
    }
}
