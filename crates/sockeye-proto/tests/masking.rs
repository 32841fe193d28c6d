//! A client's masks (RFC 6455 5.3 and 10.3).

mod support;

use std::collections::HashSet;

use support::{End, masked};

/// The masking keys of a client's next frames.
fn keys(client: &mut End, frames: usize) -> Vec<[u8; 4]> {
    let frame = |_| {
        client.connection.send("x").expect("room");
        let frame = client.written();
        frame[2..6].try_into().expect("a masked frame of one byte")
    };
    (0..frames).map(frame).collect()
}

#[test]
fn each_frame_of_a_client_has_a_key_of_its_own() {
    let keys = keys(&mut End::client(), 20_000);
    let different: HashSet<_> = keys.iter().collect();
    // Two of 20,000 keys of 32 bits are the same with a chance of one in twenty.
    assert!(different.len() >= keys.len() - 3, "{} of {}", different.len(), keys.len());
    // Each bit of a key, and whether it differs from the key before, is as good as a coin: 20,000 throws are within 3
    // %.
    for bit in 0..32 {
        let value = |key: &[u8; 4]| u32::from_ne_bytes(*key) >> bit & 1;
        let ones: u32 = keys.iter().map(value).sum();
        let changes: u32 = keys.windows(2).map(|pair| value(&pair[0]) ^ value(&pair[1])).sum();
        assert!((9_700..10_300).contains(&ones), "bit {bit}: {ones} ones");
        assert!((9_700..10_300).contains(&changes), "bit {bit}: {changes} changes");
    }
}

#[test]
fn the_keys_follow_from_the_seed_alone() {
    assert_eq!(keys(&mut End::client(), 100), keys(&mut End::client(), 100));
}

#[test]
fn a_payload_that_is_queued_can_no_longer_be_changed() {
    let (mut client, mut payload) = (End::client(), *b"before");
    client.connection.send(&payload).expect("room");
    payload.copy_from_slice(b"after!");
    let sent = client.written();
    let key: [u8; 4] = sent[2..6].try_into().expect("a key");
    let unmasked: Vec<u8> = sent[6..].iter().zip(key.iter().cycle()).map(|(a, b)| a ^ b).collect();
    assert_eq!((unmasked.as_slice(), &payload), (b"before".as_slice(), b"after!"));
    assert_ne!(sent, masked(0x82, b"before"), "the key is not a fixed one");
}
