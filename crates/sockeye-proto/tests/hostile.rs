//! Peers that mean harm: each is ended with the right code, and holds no more memory than stated.
//!
//! Prints a line for each, with the code and the most memory that was held.
#![allow(clippy::print_stdout, reason = "the figures are part of what is shown")]

#[path = "support/counting.rs"]
mod counting;
mod support;

use sockeye_proto::handshake::{Choice, HeadLimits, Offer, Progress, RequestReader};
use sockeye_proto::{
    Closed, Config, DeflateConfig, DeflateParams, Delivery, Event, Input, Limit, Limits, Role,
};
use support::{End, hex, masked};

/// Feeds an endless source of bytes, reading nothing of the output, until the connection ends.
fn check(name: &str, mut end: End, mut source: impl FnMut(&mut Vec<u8>), code: u16, held: usize) {
    let mut buf = Vec::with_capacity(128 * 1024);
    let mut received = 0;
    let ((), peak) = counting::peak_of(|| {
        while end.closed().is_none() {
            buf.clear();
            source(&mut buf);
            received += buf.len();
            let mut input = Input::new(&mut buf, end.now);
            while let Some(event) = end.connection.handle_input(&mut input) {
                drop(event);
            }
        }
    });
    let (close, queued) = (close_code(&mut end), end.connection.queued());
    println!(
        "{name}: {received} bytes received, {peak} held at most (bound {held}), ended with {close}"
    );
    assert_eq!(close, code, "{name}");
    assert!(peak <= held, "{name} held {peak} bytes");
    assert_eq!(queued, 0);
}

fn close_code(end: &mut End) -> u16 {
    let written = end.written();
    let mut frames = written.as_slice();
    while let [first, len, rest @ ..] = frames {
        let (payload, after) = rest.split_at(usize::from(*len));
        if *first == 0x88 {
            return u16::from_be_bytes([payload[0], payload[1]]);
        }
        frames = after;
    }
    panic!("no close frame in {written:02x?}");
}

#[test]
fn a_header_that_claims_two_to_the_62_bytes_holds_nothing() {
    let header = hex("82 ff 4000000000000000 00000000");
    check("claim of 2^62", End::server(), |buf| buf.extend(&header), 1009, 1024);
}

#[test]
fn a_claim_under_the_limit_holds_only_what_was_received() {
    let mut end = End::server();
    let claim = hex("82 ff 0000000000100000 00000000");
    let ((), peak) = counting::peak_of(|| {
        end.feed(&claim);
        end.feed(&[0; 100]);
    });
    println!("claim of 1 MiB, 100 bytes sent: {peak} held at most");
    assert!(peak <= 2048, "{peak}");
}

#[test]
fn a_million_empty_fragments_end_with_1008() {
    let (first, next) = (masked(0x01, b""), masked(0x00, b"").repeat(10_000));
    let mut begun = false;
    let source = |buf: &mut Vec<u8>| {
        buf.extend(if begun { &next } else { &first });
        begun = true;
    };
    check("empty fragments", End::server(), source, 1008, 2048);
}

#[test]
fn two_hundred_thousand_pings_that_nobody_reads_are_bounded() {
    let pings = masked(0x89, &[b'p'; 125]).repeat(100);
    check("ping flood", End::server(), |buf| buf.extend(&pings), 1008, 8 * 1024);

    let limits = Limits::default().control_frames_per_second(u32::MAX);
    let mut end = End::new(Role::Server, Config::default().limits(limits), None);
    let ((), peak) = counting::peak_of(|| {
        for _ in 0..2_000 {
            let mut buf = pings.clone();
            let mut input = Input::new(&mut buf, end.now);
            while let Some(event) = end.connection.handle_input(&mut input) {
                assert!(matches!(event, Event::Ping(_)));
            }
        }
    });
    println!("200,000 pings without a rate limit: {peak} held at most");
    assert!(peak <= 32 * 1024, "{peak}");
    assert!(end.connection.queued() <= 2048);
}

#[test]
fn endless_text_in_parts_ends_at_its_limit_and_holds_nothing() {
    let limits = Limits::default().streamed_bytes(64 << 20);
    let mut end = End::new(Role::Server, Config::default().limits(limits), None);
    end.connection.set_delivery(Delivery::Parts);
    let (first, next) = (masked(0x01, &[b'x'; 60_000]), masked(0x00, &[b'x'; 60_000]));
    let mut begun = false;
    let source = |buf: &mut Vec<u8>| {
        buf.extend(if begun { &next } else { &first });
        begun = true;
    };
    check("endless parts", end, source, 1009, 2048);
}

#[test]
fn a_message_of_single_byte_frames_costs_what_it_holds() {
    let mut end = End::server();
    let (first, next) = (masked(0x02, b"x"), masked(0x00, b"x").repeat(1000));
    end.feed(&first);
    let ((), peak) = counting::peak_of(|| {
        for _ in 0..16 {
            end.feed(&next);
        }
    });
    println!("16,001 fragments of one byte: {peak} held at most");
    assert!(peak <= 64 * 1024, "{peak}");
    end.feed(&next);
    assert!(matches!(end.closed(), Some(Closed::Limit(e)) if e.limit == Limit::Fragments));
}

