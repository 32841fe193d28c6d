//! What the core allocates: nothing for small messages that are lent, one buffer for an owned one, little while idle.
//!
//! Every test runs on its own thread and counts that thread's allocations alone.
#![allow(clippy::print_stdout, reason = "the figures are part of what is shown")]

#[path = "support/counting.rs"]
mod counting;
mod support;

use std::{io::IoSlice, sync::Arc};

use counting::{CALLS, LIVE};
use sockeye_proto::{
    Config, Connection, DeflateParams, Delivery, Event, Incoming, Input, Role, WindowBits,
};
use support::{End, Pair, hex, masked, random::Random};

fn calls(run: impl FnOnce()) -> usize {
    let before = CALLS.get();
    run();
    CALLS.get() - before
}

fn write_out(connection: &mut Connection) {
    let mut slices = [IoSlice::new(&[]); 4];
    let filled = connection.poll_output(&mut slices);
    let len = slices[..filled].iter().map(|slice| slice.len()).sum();
    connection.handle_written(len);
}

fn echo(end: &mut End, frame: &[u8], read: &mut [u8]) {
    let read = &mut read[..frame.len()];
    read.copy_from_slice(frame);
    let mut input = Input::new(read, end.now);
    while let Some(event) = end.connection.handle_input(&mut input) {
        if let Event::Message(message) = event {
            end.connection.send(message).expect("room");
        }
    }
    write_out(&mut end.connection);
}

#[test]
fn a_small_message_by_reference_is_echoed_without_an_allocation() {
    for len in [20, 1024, 16 * 1024] {
        let (mut end, mut read) = (End::server(), vec![0; 20_000]);
        let frame = masked(0x82, &vec![1; len]);
        echo(&mut end, &frame, &mut read);
        let calls = calls(|| (0..100).for_each(|_| echo(&mut end, &frame, &mut read)));
        assert_eq!(calls, 0, "{len} bytes");
    }
}

