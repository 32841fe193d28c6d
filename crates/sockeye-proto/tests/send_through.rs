//! A message that is written while its payload is still lent.

mod support;

use std::io::IoSlice;

use sockeye_proto::{
    CloseFrame, Config, Connection, DeflateParams, Kind, Limits, Outgoing, Role, SendError,
};
use support::{End, masked, unmasked};

/// The least payload that is written from where it is.
const LARGE: usize = 8 * 1024;

fn large() -> Vec<u8> {
    (0..=255).cycle().take(LARGE).collect()
}

/// A transport that takes this many bytes.
fn take(most: usize, wire: &mut Vec<u8>, slices: &[IoSlice<'_>]) -> usize {
    let offered: Vec<u8> = slices.iter().flat_map(|slice| slice.to_vec()).collect();
    let taken = most.min(offered.len());
    wire.extend_from_slice(&offered[..taken]);
    taken
}

fn write(connection: &mut Connection, most: usize, wire: &mut Vec<u8>) {
    let mut slices = [IoSlice::new(&[]); 16];
    let filled = connection.poll_output(&mut slices);
    let taken = take(most, wire, &slices[..filled]);
    connection.handle_written(taken);
}

#[test]
fn a_large_payload_leaves_from_where_it_is() {
    let (mut end, payload, mut calls) = (End::server(), large(), 0);
    let sent = end.connection.send_through(&payload, |slices| {
        calls += 1;
        assert_eq!(&*slices[0], b"\x82\x7e\x20\x00");
        assert_eq!(slices[1].as_ptr(), payload.as_ptr());
        slices.iter().map(|slice| slice.len()).sum()
    });
    assert_eq!((sent, calls, end.connection.queued()), (Ok(()), 1, 0));
}

/// What waits when the message comes.
const BEFORE: [fn(&mut End, &mut Vec<u8>); 5] = [
    |_, _| {},
    |end, _| end.connection.send("one").expect("room"),
    |end, wire| {
        end.connection.send("one").expect("room");
        write(&mut end.connection, 2, wire);
    },
    |end, _| drop(end.feed(&masked(0x89, b"?"))),
    |end, wire| {
        end.connection.send("one").expect("room");
        end.connection.send("two").expect("room");
        write(&mut end.connection, 2, wire);
        end.feed(&masked(0x89, b"?"));
    },
];

/// What happens once it was written in part.
const AFTER: [fn(&mut End); 3] = [
    |end| end.connection.send("after").expect("room"),
    |end| drop(end.feed(&masked(0x89, b"!"))),
    |end| end.connection.close(CloseFrame::EMPTY, end.now),
];

/// What leaves in all, and what waited after the first write.
fn finish((mut end, mut wire): (End, Vec<u8>), after: fn(&mut End)) -> (Vec<u8>, usize) {
    let waiting = end.connection.queued();
    after(&mut end);
    while end.connection.queued() > 0 {
        write(&mut end.connection, 1000, &mut wire);
    }
    (wire, waiting)
}

/// Whether what is queued and then written leaves as what is sent through.
fn is_the_same(taken: usize, before: fn(&mut End, &mut Vec<u8>), after: fn(&mut End)) -> bool {
    let payload = large();
    let [mut queued, mut through] = [(); 2].map(|()| (End::server(), Vec::new()));
    before(&mut queued.0, &mut queued.1);
    queued.0.connection.send(&payload).expect("room");
    write(&mut queued.0.connection, taken, &mut queued.1);

    before(&mut through.0, &mut through.1);
    let part = |slices: &[IoSlice<'_>]| take(taken, &mut through.1, slices);
    through.0.connection.send_through(&payload, part).expect("room");
    finish(queued, after) == finish(through, after)
}

#[test]
fn what_is_not_taken_leaves_as_if_it_had_been_queued() {
    for taken in (0..=LARGE + 40).filter(|at| *at < 40 || *at > LARGE - 10 || at % 97 == 0) {
        for (b, before) in BEFORE.into_iter().enumerate() {
            for (a, after) in AFTER.into_iter().enumerate() {
                let same = is_the_same(taken, before, after);
                assert!(same, "{taken} bytes taken, before {b}, after {a}");
            }
        }
    }
}

#[test]
fn a_message_behind_more_than_one_write_can_hold_waits_its_turn() {
    let (mut end, payload, mut wire) = (End::server(), large(), Vec::new());
    for _ in 0..10 {
        end.connection.send(payload.clone()).expect("room");
    }
    let all = |slices: &[IoSlice<'_>]| take(usize::MAX, &mut wire, slices);
    end.connection.send_through(&payload, all).expect("room");
    assert_eq!(wire.len(), 8 * (4 + LARGE));
    wire.extend(end.written());
    assert!(wire == unmasked(0x82, &payload).repeat(11));
}

/// Queued as by `send`, offered once, and taken in part.
fn check_queued<'m>(mut end: End, mut twin: End, message: impl Into<Outgoing<'m>>) {
    let (message, mut wire, mut calls) = (message.into(), Vec::new(), 0);
    twin.connection.send(message.clone()).expect("room");
    let sent = end.connection.send_through(message, |slices| {
        calls += 1;
        take(3, &mut wire, slices)
    });
    assert_eq!((sent, calls, wire.len()), (Ok(()), 1, 3));
    assert_eq!(end.connection.queued() + 3, twin.connection.queued());
    wire.extend(end.written());
    assert!(wire == twin.written());
}

#[test]
fn what_cannot_leave_from_where_it_is_is_queued_and_offered() {
    let (payload, server) = (large(), End::server);
    check_queued(server(), server(), "small");
    check_queued(server(), server(), &payload[1..]);
    check_queued(server(), server(), payload.clone());
    check_queued(End::client(), End::client(), &payload);
    let deflating = || End::new(Role::Server, Config::default(), Some(DeflateParams::default()));
    check_queued(deflating(), deflating(), &payload);
    check_queued(deflating(), deflating(), Outgoing::from(&payload).uncompressed());
}

#[test]
fn what_cannot_be_sent_comes_back_and_nothing_is_written() {
    let payload = large();
    let full = || {
        let limits = Limits::default().output_bytes(LARGE);
        let mut end = End::new(Role::Server, Config::default().limits(limits), None);
        end.connection.send("one").expect("room");
        end
    };
    let closing = || {
        let mut end = End::server();
        end.connection.close(CloseFrame::EMPTY, end.now);
        end
    };
    let inside = || {
        let mut end = End::server();
        end.connection.begin_parts(Kind::Binary).expect("open");
        end
    };
    let cases = [
        (full(), SendError::Full { queued: 5, limit: LARGE }),
        (closing(), SendError::Closing),
        (inside(), SendError::InsideParts),
    ];
    for (mut end, reason) in cases {
        let before = end.connection.queued();
        let unsent = end.connection.send_through(&payload, |_| panic!("expected no write"));
        let unsent = unsent.expect_err("it cannot be sent");
        assert_eq!((unsent.message.as_bytes(), unsent.reason), (payload.as_slice(), reason));
        assert_eq!(end.connection.queued(), before);
    }
}
