//! Every bound of `docs/limits.md`: what happens at it and just beyond it.

mod support;

use std::time::Duration;

use sockeye_proto::{
    Closed, Config, Delivery, Limit, LimitExceeded, Limits, Role, SendError, Timer, Timing,
};
use support::{End, Seen, binary, masked, text, unmasked};

fn server(limits: Limits) -> End {
    End::new(Role::Server, Config::default().limits(limits), None)
}

/// The ending, and the code that went out with it.
fn check_ended(end: &mut End, limit: Limit, allowed: u64, got: u64, code: u16) {
    assert_eq!(end.closed(), Some(&Closed::Limit(LimitExceeded { limit, allowed, got })));
    let written = end.written();
    let close = written.len() - 2 - usize::from(*written.get(1).expect("a close frame"));
    assert_eq!(written[close..][2..4], code.to_be_bytes());
}

#[test]
fn a_frame_over_the_limit_ends_with_1009() {
    let mut end = server(Limits::default().frame_bytes(10));
    assert_eq!(end.feed(&masked(0x82, &[1; 10])), [binary(&[1; 10])]);
    assert_eq!(end.feed(&masked(0x82, &[1; 11])), []);
    check_ended(&mut end, Limit::FrameBytes, 10, 11, 1009);
}

#[test]
fn a_claim_of_two_to_the_62_ends_with_1009_before_anything_is_held() {
    let mut end = server(Limits::default());
    end.feed(&support::hex("82 ff 4000000000000000 00000000"));
    check_ended(&mut end, Limit::FrameBytes, 1 << 20, 1 << 62, 1009);
}

#[test]
fn a_message_over_the_limit_ends_with_1009() {
    let mut end = server(Limits::default().message_bytes(10));
    assert_eq!(end.feed(&[masked(0x02, &[1; 6]), masked(0x80, &[1; 4])].concat()).len(), 1);
    assert_eq!(end.feed(&masked(0x02, &[1; 6])), []);
    assert_eq!(end.closed(), None);
    // The header alone is enough: not one byte of the payload has come.
    end.feed(&masked(0x80, &[1; 5])[..6]);
    check_ended(&mut end, Limit::MessageBytes, 10, 11, 1009);
}

#[test]
fn a_streamed_message_over_the_limit_ends_with_1009() {
    let mut end = server(Limits::default().message_bytes(10).frame_bytes(10).streamed_bytes(100));
    end.connection.set_delivery(Delivery::Parts);
    let whole = Seen::Part(vec![1; 100], true);
    assert_eq!(end.feed(&masked(0x82, &[1; 100])), [whole]);
    assert_eq!(end.feed(&masked(0x02, &[1; 60])), [Seen::Part(vec![1; 60], false)]);
    assert_eq!(end.feed(&masked(0x80, &[1; 41])), []);
    check_ended(&mut end, Limit::StreamedBytes, 100, 101, 1009);
}

#[test]
fn a_message_of_too_many_fragments_ends_with_1008() {
    let mut end = server(Limits::default().fragments(3));
    let (first, next, last) = (masked(0x01, b""), masked(0x00, b""), masked(0x80, b""));
    assert_eq!(end.feed(&[&first[..], &next, &last].concat()), [text("")]);
    assert_eq!(end.feed(&[&first[..], &next, &next, &last].concat()), []);
    check_ended(&mut end, Limit::Fragments, 3, 4, 1008);
}

#[test]
fn a_flood_of_control_frames_ends_with_1008() {
    let mut end = server(Limits::default().control_frames_per_second(10));
    let flood = masked(0x8a, b"").repeat(10);
    assert_eq!(end.feed(&flood).len(), 10);
    end.now += Duration::from_secs(1);
    assert_eq!(end.feed(&flood).len(), 10);
    assert_eq!(end.feed(&masked(0x8a, b"")), []);
    check_ended(&mut end, Limit::ControlFrames, 10, 11, 1008);
}

#[test]
fn a_full_queue_gives_the_message_back() {
    let mut end = server(Limits::default().output_bytes(100));
    end.connection.send(&[0; 1000]).expect("an empty queue takes any message");
    let unsent = end.connection.send("more").unwrap_err();
    assert_eq!(unsent.message.as_bytes(), b"more");
    assert_eq!(unsent.reason, SendError::Full { queued: 1004, limit: 100 });
    end.written();
    end.connection.send(unsent.message).expect("room again");
    assert_eq!(end.written(), unmasked(0x81, b"more"));
}

#[test]
fn control_frames_go_out_when_the_queue_is_full() {
    let mut end = server(Limits::default().output_bytes(100));
    end.connection.send(&[0; 200]).unwrap();
    end.feed(&masked(0x89, b"?"));
    assert!(end.written().starts_with(&unmasked(0x8a, b"?")));
}

#[test]
fn silence_brings_a_ping() {
    let mut end = server(Limits::default());
    end.pass(Duration::from_secs(20));
    end.feed(&masked(0x81, b"life"));
    assert_eq!(end.wait(), Some(Duration::from_secs(30)));
    let ping = end.written();
    assert_eq!(ping[..2], [0x89, 4]);
    end.pass(Duration::from_millis(40));
    end.feed(&masked(0x8a, &ping[2..]));
    assert_eq!(end.connection.rtt(), Some(Duration::from_millis(40)));
    assert_eq!(end.wait(), Some(Duration::from_secs(30)));
}

