//! permessage-deflate on a connection (RFC 7692): which frames carry it, and what an agreement changes.

mod support;

use sockeye_proto::{
    CloseCode, Closed, Config, DeflateConfig, DeflateParams, Delivery, Kind, Limit, LimitExceeded,
    Limits, Opcode, Outgoing, Prepared, Role, Violation, WindowBits,
};
use support::{End, Pair, Seen, binary, hex, masked, random::Random, text, unmasked};

fn bits(bits: u8) -> WindowBits {
    WindowBits::new(bits).expect("8 to 15")
}

fn params(window: u8) -> DeflateParams {
    DeflateParams {
        server_max_window_bits: bits(window),
        client_max_window_bits: bits(window),
        ..DeflateParams::default()
    }
}

fn server() -> End {
    End::new(Role::Server, Config::default(), Some(DeflateParams::default()))
}

fn config(limits: Limits) -> Config {
    Config::default().limits(limits).deflate(DeflateConfig::default().threshold_bytes(0))
}

#[track_caller]
fn check_violation(mut server: End, bytes: &[u8], violation: Violation) {
    assert_eq!(server.feed(bytes), []);
    assert_eq!(server.closed(), Some(&Closed::Violation(violation)));
}

#[test]
fn the_examples_of_rfc_7692_7_2_3_are_understood() {
    // 7.2.3.1 one block, and in two fragments; 7.2.3.3 stored; 7.2.3.4 with BFINAL; 7.2.3.5 two blocks.
    for payload in [
        "f248cdc9c90700",
        "000500faff48656c6c6f00",
        "f348cdc9c9070000",
        "f24805000000ffffcac9c90700",
    ] {
        assert_eq!(server().feed(&masked(0xc1, &hex(payload))), [text("Hello")], "{payload}");
    }
    let fragments = [masked(0x41, &hex("f248cd")), masked(0x80, &hex("c9c90700"))].concat();
    assert_eq!(server().feed(&fragments), [text("Hello")]);
    // 7.2.3.2: the second message refers to the first.
    let shared = [masked(0xc1, &hex("f248cdc9c90700")), masked(0xc1, &hex("f200110000"))].concat();
    assert_eq!(server().feed(&shared), [text("Hello"), text("Hello")]);
    // 7.2.3.6: an empty message.
    assert_eq!(server().feed(&masked(0xc1, &hex("00"))), [text("")]);
}

#[test]
fn the_compressed_bit_belongs_to_the_first_frame_of_a_data_message() {
    let misplaced = |opcode| Violation::MisplacedCompressedBit { opcode };
    check_violation(server(), &masked(0xc9, b""), misplaced(Opcode::Ping));
    check_violation(server(), &masked(0xca, b""), misplaced(Opcode::Pong));
    check_violation(server(), &masked(0xc8, b""), misplaced(Opcode::Close));
    let continued = [masked(0x41, &hex("f248cd")), masked(0xc0, &hex("c9c90700"))].concat();
    check_violation(server(), &continued, misplaced(Opcode::Continuation));
    check_violation(End::server(), &masked(0xc1, b""), Violation::ReservedBits { bits: 4 });
}

#[test]
fn a_message_that_came_as_it_is_stays_out_of_the_window() {
    let mut server = server();
    let frames = [
        masked(0xc1, &hex("f248cdc9c90700")),
        masked(0x81, b"not compressed"),
        masked(0xc1, &hex("f200110000")),
    ];
    assert_eq!(
        server.feed(&frames.concat()),
        [text("Hello"), text("not compressed"), text("Hello")]
    );
}

#[test]
fn control_frames_come_between_compressed_fragments() {
    let frames =
        [masked(0x41, &hex("f248cd")), masked(0x89, b"?"), masked(0x80, &hex("c9c90700"))].concat();
    assert_eq!(server().feed(&frames), [Seen::Ping(b"?".to_vec()), text("Hello")]);
}

#[test]
fn data_that_is_no_deflate_ends_with_1007() {
    let mut server = server();
    assert_eq!(server.feed(&masked(0xc1, &hex("ffffffff"))), []);
    assert_eq!(server.closed(), Some(&Closed::Violation(Violation::InvalidDeflate)));
    assert_eq!(server.written()[2..4], 1007_u16.to_be_bytes());
}

