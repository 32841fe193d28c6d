//! Messages in fragments, with control frames in between (RFC 6455 5.4).

mod support;

use bytes::BufMut as _;
use support::{End, Seen, binary, masked, text, unmasked};

#[test]
fn fragments_join_to_one_message() {
    let mut server = End::server();
    let frames = [masked(0x01, b"a"), masked(0x00, b""), masked(0x00, b"b"), masked(0x80, b"c")];
    assert_eq!(server.feed(&frames.concat()), [text("abc")]);
}

#[test]
fn empty_fragments_and_empty_messages_are_legal() {
    let mut server = End::server();
    assert_eq!(server.feed(&masked(0x81, b"")), [text("")]);
    assert_eq!(server.feed(&masked(0x82, b"")), [binary(b"")]);
    let frames = [masked(0x02, b""), masked(0x00, b""), masked(0x80, b"")];
    assert_eq!(server.feed(&frames.concat()), [binary(b"")]);
}

#[test]
fn control_frames_come_between_fragments() {
    let mut server = End::server();
    let frames = [masked(0x01, b"a"), masked(0x89, b"?"), masked(0x8a, b"!"), masked(0x80, b"b")];
    let seen = server.feed(&frames.concat());
    assert_eq!(seen, [Seen::Ping(b"?".to_vec()), Seen::Pong(b"!".to_vec()), text("ab")]);
    assert_eq!(server.written(), unmasked(0x8a, b"?"));
}

#[test]
fn close_during_fragments_closes() {
    let mut server = End::server();
    server.feed(&[masked(0x01, b"a"), masked(0x88, b"")].concat());
    assert_eq!(server.written(), unmasked(0x88, b""));
    assert_eq!(server.feed(&masked(0x80, b"b")), []);
}

#[test]
fn a_character_may_lie_across_fragments() {
    let whole = "κόσμε".as_bytes();
    for split in 0..=whole.len() {
        let mut server = End::server();
        let frames = [masked(0x01, &whole[..split]), masked(0x80, &whole[split..])];
        assert_eq!(server.feed(&frames.concat()), [text("κόσμε")], "split at {split}");
    }
}

#[test]
fn a_large_message_arrives_in_any_pieces() {
    let payload: Vec<u8> = (0..300_000_u32).map(|i| i as u8).collect();
    for chunk in [1000, 65_536, 1 << 20] {
        let mut server = End::server();
        let frame = masked(0x82, &payload);
        let seen = server.feed_in(&frame, vec![chunk; frame.len() / chunk]);
        assert_eq!(seen, [binary(&payload)]);
    }
}

/// Writes what fits to the message's own buffer, if there is room to be had.
fn read_directly(end: &mut End, bytes: &[u8]) -> Option<usize> {
    let mut buf = end.connection.payload_buf()?;
    assert!(buf.remaining_mut() <= 512 * 1024, "room grows by what was received");
    let len = buf.remaining_mut().min(bytes.len());
    buf.put_slice(&bytes[..len]);
    Some(len)
}

#[test]
fn the_rest_of_a_large_frame_is_read_straight_into_its_message() {
    let payload: Vec<u8> = (0..900_000_u32).map(|i| i as u8).collect();
    let frame = masked(0x82, &payload);
    let mut server = End::server();
    assert!(server.connection.payload_buf().is_none(), "no frame is under way");
    assert_eq!(server.feed(&frame[..14]), []);
    assert!(server.connection.payload_buf().is_none(), "a claim alone gets no room");
    assert_eq!(server.feed(&frame[14..5001]), []);
    let (mut rest, mut reads, mut seen) = (&frame[5001..], 0, Vec::new());
    while let Some(len) = read_directly(&mut server, &rest[..rest.len().min(100_001)]) {
        rest = &rest[len..];
        reads += 1;
        seen.extend(server.connection.handle_payload(server.now).map(Seen::from));
    }
    assert!(reads > 7, "{reads} reads");
    seen.extend(server.feed(rest));
    assert_eq!(seen, [binary(&payload)]);
}

#[test]
fn a_read_that_was_not_told_yet_counts_for_its_frame() {
    let mut end = End::server();
    let frame = masked(0x82, &[9; 100_000]);
    end.feed(&frame[..5000]);
    assert_eq!(read_directly(&mut end, &frame[5000..50_014]), Some(45_014));
    assert!(end.connection.payload_buf().is_none(), "what is left is not worth it");
    assert_eq!(end.feed(&frame[50_014..]), [binary(&[9; 100_000])]);
}