fn deflating() -> End {
    let end = End::new(Role::Server, Config::default(), Some(DeflateParams::default()));
    // What a thread keeps for all its connections is not this one's.
    let mut other = End::new(Role::Server, Config::default(), Some(DeflateParams::default()));
    other.feed(&masked(0xc1, &hex("f248cdc9c90700")));
    end
}

/// `bytes` zeros, compressed: about a thousandth of it.
fn bomb(bytes: usize) -> Vec<u8> {
    let limits = Limits::default().output_bytes(usize::MAX);
    let config = Config::default().limits(limits).deflate(DeflateConfig::default().level(9));
    let mut client = End::new(Role::Client, config, Some(DeflateParams::default()));
    client.connection.send(vec![0; bytes]).expect("an empty queue takes any message");
    client.written()
}

#[test]
fn a_bomb_of_a_thousand_to_one_is_stopped_at_the_limit() {
    let bomb = bomb(100 << 20);
    assert!(bomb.len() < 110 << 10, "{}", bomb.len());
    let held = (2 << 20) + (128 << 10);
    check("bomb of 100 MiB", deflating(), |buf| buf.extend(&bomb), 1009, held);

    let limits = Limits::default().streamed_bytes(16 << 20);
    let mut end =
        End::new(Role::Server, Config::default().limits(limits), Some(DeflateParams::default()));
    end.connection.set_delivery(Delivery::Parts);
    check("bomb of 100 MiB in parts", end, |buf| buf.extend(&bomb), 1009, 512 << 10);
}

#[test]
fn a_deflate_stream_that_never_ends_is_stopped_at_the_limit() {
    // Stored blocks without content, for ever: nothing comes out, so the bytes that came in are the bound.
    let empty_blocks = hex("000000ffff").repeat(12_000);
    let (first, next) = (masked(0x42, &empty_blocks), masked(0x00, &empty_blocks));
    let mut begun = false;
    let source = |buf: &mut Vec<u8>| {
        buf.extend(if begun { &next } else { &first });
        begun = true;
    };
    check("endless empty blocks", deflating(), source, 1009, (2 << 20) + (128 << 10));

    let config = Config::default().limits(Limits::default().streamed_bytes(16 << 20));
    let mut end = End::new(Role::Server, config, Some(DeflateParams::default()));
    end.connection.set_delivery(Delivery::Parts);
    let mut begun = false;
    let source = |buf: &mut Vec<u8>| {
        buf.extend(if begun { &next } else { &first });
        begun = true;
    };
    check("endless empty blocks in parts", end, source, 1009, 256 << 10);
}

/// The status that answers a request with this header, fed as it would arrive, and the most memory held meanwhile.
fn check_header(name: &str, limits: HeadLimits, value: &str, status: u16, held: usize) {
    let request = format!(
        "GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\
         Sec-WebSocket-Extensions: {value}\r\n\r\n"
    );
    let (got, peak) = counting::peak_of(|| {
        let mut reader = RequestReader::new(limits);
        for piece in request.as_bytes().chunks(1_000) {
            match reader.read(piece) {
                Ok(Progress::Unfinished) => {}
                Ok(Progress::Finished { head, .. }) => {
                    let accepted =
                        Offer::from_request(&head).map(|offer| offer.accept(&Choice::default()));
                    return match accepted {
                        Ok(Ok(acceptance)) => acceptance.response.status().as_u16(),
                        Ok(Err(refusal)) | Err(refusal) => refusal.status().as_u16(),
                    };
                }
                Err(refusal) => return refusal.status().as_u16(),
            }
        }
        panic!("the head ends")
    });
    let len = value.len();
    println!("{name}: {len} bytes of header, {peak} held at most (bound {held}), answered {got}");
    assert_eq!(got, status, "{name}");
    assert!(peak <= held, "{name} held {peak} bytes");
}

#[test]
fn sixty_four_kilobytes_of_extension_header_are_answered_in_words() {
    const LEN: usize = 64 << 10;
    let raised = HeadLimits::default().bytes(80 << 10);
    let offers = "permessage-deflate; server_max_window_bits=99, ".repeat(LEN / 47);
    for (name, value, status) in [
        ("spaces", format!("{}x", " ".repeat(LEN)), 101),
        ("commas", ",".repeat(LEN), 101),
        ("offers", offers, 400),
        ("a string without end", format!("x; y=\"{}", "\\a".repeat(LEN / 2)), 400),
        ("one name", "x".repeat(LEN), 101),
    ] {
        check_header(name, HeadLimits::default(), &value, 431, 40 << 10);
        check_header(name, raised, &value, status, 400 << 10);
    }
}
