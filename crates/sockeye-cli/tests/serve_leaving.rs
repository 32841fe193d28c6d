//! `sockeye serve` is told to stop.
#![cfg(unix)]

mod serving;

use std::io::{Read, Write};

use serving::{GOODBYE, HELLO, HELLO_BACK, Server, UPGRADE, read_until};

/// A Close with 1001.
const GOING_AWAY: &[u8] = b"\x88\x02\x03\xe9";

#[test]
fn a_signal_lets_it_say_goodbye_and_end_well() {
    for signal in ["TERM", "INT"] {
        let mut server = Server::start(&[]);
        let mut stream = server.connect();
        stream.write_all(&[UPGRADE.as_bytes(), HELLO].concat()).expect("written");
        read_until(&mut stream, HELLO_BACK);
        server.signal(signal);
        read_until(&mut stream, GOING_AWAY);
        stream.write_all(GOODBYE).expect("written");
        assert_eq!(stream.read(&mut [0]).expect("a clean end"), 0);
        drop(stream);
        assert!(server.wait().success(), "{signal}");
    }
}

#[test]
fn while_it_leaves_it_says_so_to_whoever_asks() {
    let mut server = Server::start(&[]);
    let mut stream = server.connect();
    stream.write_all(UPGRADE.as_bytes()).expect("written");
    read_until(&mut stream, b"\r\n\r\n");
    server.signal("TERM");
    // The peer does not answer yet, so the server is leaving and not gone.
    read_until(&mut stream, GOING_AWAY);
    for method in ["GET", "HEAD"] {
        assert_eq!(server.ask(method, "/healthz").status(), 503);
    }
    assert_eq!(server.answer(UPGRADE).status(), 503);
    assert_eq!(server.answer(UPGRADE.replace("Version:13", "Version:12")).status(), 426);
    assert_eq!(server.get("/").status(), 200);
    stream.write_all(GOODBYE).expect("written");
    drop(stream);
    assert!(server.wait().success());
}

#[test]
fn it_waits_no_longer_than_it_was_told() {
    let mut server = Server::start(&["--close-timeout", "60", "--shutdown-timeout", "0.2"]);
    let mut stream = server.connect();
    stream.write_all(UPGRADE.as_bytes()).expect("written");
    read_until(&mut stream, b"\r\n\r\n");
    server.signal("TERM");
    let log = server.rest_of_log();
    assert_eq!(server.wait().code(), Some(1));
    let last = log.last().expect("a complaint");
    assert_eq!(last, "sockeye: expected every connection to end in time, got 1 left");
}

#[test]
fn a_second_signal_ends_it_at_once() {
    let mut server = Server::start(&["--close-timeout", "60", "--shutdown-timeout", "60"]);
    let mut stream = server.connect();
    stream.write_all(UPGRADE.as_bytes()).expect("written");
    read_until(&mut stream, b"\r\n\r\n");
    server.signal("INT");
    read_until(&mut stream, GOING_AWAY);
    server.signal("INT");
    let log = server.rest_of_log();
    assert_eq!(server.wait().code(), Some(1));
    assert!(
        log.last().is_some_and(|line| line.starts_with("sockeye: told to stop again")),
        "{log:?}"
    );
}
