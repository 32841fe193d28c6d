//! The closing handshake, from both sides, in every order (RFC 6455 7).

mod support;

use std::time::Duration;

use sockeye_proto::{CloseCode, CloseFrame, Closed, Config, Role, SendError, Side, Timer, Timing};
use support::{End, Pair, Seen, close_body, masked, text, unmasked};

fn clean(code: CloseCode, reason: &str, by: Side) -> Closed {
    Closed::Clean { frame: CloseFrame::new(code, reason), by }
}

#[test]
fn the_server_answers_a_close_and_ends_the_transport_first() {
    let mut server = End::server();
    let seen = server.feed(&masked(0x88, &close_body(1000, "done")));
    assert_eq!(seen, [Seen::Close(CloseFrame::new(CloseCode::NORMAL, "done"))]);
    assert_eq!(server.closed(), Some(&clean(CloseCode::NORMAL, "done", Side::Peer)));
    assert!(!server.connection.poll_shutdown(), "the answer is not out yet");
    assert_eq!(server.written(), unmasked(0x88, &close_body(1000, "")));
    assert!(server.connection.poll_shutdown());
    assert!(!server.connection.is_done());
    server.connection.handle_eof();
    assert!(server.connection.is_done());
    assert_eq!(server.closed(), Some(&clean(CloseCode::NORMAL, "done", Side::Peer)));
}

#[test]
fn the_client_waits_for_the_server_to_end_the_transport() {
    let mut pair = Pair::new(&Config::default(), None);
    pair.client.connection.close(CloseCode::GOING_AWAY, pair.client.now);
    pair.settle();
    let closed = clean(CloseCode::GOING_AWAY, "", Side::Local);
    assert_eq!(pair.client.closed(), Some(&closed));
    assert!(!pair.client.connection.poll_shutdown());
    assert!(pair.server.connection.poll_shutdown());
    assert_eq!(pair.client.wait(), Some(Duration::from_secs(5)), "but not for ever");
    assert!(pair.client.connection.is_done());
    assert_eq!(pair.client.closed(), Some(&closed));
}

#[test]
fn an_empty_close_is_answered_by_an_empty_close() {
    let mut server = End::server();
    server.feed(&masked(0x88, b""));
    assert_eq!(server.written(), unmasked(0x88, b""));
    let closed = Closed::Clean { frame: CloseFrame::EMPTY, by: Side::Peer };
    assert_eq!(server.closed(), Some(&closed));
}

#[test]
fn both_sides_may_say_goodbye_at_once() {
    let mut pair = Pair::new(&Config::default(), None);
    pair.client.connection.close(CloseCode::NORMAL, pair.client.now);
    pair.server.connection.close(CloseCode::GOING_AWAY, pair.server.now);
    pair.settle();
    assert_eq!(pair.client.closed(), Some(&clean(CloseCode::NORMAL, "", Side::Local)));
    assert_eq!(pair.server.closed(), Some(&clean(CloseCode::GOING_AWAY, "", Side::Local)));
}

#[test]
fn no_message_and_no_second_close_is_sent_after_our_close() {
    let mut server = End::server();
    server.connection.close(CloseCode::NORMAL, server.now);
    assert_eq!(server.connection.send("late").unwrap_err().reason, SendError::Closing);
    assert_eq!(server.connection.ping(b""), Err(SendError::Closing));
    server.connection.close(CloseCode::GOING_AWAY, server.now);
    server.feed(&masked(0x83, b""));
    assert_eq!(server.written(), unmasked(0x88, &close_body(1000, "")));
}

#[test]
fn a_ping_is_answered_until_the_peers_close_comes() {
    let mut server = End::server();
    server.connection.close(CloseCode::NORMAL, server.now);
    assert_eq!(server.written(), unmasked(0x88, &close_body(1000, "")));
    server.feed(&[masked(0x89, b"?"), masked(0x88, b""), masked(0x89, b"late")].concat());
    assert_eq!(server.written(), unmasked(0x8a, b"?"));
}

#[test]
fn messages_still_come_after_our_close_until_the_peer_answers() {
    let mut server = End::server();
    server.connection.close(CloseCode::NORMAL, server.now);
    let bytes = [masked(0x81, b"last"), masked(0x88, b""), masked(0x81, b"late")].concat();
    assert_eq!(server.feed(&bytes), [text("last"), Seen::Close(CloseFrame::EMPTY)]);
}

#[test]
fn what_was_queued_goes_out_before_our_close() {
    let mut server = End::server();
    server.connection.send("first").unwrap();
    server.connection.close(CloseCode::NORMAL, server.now);
    let expected = [unmasked(0x81, b"first"), unmasked(0x88, &close_body(1000, ""))].concat();
    assert_eq!(server.written(), expected);
}

#[test]
fn a_close_now_forgets_what_has_not_begun_to_leave() {
    let mut server = End::server();
    server.connection.send("first").unwrap();
    server.connection.send("second").unwrap();
    server.connection.handle_written(3);
    server.connection.close_now(CloseCode::TRY_AGAIN_LATER, server.now);
    let expected = [&unmasked(0x81, b"first")[3..], &unmasked(0x88, &close_body(1013, ""))];
    assert_eq!(server.written(), expected.concat());
}

#[test]
fn an_answer_in_the_same_breath_goes_out_before_the_close() {
    let mut server = End::server();
    server.feed(&masked(0x81, b"question"));
    server.connection.send("answer").unwrap();
    server.feed(&masked(0x88, b""));
    assert_eq!(server.written(), [unmasked(0x81, b"answer"), unmasked(0x88, b"")].concat());
}

