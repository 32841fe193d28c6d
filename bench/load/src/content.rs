//! What messages say. The same for every server and in every run.

/// What a message is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Content {
    /// Random bytes.
    Binary,
    /// Text whose characters have a byte each.
    Ascii,
    /// Text whose characters have one to three bytes.
    Mixed,
    /// Records with names, numbers and words, as programs exchange them.
    Json,
}

impl Content {
    pub(crate) const ALL: [(&str, Self); 4] = [
        ("binary", Self::Binary),
        ("ascii", Self::Ascii),
        ("mixed", Self::Mixed),
        ("json", Self::Json),
    ];

    pub(crate) fn is_text(self) -> bool {
        self != Self::Binary
    }

    /// A message of exactly this many bytes.
    pub(crate) fn message(self, len: usize, random: &mut Random) -> Vec<u8> {
        match self {
            Self::Binary => (0..len).map(|_| random.byte()).collect(),
            Self::Ascii => text(len, random, &ENGLISH),
            Self::Mixed => text(len, random, &FOREIGN),
            Self::Json => json(len, random),
        }
    }
}

const ENGLISH: [&str; 24] = [
    "the", "river", "runs", "both", "ways", "and", "a", "salmon", "swims", "up", "against", "it",
    "while", "frames", "of", "water", "fall", "over", "stones", "that", "nobody", "has", "ever",
    "counted",
];

const FOREIGN: [&str; 16] = [
    "Fluß",
    "über",
    "Lachs",
    "река",
    "лосось",
    "вода",
    "ποταμός",
    "σολομός",
    "川",
    "鮭",
    "水流",
    "naïve",
    "déjà",
    "und",
    "和",
    "的",
];

fn text(len: usize, random: &mut Random, words: &[&str]) -> Vec<u8> {
    let mut text = String::new();
    while text.len() < len {
        text.push_str(random.choice(words));
        text.push(' ');
    }
    let end = text.floor_char_boundary(len);
    text.truncate(end);
    while text.len() < len {
        text.push('.');
    }
    text.into_bytes()
}

fn json(len: usize, random: &mut Random) -> Vec<u8> {
    let mut text = String::from("[");
    while text.len() < len {
        let (id, price, volume) =
            (random.next(), random.next() % 1_000_000, random.next() % 10_000);
        let (name, note) = (random.choice(&ENGLISH), random.choice(&ENGLISH));
        text.push_str(&format!(
            "{{\"id\":\"{:08x}\",\"channel\":\"prices:{name}\",\"price\":{}.{:02},\"volume\":{volume},\"side\":\"{}\",\
             \"note\":\"{note} {}\",\"timestamp\":17637{:08}}},",
            id >> 32,
            price / 100,
            price % 100,
            if id & 1 == 0 { "buy" } else { "sell" },
            random.choice(&ENGLISH),
            id % 100_000_000,
        ));
    }
    text.truncate(len);
    text.into_bytes()
}

/// Numbers that look random and are the same each time (xorshift64*).
#[derive(Debug)]
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new() -> Self {
        Self(0x9e37_79b9_7f4a_7c15)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    fn byte(&mut self) -> u8 {
        self.next().to_be_bytes()[0]
    }

    /// A masking key without a zero, so that no byte stays as it is.
    pub(crate) fn mask(&mut self) -> [u8; 4] {
        [(); 4].map(|()| self.byte().max(1))
    }

    fn choice<'c>(&mut self, choices: &[&'c str]) -> &'c str {
        let place = (self.next() >> 32) as usize % choices.len();
        choices.get(place).copied().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::{Content, Random};

    #[test]
    fn messages_have_their_length_and_text_is_utf8() {
        for (name, content) in Content::ALL {
            for len in [0, 1, 2, 16, 1024, 16 << 10] {
                let message = content.message(len, &mut Random::new());
                assert_eq!(message.len(), len, "{name}");
                assert!(!content.is_text() || str::from_utf8(&message).is_ok(), "{name} {len}");
            }
        }
    }
}
