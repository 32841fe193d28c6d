//! Messages that come and go in parts.

mod support;

use sockeye_proto::{CloseCode, Closed, Config, Delivery, Kind, SendError, Violation};
use support::{End, Pair, Seen, binary, masked, text, unmasked};

fn part(bytes: &[u8], last: bool) -> Seen {
    Seen::Part(bytes.to_vec(), last)
}

#[test]
fn parts_come_as_they_arrive() {
    let mut server = End::server();
    server.connection.set_delivery(Delivery::Parts);
    let frame = masked(0x02, b"abcdef");
    assert_eq!(server.feed(&frame[..8]), [part(b"ab", false)]);
    assert_eq!(server.feed(&frame[8..]), [part(b"cdef", false)]);
    assert_eq!(server.feed(&masked(0x89, b"?")), [Seen::Ping(b"?".to_vec())]);
    assert_eq!(server.feed(&masked(0x80, b"")), [part(b"", true)]);
    assert_eq!(server.feed(&masked(0x82, b"next")), [part(b"next", true)]);
}

#[test]
fn the_choice_can_be_made_at_the_first_frame() {
    let mut server = End::server();
    server.connection.set_delivery(Delivery::Ask);
    assert_eq!(server.feed(&masked(0x82, b"small")), [Seen::Start(5), binary(b"small")]);
    let frame = masked(0x82, &[7; 3 << 20]);
    assert_eq!(server.feed(&frame[..14]), [Seen::Start(3 << 20)]);
    assert!(matches!(server.closed(), Some(Closed::Limit(_))), "too large to be had whole");

    let mut server = End::server();
    server.connection.set_delivery(Delivery::Ask);
    let mut head = frame[..14].to_vec();
    let mut input = sockeye_proto::Input::new(&mut head, server.now);
    assert!(server.connection.handle_input(&mut input).is_some());
    server.connection.deliver_in_parts();
    assert!(server.connection.handle_input(&mut input).is_none());
    assert_eq!(server.feed(&frame[14..114]), [part(&[7; 100], false)]);
}

#[test]
fn a_message_that_began_whole_can_go_on_in_parts() {
    let mut server = End::server();
    server.feed(&masked(0x02, b"began"));
    server.connection.deliver_in_parts();
    let seen = server.feed(&masked(0x80, b"went on"));
    assert_eq!(seen, [part(b"began", false), part(b"went on", true)]);
    assert_eq!(server.feed(&masked(0x82, b"whole")), [binary(b"whole")]);
}

#[test]
fn text_in_parts_is_checked_as_it_comes() {
    let mut server = End::server();
    server.connection.set_delivery(Delivery::Parts);
    assert_eq!(server.feed(&masked(0x01, b"a\xce")), [part(b"a\xce", false)]);
    assert_eq!(server.feed(&masked(0x00, b"\xba")), [part(b"\xba", false)]);
    assert_eq!(server.feed(&masked(0x80, b"\xce")), []);
    assert_eq!(server.closed(), Some(&Closed::Violation(Violation::TextNotUtf8)));
}

#[test]
fn a_message_sent_in_parts_arrives_whole() {
    let mut pair = Pair::new(&Config::default(), None);
    pair.client.connection.begin_parts(Kind::Text).unwrap();
    pair.client.connection.send_part("gr\u{fc}".as_bytes()).unwrap();
    pair.client.connection.send_part(b"").unwrap();
    pair.client.connection.finish_parts(b"ezi").unwrap();
    assert_eq!(pair.settle().0, [text("grüezi")]);
    pair.server.connection.begin_parts(Kind::Binary).unwrap();
    pair.server.connection.finish_parts(b"").unwrap();
    assert_eq!(pair.settle().1, [binary(b"")]);
}

#[test]
fn no_message_begins_inside_another() {
    let mut server = End::server();
    assert_eq!(server.connection.send_part(b"x"), Err(SendError::OutsideParts));
    server.connection.begin_parts(Kind::Binary).unwrap();
    assert_eq!(server.connection.begin_parts(Kind::Text), Err(SendError::InsideParts));
    assert_eq!(server.connection.send("x").unwrap_err().reason, SendError::InsideParts);
    server.connection.send_part(b"a").unwrap();
    server.connection.ping(b"between").unwrap();
    server.connection.finish_parts(b"b").unwrap();
    server.connection.send("after").unwrap();
    let frames = [
        unmasked(0x89, b"between"),
        unmasked(0x02, b"a"),
        unmasked(0x80, b"b"),
        unmasked(0x81, b"after"),
    ];
    assert_eq!(server.written(), frames.concat());
}

#[test]
fn parts_of_text_that_are_not_utf8_are_refused_to_the_caller() {
    let mut server = End::server();
    server.connection.begin_parts(Kind::Text).unwrap();
    assert_eq!(server.connection.send_part(b"\xff"), Err(SendError::TextNotUtf8));
    server.connection.send_part(b"\xce").unwrap();
    assert_eq!(server.connection.finish_parts(b""), Err(SendError::TextNotUtf8));
    server.connection.finish_parts(b"\xba").unwrap();
    assert_eq!(server.written(), [unmasked(0x01, b"\xce"), unmasked(0x80, b"\xba")].concat());
}

#[test]
fn parts_that_are_abandoned_fail_the_connection_with_1011() {
    let mut server = End::server();
    server.connection.abandon_parts(server.now);
    assert_eq!(server.closed(), None);
    server.connection.begin_parts(Kind::Binary).unwrap();
    server.connection.send_part(b"half").unwrap();
    server.connection.abandon_parts(server.now);
    assert_eq!(server.closed(), Some(&Closed::Abandoned));
    let written = server.written();
    assert!(written.starts_with(&unmasked(0x02, b"half")));
    assert_eq!(written[8..10], 1011_u16.to_be_bytes());
}

#[test]
fn parts_that_were_only_begun_can_be_taken_back() {
    let mut server = End::server();
    server.connection.begin_parts(Kind::Binary).unwrap();
    server.connection.abandon_parts(server.now);
    assert_eq!(server.closed(), None);
    server.connection.send("next").unwrap();
    assert_eq!(server.written(), unmasked(0x81, b"next"));
}

#[test]
fn parts_that_are_abandoned_after_our_close_leave_the_goodbye_alone() {
    let mut pair = Pair::new(&Config::default(), None);
    let server = &mut pair.server;
    server.connection.begin_parts(Kind::Binary).unwrap();
    server.connection.send_part(b"half").unwrap();
    server.connection.close(CloseCode::GOING_AWAY, server.now);
    assert_eq!(server.connection.send_part(b"more"), Err(SendError::Closing));
    server.connection.abandon_parts(server.now);
    pair.client.connection.send("in flight").unwrap();
    let seen = pair.settle();
    assert_eq!(seen.0, [text("in flight"), Seen::Close(CloseCode::GOING_AWAY.into())]);
    assert!(matches!(pair.server.closed(), Some(Closed::Clean { .. })));
}
