//! A connection of the hixie-76 draft: text and a goodbye, in both roles.
#![cfg(feature = "hixie76")]

mod support;

use std::sync::Arc;

use sockeye_proto::{
    CloseCode, CloseFrame, Closed, Config, Connection, Kind, Limit, Limits, Prepared, Role,
    SendError, Side, Violation,
};
use support::{End, Seen, hex, text};

fn end_with(role: Role, config: Config) -> End {
    let now = support::start();
    End { connection: Connection::hixie76(role, Arc::new(config), now), now }
}

fn end(role: Role) -> End {
    end_with(role, Config::default())
}

#[test]
fn text_goes_both_ways_and_a_goodbye_is_answered() {
    let (mut client, mut server) = (end(Role::Client), end(Role::Server));
    client.connection.send("grüezi").unwrap();
    assert_eq!(server.feed(&client.written()), [text("grüezi")]);
    server.connection.send_prepared(&Prepared::new("to all")).unwrap();
    let wire = server.written();
    assert_eq!(wire, [b"\0".as_slice(), b"to all", b"\xff"].concat());
    assert_eq!(client.feed(&wire), [text("to all")]);

    client.connection.close(CloseCode::NORMAL, client.now);
    let goodbye = client.written();
    assert_eq!(goodbye, hex("ff00"));
    assert_eq!(server.feed(&goodbye), [Seen::Close(CloseFrame::EMPTY)]);
    let closed = Closed::Clean { frame: CloseFrame::EMPTY, by: Side::Peer };
    assert_eq!(server.closed(), Some(&closed));
    client.feed(&server.written());
    assert!(matches!(client.closed(), Some(Closed::Clean { by: Side::Local, .. })));
    assert!(server.connection.poll_shutdown() && !client.connection.poll_shutdown());
}

#[test]
fn what_the_draft_cannot_carry_is_refused_to_the_caller() {
    let mut server = end(Role::Server);
    let refused = SendError::NotInHixie76;
    assert_eq!(server.connection.send(&[1, 2]).unwrap_err().reason, refused);
    assert_eq!(server.connection.ping(b""), Err(refused));
    assert_eq!(server.connection.begin_parts(Kind::Text), Err(refused));
    assert_eq!(server.written(), []);
}

#[test]
fn a_broken_frame_ends_with_a_goodbye() {
    for (bytes, violation) in [
        (hex("00 61 ff ff 80808080808080808080"), Violation::InvalidHixieFrame),
        (hex("00 61 ff 00 ce ff"), Violation::TextNotUtf8),
    ] {
        let mut server = end(Role::Server);
        assert_eq!(server.feed(&bytes), [text("a")]);
        assert_eq!(server.closed(), Some(&Closed::Violation(violation)));
        assert_eq!(server.written(), hex("ff00"));
    }
}

#[test]
fn limits_hold() {
    let limits = Limits::default().message_bytes(4).control_frames_per_second(10);
    let mut server = end_with(Role::Server, Config::default().limits(limits.clone()));
    assert_eq!(server.feed(b"\0four\xff\0fives"), [text("four")]);
    assert!(matches!(server.closed(), Some(Closed::Limit(e)) if e.limit == Limit::MessageBytes));

    let mut server = end_with(Role::Server, Config::default().limits(limits));
    server.feed(&hex("8000").repeat(11));
    assert!(matches!(server.closed(), Some(Closed::Limit(e)) if e.limit == Limit::ControlFrames));
}

#[test]
fn a_silent_peer_is_never_asked() {
    assert_eq!(end(Role::Server).connection.poll_timeout(), None);
}

#[test]
fn a_close_now_leaves_a_begun_text_whole() {
    for text in ["p", "x".repeat(1000).as_str()] {
        let mut server = end(Role::Server);
        server.connection.send(text).unwrap();
        server.connection.handle_written(1);
        server.connection.close_now(CloseCode::NORMAL, server.now);
        assert_eq!(server.written(), [text.as_bytes(), b"\xff\xff\0"].concat());
        assert_eq!(server.connection.queued(), 0);
    }
}
