//! Heads of HTTP/1.1: what is read, what is refused, and that it does not matter how the bytes arrive.

#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use http::{Method, Request, Response, Version};
use sockeye_proto::handshake::{
    HeadError, HeadLimits, Progress, Refusal, RequestReader, ResponseReader, write_request,
    write_response,
};

/// What a reader makes of some bytes: the head and the bytes that follow it, or how it ended.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Outcome {
    Unfinished,
    Request { head: String, rest: Vec<u8> },
    Response { head: String, rest: Vec<u8> },
    Refused(Refusal),
    Failed(HeadError),
}

fn read_request<'a>(pieces: impl Iterator<Item = &'a [u8]>, limits: HeadLimits) -> Outcome {
    let mut reader = RequestReader::new(limits);
    let mut finished: Option<(String, Vec<u8>)> = None;
    for piece in pieces {
        if let Some((_, rest)) = &mut finished {
            rest.extend_from_slice(piece);
            continue;
        }
        match reader.read(piece) {
            Ok(Progress::Unfinished) => {}
            Ok(Progress::Finished { head, used }) => {
                finished = Some((format!("{head:?}"), piece[used..].to_vec()));
            }
            Err(refusal) => return Outcome::Refused(refusal),
        }
    }
    finished.map_or(Outcome::Unfinished, |(head, rest)| Outcome::Request { head, rest })
}

fn read_response<'a>(pieces: impl Iterator<Item = &'a [u8]>, limits: HeadLimits) -> Outcome {
    let mut reader = ResponseReader::new(limits);
    let mut finished: Option<(String, Vec<u8>)> = None;
    for piece in pieces {
        if let Some((_, rest)) = &mut finished {
            rest.extend_from_slice(piece);
            continue;
        }
        match reader.read(piece) {
            Ok(Progress::Unfinished) => {}
            Ok(Progress::Finished { head, used }) => {
                finished = Some((format!("{head:?}"), piece[used..].to_vec()));
            }
            Err(error) => return Outcome::Failed(error),
        }
    }
    finished.map_or(Outcome::Unfinished, |(head, rest)| Outcome::Response { head, rest })
}

/// Pieces of 1 to 32 bytes, the same ones for the same seed.
fn pieces(bytes: &[u8], mut seed: u64) -> Vec<&[u8]> {
    let (mut pieces, mut rest) = (Vec::new(), bytes);
    while !rest.is_empty() {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        let len = usize::try_from(seed % 32).unwrap() + 1;
        let (piece, after) = rest.split_at(len.min(rest.len()));
        pieces.push(piece);
        rest = after;
    }
    pieces
}

/// What both readers make of the bytes whole, byte by byte, and in pieces, which must be the same.
fn outcomes(bytes: &[u8], limits: HeadLimits) -> (Outcome, Outcome) {
    let whole = || std::iter::once(bytes);
    let outcomes = (read_request(whole(), limits), read_response(whole(), limits));
    assert_eq!(read_request(bytes.chunks(1), limits), outcomes.0, "{}", bytes.escape_ascii());
    assert_eq!(read_response(bytes.chunks(1), limits), outcomes.1, "{}", bytes.escape_ascii());
    for seed in 1..=8 {
        let split = || pieces(bytes, seed).into_iter();
        assert_eq!(read_request(split(), limits), outcomes.0, "seed {seed}");
        assert_eq!(read_response(split(), limits), outcomes.1, "seed {seed}");
    }
    outcomes
}

fn request(bytes: &[u8]) -> (Request<()>, usize) {
    let (outcome, _) = outcomes(bytes, HeadLimits::default());
    assert!(matches!(outcome, Outcome::Request { .. }), "{}: {outcome:?}", bytes.escape_ascii());
    match RequestReader::new(HeadLimits::default()).read(bytes) {
        Ok(Progress::Finished { head, used }) => (head, used),
        other => panic!("{}: {other:?}", bytes.escape_ascii()),
    }
}

fn response(bytes: &[u8]) -> (Response<()>, usize) {
    let (_, outcome) = outcomes(bytes, HeadLimits::default());
    assert!(matches!(outcome, Outcome::Response { .. }), "{}: {outcome:?}", bytes.escape_ascii());
    match ResponseReader::new(HeadLimits::default()).read(bytes) {
        Ok(Progress::Finished { head, used }) => (head, used),
        other => panic!("{}: {other:?}", bytes.escape_ascii()),
    }
}

