use super::{ALIGN_FROM_BYTES, LINE_BYTES, Mask, VECTOR_FROM_BYTES, vector};

const KEY: [u8; 4] = [0x37, 0xfa, 0x21, 0x3d];

fn naive(key: [u8; 4], payload: &[u8]) -> Vec<u8> {
    payload.iter().enumerate().map(|(i, byte)| byte ^ key[i % 4]).collect()
}

fn turned(mut key: [u8; 4], len: usize) -> [u8; 4] {
    key.rotate_left(len % 4);
    key
}

#[test]
fn every_length_and_every_split_equals_the_naive_loop() {
    let payload: Vec<u8> = (0..100_u8).collect();
    for len in 0..payload.len() {
        let expected = naive(KEY, &payload[..len]);
        for split in 0..=len {
            let (head, tail) = payload[..len].split_at(split);
            let mut masked = payload[..len].to_vec();
            let mut mask = Mask::new(KEY);
            mask.apply(&mut masked[..split]);
            mask.apply(&mut masked[split..]);
            assert_eq!(masked, expected, "length {len} split at {split}");

            let mut appended = b"before".to_vec();
            let mut mask = Mask::new(KEY);
            mask.append(head, &mut appended);
            mask.append(tail, &mut appended);
            let whole = [b"before", expected.as_slice()].concat();
            assert_eq!(appended, whole, "length {len} split at {split}");
            assert_eq!(mask.key(), turned(KEY, len), "length {len} split at {split}");
        }
    }
}

/// Masks every length below 300, at every place in a cache line, with the key turned in every way.
fn check(apply: impl Fn(&mut Mask, &mut [u8])) {
    let bytes: Vec<u8> = (0..=255).cycle().take(300 + 2 * LINE_BYTES).collect();
    let mut masked = bytes.clone();
    let line = masked.as_ptr().align_offset(LINE_BYTES);
    for turn in 0..4 {
        let key = turned(KEY, turn);
        for start in line..line + LINE_BYTES {
            let expected = naive(key, &bytes[start..start + 300]);
            for len in 0..300 {
                let end = start + len;
                let mut mask = Mask::new(key);
                apply(&mut mask, &mut masked[start..end]);
                assert!(masked[start..end] == expected[..len], "{len} bytes at {start}");
                assert!(masked[..start] == bytes[..start], "before {len} bytes at {start}");
                assert!(masked[end..] == bytes[end..], "behind {len} bytes at {start}");
                assert_eq!(mask.key(), turned(key, len), "{len} bytes at {start}");
                masked[start..end].copy_from_slice(&bytes[start..end]);
            }
        }
    }
}

#[test]
fn the_portable_loop_equals_the_naive_one_wherever_it_begins() {
    check(Mask::apply_chunks);
}

#[test]
fn the_vector_loop_equals_the_naive_one_wherever_it_begins() {
    check(|mask, payload| vector::run(|| mask.apply_chunks(payload)));
}

#[test]
fn a_long_payload_equals_the_naive_loop_wherever_it_begins() {
    let bytes: Vec<u8> = (0..=255).cycle().take(ALIGN_FROM_BYTES + 200).collect();
    let lens = [VECTOR_FROM_BYTES, ALIGN_FROM_BYTES].map(|bound| [bound - 1, bound, bound + 131]);
    for (start, len) in
        (0..66).flat_map(|start| lens.as_flattened().iter().map(move |len| (start, *len)))
    {
        let piece = start..start + len;
        let mut masked = bytes.clone();
        let mut mask = Mask::new(KEY);
        mask.apply(&mut masked[piece.clone()]);
        assert!(masked[piece.clone()] == naive(KEY, &bytes[piece]), "{len} bytes at {start}");
        assert_eq!(mask.key(), turned(KEY, len), "{len} bytes at {start}");
    }
}
