//! Peers that mean harm: bombs, endless messages, corruptions.

use super::{LIMIT, byte_by_byte, inflate, inflater};
use crate::deflate::{
    Takeover,
    inflate::{Broken, Inflater, Left, reserve},
    naive::Naive,
    oracle::OrdinaryEncoder,
    pool::SCRATCH_BYTES,
    samples::Random,
};

/// Pushes with much room; returns how many pushes there were and how many bytes came out.
fn push_all(
    inflater: &mut Inflater,
    mut input: &[u8],
    limit: u64,
) -> (usize, u64, Result<(), Broken>) {
    let mut room = vec![0; 1 << 20];
    let (mut pushes, mut produced) = (0, 0);
    loop {
        pushes += 1;
        let step = match inflater.push(input, &mut room, limit) {
            Ok(step) => step,
            Err(broken) => return (pushes, produced, Err(broken)),
        };
        assert!(step.produced <= SCRATCH_BYTES);
        produced += step.produced as u64;
        input = &input[step.consumed..];
        if step.left == Left::Nothing {
            return (pushes, produced, inflater.finish());
        }
    }
}

fn over(limit: usize) -> Result<Vec<u8>, Broken> {
    Err(Broken::OverLimit { got: limit as u64 + 1 })
}

#[test]
fn a_bomb_stops_at_the_first_byte_over_the_limit() {
    let bomb = OrdinaryEncoder::new(15, 9).message(&vec![b'a'; 16 << 20]);
    assert!(bomb.len() < 17_000, "a thousand to one");
    for limit in [0, 1, 255, 65_535, 65_536, 65_537, LIMIT, (16 << 20) - 1] {
        let mut inflater = inflater(12, Takeover::Keep);
        assert_eq!(inflater.message(&bomb, limit).map(Vec::from), over(limit), "limit {limit}");
        assert!(inflater.message.is_none(), "the decoder is given back");
        let (pushes, produced, end) = push_all(&mut inflater, &bomb, limit as u64);
        assert_eq!(end.map(|()| Vec::new()), over(limit));
        assert!(produced <= limit as u64);
        assert!(pushes <= limit / SCRATCH_BYTES + 2);
    }
    assert_eq!(inflater(12, Takeover::Keep).message(&bomb, 16 << 20).unwrap().len(), 16 << 20);
}

#[test]
fn a_message_of_exactly_the_limit_is_allowed() {
    let text = Random(1).json(5_000);
    let compressed = OrdinaryEncoder::new(15, 6).message(&text);
    assert_eq!(inflater(12, Takeover::Keep).message(&compressed, 5_000).unwrap(), text);
    assert_eq!(byte_by_byte(&mut inflater(12, Takeover::Keep), &compressed, 5_000).unwrap(), text);
    let mut inflater = inflater(12, Takeover::Keep);
    assert_eq!(inflater.message(&compressed, 4_999).map(Vec::from), over(4_999));
    assert_eq!(byte_by_byte(&mut inflater, &compressed, 4_999), over(4_999));
}

#[test]
fn a_message_under_way_never_holds_more_than_its_limit() {
    for limit in [100_000, 1 << 20, 1_234_567] {
        let mut plain: Vec<u8> = Vec::new();
        while plain.len() + SCRATCH_BYTES <= limit {
            reserve(&mut plain, SCRATCH_BYTES, limit);
            assert!(plain.capacity() <= limit && plain.capacity() <= 2 * plain.len().max(1 << 16));
            plain.resize(plain.len() + SCRATCH_BYTES, 0);
        }
    }
}

#[test]
fn a_bomb_across_messages_stops_at_each_limit() {
    let mut ordinary = OrdinaryEncoder::new(15, 9);
    let mut inflater = inflater(15, Takeover::Keep);
    for _ in 0..20 {
        let small = ordinary.message(&vec![b'a'; 40_000]);
        assert_eq!(inflater.message(&small, 40_000).unwrap().len(), 40_000);
    }
    let large = ordinary.message(&vec![b'a'; 40_001]);
    assert_eq!(inflater.message(&large, 40_000).map(Vec::from), over(40_000));
}

