use super::{super::generator::Generator, Framing, Item, encode_close, encode_text};
use crate::error::Violation;

const LIMIT: usize = 8;

fn decode<'a>(limit: usize, pieces: impl IntoIterator<Item = &'a [u8]>) -> Vec<Item> {
    let (mut framing, mut items) = (Framing::new(limit), Vec::new());
    for mut piece in pieces {
        while !piece.is_empty() {
            let (taken, item) = framing.decode(piece);
            assert!(taken > 0, "no progress at {piece:02x?}");
            assert!(item.is_some() || taken == piece.len(), "bytes left without an item");
            piece = &piece[taken..];
            items.extend(item);
        }
    }
    items
}

/// Whole, byte by byte, cut once anywhere, and in chunks of any size, the items are the same.
fn check_within(limit: usize, input: &[u8], expected: &[Item]) {
    assert_eq!(decode(limit, [input]), expected, "whole {input:02x?}");
    assert_eq!(decode(limit, input.chunks(1)), expected, "byte by byte {input:02x?}");
    for at in 0..input.len().min(64) {
        assert_eq!(decode(limit, [&input[..at], &input[at..]]), expected, "cut at {at}");
    }
    let mut generator = Generator(input.len() as u64);
    for _ in 0..8 {
        let mut rest = input;
        let chunks = std::iter::from_fn(|| {
            let (chunk, tail) = rest.split_at(rest.len().min(1 + generator.below(9)));
            rest = tail;
            (!chunk.is_empty()).then_some(chunk)
        });
        assert_eq!(decode(limit, chunks), expected, "in chunks {input:02x?}");
    }
}

fn check(input: &[u8], expected: &[Item]) {
    check_within(LIMIT, input, expected);
}

fn text(text: &str) -> Item {
    Item::Text(text.into())
}

#[test]
fn text_stands_between_00_and_ff() {
    check(b"\x00hello\xff", &[text("hello")]);
    check(b"\x00\xff", &[text("")]);
    check(b"\x00a\xff\x00\xff\x00b\xff", &[text("a"), text(""), text("b")]);
    check("\0κόσμ".as_bytes(), &[]);
    check(b"\x00unended", &[]);
}

#[test]
fn what_is_written_reads_back() {
    let texts = ["", "a", "\0", "grüezi", "\u{10ffff}\u{7f}", &"κόσμε — ".repeat(99)];
    let mut wire = Vec::new();
    for text in texts {
        encode_text(text.as_bytes(), &mut wire);
    }
    encode_close(&mut wire);
    let expected: Vec<_> = texts.map(text).into_iter().chain([Item::Close]).collect();
    check_within(4096, &wire, &expected);
}

#[test]
fn no_text_can_end_its_frame() {
    let mut wire = Vec::new();
    encode_text("\u{ff}".as_bytes(), &mut wire);
    assert_eq!(wire, [0x00, 0xc3, 0xbf, 0xff]);
    check(&wire, &[text("\u{ff}")]);
}

#[test]
fn text_may_fill_the_limit_and_no_more() {
    check(b"\x0012345678\xff", &[text("12345678")]);
    check(b"\x00123456789\xff", &[Item::TooLarge { got: 9 }]);
    check(b"\x00123456789", &[Item::TooLarge { got: 9 }]);
    check_within(0, b"\x00\xff\x00a", &[text(""), Item::TooLarge { got: 1 }]);
    check_within(usize::MAX, b"\x00123456789\xff", &[text("123456789")]);
}

#[test]
fn text_is_refused_at_the_first_byte_that_is_not_utf_8() {
    let refused = [Item::Violation(Violation::TextNotUtf8)];
    for input in [
        &b"\x00\x80"[..],
        b"\x00a\xc0",
        b"\x00\xed\xa0",
        b"\x00\xf4\x90",
        b"\x00\xe2\x82\xff",
        b"\x00\xf0\x9f\x98\xff",
        b"\x00a\xfe and what follows is not looked at\xff\x00b\xff",
        // Seven fit, the eighth is wrong, the ninth is too much: the first fault counts.
        b"\x001234567\x80\x80\xff",
    ] {
        check(input, &refused);
    }
    check(b"\x0012345678\x80\xff", &[Item::TooLarge { got: 9 }]);
}

