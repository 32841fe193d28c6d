//! Messages that were encoded for many leave as they would one by one, whatever the transport takes at once.

mod support;

use std::{io::IoSlice, sync::Arc};

use sockeye_proto::{
    Burst, CloseCode, Config, Connection, DeflateParams, Event, Kind, Limits, Outgoing, Prepared,
    SendError, WindowBits,
};
use support::{Pair, Seen, start, text};

fn config(output_bytes: usize) -> Arc<Config> {
    let limits = Limits::default().output_bytes(output_bytes);
    Arc::new(Config::default().limits(limits))
}

fn server(config: Arc<Config>, deflate: Option<DeflateParams>) -> Connection {
    Connection::server(config, deflate, start())
}

/// What a transport was given that takes `step` bytes at a time.
struct Narrow {
    step: usize,
    taken: Vec<u8>,
}

impl Narrow {
    fn new(step: usize) -> Self {
        Self { step, taken: Vec::new() }
    }

    fn write(&mut self, slices: &[IoSlice<'_>]) -> usize {
        let before = self.taken.len();
        let bytes = slices.iter().flat_map(|slice| slice.iter());
        self.taken.extend(bytes.take(self.step));
        self.taken.len() - before
    }

    /// Takes what is queued.
    fn drain(&mut self, connection: &mut Connection) {
        while connection.queued() > 0 {
            let mut slices = [IoSlice::new(&[]); 8];
            let filled = connection.poll_output(&mut slices);
            let written = self.write(&slices[..filled]);
            connection.handle_written(written);
        }
    }
}

fn messages(lens: &[usize]) -> Vec<Prepared> {
    let text = |len: &usize| "one and the other, ".repeat(len / 10 + 1)[..*len].to_owned();
    lens.iter().map(|len| Prepared::new(text(len))).collect()
}

/// What leaves when the messages are sent one by one.
fn one_by_one(messages: &[Prepared], deflate: Option<DeflateParams>) -> Vec<u8> {
    let mut server = server(config(1 << 24), deflate);
    for message in messages {
        server.send_prepared(message).expect("room");
    }
    let mut transport = Narrow::new(usize::MAX);
    transport.drain(&mut server);
    transport.taken
}

#[test]
fn a_burst_is_the_same_bytes_however_little_the_transport_takes() {
    let messages = messages(&[0, 5, 200, 9000, 7, 70_000, 3000, 8192, 1]);
    for deflate in [None, Some(DeflateParams::default())] {
        let expected = one_by_one(&messages, deflate);
        let mut burst = Burst::new(messages.clone());
        for step in [0, 1, 2, 3, 100, 207, 208, 5000, 20_000, 90_000, usize::MAX] {
            let mut server = server(config(1 << 24), deflate);
            let mut transport = Narrow::new(step);
            let taken = server.send_burst(&mut burst, |slices| transport.write(slices));
            assert_eq!(taken, messages.len());
            assert_eq!(server.queued(), expected.len() - transport.taken.len(), "step {step}");
            transport.step = step.max(1000);
            transport.drain(&mut server);
            assert!(transport.taken == expected, "step {step}, {deflate:?}");
        }
    }
}

#[test]
fn messages_around_a_compressed_burst_may_refer_to_it() {
    let prepared = messages(&[700, 20, 900]);
    let mut burst = Burst::new(prepared.clone());
    let plain = "quite another text, ".repeat(40);
    for (bits, no_takeover) in [(8, false), (9, true), (12, false), (15, true), (15, false)] {
        let agreed = DeflateParams {
            server_max_window_bits: WindowBits::new(bits).expect("bits of the RFC"),
            server_no_context_takeover: no_takeover,
            ..DeflateParams::default()
        };
        let mut pair = Pair::new(&Config::default(), Some(agreed));
        for _ in 0..3 {
            let server = &mut pair.server.connection;
            assert_eq!(server.send_burst(&mut burst, |_| 0), 3);
            assert!(server.queued() < 500, "{} bytes", server.queued());
            server.send(plain.as_str()).expect("room");
            let mut expected = prepared.clone();
            expected.push(Prepared::new(plain.as_str()));
            let as_text = |message: &Prepared| text(&String::from_utf8_lossy(message.as_bytes()));
            let expected: Vec<Seen> = expected.iter().map(as_text).collect();
            assert_eq!(pair.settle().1, expected, "{bits} bits");
        }
    }
}

#[test]
fn no_more_waits_than_the_limit_and_whole_messages() {
    let check = |limit, step, taken, queued| {
        let mut burst = Burst::new(messages(&[100; 5]));
        let mut server = server(config(limit), None);
        let mut transport = Narrow::new(step);
        let got = server.send_burst(&mut burst, |slices| transport.write(slices));
        assert_eq!((got, server.queued()), (taken, queued), "limit {limit}, step {step}");
        transport.step = 1000;
        transport.drain(&mut server);
        assert_eq!(transport.taken.len(), taken * 102, "whole frames");
    };
    check(1000, 0, 5, 510);
    check(300, 0, 2, 204);
    check(1, 0, 1, 102);
    // What has begun to leave waits in any case.
    check(1, 103, 2, 101);
    check(102, 103, 2, 101);
    check(203, 103, 3, 203);
    check(300, 204, 4, 204);
    check(1, 510, 5, 0);
}

#[test]
fn what_waits_already_leaves_before_a_burst() {
    let mut server = server(config(300), None);
    server.send("first").expect("room");
    let mut burst = Burst::new(messages(&[100; 5]));
    let taken = server.send_burst(&mut burst, |_| panic!("something waits"));
    assert_eq!((taken, server.queued()), (2, 7 + 204));
}

#[test]
fn a_closing_connection_takes_nothing_of_a_burst() {
    let mut server = server(config(300), None);
    server.close(CloseCode::NORMAL, start());
    let mut burst = Burst::new(messages(&[1]));
    assert_eq!(server.send_burst(&mut burst, |_| panic!("it is closing")), 0);
}

#[test]
fn a_burst_waits_for_the_end_of_a_message_in_parts() {
    let mut server = server(config(1000), None);
    server.begin_parts(Kind::Text).expect("room");
    server.send_part(b"a").expect("room");
    let mut burst = Burst::new(messages(&[200; 6]));
    assert_eq!(server.send_burst(&mut burst, |_| panic!("not inside a message")), 4);
    assert_eq!(server.send("x").map_err(SendError::from), Err(SendError::InsideParts));
    server.finish_parts(b"b").expect("room");
    server.send("x").expect("room");
    let mut transport = Narrow::new(usize::MAX);
    transport.drain(&mut server);
    let parts = b"\x01\x01a\x80\x01b".as_slice();
    let expected = [parts, &one_by_one(&messages(&[200; 4]), None), b"\x81\x01x"].concat();
    assert_eq!(transport.taken, expected);
}

#[test]
fn a_burst_goes_out_when_a_message_in_parts_is_given_up_before_it_has_begun() {
    for (begun, left) in [(&b""[..], 7), (b"a", 0)] {
        let now = start();
        let mut server = server(config(1000), None);
        server.begin_parts(Kind::Text).expect("room");
        server.send_part(begun).expect("room");
        let mut burst = Burst::new(vec![Prepared::new("hello")]);
        assert_eq!(server.send_burst(&mut burst, |_| 0), 1);
        let before = server.queued();
        server.abandon_parts(now);
        assert_eq!(server.is_open(), begun.is_empty());
        if server.is_open() {
            assert_eq!(server.queued(), before + left);
        }
    }
}

#[test]
fn what_is_held_in_a_message_in_parts_is_bounded_for_empty_messages_too() {
    let mut server = server(config(1000), None);
    server.begin_parts(Kind::Text).expect("room");
    let mut burst = Burst::new(messages(&[0; 1000]));
    let taken = server.send_burst(&mut burst, |_| 0);
    assert_eq!(taken, 1000 / size_of::<Prepared>());
    assert_eq!(server.send_burst(&mut burst, |_| 0), 0);
}

#[test]
fn a_client_masks_each_message_of_a_burst() {
    let now = start();
    let mut client = Connection::client(config(1 << 20), None, [3; 32], now);
    let mut burst = Burst::new(messages(&[10, 9000]));
    assert_eq!(client.send_burst(&mut burst, |_| panic!("masked frames are queued")), 2);
    let mut transport = Narrow::new(usize::MAX);
    transport.drain(&mut client);
    let mut server = server(config(1 << 20), None);
    let mut input = sockeye_proto::Input::new(&mut transport.taken, now);
    let mut lens = Vec::new();
    while let Some(event) = server.handle_input(&mut input) {
        let Event::Message(message) = event else { panic!("expected messages, got {event:?}") };
        lens.push(message.as_bytes().len());
    }
    assert_eq!(lens, [10, 9000]);
}

#[test]
fn a_message_that_wants_to_stay_as_it_is_does() {
    let message = Prepared::new(Outgoing::from(&"a".repeat(500)).uncompressed());
    let mut burst = Burst::new(vec![message]);
    let mut server = server(config(1 << 20), Some(DeflateParams::default()));
    let mut transport = Narrow::new(usize::MAX);
    assert_eq!(server.send_burst(&mut burst, |slices| transport.write(slices)), 1);
    assert_eq!(transport.taken.len(), 504);
}

#[test]
fn what_is_held_behind_parts_counts_for_the_bound() {
    const LIMIT: usize = 100_000;
    let mut server = server(config(LIMIT), None);
    server.begin_parts(Kind::Binary).expect("nothing is under way");
    let mut burst = Burst::new((0..200).map(|_| Prepared::new(vec![1; 1000])).collect());
    let held = server.send_burst(&mut burst, |_| unreachable!("inside a message"));
    assert!((90..100).contains(&held), "expected about the limit, got {held}");
    server.send_part(&[2; 1000]).expect("an empty output takes one part");
    let full = server.finish_parts(&[]).expect_err("what is held would leave with it");
    assert!(matches!(full, SendError::Full { limit: LIMIT, .. }), "{full}");
    Narrow::new(usize::MAX).drain(&mut server);
    server.finish_parts(&[]).expect("room");
    assert!(server.queued() <= LIMIT + 2000, "expected at most {LIMIT}, got {}", server.queued());
}
