//! The flags of `sockeye serve` for limits do what they say.

mod serving;

use std::{
    io::{Read, Write},
    time::Instant,
};

use serving::{GOODBYE, PATIENCE, Server, UPGRADE, read_until};
use sockeye::{CloseCode, Closed, Side};

/// The code that the server closes with when it is sent this.
fn close_code(args: &[&str], frames: &[u8]) -> u16 {
    let server = Server::start(args);
    let answer = server.exchange([UPGRADE.as_bytes(), frames].concat());
    let close = answer.windows(4).find(|bytes| bytes[0] == 0x88 && bytes[1] >= 2);
    let close = close.unwrap_or_else(|| panic!("expected a close, got {}", answer.escape_ascii()));
    u16::from_be_bytes([close[2], close[3]])
}

#[test]
fn sizes_and_counts_reach_the_connection() {
    // Masked with zeros: a message of five bytes, one in three fragments, and three pings.
    let message = b"\x81\x85\0\0\0\0Hello";
    let fragments = b"\x01\x80\0\0\0\0\0\x80\0\0\0\0\x80\x80\0\0\0\0";
    let pings = b"\x89\x80\0\0\0\0".repeat(3);
    assert_eq!(close_code(&["--max-message", "5"], &[message, GOODBYE].concat()), 1000);
    assert_eq!(close_code(&["--max-message", "4"], message), 1009);
    assert_eq!(close_code(&["--max-frame", "4"], message), 1009);
    assert_eq!(close_code(&["--max-fragments", "3"], &[fragments, GOODBYE].concat()), 1000);
    assert_eq!(close_code(&["--max-fragments", "2"], fragments), 1008);
    assert_eq!(close_code(&["--max-control-frames", "2"], &pings), 1008);
}

#[test]
fn heads_are_bounded() {
    let server = Server::start(&["--max-head", "1K", "--max-headers", "5"]);
    let with = |header: &str| UPGRADE.replace("Host", &format!("{header}\r\nHost"));
    assert_eq!(server.answer(with(&format!("X:{}", "y".repeat(1024)))).status(), 431);
    assert_eq!(server.answer(with("X:y")).status(), 431);
    assert_eq!(server.answer([UPGRADE.as_bytes(), GOODBYE].concat()).status(), 101);
}

#[test]
fn times_reach_the_connection() {
    let server = Server::start(&["--handshake-timeout", "0.2"]);
    assert_eq!(server.exchange("GET / HTTP/1.1\r\n"), b"");
    // A ping after silence, and an end when nothing is said to that.
    let server = Server::start(&["--ping-interval", "0.2", "--pong-timeout", "0.2"]);
    let mut stream = server.connect();
    stream.write_all(UPGRADE.as_bytes()).expect("written");
    let until_ping = read_until(&mut stream, b"\r\n\r\n");
    assert!(until_ping.starts_with(b"HTTP/1.1 101 "));
    let mut rest = Vec::new();
    stream.read_to_end(&mut rest).expect("an end");
    assert!(rest.starts_with(b"\x89"), "expected a ping, got {}", rest.escape_ascii());
    let close = b"\x03\xf0expected a byte after a ping, got none in time";
    assert!(rest.ends_with(close), "expected 1008, got {}", rest.escape_ascii());
}

#[test]
fn connections_of_an_address_are_bounded() {
    let server = Server::start(&["--max-connections-per-ip", "1"]);
    let mut stream = server.connect();
    stream.write_all(UPGRADE.as_bytes()).expect("written");
    read_until(&mut stream, b"\r\n\r\n");
    assert_eq!(server.exchange(UPGRADE), b"");
}

#[test]
fn whoever_sends_and_never_reads_is_given_up() {
    let server = Server::start(&["--stall-timeout", "0.3", "--close-timeout", "0.2"]);
    let mut stream = server.connect();
    stream.write_all(UPGRADE.as_bytes()).expect("written");
    read_until(&mut stream, b"\r\n\r\n");
    let frame = [&b"\x82\xfe\xff\xff\0\0\0\0"[..], &[7; 0xffff]].concat();
    let deadline = Instant::now() + PATIENCE;
    while stream.write_all(&frame).is_ok() {
        assert!(Instant::now() < deadline, "expected an end of the connection, got none");
    }
    let told = server.logs(" closed ");
    assert!(told.contains(" code=1008 why="), "{told}");
}

#[tokio::test]
async fn messages_that_do_not_fit_the_queue_are_echoed_all_the_same() {
    let server =
        Server::start(&["--max-output", "100K", "--max-message", "2M", "--deflate", "off"]);
    let (mut receiver, sender) = sockeye::connect(server.url("/echo"))
        .config(
            sockeye::Config::default()
                .limits(sockeye::Limits::default().message_bytes(2 << 20).frame_bytes(2 << 20)),
        )
        .await
        .expect("a connection")
        .split();
    let sizes = [70_000, 90_000, 1, 0, 2 << 20, 60_000, 60_000, 2 << 20, 5];
    let sending = tokio::spawn(async move {
        for size in sizes.into_iter().cycle().take(90) {
            sender.send(vec![1; size]).await.expect("open");
        }
        sender.close(CloseCode::NORMAL).await.expect("open");
    });
    let mut echoed = Vec::new();
    while let Some(message) = receiver.recv().await.expect("open") {
        echoed.push(message.as_bytes().len());
    }
    sending.await.expect("no panic");
    let sent: Vec<usize> = sizes.into_iter().cycle().take(90).collect();
    // What was on its way when we said goodbye may still come, and nothing of it is missing.
    assert_eq!(echoed, sent);
    assert!(matches!(receiver.closed(), Some(Closed::Clean { by: Side::Local, .. })));
}

#[test]
fn a_proxy_that_is_trusted_tells_whom_a_request_comes_from() {
    let from = |header: &str| {
        let request = UPGRADE.replace("Host", &format!("{header}\r\nHost"));
        [request.as_bytes(), GOODBYE].concat()
    };
    let told = |args: &[&str], request: Vec<u8>| {
        let server = Server::start(args);
        assert!(server.exchange(request).starts_with(b"HTTP/1.1 101 "));
        server.logs(" opened ")
    };
    let x_forwarded = || from("X-Forwarded-For:203.0.113.9");
    let forwarded = || from("Forwarded:for=203.0.113.9");
    let trust = ["--trust-proxy", "127.0.0.0/8"];
    assert!(told(&[], x_forwarded()).contains("peer=127.0.0.1:"));
    assert!(told(&trust, x_forwarded()).contains("peer=203.0.113.9:"));
    assert!(told(&trust, forwarded()).contains("peer=127.0.0.1:"));
    let by_forwarded = [&trust[..], &["--proxy-header", "forwarded"]].concat();
    assert!(told(&by_forwarded, forwarded()).contains("peer=203.0.113.9:"));
    let line = b"PROXY TCP4 203.0.113.9 192.0.2.1 4711 80\r\n";
    let request = [&line[..], UPGRADE.as_bytes(), GOODBYE].concat();
    assert!(told(&["--proxy-protocol", "127.0.0.1"], request).contains("peer=203.0.113.9:4711"));
    let server = Server::start(&["--proxy-protocol", "10.0.0.0/8"]);
    assert_eq!(server.exchange(UPGRADE), b"");
}

#[test]
fn one_thread_serves_as_well() {
    let server = Server::start(&["--threads", "1"]);
    assert_eq!(server.get("/healthz").status(), 200);
    assert_eq!(server.answer([UPGRADE.as_bytes(), GOODBYE].concat()).status(), 101);
}