#[test]
fn compressed_text_must_be_utf8() {
    let mut pair = Pair::new(&config(Limits::default()), Some(DeflateParams::default()));
    pair.client.connection.send(&[b'a'; 100]).unwrap();
    let mut wire = pair.client.written();
    assert_eq!(wire[0], 0xc2);
    wire[0] = 0xc1;
    assert_eq!(pair.server.feed(&wire).len(), 1, "as text it is ascii");
    pair.client.connection.send(&[0xff; 100]).unwrap();
    let mut wire = pair.client.written();
    wire[0] = 0xc1;
    check_violation(pair.server, &wire, Violation::TextNotUtf8);
}

#[test]
fn a_message_that_would_not_shrink_and_a_small_one_travel_as_they_are() {
    let mut end = End::new(Role::Server, Config::default(), Some(params(12)));
    let noise = Random::new(1).bytes(1000);
    end.connection.send(&noise).unwrap();
    assert_eq!(end.written(), unmasked(0x82, &noise));
    end.connection.send(&[0; 127]).unwrap();
    assert_eq!(end.written(), unmasked(0x82, &[0; 127]));
    end.connection.send(&[0; 128]).unwrap();
    let compressed = end.written();
    assert_eq!(compressed[0], 0xc2);
    assert!(compressed.len() < 30);
    end.connection.send(Outgoing::from(&[0; 128]).uncompressed()).unwrap();
    assert_eq!(end.written(), unmasked(0x82, &[0; 128]));
}

#[test]
fn a_prepared_message_fits_connections_of_every_window_and_joins_their_contexts() {
    let mut random = Random::new(5);
    let prepared = Prepared::new(random.text(700));
    let plain = random.text(700);
    for window in 8..=15 {
        for no_takeover in [false, true] {
            let mut agreed = params(window);
            agreed.server_no_context_takeover = no_takeover;
            let mut pair = Pair::new(&Config::default(), Some(agreed));
            for _ in 0..3 {
                pair.server.connection.send(plain.as_str()).unwrap();
                pair.server.connection.send_prepared(&prepared).unwrap();
                pair.server.connection.send(plain.as_str()).unwrap();
            }
            let queued = pair.server.connection.queued();
            assert!(queued < 9 * 700 / 2, "window {window}: {queued} bytes");
            let seen = pair.settle().1;
            assert_eq!(seen.len(), 9);
            assert_eq!(seen[3], text(&plain));
            assert_eq!(
                seen[4],
                Seen::Message(String::from_utf8_lossy(prepared.as_bytes()).as_ref().into())
            );
        }
    }
    let mut pair = Pair::new(&Config::default(), Some(params(12)));
    pair.client.connection.send_prepared(&prepared).unwrap();
    assert_eq!(pair.settle().0.len(), 1);
}

#[test]
fn parts_travel_compressed_both_ways() {
    for window in [9, 12, 15] {
        let mut pair = Pair::new(&Config::default(), Some(params(window)));
        pair.server.connection.set_delivery(Delivery::Parts);
        let mut random = Random::new(window.into());
        let text = random.text(200_000);
        let client = &mut pair.client.connection;
        client.begin_parts(Kind::Text).unwrap();
        for part in text.as_bytes().chunks(30_000) {
            client.send_part(part).unwrap();
        }
        client.finish_parts(b"").unwrap();
        assert!(client.queued() < 100_000);
        let (mut got, mut last) = (Vec::new(), false);
        for seen in pair.settle().0 {
            let Seen::Part(part, ends) = seen else { panic!("expected a part, got {seen:?}") };
            assert!(part.len() <= 64 * 1024 && !last);
            got.extend(part);
            last = ends;
        }
        assert!(last);
        assert_eq!(got, text.as_bytes());
    }
}

#[test]
fn a_compressed_message_that_began_whole_can_go_on_in_parts() {
    let mut server = server();
    server.feed(&masked(0x41, &hex("f248cd")));
    server.connection.deliver_in_parts();
    let seen = server.feed(&masked(0x80, &hex("c9c90700")));
    let joined: Vec<u8> = seen
        .iter()
        .flat_map(|seen| if let Seen::Part(part, _) = seen { part.clone() } else { vec![] })
        .collect();
    assert_eq!(joined, b"Hello");
    assert_eq!(seen.last(), Some(&Seen::Part(vec![], true)));
    assert_eq!(server.feed(&masked(0xc1, &hex("f200110000"))), [text("Hello")]);
}