#[test]
fn a_large_message_by_reference_is_sent_through_without_an_allocation() {
    let (mut end, mut read) = (End::server(), vec![0; 70_000]);
    let frame = masked(0x82, &[1; 64 * 1024]);
    let mut echo = || {
        let read = &mut read[..frame.len()];
        read.copy_from_slice(&frame);
        let Some(Event::Message(message)) =
            end.connection.handle_input(&mut Input::new(read, end.now))
        else {
            panic!("expected a message");
        };
        let all = |slices: &[IoSlice<'_>]| slices.iter().map(|slice| slice.len()).sum();
        end.connection.send_through(message, all).expect("room");
        assert_eq!(end.connection.queued(), 0);
    };
    echo();
    assert_eq!(calls(|| (0..100).for_each(|_| echo())), 0);
}

#[test]
fn a_large_message_that_came_in_pieces_leaves_its_buffer_to_the_next_one() {
    let (mut end, frame) = (End::server(), masked(0x82, &vec![1; 300_000]));
    let mut receive = || {
        let mut read = frame.clone();
        let before = LIVE.get();
        let mut came = 0;
        for piece in read.chunks_mut(60_000) {
            let mut input = Input::new(piece, end.now);
            while let Some(event) = end.connection.handle_input(&mut input) {
                let Event::Message(message) = event else { panic!("expected a message") };
                assert!(
                    message.as_bytes() == [1; 300_000] && matches!(message, Incoming::Owned(_))
                );
                message.recycle();
                came += 1;
            }
        }
        assert_eq!(came, 1);
        LIVE.get() - before
    };
    assert!(receive() >= 300_000, "one buffer is kept");
    for _ in 0..10 {
        let ((), peak) = counting::peak_of(|| assert_eq!(receive(), 0));
        assert!(peak < 310_000, "expected no more than the frame itself and a little, got {peak}");
    }
}

#[test]
fn an_owned_message_takes_one_allocation_of_its_size() {
    for (first, len) in [(0x81, 20), (0x82, 20), (0x82, 60_000)] {
        let (mut end, mut read) = (End::server(), masked(first, &vec![b'x'; len]));
        let mut input = Input::new(&mut read, end.now);
        let live = LIVE.get();
        let mut kept = None;
        let calls = calls(|| {
            let Some(Event::Message(message)) = end.connection.handle_input(&mut input) else {
                panic!("expected a message");
            };
            kept = Some(message.into_owned());
        });
        assert_eq!((calls, LIVE.get() - live), (1, len as isize));
        drop(kept);
    }
}

#[test]
fn a_message_that_comes_owned_takes_one_allocation_of_its_size() {
    for (first, len) in [(0x81, 20), (0x82, 20), (0x81, 601), (0x81, 60_000), (0x82, 60_000)] {
        let (mut end, mut read) = (End::server(), masked(first, &vec![b'x'; len]));
        let mut input = Input::new(&mut read, end.now);
        let live = LIVE.get();
        let mut kept = None;
        let calls = calls(|| kept = end.connection.handle_input_owned(&mut input));
        assert_eq!((calls, LIVE.get() - live), (1, len as isize));
        assert!(matches!(kept, Some(Event::Message(Incoming::Owned(_)))));
    }
}

/// A message in two pieces, a ping, an echo.
fn speak(end: &mut End, read: &mut [u8]) {
    end.feed(&masked(0x02, b"in two"));
    end.feed(&masked(0x80, b" pieces"));
    end.feed(&masked(0x89, b"?"));
    echo(end, &masked(0x81, b"hello"), read);
}

#[test]
fn a_queue_that_is_never_quite_empty_holds_what_waits() {
    let mut end = End::server();
    let ((), peak) = counting::peak_of(|| {
        for _ in 0..1_000 {
            end.connection.send(&[0; 1_000]).expect("room");
            end.connection.handle_written(end.connection.queued() - 1);
        }
    });
    assert!(peak <= 8 * 1024, "{peak} bytes");
}

#[test]
fn a_message_of_many_fragments_takes_few_allocations() {
    let (mut end, mut next) = (End::server(), masked(0x00, &[1; 64]).repeat(10_000));
    end.feed(&masked(0x02, b""));
    let calls = calls(|| {
        let mut input = Input::new(&mut next, end.now);
        assert!(end.connection.handle_input(&mut input).is_none());
    });
    assert!(calls < 20, "{calls}");
}

#[test]
fn an_idle_server_connection_takes_at_most_128_bytes() {
    const CONNECTIONS: usize = 1_000;
    let (config, now) = (Arc::new(Config::default()), support::start());
    let server = || End { connection: Connection::server(config.clone(), None, now), now };
    let (mut ends, mut read) = (Vec::with_capacity(CONNECTIONS), vec![0; 1_000]);
    let before = LIVE.get();
    speak(&mut server(), &mut read);
    let pool = LIVE.get() - before;
    for _ in 0..CONNECTIONS {
        let mut end = server();
        speak(&mut end, &mut read);
        ends.push(end);
    }
    let heap = (LIVE.get() - before - pool) as usize;
    let each = size_of::<Connection>() + heap.div_ceil(CONNECTIONS);
    println!("idle server connection: {each} bytes; the thread's pool of queues: {pool} bytes");
    assert!(each <= 128, "{each} bytes");
}

/// Idle bytes of one connection with context takeover and both windows full, struct and heap.
fn idle_with_deflate(bits: u8) -> usize {
    const CONNECTIONS: usize = 50;
    let bits = WindowBits::new(bits).expect("8 to 15");
    let params = DeflateParams {
        server_max_window_bits: bits,
        client_max_window_bits: bits,
        ..DeflateParams::default()
    };
    let (mut random, mut servers) = (Random::new(3), Vec::with_capacity(CONNECTIONS));
    let text = random.text(2 << bits.get());
    let talk = || {
        let mut pair = Pair::new(&Config::default(), Some(params));
        pair.server.connection.send(text.as_str()).expect("room");
        pair.client.connection.send(text.as_str()).expect("room");
        assert_eq!(pair.settle().0.len(), 1);
        pair.server
    };
    // Until the pool has all the encoders that a thread keeps.
    (0..20).for_each(|_| drop(talk()));
    let before = LIVE.get();
    servers.extend((0..CONNECTIONS).map(|_| talk()));
    let heap = (LIVE.get() - before) as usize;
    size_of::<Connection>() + heap.div_ceil(CONNECTIONS)
}

/// Each on its own thread, so with a pool of its own.
fn check_idle_with_deflate(bits: u8, bound: usize) {
    let before = LIVE.get();
    let idle = idle_with_deflate(bits);
    let pool = LIVE.get() - before;
    println!("idle with both windows of {bits} bits full: {idle} bytes (bound {bound})");
    println!("beside it the thread's pool of encoders and decoders: {pool} bytes");
    assert!(idle <= bound, "{idle} bytes at {bits} bits");
    // At most 16 encoders of about 375 KiB, 4 decoders and a scratch.
    assert!(pool < 16 * (384 << 10) + (512 << 10), "{pool}");
}

#[test]
fn a_parked_connection_holds_its_windows_of_10_bits_and_little_else() {
    check_idle_with_deflate(10, 3 * 1024);
}

#[test]
fn a_parked_connection_holds_its_windows_of_12_bits_and_little_else() {
    check_idle_with_deflate(12, 9 * 1024);
}

#[test]
fn a_parked_connection_holds_its_windows_of_15_bits_and_little_else() {
    check_idle_with_deflate(15, 66 * 1024);
}

#[test]
fn a_connection_that_has_ended_holds_neither_window_nor_decoder() {
    let ended = || {
        let mut end = End::new(Role::Server, Config::default(), Some(DeflateParams::default()));
        end.connection.set_delivery(Delivery::Parts);
        end.feed(&masked(0x41, &hex("f248cd")));
        end.feed(&masked(0x83, b""));
        assert!(end.closed().is_some());
        end.written();
        end
    };
    drop(ended());
    let before = LIVE.get();
    let end = ended();
    let held = LIVE.get() - before;
    assert!(held < 1024, "{held} bytes");
    drop(end);
}
