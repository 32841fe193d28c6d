//! What stands in the messages: made up from a number, the same in every run.

/// What a message holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Content {
    /// Any bytes.
    RandomBytes,
    /// Letters and digits without order.
    RandomText,
    /// Records as JSON has them: keys repeat, values do not.
    Records,
    /// Characters of two, three and four bytes, and some of one.
    NonAscii,
}

/// The message of this number: exactly so many bytes, and UTF-8 unless they are any bytes.
pub(super) fn make(content: Content, len: usize, number: u64) -> Vec<u8> {
    let mut random = Random(number);
    let mut message = Vec::with_capacity(len);
    while message.len() < len {
        let room = len - message.len();
        match content {
            Content::RandomBytes => {
                message.extend(random.next().to_le_bytes().into_iter().take(room));
            }
            Content::RandomText => message.push(letter(random.next())),
            Content::Records => message.extend(record(&mut random).bytes().take(room)),
            Content::NonAscii => append_character(&mut message, random.next(), room),
        }
    }
    message
}

/// A message with `room` bytes of ASCII in front, where something else is written later.
pub(super) fn make_behind(room: usize, content: Content, len: usize, number: u64) -> Vec<u8> {
    let rest = make(content, len.saturating_sub(room), number);
    [vec![b'0'; room.min(len)], rest].concat()
}

fn letter(random: u64) -> u8 {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789 .";
    LETTERS.get(random as usize % LETTERS.len()).copied().unwrap_or(b' ')
}

fn record(random: &mut Random) -> String {
    let (user, price) = (random.next() % 1_000_000, random.next() % 100_000);
    let (side, at) = (if price % 2 == 0 { "buy" } else { "sell" }, random.next() % 86_400_000);
    format!(
        "{{\"user\":{user},\"side\":\"{side}\",\"price\":{}.{:02},\"at\":{at},\"tags\":[\"market\",\"limit\"]}},",
        price / 100,
        price % 100
    )
}

/// A character that fits into the room; ASCII where nothing else does.
fn append_character(message: &mut Vec<u8>, random: u64, room: usize) {
    const CHARACTERS: [&str; 8] = ["й", "é", "鮭", "川", "上", "ö", "🐟", "n"];
    let character = CHARACTERS.get(random as usize % CHARACTERS.len()).copied().unwrap_or("n");
    message.extend_from_slice(if character.len() <= room { character } else { "n" }.as_bytes());
}

/// Numbers without an order that anybody would see (splitmix64); nothing secret depends on them.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ self.0 >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ mixed >> 31
    }
}

#[cfg(test)]
mod tests {
    use super::{Content, make};

    #[test]
    fn a_message_has_its_size_and_text_is_utf8() {
        for content in
            [Content::RandomBytes, Content::RandomText, Content::Records, Content::NonAscii]
        {
            for len in (0..40).chain([125, 126, 1024, 65_536]) {
                let message = make(content, len, 7);
                assert_eq!(message.len(), len, "{content:?}");
                let is_text = content != Content::RandomBytes;
                assert!(!is_text || std::str::from_utf8(&message).is_ok(), "{content:?} {len}");
            }
        }
    }

    #[test]
    fn two_numbers_make_two_messages_and_one_number_the_same() {
        for content in
            [Content::RandomBytes, Content::RandomText, Content::Records, Content::NonAscii]
        {
            assert_eq!(make(content, 64, 1), make(content, 64, 1));
            assert_ne!(make(content, 64, 1), make(content, 64, 2));
        }
    }
}
