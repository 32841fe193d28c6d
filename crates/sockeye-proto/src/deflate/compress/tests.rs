use super::{Deflater, Ends, Outcome, compress_once};
use crate::deflate::{
    Direction, Takeover, WindowBits,
    naive::Naive,
    pool::{self, Encoder},
    samples::Random,
};

fn direction(bits: u8, takeover: Takeover) -> Direction {
    Direction { bits: WindowBits::new(bits).unwrap(), takeover }
}

fn deflater(bits: u8, level: u8) -> Deflater {
    Deflater::new(direction(bits, Takeover::Keep), level)
}

/// Compresses what must become smaller.
fn compress(deflater: &mut Deflater, plain: &[u8]) -> Vec<u8> {
    let mut compressed = Vec::new();
    assert_eq!(deflater.message(plain, &mut compressed), Outcome::Compressed, "{plain:02x?}");
    assert!(compressed.len() < plain.len());
    compressed
}

fn is_hot(deflater: &Deflater) -> bool {
    Encoder::resume(deflater.state).map(|encoder| encoder.park(deflater.state)).is_some()
}

/// Text in which every stretch has been before, about as far back as the window reaches.
fn tempting(random: &mut Random, distance: usize) -> Vec<u8> {
    let block = random.bytes(distance);
    let mut text = block.clone();
    for _ in 0..4 {
        let swapped = random.below(block.len());
        text.extend_from_slice(&block);
        let at = text.len() - swapped - 1;
        text[at] ^= 1;
    }
    text
}

/// Sends messages with a window of `bits`, parked and hot in turns; returns how far back the encoder reached.
fn farthest(bits: u8, level: u8) -> usize {
    let mut random = Random(u64::from(bits) << 8 | u64::from(level));
    let mut deflater = deflater(bits, level);
    let mut naive = Naive::default();
    let size = 1_usize << bits;
    let reach = size.max(512) - 262;
    for round in 0..60 {
        let distance = [reach, reach - 1, size - 1, size, size / 2][round % 5];
        let text = match round % 3 {
            0 => tempting(&mut random, distance),
            1 => random.json(3 * size),
            _ => random.json_of_up_to(700),
        };
        if round % 4 == 0 {
            pool::empty();
        }
        let mut compressed = Vec::new();
        match deflater.message(&text, &mut compressed) {
            Outcome::Compressed => assert_eq!(naive.message(&compressed), text),
            Outcome::NotSmaller => {}
        }
        naive.plain.drain(..naive.plain.len().saturating_sub(1 << 15));
    }
    naive.farthest
}

#[test]
fn no_distance_reaches_back_beyond_the_window() {
    for bits in 8..=15 {
        for level in [1, 6, 9] {
            // zlib's MAX_DIST, which for the least window is below 256 as well.
            let reach = (1 << bits).max(512) - 262;
            assert!(reach <= 1 << bits);
            assert_eq!(farthest(bits, level), reach, "{bits} bits, level {level}");
        }
    }
}

#[test]
fn a_window_of_any_length_primes_an_encoder() {
    let mut random = Random(3);
    for level in [1, 2, 3, 6, 7, 9] {
        for len in (0..40).chain([250, 255, 256, 257, 511, 512]) {
            let mut deflater = deflater(9, level);
            let history = random.json(len);
            deflater.adopt(&history);
            let mut naive = Naive { plain: history.clone(), farthest: 0 };
            for text in [b"aaaaaaaaaaaaaaaa".to_vec(), history.repeat(9), random.json(300)] {
                pool::empty();
                let mut compressed = Vec::new();
                deflater.part(&text, &mut compressed, Ends::Message);
                assert_eq!(naive.message(&compressed), text, "level {level}, {len} bytes");
            }
        }
    }
}

#[test]
fn a_window_that_lies_in_two_pieces_primes_an_encoder() {
    let mut random = Random(4);
    for level in [1, 3, 6, 9] {
        for turn in 1..=40 {
            let mut deflater = deflater(9, level);
            let history = [random.bytes(512), random.bytes(turn)];
            history.iter().for_each(|each| deflater.adopt(each));
            assert!(!deflater.window.halves()[1].is_empty());
            let mut naive = Naive { plain: history.concat(), farthest: 0 };
            let text = &history.concat()[312 + turn..];
            assert_eq!(
                naive.message(&compress(&mut deflater, text)),
                text,
                "level {level}, {turn}"
            );
            assert_eq!(naive.farthest, 200, "level {level}, {turn}");
        }
    }
}

#[test]
fn a_message_that_does_not_shrink_leaves_everything_as_it_was() {
    let mut random = Random(1);
    let mut deflater = deflater(12, 1);
    let mut naive = Naive::default();
    for _ in 0..50 {
        let text = random.json(500);
        let len = random.below(300_000);
        let noise = random.bytes(len);
        assert_eq!(naive.message(&compress(&mut deflater, &text)), text);
        assert!(is_hot(&deflater));
        let window = deflater.window.halves().concat();
        let mut into = b"header".to_vec();
        assert_eq!(deflater.message(&noise, &mut into), Outcome::NotSmaller);
        assert_eq!(into, b"header");
        assert_eq!(deflater.window.halves().concat(), window);
        assert!(noise.is_empty() || !is_hot(&deflater));
    }
}