#[test]
fn empty_blocks_are_read_in_one_step() {
    let blocks = [0x00, 0x00, 0x00, 0xff, 0xff].repeat(100_000);
    let (pushes, produced, end) = push_all(&mut inflater(12, Takeover::Keep), &blocks, 0);
    assert_eq!((pushes, produced, end), (1, 0, Err(Broken::Invalid)));
    let message = [&blocks[..], &[0x00]].concat();
    assert_eq!(inflater(12, Takeover::Keep).message(&message, 0).unwrap(), "");
}

#[test]
fn final_blocks_without_end_are_refused() {
    let blocks = [0x03, 0x00].repeat(10_000);
    let mut inflater = inflater(15, Takeover::Keep);
    inflater.message(&OrdinaryEncoder::new(15, 1).message(&[b'a'; 40_000]), LIMIT).unwrap();
    let (pushes, produced, end) = push_all(&mut inflater, &blocks, 0);
    assert_eq!((pushes, produced, end), (65, 0, Err(Broken::Invalid)));
    assert_eq!(inflater.message(&blocks[..128], 0).unwrap(), "");
}

/// Changes, removes, doubles or inserts a few bytes.
fn corrupt(random: &mut Random, compressed: &mut Vec<u8>) {
    for _ in 0..=random.below(3) {
        let at = random.below(compressed.len() + 1);
        match random.below(4) {
            0 => compressed.insert(at, random.byte()),
            1 => compressed.truncate(at.max(1)),
            2 => compressed.extend_from_within(at..),
            _ => {
                if let Some(byte) = compressed.get_mut(at) {
                    *byte ^= 1 << random.below(8);
                }
            }
        }
    }
}

#[test]
fn corruptions_end_and_what_passes_is_what_the_naive_decoder_reads() {
    let mut random = Random(2);
    let limit = 20_000_u32;
    let (mut passed, mut invalid, mut over_limit) = (0, 0, 0);
    for round in 0..10_000_u32 {
        let text = if round % 4 == 0 { vec![b'a'; 19_000] } else { random.json_of_up_to(700) };
        let mut compressed = OrdinaryEncoder::new(15, round % 10).message(&text);
        corrupt(&mut random, &mut compressed);
        let mut inflater = inflater(15, Takeover::Keep);
        let (pushes, produced, in_parts) = push_all(&mut inflater, &compressed, limit.into());
        assert!(produced <= u64::from(limit) && pushes <= compressed.len() + 2);
        let whole = super::inflater(15, Takeover::Keep).message(&compressed, limit as usize);
        assert_eq!(whole.as_ref().map(|_| ()), in_parts.as_ref().copied());
        match whole {
            Ok(plain) => {
                passed += 1;
                assert_eq!(plain, inflate(&compressed).unwrap());
                assert_eq!(plain, Naive::default().message(&compressed));
            }
            Err(Broken::Invalid) => invalid += 1,
            Err(Broken::OverLimit { got }) => {
                over_limit += 1;
                assert_eq!(got, u64::from(limit) + 1);
            }
        }
    }
    assert!(passed > 100 && invalid > 1_000 && over_limit > 10, "{passed} {invalid} {over_limit}");
}

#[test]
fn noise_ends_and_stays_within_the_limit() {
    let mut random = Random(3);
    for _ in 0..3_000 {
        let len = random.below(300);
        let noise = random.bytes(len);
        let (pushes, produced, _) = push_all(&mut inflater(9, Takeover::Forget), &noise, 1_000);
        assert!(produced <= 1_000 && pushes <= len + 2);
    }
    let noise = random.bytes(64 << 10);
    let mut inflater = inflater(9, Takeover::Forget);
    assert!(push_all(&mut inflater, &noise, 1_000).2.is_err());
}
