//! What the RFCs forbid is refused at every door: bytes in, a status or a close code out.
//!
//! `docs/strictness.md` lists the rows that a carrier answers itself.
#![cfg(all(feature = "axum", feature = "client"))]

mod support;

use std::net::SocketAddr;

use http::Request;
use hyper_util::rt::TokioIo;
use sockeye::{Answer, Io, Server, ServerOptions, Upgrade};
use support::{
    PATIENCE,
    door::{self, UPGRADE},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    time::timeout,
};

/// A way into a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Door {
    /// Our own reader of heads.
    Raw,
    /// A later request of a connection.
    Hyper,
    /// Axum's own server.
    Axum,
    Http2,
}

const HTTP1: [Door; 3] = [Door::Raw, Door::Hyper, Door::Axum];
const ALL: [Door; 4] = [Door::Raw, Door::Hyper, Door::Axum, Door::Http2];

const PAGE: &[u8] = b"GET / HTTP/1.1\r\nHost: example.com\r\n\r\n";

impl Door {
    async fn serve(self) -> SocketAddr {
        if self == Self::Axum {
            let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
            let address = listener.local_addr().expect("an address");
            let echo = |upgrade: Upgrade| async { upgrade.on_upgrade(door::echo) };
            let app = axum::Router::new().route("/echo", axum::routing::any(echo));
            tokio::spawn(async { axum::serve(listener, app).await });
            return address;
        }
        let page = door::service(|_| async { Answer::new("a page".into()) });
        let server = Server::bind("127.0.0.1:0").await.expect("a free port");
        let server = server.route("/echo", ServerOptions::default(), door::echo).service(page);
        let address = server.addresses()[0];
        tokio::spawn(door::by_engines(server).run(std::future::pending()));
        address
    }

    async fn connect(self) -> TcpStream {
        let mut stream = TcpStream::connect(self.serve().await).await.expect("a connection");
        if self == Self::Hyper {
            stream.write_all(PAGE).await.expect("sent");
            door::read_until(&mut stream, b"a page").await;
        }
        stream
    }

    /// An open WebSocket as a stream of bytes.
    async fn open(self, extensions: &str) -> Io {
        if self == Self::Http2 {
            let address = self.serve().await;
            let mut request = door::extended_connect(address, "/echo");
            if !extensions.is_empty() {
                let value = extensions.parse().expect("a value");
                request.headers_mut().insert("sec-websocket-extensions", value);
            }
            let mut response = door::connect_http2(address, request).await;
            assert_eq!(response.status(), 200);
            let upgraded = hyper::upgrade::on(&mut response).await.expect("a stream");
            return Io::boxed(TokioIo::new(upgraded));
        }
        let mut stream = self.connect().await;
        let request = if extensions.is_empty() {
            UPGRADE.to_owned()
        } else {
            UPGRADE.replace("Host", &format!("Sec-WebSocket-Extensions: {extensions}\r\nHost"))
        };
        stream.write_all(request.as_bytes()).await.expect("sent");
        let response = door::read_until(&mut stream, b"\r\n\r\n").await;
        assert!(response.starts_with(b"HTTP/1.1 101 "), "{}", response.escape_ascii());
        stream.into()
    }
}

/// The status that a request gets at these doors.
async fn check_request(doors: &[Door], request: impl AsRef<[u8]>, status: u16) {
    let request = request.as_ref();
    for door in doors {
        let mut stream = door.connect().await;
        stream.write_all(request).await.expect("sent");
        let answer = door::read_until(&mut stream, b"\r\n\r\n").await;
        // The version is the carrier's to choose: hyper answers HTTP/1.0 in kind.
        let expected = format!(" {status} ");
        assert!(
            answer.starts_with(b"HTTP/1.") && answer[8..].starts_with(expected.as_bytes()),
            "{door:?}: {}\ngot {}",
            request.escape_ascii(),
            answer.escape_ascii()
        );
        if status == 101 {
            continue;
        }
        // After a refusal the connection ends: nothing that follows is read as a request.
        let mut rest = Vec::new();
        let read = timeout(PATIENCE, stream.read_to_end(&mut rest)).await.expect("in time");
        read.expect("a clean end");
        assert!(!rest.windows(5).any(|window| window == b"HTTP/"), "{}", rest.escape_ascii());
    }
}

fn with(header: &str) -> String {
    UPGRADE.replace("Host", &format!("{header}\r\nHost"))
}

fn without(header: &str) -> String {
    let lines = UPGRADE.split_inclusive("\r\n");
    lines.filter(|line| !line.starts_with(&format!("{header}:"))).collect()
}

