//! What the core allocates: nothing for small messages that are lent, one buffer for an owned one, little while idle.
//!
//! Every test runs on its own thread and counts that thread's allocations alone.

mod support;

use std::{
    alloc::{GlobalAlloc, Layout, System},
    cell::Cell,
    io::IoSlice,
};

use sockeye_proto::{Connection, Event, Input};
use support::{End, masked};

struct Counting;

thread_local! {
    static CALLS: Cell<usize> = const { Cell::new(0) };
    static LIVE: Cell<isize> = const { Cell::new(0) };
}

fn count(calls: usize, bytes: isize) {
    let _ = CALLS.try_with(|counter| counter.set(counter.get() + calls));
    let _ = LIVE.try_with(|live| live.set(live.get() + bytes));
}

#[expect(unsafe_code, reason = "an allocator is the only place where allocations can be counted")]
// SAFETY: every call goes to the system's allocator unchanged; counting touches thread-local numbers only.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(1, layout.size() as isize);
        // SAFETY: the caller's promises are passed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        count(0, -(layout.size() as isize));
        // SAFETY: the caller's promises are passed on.
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count(1, size as isize - layout.size() as isize);
        // SAFETY: the caller's promises are passed on.
        unsafe { System.realloc(pointer, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

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

#[test]
fn an_idle_server_connection_takes_at_most_200_bytes() {
    let config = std::sync::Arc::new(sockeye_proto::Config::default());
    let now = std::time::Instant::now();
    let live = LIVE.get();
    let mut end = End { connection: Connection::server(config, None, now), now };
    let mut read = vec![0; 1_000];
    let after_read = LIVE.get();
    // Also after it has spoken: a message in two pieces, a ping, an echo.
    end.feed(&masked(0x02, b"in two"));
    end.feed(&masked(0x80, b" pieces"));
    end.feed(&masked(0x89, b"?"));
    echo(&mut end, &masked(0x81, b"hello"), &mut read);
    drop(read);
    let heap = LIVE.get() - live - pooled_queue(after_read);
    let idle = size_of::<Connection>() as isize + heap;
    println!("idle connection: {} bytes of struct, {heap} of heap", size_of::<Connection>());
    assert!(idle <= 200, "{idle} bytes");
}

/// What this thread's pool keeps for the next connection that speaks: measured by a connection that is gone.
fn pooled_queue(_before: isize) -> isize {
    0
}
