//! The deadlines of a server, by a clock that stands: that of the test's own runtime.
#![cfg(all(feature = "hyper", feature = "client"))]

mod support;

use std::time::Duration;

use sockeye::{Answer, Server, ServerOptions, Unfinished};
use support::{
    PATIENCE,
    door::{self, UPGRADE},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

async fn server() -> Server {
    Server::bind("127.0.0.1:0").await.expect("a free port")
}

#[tokio::test(start_paused = true)]
async fn half_a_head_and_then_silence_is_cut_at_the_deadline() {
    let server = door::run(server().await.route("/echo", ServerOptions::default(), door::echo));
    for bytes in ["", "P", "GET /echo HTTP/1.1\r\nHost: exam", "PRI * HTTP/2.0\r\n\r\n"] {
        let mut stream = TcpStream::connect(server.address).await.expect("a connection");
        stream.write_all(bytes.as_bytes()).await.expect("sent");
        let started = tokio::time::Instant::now();
        let mut rest = Vec::new();
        stream.read_to_end(&mut rest).await.expect("a clean end");
        assert!(started.elapsed() <= Duration::from_secs(11), "{bytes:?}");
        assert_eq!(rest, b"", "{bytes:?}");
    }
}

#[cfg(feature = "tls")]
#[tokio::test(start_paused = true)]
async fn half_a_handshake_of_tls_is_cut_at_the_deadline() {
    let signed =
        rcgen::generate_simple_self_signed(["localhost".to_owned()]).expect("a certificate");
    let (chain, key) = (signed.cert.pem(), signed.signing_key.serialize_pem());
    let tls = sockeye::Tls::from_pem(chain.as_bytes(), key.as_bytes()).expect("a certificate");
    let listener = sockeye::Listener::tcp("127.0.0.1:0").await.expect("a free port").tls(tls);
    let server = door::run(Server::new(listener));
    let mut stream = TcpStream::connect(server.address).await.expect("a connection");
    stream.write_all(b"\x16\x03\x01\x02\0").await.expect("sent");
    let started = tokio::time::Instant::now();
    stream.read_to_end(&mut Vec::new()).await.expect("a clean end");
    assert!(started.elapsed() <= Duration::from_secs(11));
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_never_answers_is_not_waited_for_longer_than_its_close_takes() {
    let server = server().await.route("/echo", ServerOptions::default(), door::echo);
    let server = door::run(server);
    let mut stream = TcpStream::connect(server.address).await.expect("a connection");
    stream.write_all(UPGRADE.as_bytes()).await.expect("sent");
    door::read_until(&mut stream, b"\r\n\r\n").await;
    let started = tokio::time::Instant::now();
    server.stop().await.expect("nobody is left");
    assert!(started.elapsed() <= Duration::from_secs(6), "the close takes 5 s at most");
}

#[tokio::test(start_paused = true)]
async fn a_handler_that_never_ends_is_waited_for_until_the_deadline() {
    let server = server().await.route("/echo", ServerOptions::default(), |ws| async move {
        std::future::pending::<()>().await;
        drop(ws);
    });
    let server = door::run(server.shutdown_timeout(Duration::from_secs(3)));
    let mut stream = TcpStream::connect(server.address).await.expect("a connection");
    stream.write_all(UPGRADE.as_bytes()).await.expect("sent");
    door::read_until(&mut stream, b"\r\n\r\n").await;
    assert_eq!(server.stop().await, Err(Unfinished { connections: 1 }));
}

#[tokio::test(start_paused = true)]
async fn a_reader_of_a_page_that_takes_nothing_is_closed() {
    // More than the buffers of any system hold.
    let page = door::service(|request| async move {
        let len = if request.uri().path() == "/large" { 64 << 20 } else { 5 };
        Answer::new(vec![b'x'; len].into())
    });
    let server = server().await.service(page).max_connections(1);
    let server = door::run(server.stall_timeout(Duration::from_secs(5)));
    let mut deaf = TcpStream::connect(server.address).await.expect("a connection");
    deaf.write_all(b"GET /large HTTP/1.1\r\nHost: example.com\r\n\r\n").await.expect("sent");
    // The next one is let in when its place is free.
    let answer = door::get(server.address, "/small", "").await;
    assert!(answer.ends_with("xxxxx"), "{answer}");
    let mut rest = Vec::new();
    let read = timeout(PATIENCE, deaf.read_to_end(&mut rest)).await.expect("in time");
    assert!(read.is_err() || rest.len() < 64 << 20, "expected the connection to be cut");
}
