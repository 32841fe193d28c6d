//! The draft of 2010 is served where it is allowed, on a connection of its own and on a later request.
#![cfg(all(feature = "hyper", feature = "client", feature = "hixie76"))]

mod support;

use sockeye::{Answer, Server, ServerOptions};
use support::door::{self, Running};
use tokio::{io::AsyncWriteExt, net::TcpStream};

/// The example of the draft, 1.2, without the eight bytes behind it.
const REQUEST: &str = "GET /echo HTTP/1.1\r\nHost: example.com\r\nConnection: Upgrade\r\n\
    Sec-WebSocket-Key2: 12998 5 Y3 1  .P00\r\nUpgrade: WebSocket\r\n\
    Sec-WebSocket-Key1: 4 @1  46546xW%0l 1 5\r\nOrigin: http://example.com\r\n\r\n";

const PAGE: &str = "GET / HTTP/1.1\r\nHost: example.com\r\n\r\n";

async fn server(options: ServerOptions) -> Running {
    let page = door::service(|_| async { Answer::new("a page".into()) });
    let server = Server::bind("127.0.0.1:0").await.expect("a free port");
    door::run(server.route("/echo", options, door::echo).service(page))
}

#[tokio::test]
async fn a_client_of_the_draft_is_let_in_where_that_is_allowed() {
    let server = server(ServerOptions::default().allow_hixie76()).await;
    for first in ["", PAGE] {
        let mut stream = TcpStream::connect(server.address).await.expect("a connection");
        stream.write_all(first.as_bytes()).await.expect("sent");
        if !first.is_empty() {
            door::read_until(&mut stream, b"a page").await;
        }
        stream.write_all(REQUEST.as_bytes()).await.expect("sent");
        let head = door::read_until(&mut stream, b"\r\n\r\n").await;
        let head = String::from_utf8_lossy(&head).to_lowercase();
        assert!(head.starts_with("http/1.1 101 "), "{head}");
        assert!(head.contains("sec-websocket-location: ws://example.com/echo\r\n"), "{head}");
        stream.write_all(b"^n:ds[4U\0hello\xff").await.expect("sent");
        let answer = door::read_until(&mut stream, b"\0hello\xff").await;
        assert!(answer.starts_with(b"8jKS'y:G*Co,Wxa-"), "{}", answer.escape_ascii());
        stream.write_all(b"\xff\0").await.expect("sent");
        door::read_until(&mut stream, b"\xff\0").await;
    }
}

#[tokio::test]
async fn elsewhere_it_is_told_the_version_that_is_spoken() {
    let server = server(ServerOptions::default()).await;
    for first in ["", PAGE] {
        let answer = door::exchange(server.address, &format!("{first}{REQUEST}^n:ds[4U")).await;
        let (_, answer) = answer.rsplit_once("HTTP/1.1 ").expect("an answer");
        assert!(answer.starts_with("426 "), "{answer}");
        assert!(answer.to_lowercase().contains("sec-websocket-version: 13\r\n"), "{answer}");
    }
}

#[tokio::test]
async fn a_foreign_page_or_a_wrong_key_is_refused() {
    let server = server(ServerOptions::default().allow_hixie76()).await;
    for (request, status) in [
        (REQUEST.replace("http://example.com", "http://evil.example"), "403"),
        (REQUEST.replace("12998 5 Y3 1  .P00", "12998"), "400"),
    ] {
        let answer = door::exchange(server.address, &format!("{request}^n:ds[4U")).await;
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{answer}");
    }
}