#[test]
fn inflating_stops_at_the_limit() {
    let mut pair = Pair::new(&config(Limits::default().output_bytes(1 << 26)), Some(params(15)));
    let exactly = vec![0; 1 << 20];
    pair.client.connection.send(&exactly).unwrap();
    assert_eq!(pair.settle().0, [binary(&exactly)]);
    pair.client.connection.send(vec![0; (1 << 20) + 1]).unwrap();
    assert_eq!(pair.settle().0, []);
    let (limit, allowed) = (Limit::InflatedBytes, 1 << 20);
    let exceeded = LimitExceeded { limit, allowed, got: allowed + 1 };
    assert_eq!(pair.server.closed(), Some(&Closed::Limit(exceeded)));
    let Some(Closed::Clean { frame, .. }) = pair.client.closed() else {
        panic!("expected a close")
    };
    assert_eq!(frame.code().map(CloseCode::get), Some(1009));
}

#[test]
fn control_frames_are_never_compressed() {
    let mut end = End::new(Role::Server, config(Limits::default()), Some(params(12)));
    end.connection.ping(&[b'a'; 125]).unwrap();
    assert_eq!(end.written(), unmasked(0x89, &[b'a'; 125]));
    end.feed(&masked(0x89, &[b'a'; 125]));
    assert_eq!(end.written(), unmasked(0x8a, &[b'a'; 125]));
    end.connection.close(CloseCode::NORMAL, end.now);
    assert_eq!(end.written()[0], 0x88);
}

#[test]
fn a_message_of_final_blocks_without_end_is_refused() {
    // RFC 7692 7.2.3.4 allows a final block inside a message; each makes the decoder begin anew.
    let mut end = server();
    let few = [hex("0300").repeat(63), hex("00")].concat();
    assert_eq!(end.feed(&masked(0xc2, &few)), [binary(b"")]);
    check_violation(end, &masked(0xc2, &hex("0300").repeat(10_000)), Violation::InvalidDeflate);
}

#[test]
fn a_large_compressed_message_that_goes_on_in_parts_costs_what_it_holds() {
    let mut end = server();
    // Empty stored blocks: nothing comes out, so every step consumes and none delivers.
    let blocks = hex("000000ffff").repeat(100_000);
    end.feed(&masked(0x42, &blocks));
    end.connection.deliver_in_parts();
    let seen = end.feed(&masked(0x80, &hex("00")));
    assert_eq!(seen, [Seen::Part(vec![], true)]);
}

#[test]
fn no_block_that_is_sent_is_final() {
    let mut end = End::new(Role::Server, config(Limits::default()), Some(params(15)));
    let mut ordinary = flate2::Decompress::new(false);
    let (mut random, mut plain) = (Random::new(9), Vec::with_capacity(1 << 16));
    for _ in 0..50 {
        let text = random.text(700);
        end.connection.send(text.as_str()).unwrap();
        let compressed = [&end.written()[4..], &hex("0000ffff")].concat();
        plain.clear();
        let status =
            ordinary.decompress_vec(&compressed, &mut plain, flate2::FlushDecompress::Sync);
        assert!(matches!(status, Ok(flate2::Status::Ok)), "a final block would end the stream");
        assert_eq!(plain, text.as_bytes());
    }
}

/// Stored blocks (RFC 1951 3.2.4) of a hundred bytes each, and the empty one that RFC 7692 7.2.1 takes the end of.
fn stored(payload: &[u8]) -> Vec<u8> {
    let blocks = payload.chunks(100).flat_map(|block| {
        let len = u16::try_from(block.len()).expect("short");
        [&[0][..], &len.to_le_bytes(), &(!len).to_le_bytes(), block].concat()
    });
    blocks.chain([0]).collect()
}

#[test]
fn a_message_that_grew_by_compression_is_held_to_the_limit_as_it_was() {
    let limits = Limits::default().message_bytes(1000).frame_bytes(1000);
    let end = || End::new(Role::Server, config(limits.clone()), Some(DeflateParams::default()));
    let payload = [7; 1000];
    assert_eq!(end().feed(&masked(0xc2, &stored(&payload))), [binary(&payload)]);
    let stored_payload = stored(&payload);
    let (first, second) = stored_payload.split_at(1001);
    let fragments = [masked(0x42, first), masked(0x80, second)].concat();
    assert_eq!(end().feed(&fragments), [binary(&payload)]);

    let mut inflated = end();
    assert_eq!(inflated.feed(&masked(0xc2, &stored(&[7; 1001]))), []);
    let over = LimitExceeded { limit: Limit::InflatedBytes, allowed: 1000, got: 1001 };
    assert_eq!(inflated.closed(), Some(&Closed::Limit(over)));

    let mut wasteful = end();
    assert_eq!(wasteful.feed(&masked(0xc2, &[0; 1205])), []);
    let over = LimitExceeded { limit: Limit::FrameBytes, allowed: 1204, got: 1205 };
    assert_eq!(wasteful.closed(), Some(&Closed::Limit(over)));
}
