//! The challenge: two keys and eight bytes that only a server which knows the draft can answer.
//!
//! Reads keys for the server, makes them for the client and computes the answer that both must agree on.

use std::fmt;

use md5::{Digest, Md5};

/// The random bytes that one key takes: its spaces, its number, how many characters hide it, and for each of up to
/// twelve of them which one, where it goes, and where a space goes.
const KEY_RANDOM_BYTES: usize = 1 + 4 + 1 + 12 * 3;

/// The random bytes that one handshake of a client takes: two keys and the eight bytes after the head.
pub const RANDOM_BYTES: usize = 8 + 2 * KEY_RANDOM_BYTES;

/// Why a key holds no number.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeyFault {
    /// No digit at all.
    NoDigit,
    /// No space to divide by.
    NoSpace,
    /// More digits than a 64-bit number has.
    NumberOver64Bits,
    /// The number is no multiple of the spaces.
    NotDivisible {
        /// The digits as one number.
        number: u64,
        /// How many spaces there are.
        spaces: u64,
    },
    /// The number divided by the spaces does not fit 32 bits.
    PartOver32Bits {
        /// What the division gave.
        part: u64,
    },
}

impl fmt::Display for KeyFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoDigit => f.write_str("expected digits in the key, got none"),
            Self::NoSpace => f.write_str("expected spaces in the key, got none"),
            Self::NumberOver64Bits => {
                f.write_str("expected a number of 64 bits in the key, got a larger one")
            }
            Self::NotDivisible { number, spaces } => {
                write!(f, "expected a number divisible by the key's {spaces} spaces, got {number}")
            }
            Self::PartOver32Bits { part } => {
                write!(f, "expected number by spaces to fit 32 bits, got {part}")
            }
        }
    }
}

impl std::error::Error for KeyFault {}

/// Draft 00, 5.2: the digits of a key as one number, divided by its spaces.
pub(crate) fn part(key: &[u8]) -> Result<u32, KeyFault> {
    let number = number(key)?;
    let spaces = key.iter().filter(|&&byte| byte == b' ').count() as u64;
    match number.checked_rem(spaces) {
        None => Err(KeyFault::NoSpace),
        Some(0) => {
            let part = number / spaces;
            u32::try_from(part).map_err(|_| KeyFault::PartOver32Bits { part })
        }
        Some(_) => Err(KeyFault::NotDivisible { number, spaces }),
    }
}

fn number(key: &[u8]) -> Result<u64, KeyFault> {
    let digits = key.iter().filter(|byte| byte.is_ascii_digit());
    let mut digits = digits.map(|digit| u64::from(digit - b'0')).peekable();
    digits.peek().ok_or(KeyFault::NoDigit)?;
    digits
        .try_fold(0_u64, |number, digit| number.checked_mul(10)?.checked_add(digit))
        .ok_or(KeyFault::NumberOver64Bits)
}

/// Draft 00, 5.2: the sixteen bytes that follow the server's head.
pub(crate) fn answer(parts: [u32; 2], key3: [u8; 8]) -> [u8; 16] {
    let [first, second] = parts.map(u32::to_be_bytes);
    let challenge = Md5::new().chain_update(first).chain_update(second).chain_update(key3);
    challenge.finalize().into()
}

/// What a client asks, and the answer that it waits for.
#[derive(Clone, Debug)]
pub(crate) struct Challenge {
    pub(crate) keys: [String; 2],
    pub(crate) key3: [u8; 8],
    pub(crate) answer: [u8; 16],
}

impl Challenge {
    pub(crate) fn new(random: &[u8; RANDOM_BYTES]) -> Self {
        let [a, b, c, d, e, f, g, h, keys @ ..] = random;
        let key3 = [*a, *b, *c, *d, *e, *f, *g, *h];
        let ([first, second], []) = keys.as_chunks() else {
            unreachable!("what follows the first eight bytes is as long as two keys")
        };
        let ((key1, part1), (key2, part2)) = (key(first), key(second));
        Self { keys: [key1, key2], key3, answer: answer([part1, part2], key3) }
    }
}

/// Draft 00, 4.1, steps 16 to 22: a key, and the number that it hides.
fn key(random: &[u8; KEY_RANDOM_BYTES]) -> (String, u32) {
    let [spaces, a, b, c, d, characters, places @ ..] = random;
    let (spaces, characters) = (1 + spaces % 12, 1 + characters % 12);
    let (places, _) = places.as_chunks();

    // Dividing before multiplying keeps the product below 2^32.
    let part = u32::from_be_bytes([*a, *b, *c, *d]) / u32::from(spaces);
    let mut key = (part * u32::from(spaces)).to_string();
    for [character, place, _] in places.iter().take(characters.into()) {
        key.insert(usize::from(*place) % (key.len() + 1), noise(*character));
    }
    // HTTP trims a field's ends, so no space may stand there.
    for [_, _, place] in places.iter().take(spaces.into()) {
        key.insert(1 + usize::from(*place) % (key.len() - 1), ' ');
    }
    (key, part)
}

/// One of U+0021 to U+002F and U+003A to U+007E: visible, and no digit.
fn noise(random: u8) -> char {
    match random % 84 {
        low @ ..15 => (b'!' + low).into(),
        high => (b':' + high - 15).into(),
    }
}

#[cfg(test)]
mod tests;