#[tokio::test]
async fn a_request_that_lacks_something_is_refused() {
    check_request(&HTTP1, UPGRADE, 101).await;
    check_request(&HTTP1, without("Upgrade"), 426).await;
    check_request(&HTTP1, without("Connection"), 426).await;
    check_request(&HTTP1, without("Sec-WebSocket-Version"), 426).await;
    check_request(&HTTP1, without("Sec-WebSocket-Key"), 400).await;
    check_request(&HTTP1, without("Host"), 400).await;
}

#[tokio::test]
async fn a_request_with_a_wrong_value_is_refused() {
    check_request(&HTTP1, UPGRADE.replace("13", "8"), 426).await;
    check_request(&HTTP1, UPGRADE.replace("13", "013"), 426).await;
    check_request(&HTTP1, UPGRADE.replace("dGhl", "dGh"), 400).await;
    check_request(&HTTP1, UPGRADE.replace("ZQ==", "ZQ="), 400).await;
    check_request(&HTTP1, UPGRADE.replace("example.com", "a b"), 400).await;
    check_request(&HTTP1, UPGRADE.replace("GET", "POST"), 405).await;
    check_request(&HTTP1, UPGRADE.replace("HTTP/1.1", "HTTP/1.0"), 505).await;
    check_request(&HTTP1, with("Origin: https://evil.example"), 403).await;
    check_request(&HTTP1, with("Origin: null"), 403).await;
    check_request(&HTTP1, with("Sec-WebSocket-Protocol: a b"), 400).await;
    check_request(&HTTP1, with("Sec-WebSocket-Extensions: a; b=\"c"), 400).await;
}

#[tokio::test]
async fn a_request_with_something_twice_or_too_much_is_refused() {
    check_request(&HTTP1, with("Host: example.com"), 400).await;
    check_request(&HTTP1, with("Sec-WebSocket-Version: 13"), 400).await;
    check_request(&HTTP1, with("Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="), 400).await;
    check_request(&HTTP1, with("Content-Length: 5"), 400).await;
    check_request(&HTTP1, with("Transfer-Encoding: chunked"), 400).await;
}

#[tokio::test]
async fn forms_that_the_rfc_allows_are_accepted() {
    let list =
        UPGRADE.replace("Connection: Upgrade", "connection: keep-alive\r\nCONNECTION: upgrade");
    check_request(&HTTP1, list, 101).await;
    check_request(&HTTP1, UPGRADE.replace("websocket", "h2c, WebSocket"), 101).await;
    check_request(&HTTP1, UPGRADE.replace("/echo", "http://example.com/echo"), 101).await;
    check_request(&HTTP1, with("Content-Length: 0"), 101).await;
    check_request(&HTTP1, with("Origin: http://example.com"), 101).await;
    let offer = "permessage-deflate; client_max_window_bits=7, permessage-deflate";
    check_request(&HTTP1, with(&format!("Sec-WebSocket-Extensions: {offer}")), 101).await;
}

#[tokio::test]
async fn a_head_that_is_read_in_two_ways_is_not_read() {
    // hyper refuses these by itself as well.
    check_request(&HTTP1, UPGRADE.replace("Host:", "Host :"), 400).await;
    check_request(&HTTP1, with("X: a\0b"), 400).await;
    check_request(&HTTP1, with("X: a\r\n b"), 400).await;
    check_request(&HTTP1, with(&["X: y"; 128].join("\r\n")), 431).await;
    // These it lets pass.
    check_request(&[Door::Raw], UPGRADE.replace("\r\n", "\n"), 400).await;
    check_request(&[Door::Raw], format!("\r\n{UPGRADE}"), 400).await;
    check_request(&[Door::Raw], with(&format!("X: {}", "y".repeat(16 << 10))), 431).await;
}

#[tokio::test]
async fn an_extended_connect_that_is_wrong_is_refused() {
    let address = Door::Http2.serve().await;
    let extended = || door::extended_connect(address, "/echo");
    let set = |name: &'static str, value: &'static str| {
        let mut request = extended();
        request.headers_mut().append(name, value.parse().expect("a value"));
        request
    };
    let mut without_version = extended();
    without_version.headers_mut().remove("sec-websocket-version");
    let page = Request::get(format!("http://{address}/echo")).header("sec-websocket-version", "13");
    let page = page.body(http_body_util::Empty::new()).expect("a request");
    let mut other = extended();
    other.extensions_mut().insert(hyper::ext::Protocol::from_static("other"));
    for (request, status) in [
        (extended(), 200),
        (without_version, 400),
        (set("sec-websocket-version", "13"), 400),
        (set("origin", "https://evil.example"), 403),
        (set("sec-websocket-protocol", "a b"), 400),
        (set("host", "elsewhere.example"), 400),
        (other, 501),
        (page, 400),
    ] {
        let told = format!("{request:?}");
        let response = door::connect_http2(address, request).await;
        assert_eq!(response.status(), status, "{told}");
    }
}

