use std::{
    io::{Read, Write},
    os::unix::net::UnixStream,
};

use rustix::event::{EventfdFlags, eventfd};

use super::*;

const SIZES: Sizes = Sizes { submissions: 8, completions: 8, buffers: 2, buffer_bytes: 4096 };

/// Where there is no io_uring it says so, and gives none.
fn ring() -> Option<Ring> {
    let bell = eventfd(0, EventfdFlags::CLOEXEC).expect("a descriptor");
    let ring = Ring::new(SIZES, bell.as_fd()).inspect_err(|error| {
        // Past the harness, which shows what is printed only of tests that fail.
        let _ = writeln!(io::stderr(), "SKIPPED: {error}");
    });
    ring.ok()
}

fn adopt(ring: &mut Ring) -> (Key, UnixStream) {
    let (near, far) = UnixStream::pair().expect("two descriptors");
    near.set_nonblocking(true).expect("a socket");
    (ring.adopt(near.into(), Link::default()), far)
}

#[test]
fn what_is_under_way_is_cancelled_before_its_memory_goes() {
    let Some(mut ring) = ring() else { return };
    let (receiving, mut first) = adopt(&mut ring);
    let (sending, mut second) = adopt(&mut ring);
    ring.receive(receiving);
    ring.send(sending, Box::new(Block { bytes: vec![7; 4 << 20], sent: 0 }));
    ring.enter().expect("entered");
    first.write_all(&[1; 100]).expect("room");
    ring.cancel_all().expect("cancelled");
    let mut some = [0; 1000];
    second.read_exact(&mut some).expect("sent before that");
    ring.enter().expect("entered");
    while ring.next().is_some() {}
    for key in [receiving, sending] {
        assert!(ring.release(key).is_some(), "the kernel is through with it");
    }
    assert!(ring.is_empty());
}

#[test]
fn a_descriptor_stays_until_the_last_answer() {
    let Some(mut ring) = ring() else { return };
    let (key, mut far) = adopt(&mut ring);
    ring.receive(key);
    assert!(ring.release(key).is_none(), "the kernel was not told yet");
    ring.enter().expect("entered");
    far.write_all(b"hello").expect("room");
    ring.enter().expect("entered");
    let Some((of, Answer::Received(Ok(Some(chunk))))) = ring.next() else {
        panic!("expected what was sent");
    };
    assert_eq!((of, ring.bytes(&chunk)), (key, &b"hello"[..]));
    ring.give_back(chunk);
    assert!(ring.release(key).is_none(), "it is still received for");
    drop(far);
    ring.enter().expect("entered");
    assert!(matches!(ring.next(), Some((_, Answer::Received(Ok(None))))));
    assert!(ring.release(key).is_some() && ring.at(key).is_none());
}

/// All that was received, taken in two steps.
fn take_all(ring: &mut Ring) -> Vec<u8> {
    let mut came = Vec::new();
    while let Some((_, answer)) = ring.next() {
        let Answer::Received(Ok(Some(mut chunk))) = answer else {
            panic!("expected a buffer, got {answer:?}");
        };
        came.extend_from_slice(&ring.bytes(&chunk)[..1]);
        chunk.advance(1);
        came.extend_from_slice(ring.bytes(&chunk));
        ring.give_back(chunk);
    }
    came
}

#[test]
fn a_buffer_is_filled_again_once_all_of_it_was_given_back() {
    let Some(mut ring) = ring() else { return };
    let (key, mut far) = adopt(&mut ring);
    for round in 0..100_u8 {
        let sent = [round; 1500];
        far.write_all(&sent).expect("room");
        if !ring.at(key).expect("it stays").is_doing(Operation::Receive) {
            ring.receive(key);
        }
        let mut came = Vec::new();
        while came.len() < sent.len() {
            ring.enter().expect("entered");
            came.extend(take_all(&mut ring));
        }
        assert!(came == sent, "round {round}");
    }
}

#[test]
fn no_more_is_asked_for_at_once_than_there_is_room_for_answers() {
    const FILES: usize = 100;
    let Some(mut ring) = ring() else { return };
    let files: Vec<_> = (0..FILES).map(|_| adopt(&mut ring)).collect();
    for (key, _) in &files {
        ring.send(*key, Box::new(Block { bytes: vec![7; 10], sent: 0 }));
    }
    let mut sent = 0;
    while sent < FILES {
        ring.enter().expect("entered");
        assert!(!ring.queues.submission().cq_overflow(), "after {sent} answers");
        assert!(ring.has_answers(), "after {sent} answers");
        while ring.next().is_some() {
            sent += 1;
        }
    }
    assert!(!ring.has_news(), "all was asked for and answered");
}
