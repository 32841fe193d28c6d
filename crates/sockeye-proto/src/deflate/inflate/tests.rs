mod hostile;

use flate2::FlushCompress;

use super::{Broken, Inflater, Left};
use crate::deflate::{Direction, Takeover, WindowBits, oracle::OrdinaryEncoder, samples::Random};

const LIMIT: usize = 1 << 20;

fn inflater(bits: u8, takeover: Takeover) -> Inflater {
    Inflater::new(Direction { bits: WindowBits::new(bits).unwrap(), takeover })
}

/// Inflates a message in the smallest steps there are.
fn byte_by_byte(inflater: &mut Inflater, compressed: &[u8], limit: u64) -> Result<Vec<u8>, Broken> {
    let mut plain = Vec::new();
    for byte in compressed.chunks(1) {
        let mut rest = byte;
        loop {
            let mut room = [0; 1];
            let step = inflater.push(rest, &mut room, limit)?;
            plain.extend_from_slice(&room[..step.produced]);
            rest = &rest[step.consumed..];
            if step.left == Left::Nothing {
                break;
            }
        }
    }
    inflater.finish()?;
    Ok(plain)
}

/// Inflates a message of a fresh connection, whole and byte by byte, with and without takeover.
fn inflate(compressed: &[u8]) -> Result<Vec<u8>, Broken> {
    let whole = inflater(15, Takeover::Keep).message(compressed, LIMIT).map(Vec::from);
    let forgetful = inflater(15, Takeover::Forget).message(compressed, LIMIT).map(Vec::from);
    let by_byte = byte_by_byte(&mut inflater(15, Takeover::Keep), compressed, LIMIT as u64);
    assert_eq!(forgetful, whole);
    assert_eq!(by_byte, whole);
    whole
}

fn check(compressed: &[u8], expected: Result<&[u8], Broken>) {
    let got = inflate(compressed);
    assert_eq!(got.as_deref(), expected.as_ref().map(|plain| *plain), "{compressed:02x?}");
}

#[test]
fn the_examples_of_rfc_7692_7_2_3_are_read() {
    let one_block = [0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00];
    let stored = [0x00, 0x05, 0x00, 0xfa, 0xff, 0x48, 0x65, 0x6c, 0x6c, 0x6f, 0x00];
    let final_block = [0xf3, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00, 0x00];
    let two_blocks = [0xf2, 0x48, 0x05, 0x00, 0x00, 0x00, 0xff, 0xff, 0xca, 0xc9, 0xc9, 0x07, 0x00];
    check(&one_block, Ok(b"Hello"));
    check(&stored, Ok(b"Hello"));
    check(&final_block, Ok(b"Hello"));
    check(&two_blocks, Ok(b"Hello"));
    check(&[0x00], Ok(b""));
    let mut inflater = inflater(8, Takeover::Keep);
    assert_eq!(inflater.message(&one_block, LIMIT).unwrap(), "Hello");
    assert_eq!(inflater.message(&[0xf2, 0x00, 0x11, 0x00, 0x00], LIMIT).unwrap(), "Hello");
}

#[test]
fn no_byte_at_all_is_an_empty_message() {
    check(&[], Ok(b""));
}

#[test]
fn a_final_block_may_end_a_message_or_not() {
    let hello = [0xf3, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00];
    check(&hello, Ok(b"Hello"));
    check(&[&hello[..], &hello].concat(), Ok(b"HelloHello"));
    check(&[&hello[..], &hello, &[0x00]].concat(), Ok(b"HelloHello"));
    // The empty block whose rest is the tail may be a final one as well.
    check(&[0x01], Ok(b""));
    check(&[&hello[..], &[0x01]].concat(), Ok(b"Hello"));
}

#[test]
fn the_window_outlives_a_final_block() {
    // The second of these is "Hello" by reference to five bytes before.
    let (hello, again) =
        ([0xf3, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00], [0xf2, 0x00, 0x11, 0x00, 0x00]);
    check(&[&hello[..], &again].concat(), Ok(b"HelloHello"));
    let mut inflater = inflater(8, Takeover::Keep);
    inflater.message(&hello, LIMIT).unwrap();
    assert_eq!(inflater.message(&again, LIMIT).unwrap(), "Hello");
}

#[test]
fn garbage_behind_a_final_block_is_invalid() {
    let hello = [0xf3, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00];
    for garbage in [&b"garbage"[..], &[0x00, 0x00], &[0x07], &[0xff; 40], &[0x02]] {
        check(&[&hello[..], garbage].concat(), Err(Broken::Invalid));
    }
}

#[test]
fn what_is_no_deflate_data_is_invalid() {
    let cases: [&[u8]; 6] = [
        &[0x06],
        &[0xff],
        b"plain text",
        // Lengths that do not agree, a distance with nothing before it, and more symbols than there are.
        &[0x00, 0x05, 0x00, 0x00, 0x00],
        &[0xf2, 0x00, 0x11, 0x00, 0x00],
        &[0xfc, 0xff],
    ];
    for compressed in cases {
        check(compressed, Err(Broken::Invalid));
    }
}