#[test]
fn a_close_is_never_stuck_behind_data_that_the_peer_does_not_take() {
    let mut server = End::server();
    for _ in 0..10 {
        server.connection.send(&[0; 50_000]).unwrap();
    }
    server.connection.handle_written(10);
    server.connection.handle_stalled(server.now);
    server.feed(&masked(0x88, b""));
    let written = server.written();
    assert_eq!(written.len(), 50_004 - 10 + 2, "the frame that has begun, then the close");
    assert!(written.ends_with(&unmasked(0x88, b"")));
}

#[test]
fn an_end_of_the_transport_without_a_close_is_a_loss() {
    let mut server = End::server();
    server.feed(&masked(0x01, b"half"));
    server.connection.handle_eof();
    assert_eq!(server.closed(), Some(&Closed::Lost));
    assert!(server.connection.is_done());
    assert_eq!(server.connection.queued(), 0);
}

#[test]
fn a_goodbye_without_an_answer_ends_in_time() {
    let mut server = End::server();
    server.connection.close(CloseCode::NORMAL, server.now);
    server.written();
    server.pass(Duration::from_millis(4999));
    assert!(!server.connection.is_done());
    server.pass(Duration::from_millis(1));
    assert_eq!(server.closed(), Some(&Closed::TimedOut(Timer::Close)));
    assert!(server.connection.is_done());
}

#[test]
fn a_peer_that_takes_nothing_of_what_waits_is_given_up_in_time() {
    let mut server = End::server();
    server.connection.send(&[0; 50_000]).unwrap();
    server.connection.pause();
    for _ in 0..2 {
        server.connection.handle_stalled(server.now);
        server.pass(Duration::from_secs(40));
        server.connection.handle_written(1000);
    }
    assert_eq!(server.closed(), None, "it took something each time");
    server.connection.handle_stalled(server.now);
    server.pass(Duration::from_secs(59));
    server.connection.handle_stalled(server.now);
    assert_eq!(server.closed(), None);
    server.pass(Duration::from_secs(1));
    assert_eq!(server.closed(), Some(&Closed::TimedOut(Timer::Stall)));
    server.pass(Duration::from_secs(5));
    assert!(server.connection.is_done() && server.connection.has_forgotten());
}

#[test]
fn what_will_never_leave_is_told() {
    let mut server = End::server();
    server.connection.send("taken").unwrap();
    server.written();
    server.connection.handle_write_failed();
    assert!(!server.connection.has_forgotten(), "nothing waited");
    server.connection.send("not taken").unwrap();
    server.connection.handle_write_failed();
    assert!(server.connection.has_forgotten());
    assert_eq!(server.connection.queued(), 0);
}

#[test]
fn a_failed_connection_ends_in_time_even_if_the_peer_takes_nothing() {
    let mut server = End::server();
    server.feed(&masked(0x83, b""));
    let closed = server.closed().cloned();
    assert_eq!(server.wait(), Some(Duration::from_secs(5)));
    assert!(server.connection.is_done());
    assert_eq!(server.closed().cloned(), closed);
    assert_eq!(server.connection.poll_timeout(), None);
}

#[test]
fn every_connection_has_one_ending() {
    let mut server = End::server();
    server.feed(&masked(0x88, b""));
    let closed = server.closed().cloned();
    server.feed(&masked(0x83, b""));
    server.connection.handle_eof();
    server.connection.handle_eof();
    server.connection.handle_timeout(server.now + Duration::from_secs(60));
    assert_eq!(server.closed().cloned(), closed);
}

#[test]
fn a_close_does_not_cost_what_was_accepted_while_the_peer_reads() {
    let mut server = End::server();
    for _ in 0..5 {
        server.connection.send(bytes::Bytes::from(vec![7; 10_000])).unwrap();
    }
    // A write that took all it was offered, then one that took a part.
    server.connection.handle_written(2 * 10_004);
    server.connection.handle_written(10);
    server.feed(&masked(0x88, &close_body(1000, "")));
    assert_eq!(server.written().len(), 3 * 10_004 - 10 + 4);
}

#[test]
fn a_peer_that_stopped_writing_still_gets_the_answer() {
    let mut server = End::server();
    server.connection.send("answer").unwrap();
    server.feed(&masked(0x88, b""));
    server.connection.handle_eof();
    assert!(!server.connection.is_done());
    assert_eq!(server.written(), [unmasked(0x81, b"answer"), unmasked(0x88, b"")].concat());
    assert!(server.connection.is_done());
    assert!(matches!(server.closed(), Some(Closed::Clean { .. })));
}

#[test]
fn a_close_now_lets_an_earlier_close_go_ahead() {
    let mut server = End::server();
    server.connection.send("first").unwrap();
    server.connection.send("second").unwrap();
    server.connection.handle_written(3);
    server.connection.close(CloseCode::NORMAL, server.now);
    server.connection.close_now(CloseCode::GOING_AWAY, server.now);
    let expected = [&unmasked(0x81, b"first")[3..], &unmasked(0x88, &close_body(1000, ""))];
    assert_eq!(server.written(), expected.concat());
    server.connection.close_now(CloseCode::GOING_AWAY, server.now);
    assert_eq!(server.written(), []);
}

#[test]
fn a_close_timeout_without_end_is_no_deadline() {
    let timing = Timing::default().close_timeout(Duration::MAX);
    let mut server = End::new(Role::Server, Config::default().timing(timing), None);
    server.connection.close(CloseCode::NORMAL, server.now);
    assert_eq!(server.connection.poll_timeout(), None);
    server.connection.handle_timeout(server.now);
    assert_eq!(server.closed(), None);
}

#[test]
fn a_failed_client_ends_the_transport_without_waiting() {
    let mut client = End::client();
    client.feed(&masked(0x81, b"masked"));
    client.written();
    assert!(client.connection.poll_shutdown());
}