#[test]
fn a_message_travels_compressed_only_if_that_is_smaller_by_a_byte() {
    let mut random = Random(10);
    let mut equal = 0;
    for _ in 0..2_000 {
        let text: Vec<u8> = (0..random.below(20)).map(|_| b'a' + random.byte() % 2).collect();
        let (mut anyway, mut into) = (Vec::new(), Vec::new());
        deflater(9, 1).part(&text, &mut anyway, Ends::Message);
        let outcome = deflater(9, 1).message(&text, &mut into);
        assert_eq!(outcome == Outcome::Compressed, anyway.len() < text.len(), "{text:02x?}");
        equal += usize::from(anyway.len() == text.len());
    }
    assert!(equal > 10, "{equal}");
}

#[test]
fn nothing_is_smaller_than_an_empty_message() {
    let mut deflater = deflater(12, 1);
    for _ in 0..2 {
        let mut into = Vec::new();
        assert_eq!(deflater.message(b"", &mut into), Outcome::NotSmaller);
        assert_eq!(into, b"");
        compress(&mut deflater, &[b'a'; 100]);
    }
}

#[test]
fn a_connection_that_spoke_last_is_hot_and_one_that_adopted_is_not() {
    let mut random = Random(2);
    let mut deflater = deflater(12, 1);
    assert!(!is_hot(&deflater));
    compress(&mut deflater, &random.json(300));
    assert!(is_hot(&deflater));
    deflater.adopt(b"sent by other means");
    assert!(!is_hot(&deflater));
}

#[test]
fn a_hot_message_needs_no_allocation() {
    let mut random = Random(5);
    let mut deflater = deflater(12, 1);
    let mut into = Vec::with_capacity(2_000);
    for _ in 0..20 {
        into.clear();
        let place = into.as_ptr();
        deflater.message(&random.json(1_000), &mut into);
        assert_eq!(into.as_ptr(), place);
        assert!(is_hot(&deflater));
    }
}

#[test]
fn an_adopted_message_is_part_of_the_context() {
    let mut random = Random(6);
    let mut deflater = deflater(12, 1);
    let mut naive = Naive::default();
    for _ in 0..50 {
        let (own, shared) = (random.json(400), random.json(400));
        assert_eq!(naive.message(&compress(&mut deflater, &own)), own);
        let once = compress_once(&shared, WindowBits::new(12).unwrap(), 1).unwrap();
        deflater.adopt(&shared);
        assert_eq!(naive.message(&once), shared);
        assert_eq!(Naive::default().message(&once), shared, "it needs no context");
    }
}

fn converse(bits: u8, takeover: Takeover, level: u8, conversation: &[Vec<u8>]) -> Vec<u8> {
    let mut compressed = Vec::new();
    let mut deflater = Deflater::new(direction(bits, takeover), level);
    deflater.adopt(b"a window that makes the encoder start somewhere");
    for text in conversation {
        deflater.part(text, &mut compressed, Ends::Message);
    }
    compressed
}

#[test]
fn what_one_peer_was_sent_does_not_show_in_what_another_is_sent() {
    let mut random = Random(11);
    for (bits, level) in [(9, 1), (9, 2), (10, 6), (12, 1), (12, 9), (15, 1)] {
        for round in 0..100 {
            let takeover = if round % 2 == 0 { Takeover::Keep } else { Takeover::Forget };
            let conversation: Vec<_> = (0..3).map(|_| random.json_of_up_to(400)).collect();
            pool::empty();
            let first = converse(bits, takeover, level, &conversation);
            // Others need every encoder of the thread, some of them far longer than the window.
            let mut others: Vec<_> = (0..20).map(|_| deflater(bits, level)).collect();
            let len = 900 * random.below(40);
            for other in &mut others {
                other.part(&random.json(len), &mut Vec::new(), Ends::Message);
                other.message(&random.bytes(100), &mut Vec::new());
            }
            let after_others = converse(bits, takeover, level, &conversation);
            assert!(after_others == first, "{bits} bits, level {level}");
        }
    }
}

#[test]
fn what_others_left_behind_a_primed_window_does_not_show() {
    // Hashed with what another one left behind it, the end of the window would hide the string that comes again.
    let window = [b"abcX", &Random(13).bytes(200)[..], b"abc"].concat();
    let message = |level| {
        let mut deflater = deflater(9, level);
        deflater.adopt(&window);
        let mut compressed = Vec::new();
        deflater.part(b"0123456789abcX!", &mut compressed, Ends::Message);
        compressed
    };
    for level in 1..=9 {
        pool::empty();
        let first = message(level);
        pool::empty();
        let mut other = Deflater::new(direction(9, Takeover::Forget), level);
        other.part(&[b'X'; 2_000], &mut Vec::new(), Ends::Message);
        assert!(message(level) == first, "level {level}");
    }
}