#[test]
fn a_distance_beyond_the_window_is_invalid() {
    let mut random = Random(1);
    let (shared, between) = (random.bytes(100), random.bytes(1 << 10));
    let mut ordinary = OrdinaryEncoder::new(15, 6);
    let mut narrow = inflater(10, Takeover::Keep);
    let mut wide = inflater(11, Takeover::Keep);
    for plain in [&shared, &between] {
        let compressed = ordinary.message(plain);
        assert_eq!(narrow.message(&compressed, LIMIT).unwrap(), plain);
        assert_eq!(wide.message(&compressed, LIMIT).unwrap(), plain);
    }
    let compressed = ordinary.message(&shared);
    assert_eq!(narrow.message(&compressed, LIMIT), Err(Broken::Invalid));
    assert_eq!(wide.message(&compressed, LIMIT).unwrap(), shared);
}

#[test]
fn without_takeover_the_message_before_is_out_of_reach() {
    let mut ordinary = OrdinaryEncoder::new(12, 6);
    let mut forgetful = inflater(12, Takeover::Forget);
    let (first, second) = (ordinary.message(b"Hello, Hello"), ordinary.message(b"Hello, Hello"));
    assert_eq!(forgetful.message(&first, LIMIT).unwrap(), "Hello, Hello");
    assert_eq!(forgetful.window.halves().concat(), b"");
    assert_eq!(forgetful.message(&second, LIMIT), Err(Broken::Invalid));
}

/// Cuts a compressed message at every place; only at these is it a message by itself.
fn check_truncations(compressed: &[u8], whole_at: &[usize]) {
    for len in 0..compressed.len() {
        let cut = inflate(&compressed[..len]);
        assert_eq!(cut.is_ok(), whole_at.contains(&len), "{len} of {}", compressed.len());
    }
    inflate(compressed).unwrap();
}

#[test]
fn a_message_that_is_cut_off_is_invalid() {
    let mut random = Random(2);
    for level in 0..=9 {
        for len in [1, 20, 300, 1_500] {
            for text in [random.json(len), random.bytes(len)] {
                let compressed = OrdinaryEncoder::new(15, level).message(&text);
                // The first byte of a stored block is that of an empty message.
                let stored = compressed[0] == 0x00;
                check_truncations(&compressed, if stored { &[0, 1] } else { &[0] });
            }
        }
    }
}

#[test]
fn a_message_that_is_cut_off_where_a_part_ends_is_a_message() {
    let mut ordinary = OrdinaryEncoder::new(15, 6);
    let mut compressed = ordinary.flush(b"one part, ", FlushCompress::Sync);
    let parts = compressed.len();
    compressed.extend(ordinary.message(b"another part"));
    check_truncations(&compressed, &[0, parts - 4]);
    let mut finished = OrdinaryEncoder::new(15, 6).flush(b"a stream", FlushCompress::Finish);
    let stream = finished.len();
    finished.push(0x00);
    check_truncations(&finished, &[0, stream]);
}

#[test]
fn a_stored_block_is_not_filled_with_the_tail() {
    // Five bytes are announced, and the message ends after the first: the tail would be the other four.
    check(&[0x00, 0x05, 0x00, 0xfa, 0xff, 0x48], Err(Broken::Invalid));
    check(&[0x01, 0x05, 0x00, 0xfa, 0xff, 0x48], Err(Broken::Invalid));
    // Nine bytes: tail and end would be the rest.
    check(&[0x00, 0x09, 0x00, 0xf6, 0xff], Err(Broken::Invalid));
}

#[test]
fn a_message_has_the_size_it_has() {
    let mut random = Random(3);
    for len in [1, 1_000, 65_535, 65_536, 65_537, 300_000] {
        let text = random.json(len);
        let compressed = OrdinaryEncoder::new(15, 1).message(&text);
        let mut inflater = inflater(12, Takeover::Keep);
        let plain = super::pool::with_scratch(|room| inflater.collect(&compressed, room, LIMIT));
        let plain = plain.unwrap();
        assert_eq!(plain.capacity(), len);
        assert_eq!(plain, text);
        assert!(inflater.finish().is_ok());
        assert!(inflater.message.is_none(), "the decoder is given back");
    }
}

#[test]
fn parts_are_equal_to_the_whole_whatever_the_steps() {
    let mut random = Random(4);
    let mut ordinary = OrdinaryEncoder::new(12, 6);
    let mut whole = inflater(12, Takeover::Keep);
    let mut in_parts = inflater(12, Takeover::Keep);
    for _ in 0..200 {
        let text = random.message();
        let compressed = ordinary.message(&text);
        assert_eq!(whole.message(&compressed, LIMIT).unwrap(), text);
        let mut plain = Vec::new();
        let mut rest = &compressed[..];
        while !rest.is_empty() {
            let (mut piece, later) = rest.split_at(random.below(rest.len()) + 1);
            rest = later;
            loop {
                let mut room = vec![0; random.below(5_000) + 1];
                let step = in_parts.push(piece, &mut room, LIMIT as u64).unwrap();
                plain.extend_from_slice(&room[..step.produced]);
                piece = &piece[step.consumed..];
                if step.left == Left::Nothing {
                    break;
                }
            }
        }
        in_parts.finish().unwrap();
        assert_eq!(plain, text);
        assert_eq!(in_parts.window.halves().concat(), whole.window.halves().concat());
    }
}
