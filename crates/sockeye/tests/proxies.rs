//! Proxies tell whose the bytes are, and only those who may are believed.
#![cfg(all(feature = "hyper", feature = "client"))]

mod support;

use sockeye::{Answer, Listener, Peer, Proxies, Server, ServerOptions};
use support::door::{self, Running, UPGRADE};

/// Tells who the client is, and of which host.
async fn server(listener: Listener) -> Server {
    let page = door::service(|request| async move {
        let peer = request.extensions().get::<Peer>().expect("the peer is known");
        let host = request.headers()["host"].to_str().expect("ASCII");
        let ip = peer.ip().expect("an address");
        Answer::new(format!("{ip} {host} {}", peer.is_secure()).into())
    });
    Server::new(listener).route("/echo", ServerOptions::default(), door::echo).service(page)
}

async fn listener() -> Listener {
    Listener::tcp("127.0.0.1:0").await.expect("a free port")
}

fn network(text: &str) -> [sockeye::Network; 1] {
    [text.parse().expect("a network")]
}

async fn behind_the_proxy_protocol(from: &str) -> Running {
    door::run(server(listener().await.proxy_protocol(network(from))).await)
}

#[tokio::test]
async fn the_proxy_protocol_tells_the_client() {
    let server = behind_the_proxy_protocol("127.0.0.0/8").await;
    let request = b"GET / HTTP/1.1\r\nHost: example.com\r\nConnection: close\r\n\r\n".as_slice();
    let line = b"PROXY TCP4 203.0.113.9 192.0.2.1 4711 80\r\n".as_slice();
    let binary = b"\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c\xcb\0\x71\x09\xc0\0\x02\x01\x12\x67\0\x50";
    for header in [line, binary] {
        let answer = door::exchange_bytes(server.address, &[header, request].concat()).await;
        assert!(answer.ends_with(b"203.0.113.9 example.com false"), "{}", answer.escape_ascii());
    }
}

#[tokio::test]
async fn without_the_header_or_from_a_stranger_a_connection_is_closed() {
    let server = behind_the_proxy_protocol("127.0.0.0/8").await;
    assert_eq!(door::exchange_bytes(server.address, UPGRADE.as_bytes()).await, b"");
    let server = behind_the_proxy_protocol("10.0.0.0/8").await;
    let line = b"PROXY TCP4 203.0.113.9 192.0.2.1 4711 80\r\n".as_slice();
    let bytes = [line, UPGRADE.as_bytes()].concat();
    assert_eq!(door::exchange_bytes(server.address, &bytes).await, b"");
}

#[tokio::test]
async fn a_second_header_of_the_proxy_protocol_is_no_request() {
    let server = behind_the_proxy_protocol("127.0.0.0/8").await;
    let line = "PROXY TCP4 203.0.113.9 192.0.2.1 4711 80\r\n";
    let answer = door::exchange(server.address, &format!("{line}{line}{UPGRADE}")).await;
    assert!(answer.starts_with("HTTP/1.1 400 Bad Request"), "{answer}");
}

#[tokio::test]
async fn headers_of_a_trusted_proxy_tell_the_client() {
    let proxies = Proxies::forwarded(network("127.0.0.1"));
    let server = door::run(server(listener().await).await.proxies(proxies));
    let told = "Forwarded: for=203.0.113.9;proto=https;host=example.org\r\n";
    let answer = door::get(server.address, "/", told).await;
    assert!(answer.ends_with("203.0.113.9 example.org true"), "{answer}");
    let other = "X-Forwarded-For: 203.0.113.9\r\n";
    let answer = door::get(server.address, "/", other).await;
    assert!(answer.ends_with("127.0.0.1 example.com false"), "{answer}");
}

#[tokio::test]
async fn the_page_of_a_forwarded_host_may_connect() {
    let proxies = Proxies::x_forwarded(network("127.0.0.1"));
    let server = door::run(server(listener().await).await.proxies(proxies));
    let request = UPGRADE.replace("Host", "Origin: https://example.org\r\nHost");
    let answer = door::exchange(server.address, &request).await;
    assert!(answer.starts_with("HTTP/1.1 403 Forbidden"), "{answer}");
    let request = request.replace("Origin", "X-Forwarded-Host: example.org\r\nOrigin");
    let goodbye = "\u{0}";
    let answer = door::exchange(server.address, &format!("{request}{goodbye}\u{0}")).await;
    assert!(answer.starts_with("HTTP/1.1 101 Switching Protocols"), "{answer}");
}