fn check_refused(bytes: impl AsRef<[u8]>, status: u16) {
    let (outcome, _) = outcomes(bytes.as_ref(), HeadLimits::default());
    let Outcome::Refused(refusal) = outcome else {
        panic!("{}: {outcome:?}", bytes.as_ref().escape_ascii());
    };
    assert_eq!(refusal.status(), status, "{}: {refusal}", bytes.as_ref().escape_ascii());
    let response = refusal.into_response();
    assert_eq!(response.headers()["connection"], "close");
}

fn check_failed(bytes: impl AsRef<[u8]>) {
    let (_, outcome) = outcomes(bytes.as_ref(), HeadLimits::default());
    assert!(matches!(outcome, Outcome::Failed(_)), "{}", bytes.as_ref().escape_ascii());
}

#[test]
fn the_request_of_rfc_6455_1_2_is_read_and_frames_behind_it_stay() {
    let bytes = b"GET /chat HTTP/1.1\r\n\
        Host: server.example.com\r\n\
        Upgrade: websocket\r\n\
        Connection: Upgrade\r\n\
        Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
        Origin: http://example.com\r\n\
        Sec-WebSocket-Protocol: chat, superchat\r\n\
        Sec-WebSocket-Version: 13\r\n\r\n\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58";
    let (request, used) = request(bytes);
    assert_eq!(request.method(), Method::GET);
    assert_eq!(request.uri(), "/chat");
    assert_eq!(request.version(), Version::HTTP_11);
    assert_eq!(request.headers().len(), 7);
    assert_eq!(request.headers()["sec-websocket-key"], "dGhlIHNhbXBsZSBub25jZQ==");
    assert_eq!(&bytes[used..], b"\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58");
}

#[test]
fn spaces_around_a_value_are_no_part_of_it_and_none_is_needed() {
    let (request, _) = request(
        b"GET / HTTP/1.1\r\nHost:example.com\r\nA:\r\nB: \r\nC: \t x y \t\r\nD:\xc3\xbc\r\n\r\n",
    );
    assert_eq!(request.headers()["host"], "example.com");
    assert_eq!(request.headers()["a"], "");
    assert_eq!(request.headers()["b"], "");
    assert_eq!(request.headers()["c"], "x y");
    assert_eq!(request.headers()["d"].as_bytes(), b"\xc3\xbc");
}

#[test]
fn a_header_may_stand_on_several_lines_of_its_own() {
    let (request, _) =
        request(b"GET / HTTP/1.1\r\nConnection: keep-alive\r\nconnection: Upgrade\r\n\r\n");
    let lines: Vec<_> = request.headers().get_all("connection").iter().collect();
    assert_eq!(lines, ["keep-alive", "Upgrade"]);
}

#[test]
fn every_form_of_target_is_read_and_judged_elsewhere() {
    for target in ["/", "/a?b=c%20d", "http://example.com/chat", "*", "example.com:80"] {
        let (request, _) = request(format!("GET {target} HTTP/1.1\r\n\r\n").as_bytes());
        assert_eq!(request.uri(), target);
    }
}

#[test]
fn a_byte_that_may_not_stand_where_it_stands_is_400() {
    for bytes in [
        // Before the first line: NUL, white space, an empty line, TLS.
        &b"\0GET / HTTP/1.1\r\n\r\n"[..],
        b" GET / HTTP/1.1\r\n\r\n",
        b"\r\nGET / HTTP/1.1\r\n\r\n",
        b"\nGET / HTTP/1.1\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc",
        b"\x7fGET / HTTP/1.1\r\n\r\n",
        // Lines that end with half of CR LF.
        b"GET / HTTP/1.1\nHost: a\n\n",
        b"GET / HTTP/1.1\r\nHost: a\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\n\n",
        b"GET / HTTP/1.1\rHost: a\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\rb\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\n\rb",
        b"GET / HTTP/1.1\r\r\n\r\n",
        // Control characters inside.
        b"GET /\0 HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\0b\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\x01b\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\x7fb\r\n\r\n",
        b"GET / HTTP/1.1\r\nHo\0st: a\r\n\r\n",
        // Folded lines and white space before a colon.
        b"GET / HTTP/1.1\r\nHost: a\r\n b\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\n\tb\r\n\r\n",
        b"GET / HTTP/1.1\r\n Host: a\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost : a\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost\t: a\r\n\r\n",
        // Names that are none.
        b"GET / HTTP/1.1\r\n: a\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost\r\n\r\n",
        b"GET / HTTP/1.1\r\nHo st: a\r\n\r\n",
        b"GET / HTTP/1.1\r\nH\xc3\xb6st: a\r\n\r\n",
        b"GET / HTTP/1.1\r\n\"Host\": a\r\n\r\n",
    ] {
        check_refused(bytes, 400);
    }
}