const DEFLATE: &str = "permessage-deflate";

/// The code in the Close that frames get at every door.
async fn check_frames(extensions: &str, frames: &[u8], code: u16) {
    for door in ALL {
        let mut io = door.open(extensions).await;
        io.write_all(frames).await.expect("sent");
        let goodbye = timeout(PATIENCE, read_close(&mut io)).await.expect("in time");
        assert_eq!(goodbye, code, "{door:?}: {}", frames.escape_ascii());
    }
}

/// Skips frames of less than 126 bytes up to a Close, and gives its code; 1005 stands for none.
async fn read_close(io: &mut Io) -> u16 {
    loop {
        let opcode = io.read_u8().await.expect("a frame");
        let mut payload = vec![0; io.read_u8().await.expect("a length").into()];
        io.read_exact(&mut payload).await.expect("a payload");
        match (opcode, payload.first_chunk()) {
            (0x88, Some(code)) => return u16::from_be_bytes(*code),
            (0x88, None) => return 1005,
            _ => {}
        }
    }
}

/// A frame with a mask of zeros.
fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let len = u8::try_from(payload.len()).expect("a short frame");
    [&[first, 0x80 | len, 0, 0, 0, 0], payload].concat()
}

#[tokio::test]
async fn a_frame_whose_header_is_wrong_ends_with_1002() {
    check_frames("", b"\x81\x05Hello", 1002).await;
    check_frames("", b"\x81\xfe\0\x05\0\0\0\0Hello", 1002).await;
    check_frames("", b"\x81\xff\0\0\0\0\0\0\0\x05\0\0\0\0Hello", 1002).await;
    check_frames("", b"\x81\xff\x80\0\0\0\0\0\0\x05\0\0\0\0", 1002).await;
    for first in [0xc1, 0xa1, 0x91, 0x83, 0x87, 0x8b, 0x8f] {
        check_frames("", &frame(first, b""), 1002).await;
    }
}

#[tokio::test]
async fn a_control_frame_that_is_none_ends_with_1002() {
    check_frames("", &frame(0x09, b""), 1002).await;
    check_frames("", b"\x89\xfe\0\x7e\0\0\0\0", 1002).await;
    check_frames(DEFLATE, &frame(0xc9, b""), 1002).await;
}

#[tokio::test]
async fn fragments_out_of_order_end_with_1002() {
    check_frames("", &frame(0x80, b""), 1002).await;
    check_frames("", &[frame(0x01, b"a"), frame(0x81, b"b")].concat(), 1002).await;
    check_frames(DEFLATE, &[frame(0x41, b""), frame(0xc0, b"")].concat(), 1002).await;
}

#[tokio::test]
async fn a_goodbye_is_answered_with_its_code_or_with_1002() {
    check_frames("", &frame(0x88, b""), 1005).await;
    for code in [1000_u16, 1001, 1003, 1007, 1011, 1012, 1014, 3000, 4999] {
        check_frames("", &frame(0x88, &code.to_be_bytes()), code).await;
    }
    for code in [0_u16, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000, 65535] {
        check_frames("", &frame(0x88, &code.to_be_bytes()), 1002).await;
    }
    check_frames("", &frame(0x88, b"\x03"), 1002).await;
    check_frames("", &frame(0x88, b"\x03\xe8\xff"), 1007).await;
}

#[tokio::test]
async fn text_that_is_none_ends_with_1007_at_its_first_wrong_byte() {
    // The message has not ended, and nothing more comes.
    check_frames("", &frame(0x01, b"\xff"), 1007).await;
    check_frames("", b"\x81\xfe\x01\0\0\0\0\0\xff", 1007).await;
    check_frames("", &frame(0x81, b"\xed\xa0\x80"), 1007).await;
    check_frames("", &frame(0x81, b"\xe2\x82"), 1007).await;
}

#[tokio::test]
async fn a_claim_that_is_too_large_ends_with_1009_before_its_payload() {
    check_frames("", b"\x82\xff\0\0\0\0\0\x20\0\0\0\0\0\0", 1009).await;
    check_frames("", b"\x82\xff\x7f\xff\xff\xff\xff\xff\xff\xff\0\0\0\0", 1009).await;
}

#[tokio::test]
async fn compressed_bytes_that_are_none_end_with_1007() {
    check_frames(DEFLATE, &frame(0xc1, b"\xff\xff\xff"), 1007).await;
}
