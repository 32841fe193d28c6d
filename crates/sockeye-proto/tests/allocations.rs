//! What the core allocates: nothing for small messages that are lent, one buffer for an owned one, little while idle.
//!
//! Every test runs on its own thread and counts that thread's allocations alone.

#[path = "support/counting.rs"]
mod counting;
mod support;

use std::{io::IoSlice, sync::Arc, time::Instant};

use counting::{CALLS, LIVE};
use sockeye_proto::{Config, Connection, Event, Input};
use support::{End, masked};

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

/// A message in two pieces, a ping, an echo.
fn speak(end: &mut End, read: &mut [u8]) {
    end.feed(&masked(0x02, b"in two"));
    end.feed(&masked(0x80, b" pieces"));
    end.feed(&masked(0x89, b"?"));
    echo(end, &masked(0x81, b"hello"), read);
}

#[test]
fn an_idle_server_connection_takes_at_most_200_bytes() {
    const CONNECTIONS: usize = 1_000;
    let (config, now) = (Arc::new(Config::default()), Instant::now());
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
    assert!(each <= 200, "{each} bytes");
}