#[test]
fn a_first_line_that_is_none_is_400() {
    for line in [
        "GET",
        "GET ",
        "GET /",
        "GET / ",
        "GET  / HTTP/1.1",
        "GET /  HTTP/1.1",
        "GET / HTTP/1.1 ",
        "GET\t/ HTTP/1.1",
        "GET / http/1.1",
        "GET / HTTP/1",
        "GET / HTTP/11",
        "GET / HTTPS/1.1",
        "G\"T / HTTP/1.1",
        "GET /a b HTTP/1.1",
        "GET /a#b HTTP/1.1",
        "GET /ü HTTP/1.1",
        "GET http:///chat HTTP/1.1",
        "HTTP/1.1 101 Switching Protocols",
    ] {
        let outcome = outcomes(format!("{line}\r\n\r\n").as_bytes(), HeadLimits::default()).0;
        let Outcome::Refused(refusal) = outcome else { panic!("{line}: {outcome:?}") };
        assert!([400, 505].contains(&refusal.status().as_u16()), "{line}: {refusal}");
    }
}

#[test]
fn another_version_of_http_is_505() {
    check_refused("GET / HTTP/2.0\r\n\r\n", 505);
    check_refused("GET / HTTP/1.2\r\n\r\n", 505);
    check_refused("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505);
    let (request, _) = request(b"GET / HTTP/1.0\r\n\r\n");
    assert_eq!(request.version(), Version::HTTP_10);
}

#[test]
fn a_header_flood_ends_with_431() {
    let lines = |count: usize| format!("GET / HTTP/1.1\r\n{}\r\n", "a: b\r\n".repeat(count));
    check_refused(lines(10_000), 431);
    check_refused(lines(65), 431);
    request(lines(64).as_bytes());
    let one_line = format!("GET / HTTP/1.1\r\nCookie: {}", "a".repeat(1 << 20));
    check_refused(one_line, 431);
    let target = format!("GET /{}", "a".repeat(1 << 20));
    check_refused(target, 431);
    let method = "A".repeat(1 << 20);
    check_refused(method, 431);
}

#[test]
fn limits_are_the_callers_to_raise() {
    let limits = HeadLimits::default().bytes(1 << 20).headers(20_000);
    let bytes = format!("GET / HTTP/1.1\r\n{}\r\n", "a: b\r\n".repeat(20_000));
    let Ok(Progress::Finished { head, used }) = RequestReader::new(limits).read(bytes.as_bytes())
    else {
        panic!("within the limits")
    };
    assert_eq!(head.headers().get_all("a").iter().count(), 20_000);
    assert_eq!(used, bytes.len());
    // More than a map of headers can hold.
    let limits = HeadLimits::default().bytes(1 << 20).headers(usize::MAX);
    let names: String = (0..40_000).map(|name| format!("{name}:\r\n")).collect();
    let bytes = format!("GET / HTTP/1.1\r\n{names}\r\n");
    let refusal = RequestReader::new(limits).read(bytes.as_bytes()).unwrap_err();
    assert_eq!(refusal.status(), 431);
}

#[test]
fn a_reader_keeps_the_bytes_of_a_head_for_whoever_speaks_http() {
    let bytes = b"POST /api HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}";
    let mut reader = RequestReader::new(HeadLimits::default());
    for byte in bytes.chunks(1) {
        if let Ok(Progress::Finished { head, .. }) = reader.read(byte) {
            assert_eq!(head.method(), Method::POST);
            break;
        }
    }
    assert_eq!(reader.received(), b"POST /api HTTP/1.1\r\nContent-Length: 2\r\n\r\n");
}

#[test]
fn a_reader_that_has_finished_begins_the_next_head() {
    let mut reader = RequestReader::new(HeadLimits::default());
    for path in ["/a", "/b"] {
        let bytes = format!("GET {path} HTTP/1.1\r\n\r\n");
        let Ok(Progress::Finished { head, used }) = reader.read(bytes.as_bytes()) else {
            panic!("{path}")
        };
        assert_eq!((head.uri().path(), used), (path, bytes.len()));
    }
}

#[test]
fn a_response_is_read_and_frames_behind_it_stay() {
    let bytes = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n\x81\x05hello";
    let (head, used) = response(bytes);
    assert_eq!(head.status(), 101);
    assert_eq!(head.headers()["upgrade"], "websocket");
    assert_eq!(&bytes[used..], b"\x81\x05hello");
    for line in ["HTTP/1.1 101", "HTTP/1.1 101 ", "HTTP/1.1 101 \u{fc}ber"] {
        let (head, _) = response(format!("{line}\r\n\r\n").as_bytes());
        assert_eq!(head.status(), 101, "{line}");
    }
    let (head, _) = response(b"HTTP/1.0 200 OK\r\n\r\n");
    assert_eq!(head.version(), Version::HTTP_10);
}

#[test]
fn what_is_no_response_fails() {
    for bytes in [
        "SSH-2.0-OpenSSH_9.9\r\n\r\n",
        "\r\nHTTP/1.1 101 Switching Protocols\r\n\r\n",
        "HTTP/1.1\r\n\r\n",
        "HTTP/1.1 10\r\n\r\n",
        "HTTP/1.1 1010\r\n\r\n",
        "HTTP/1.1 099\r\n\r\n",
        "HTTP/1.1 abc\r\n\r\n",
        "HTTP/1.1  101\r\n\r\n",
        "HTTP/2.0 101\r\n\r\n",
        "HTTP/1.1 101\n\n",
        "HTTP/1.1 101\r\nUpgrade : websocket\r\n\r\n",
        "HTTP/1.1 101\r\nUpgrade:\r\n websocket\r\n\r\n",
        "GET / HTTP/1.1\r\n\r\n",
    ] {
        check_failed(bytes);
    }
    check_failed(format!("HTTP/1.1 101\r\n{}", "a: b\r\n".repeat(10_000)));
    check_failed(format!("HTTP/1.1 101\r\na: {}", "b".repeat(1 << 20)));
}

#[test]
fn interim_responses_are_passed_over_but_not_for_ever() {
    let interim = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n";
    let bytes = format!("{interim}HTTP/1.1 101 Switching Protocols\r\n\r\nframes");
    let (head, used) = response(bytes.as_bytes());
    assert_eq!(head.status(), 101);
    assert!(head.headers().is_empty());
    assert_eq!(&bytes[used..], "frames");
    let (head, _) = response(format!("{}HTTP/1.1 101\r\n\r\n", interim.repeat(4)).as_bytes());
    assert_eq!(head.status(), 101);
    let (_, outcome) = outcomes(interim.repeat(5).as_bytes(), HeadLimits::default());
    assert_eq!(outcome, Outcome::Failed(HeadError::TooManyInterimResponses));
}

#[test]
fn what_is_written_reads_back_the_same() {
    let given = Request::get("/chat?a=b")
        .header("host", "example.com")
        .header("cookie", "a=b")
        .header("cookie", "c=d")
        .header("x-empty", "")
        .body(())
        .unwrap();
    let (read, _) = request(&write_request(&given));
    assert_eq!((read.method(), read.uri()), (given.method(), given.uri()));
    assert_eq!(read.headers(), given.headers());
    let given = Response::builder().status(418).header("a", "b").body("ignored").unwrap();
    let (read, _) = response(&write_response(&given));
    assert_eq!((read.status(), read.headers()), (given.status(), given.headers()));
    let unheard_of = Response::builder().status(599).body(()).unwrap();
    assert_eq!(write_response(&unheard_of), b"HTTP/1.1 599 \r\n\r\n");
}

/// A valid head with one byte changed to each other value: never a panic, always the same however it arrives.
#[test]
fn a_query_without_a_path_is_written_behind_a_slash() {
    let (given, _) = request(b"GET http://example.com?room=1 HTTP/1.1\r\n\r\n");
    assert_eq!(write_request(&given), b"GET /?room=1 HTTP/1.1\r\n\r\n");
}

#[test]
fn no_single_wrong_byte_makes_a_difference_to_how_a_head_may_arrive() {
    let valid = b"GET /a HTTP/1.1\r\nHost: b\r\nC:d\r\n\r\n".as_slice();
    let limits = HeadLimits::default();
    for place in 0..valid.len() {
        for byte in 0..=u8::MAX {
            let mut bytes = valid.to_vec();
            bytes[place] = byte;
            let whole = read_request(std::iter::once(bytes.as_slice()), limits);
            assert_eq!(read_request(bytes.chunks(1), limits), whole, "{}", bytes.escape_ascii());
        }
    }
}

#[test]
fn noise_is_refused_at_once_or_within_the_limit() {
    for unit in [&b" "[..], b"\0", b"\r\n", b"\n", b"A", b"\xff", b"A ", b"/", b":", b"\""] {
        let bytes = unit.repeat((64 << 10) / unit.len());
        let (refused, failed) = outcomes(&bytes, HeadLimits::default());
        assert!(matches!(refused, Outcome::Refused(_)), "{unit:?}");
        assert!(matches!(failed, Outcome::Failed(_)), "{unit:?}");
    }
}