#[test]
fn a_pong_behind_other_bytes_tells_the_whole_round_trip() {
    let mut end = server(Limits::default());
    end.wait();
    let ping = end.written();
    for _ in 0..3 {
        end.pass(Duration::from_micros(1500));
        assert_eq!(end.feed(&masked(0x81, b"busy")), [text("busy")]);
    }
    assert_eq!(end.connection.rtt(), None);
    end.pass(Duration::from_nanos(1_999));
    end.feed(&masked(0x8a, &ping[2..]));
    assert_eq!(end.connection.rtt(), Some(Duration::from_micros(4501)));
    end.pass(Duration::from_secs(1));
    end.feed(&masked(0x8a, &ping[2..]));
    assert_eq!(end.connection.rtt(), Some(Duration::from_micros(4501)), "answered once");
}

#[test]
fn a_ping_that_a_pause_left_unheard_is_asked_again_at_once() {
    let mut end = server(Limits::default());
    end.wait();
    end.written();
    end.connection.pause();
    end.now += Duration::from_secs(5);
    end.connection.resume(end.now);
    assert_eq!(end.wait(), Some(Duration::ZERO));
    assert_eq!(end.written()[..2], [0x89, 4]);
    assert_eq!(end.wait(), Some(Duration::from_secs(20)));
    assert_eq!(end.closed(), Some(&Closed::TimedOut(Timer::Pong)));
}

#[test]
fn no_byte_after_a_ping_ends_the_connection() {
    let mut end = server(Limits::default());
    assert_eq!(end.wait(), Some(Duration::from_secs(30)));
    assert_eq!(end.wait(), Some(Duration::from_secs(20)));
    assert_eq!(end.closed(), Some(&Closed::TimedOut(Timer::Pong)));
}

#[test]
fn any_byte_after_a_ping_is_life() {
    let mut end = server(Limits::default());
    end.wait();
    end.pass(Duration::from_secs(19));
    assert_eq!(end.feed(&masked(0x81, b"busy")[..1]), []);
    end.pass(Duration::from_secs(1));
    assert_eq!(end.closed(), None);
}

#[test]
fn a_heartbeat_that_is_switched_off_asks_nobody() {
    let timing = Timing::default().ping_interval(Duration::MAX);
    let mut end = End::new(Role::Server, Config::default().timing(timing), None);
    assert_eq!(end.wait(), None);
    end.feed(&masked(0x81, b"life"));
    assert_eq!(end.wait(), None);
    assert!(end.written().is_empty());
}

#[test]
fn a_message_that_trickles_in_ends_the_connection() {
    let timing = Timing::default().message_grace(Duration::from_secs(2)).min_message_rate(100);
    let mut end = End::new(Role::Server, Config::default().timing(timing), None);
    end.feed(&masked(0x02, &[0; 100]));
    assert_eq!(end.wait(), Some(Duration::from_secs(3)), "the grace, and a second for 100 bytes");
    assert_eq!(end.closed(), Some(&Closed::TimedOut(Timer::Message)));
}

#[test]
fn a_message_that_keeps_its_rate_may_take_its_time() {
    let timing = Timing::default().message_grace(Duration::from_secs(2)).min_message_rate(100);
    let mut end = End::new(Role::Server, Config::default().timing(timing), None);
    end.feed(&masked(0x02, b""));
    for _ in 0..60 {
        end.feed(&masked(0x00, &[0; 100]));
        end.pass(Duration::from_secs(1));
    }
    assert_eq!(end.feed(&masked(0x80, b"")), [binary(&[0; 6000])]);
}

#[test]
fn a_reader_that_is_paused_holds_nothing_against_its_peer() {
    let mut end = server(Limits::default());
    end.feed(&masked(0x02, b"half"));
    end.wait();
    let mut end = server(Limits::default());
    end.feed(&masked(0x02, b"half"));
    end.connection.pause();
    assert_eq!(end.connection.poll_timeout(), None);
    end.pass(Duration::from_secs(1000));
    end.connection.resume(end.now);
    end.pass(Duration::from_secs(9));
    assert_eq!(end.closed(), None);
    assert_eq!(end.feed(&masked(0x80, b"")), [binary(b"half")]);
}

#[test]
fn a_slow_reader_is_not_blamed_for_a_ping_that_has_not_left() {
    let mut end = server(Limits::default());
    end.connection.send(vec![0; 10 << 20]).unwrap();
    end.connection.handle_written(1);
    for _ in 0..100 {
        end.pass(Duration::from_secs(1));
        assert_eq!(end.closed(), None);
        end.connection.handle_written(100_000);
    }
    // It takes nothing any more: the next deadline is the last.
    for _ in 0..3 {
        end.wait();
    }
    assert_eq!(end.closed(), Some(&Closed::TimedOut(Timer::Pong)));
}

#[test]
fn a_byte_in_the_same_instant_as_our_ping_is_life() {
    let mut end = server(Limits::default());
    end.wait();
    end.feed(&masked(0x81, b"x"));
    assert_eq!(end.wait(), Some(Duration::from_secs(30)));
    assert_eq!(end.closed(), None);
}

#[test]
fn the_newest_ping_is_answered_whatever_waits() {
    let mut end = server(Limits::default());
    for number in 0..16 {
        end.feed(&masked(0x89, &[number; 125]));
    }
    end.connection.handle_written(end.connection.queued() - 1);
    end.feed(&masked(0x89, &[b'n'; 125]));
    assert!(end.written().ends_with(&unmasked(0x8a, &[b'n'; 125])));

    while end.connection.ping(b"ours").is_ok() {}
    end.feed(&masked(0x89, b"theirs"));
    assert!(end.written().ends_with(&unmasked(0x8a, b"theirs")));
}

#[test]
fn a_ping_has_at_most_125_bytes() {
    let mut end = server(Limits::default());
    assert_eq!(end.connection.ping(&[0; 126]), Err(SendError::PingTooLong { len: 126 }));
    end.connection.ping(&[0; 125]).unwrap();
}