#[test]
fn frames_of_other_types_are_discarded_one_by_one() {
    check(b"\x01ignored\xff\x00a\xff", &[Item::Discarded, text("a")]);
    check(b"\x7f\xff\x42\x80\xc0\xff", &[Item::Discarded, Item::Discarded]);
    check(b"\x80\x03\xff\x00\xff\x00a\xff", &[Item::Discarded, text("a")]);
    check(b"\x80\x00\xfe\x00\x00a\xff", &[Item::Discarded, Item::Discarded, text("a")]);
    check(b"\xff\x01x\x00a\xff", &[Item::Discarded, text("a")]);
    check(b"\x80\x80\x80\x02ab\x00a\xff", &[Item::Discarded, text("a")]);
    let mut wide = b"\x80\x81\x00".to_vec();
    wide.extend([0xff; 128]);
    check_within(128, &wide, &[Item::Discarded]);
}

#[test]
fn discarded_frames_have_the_limit_of_messages() {
    check(b"\x0112345678\xff", &[Item::Discarded]);
    check(b"\x01123456789", &[Item::TooLarge { got: 9 }]);
    check(b"\x80\x0812345678", &[Item::Discarded]);
    check(b"\x80\x09", &[Item::TooLarge { got: 9 }]);
    check(b"\xff\x7f", &[Item::TooLarge { got: 127 }]);
}

#[test]
fn a_length_is_refused_at_the_byte_that_passes_the_limit() {
    check(b"\x80\x81", &[]);
    check_within(127, b"\x80\x81\x80", &[Item::TooLarge { got: 128 }]);
    // 2^63, and a megabyte of length bytes: neither is read to its end.
    let wide = b"\x80\x81\x80\x80\x80\x80\x80\x80\x80\x80\x00";
    check_within(1 << 20, wide, &[Item::TooLarge { got: 1 << 21 }]);
    let mut endless = vec![0xff; 1 << 20];
    endless[0] = 0x80;
    let mut framing = Framing::new(LIMIT);
    let expected = Some(Item::TooLarge { got: 0x7f });
    assert_eq!(framing.decode(&endless), (1 << 20, expected));
    assert_eq!(framing.decode(b"\x00a\xff"), (3, None));
}

#[test]
fn a_length_has_at_most_nine_bytes() {
    let refused = [Item::Violation(Violation::InvalidHixieFrame)];
    check(b"\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01a", &[Item::Discarded]);
    check(b"\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80", &refused);
    check(b"\xff\x80\x80\x80\x80\x80\x80\x80\x80\x80\x00", &refused);
    check(&[0x80; 4096], &refused);
    // Where nothing is too large the nine bytes are what keeps the sum from overflowing.
    check_within(usize::MAX, &[0xff; 4096], &refused);
    check_within(usize::MAX, b"\x80\x81\x80\x80\x80\x80\x80\x80\x80\x80\x00", &refused);
    check_within(usize::MAX, b"\x80\xff\xff\xff\xff\xff\xff\xff\xff\x7fabc", &[]);
}

#[test]
fn the_goodbye_ends_everything() {
    check(b"\xff\x00", &[Item::Close]);
    check(b"\x00bye\xff\xff\x00\x00late\xff\xff\x00\x80\x80", &[text("bye"), Item::Close]);
    check(b"\xff\x80\x00", &[Item::Close]);
    check(b"\xff", &[]);
    check(b"\x00\xff\x00", &[text("")]);
    let mut framing = Framing::new(LIMIT);
    assert_eq!(framing.decode(b"\xff\x00\x00a\xff"), (5, Some(Item::Close)));
    assert_eq!(framing.decode(&[0; 4096]), (4096, None));
}

#[test]
fn nonsense_reads_the_same_however_it_is_cut() {
    let mut generator = Generator(1);
    for _ in 0..400 {
        // Few values, so that types, ends, lengths and text meet.
        let bytes = [0x00, 0x00, 0xff, 0xff, 0x80, 0x81, 0x01, 0x02, b'a', 0xc3, 0xbf];
        let len = generator.below(40);
        let input: Vec<u8> = (0..len).map(|_| bytes[generator.below(bytes.len())]).collect();
        let expected = decode(LIMIT, [&input[..]]);
        check(&input, &expected);
    }
    let noise: Vec<u8> = (0..8192).flat_map(|_| generator.next().to_be_bytes()).collect();
    check(&noise, &decode(LIMIT, [&noise[..]]));
}
