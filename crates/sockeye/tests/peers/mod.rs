//! Servers and proxies that say exactly what a test wants them to.
#![allow(dead_code, reason = "each test file uses some of it")]

#[cfg(feature = "tls")]
pub(crate) mod secure;

use std::{error::Error, fmt::Write as _, net::SocketAddr, time::Duration};

use sockeye::{ConnectError, WebSocket};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
    time::timeout,
};

/// How long anything may take before a test gives up.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

pub(crate) async fn listen() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("an address");
    (listener, address)
}

/// The head of a request, up to its empty line.
pub(crate) async fn read_head<S: AsyncRead + Unpin>(stream: &mut S) -> String {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.expect("a head"));
    }
    String::from_utf8(head).expect("text")
}

/// The value of a header.
pub(crate) fn header<'h>(head: &'h str, name: &str) -> Option<&'h str> {
    let mut lines = head.lines().filter_map(|line| line.split_once(": "));
    lines.find(|(found, _)| found.eq_ignore_ascii_case(name)).map(|(_, value)| value)
}

/// Answers one request with `answer`, made from its head, and keeps the stream open until the client is gone.
///
/// Gives the URL to connect to, and in the end the request's head.
pub(crate) async fn answer(
    answer: impl FnOnce(&str) -> Vec<u8> + Send + 'static,
) -> (String, JoinHandle<String>) {
    let (listener, address) = listen().await;
    let task = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.expect("a client");
        let head = read_head(&mut stream).await;
        stream.write_all(&answer(&head)).await.expect("written");
        let _ = stream.read_to_end(&mut Vec::new()).await;
        head
    });
    (format!("ws://{address}/"), task)
}

/// The response that makes a WebSocket of a request, with lines of the test's own.
pub(crate) fn accept(head: &str, lines: &str) -> Vec<u8> {
    let key = header(head, "Sec-WebSocket-Key").expect("a key");
    let request = http::Request::get("/")
        .header("host", "a")
        .header("upgrade", "websocket")
        .header("connection", "upgrade")
        .header("sec-websocket-version", "13")
        .header("sec-websocket-key", key)
        .body(())
        .expect("a request");
    let offer = sockeye_proto::handshake::Offer::from_request(&request).expect("an offer");
    let choice = sockeye_proto::handshake::Choice::default();
    let response = offer.accept(&choice).expect("accepted").response;
    let mut bytes = sockeye_proto::handshake::write_response(&response);
    bytes.truncate(bytes.len() - 2);
    [&bytes, lines.as_bytes(), b"\r\n"].concat()
}

pub(crate) async fn connect(connect: sockeye::Connect) -> Result<WebSocket, ConnectError> {
    timeout(PATIENCE, connect.into_future()).await.expect("in time")
}

pub(crate) async fn fail(connecting: sockeye::Connect) -> ConnectError {
    connect(connecting).await.expect_err("no WebSocket")
}

/// An error with all that is behind it.
pub(crate) fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        write!(text, ": {error}").expect("text is written");
        source = error.source();
    }
    text
}

/// Copies between two streams until either ends.
pub(crate) async fn splice(mut one: TcpStream, to: SocketAddr) {
    let mut other = TcpStream::connect(to).await.expect("the target");
    let _ = tokio::io::copy_bidirectional(&mut one, &mut other).await;
}