#[test]
fn what_does_not_shrink_is_not_compressed_once() {
    let noise = Random(7).bytes(1_000);
    for plain in [&b""[..], b"a", &noise] {
        assert_eq!(compress_once(plain, WindowBits::MAX, 6), None);
    }
}

#[test]
fn without_takeover_every_message_stands_alone() {
    let mut random = Random(8);
    let mut deflater = Deflater::new(direction(12, Takeover::Forget), 1);
    for round in 0..40 {
        let text = random.json(600);
        let mut compressed = Vec::new();
        if round % 2 == 0 {
            compressed = compress(&mut deflater, &text);
        } else {
            let (head, tail) = text.split_at(random.below(text.len()));
            deflater.part(head, &mut compressed, Ends::Part);
            deflater.part(tail, &mut compressed, Ends::Part);
            deflater.part(b"", &mut compressed, Ends::Message);
        }
        deflater.adopt(b"forgotten too");
        assert_eq!(Naive::default().message(&compressed), text);
        assert_eq!(deflater.window.halves().concat(), b"");
    }
}

#[test]
fn without_takeover_a_message_is_compressed_as_by_a_new_encoder_whoever_had_it_before() {
    let mut random = Random(12);
    for (bits, level) in (1..=9).flat_map(|level| [9, 10, 12, 15].map(|bits| (bits, level))) {
        let new = || Deflater::new(direction(bits, Takeover::Forget), level);
        pool::empty();
        for round in 0..40 {
            let other = [random.message(), random.message()];
            other.iter().for_each(|part| new().part(part, &mut Vec::new(), Ends::Message));
            // Alike at first, so that what was left in the memory goes on where this ends or goes on otherwise.
            let mut plain = other[1][..random.below(other[1].len() + 1)].to_vec();
            if round % 2 == 0 {
                plain.extend(random.message());
            }
            let [mut first, mut later] = [const { Vec::new() }; 2];
            let outcome = new().message(&plain, &mut later);
            std::thread::scope(|scope| {
                let alone = scope.spawn(|| new().message(&plain, &mut first)).join();
                assert_eq!(alone.ok(), Some(outcome));
            });
            assert!(first == later, "{bits} bits, level {level}, {} bytes", plain.len());
        }
    }
}

#[test]
fn a_message_ends_where_it_ends_whatever_others_left_behind_it() {
    // With what lies behind the end, the string farther back would be the longer match.
    let mut random = Random(14);
    let noise = random.bytes(300);
    let plain = [b"abcdeX", &noise[..100], b"abcdeY", &noise[100..], b"abcde"].concat();
    let alone = |text: &[u8], level| {
        let mut compressed = Vec::new();
        let mut deflater = Deflater::new(direction(12, Takeover::Forget), level);
        (deflater.message(text, &mut compressed), compressed)
    };
    for level in 1..=9 {
        pool::empty();
        let first = alone(&plain, level);
        pool::empty();
        alone(&[&plain[..], &b"X".repeat(8)].concat(), level);
        assert!(alone(&plain, level) == first, "level {level}");
    }
}

#[test]
fn parts_of_any_size_make_one_message() {
    let mut random = Random(9);
    let mut deflater = deflater(10, 1);
    let mut naive = Naive::default();
    for _ in 0..300 {
        let mut text = Vec::new();
        let mut compressed = Vec::new();
        for _ in 0..random.below(4) {
            let part = random.message();
            deflater.part(&part, &mut compressed, Ends::Part);
            assert!(compressed.is_empty() || compressed.ends_with(&[0, 0, 0xff, 0xff]));
            text.extend(part);
        }
        let last = if random.below(2) == 0 { Vec::new() } else { random.message() };
        deflater.part(&last, &mut compressed, Ends::Message);
        text.extend(last);
        assert_eq!(naive.message(&compressed), text);
        naive.plain.drain(..naive.plain.len().saturating_sub(1 << 15));
    }
}

#[test]
fn an_empty_message_in_parts_is_one_zero_byte() {
    let mut compressed = Vec::new();
    let mut deflater = deflater(12, 1);
    deflater.part(b"", &mut compressed, Ends::Part);
    deflater.part(b"", &mut compressed, Ends::Message);
    assert_eq!(compressed, [0x00]);
}

#[test]
fn a_level_that_does_not_exist_is_taken_for_the_nearest() {
    for (level, nearest) in [(0, 1), (1, 1), (9, 9), (255, 9)] {
        assert_eq!(deflater(12, level).kind.level, nearest);
        compress(&mut deflater(12, level), &[b'a'; 100]);
    }
}

#[test]
fn an_encoder_that_gave_up_again_and_again_still_works() {
    pool::empty();
    let (mut random, mut deflater) = (Random(7), deflater(12, 1));
    for len in (60_000..200_000).step_by(700) {
        let mut into = Vec::new();
        assert_eq!(deflater.message(&random.bytes(len), &mut into), Outcome::NotSmaller);
        compress(&mut deflater, &random.json(300_000));
    }
}
