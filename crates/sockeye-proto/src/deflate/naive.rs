//! A decoder that is plain enough to be believed, and tells how far back the encoder reached.
//!
//! For the tests only: it panics at anything that is no DEFLATE data (RFC 1951).

/// A decoder that remembers everything it ever decoded.
#[derive(Default)]
pub(super) struct Naive {
    pub(super) plain: Vec<u8>,
    pub(super) farthest: usize,
}

struct Bits<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Bits<'_> {
    fn bit(&mut self) -> usize {
        let bit = self.bytes[self.at / 8] >> (self.at % 8) & 1;
        self.at += 1;
        usize::from(bit)
    }

    fn number(&mut self, bits: usize) -> usize {
        (0..bits).map(|i| self.bit() << i).sum()
    }

    fn symbol(&mut self, code: &Code) -> usize {
        let (mut value, mut first, mut index) = (0, 0, 0);
        for &count in &code.counts[1..] {
            value = value << 1 | self.bit();
            first <<= 1;
            if value < first + count {
                return code.symbols[index + value - first];
            }
            first += count;
            index += count;
        }
        panic!("no symbol has this code");
    }
}

/// A canonical code (RFC 1951 3.2.2): how many codes there are of each length, and their symbols in order.
struct Code {
    counts: [usize; 16],
    symbols: Vec<usize>,
}

impl Code {
    fn new(lengths: &[usize]) -> Self {
        let mut counts = [0; 16];
        let mut symbols = Vec::new();
        for (len, count) in counts.iter_mut().enumerate().skip(1) {
            let before = symbols.len();
            symbols.extend((0..lengths.len()).filter(|&symbol| lengths[symbol] == len));
            *count = symbols.len() - before;
        }
        Self { counts, symbols }
    }
}

impl Naive {
    /// Decodes one message (RFC 7692 7.2.2) and returns its plaintext.
    pub(super) fn message(&mut self, compressed: &[u8]) -> Vec<u8> {
        let start = self.plain.len();
        let bytes = [compressed, &[0, 0, 0xff, 0xff]].concat();
        let mut bits = Bits { bytes: &bytes, at: 0 };
        while bits.at < bytes.len() * 8 {
            let last = bits.bit();
            match bits.number(2) {
                0 => self.stored(&mut bits),
                1 => self.block(&mut bits, &fixed_code(), &Code::new(&[5; 30])),
                2 => {
                    let (literals, distances) = dynamic_codes(&mut bits);
                    self.block(&mut bits, &literals, &distances);
                }
                _ => panic!("there is no such block"),
            }
            if last == 1 {
                bits.at = bits.at.next_multiple_of(8);
                if bits.at == compressed.len() * 8 {
                    break;
                }
            }
        }
        self.plain[start..].to_vec()
    }

    fn push(&mut self, byte: usize) {
        self.plain.push(u8::try_from(byte).unwrap());
    }

    fn stored(&mut self, bits: &mut Bits<'_>) {
        bits.at = bits.at.next_multiple_of(8);
        let len = bits.number(16);
        assert_eq!(bits.number(16), len ^ 0xffff);
        for _ in 0..len {
            let byte = bits.number(8);
            self.push(byte);
        }
    }

    fn block(&mut self, bits: &mut Bits<'_>, literals: &Code, distances: &Code) {
        loop {
            let len = match bits.symbol(literals) {
                literal @ 0..=255 => {
                    self.push(literal);
                    continue;
                }
                256 => return,
                285 => 258,
                symbol @ 257..=264 => symbol - 254,
                symbol => {
                    let extra = (symbol - 261) / 4;
                    3 + ((4 + (symbol - 261) % 4) << extra) + bits.number(extra)
                }
            };
            let distance = match bits.symbol(distances) {
                symbol @ 0..=3 => symbol + 1,
                symbol => {
                    let extra = symbol / 2 - 1;
                    1 + ((2 + symbol % 2) << extra) + bits.number(extra)
                }
            };
            self.farthest = self.farthest.max(distance);
            for _ in 0..len {
                self.plain.push(self.plain[self.plain.len() - distance]);
            }
        }
    }
}

fn fixed_code() -> Code {
    Code::new(&[vec![8; 144], vec![9; 112], vec![7; 24], vec![8; 8]].concat())
}

/// The codes that a dynamic block begins with (RFC 1951 3.2.7).
fn dynamic_codes(bits: &mut Bits<'_>) -> (Code, Code) {
    const ORDER: [usize; 19] = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];
    let (literals, distances) = (257 + bits.number(5), 1 + bits.number(5));
    let mut of_lengths = [0; 19];
    for &symbol in &ORDER[..4 + bits.number(4)] {
        of_lengths[symbol] = bits.number(3);
    }
    let of_lengths = Code::new(&of_lengths);
    let mut lengths: Vec<usize> = Vec::new();
    while lengths.len() < literals + distances {
        let (value, times) = match bits.symbol(&of_lengths) {
            16 => (*lengths.last().unwrap(), 3 + bits.number(2)),
            17 => (0, 3 + bits.number(3)),
            18 => (0, 11 + bits.number(7)),
            value => (value, 1),
        };
        lengths.extend(vec![value; times]);
    }
    let distances = lengths.split_off(literals);
    (Code::new(&lengths), Code::new(&distances))
}
