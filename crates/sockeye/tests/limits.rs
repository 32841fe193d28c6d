//! How many connections a server takes, and what becomes of the rest.
#![cfg(all(feature = "hyper", feature = "client"))]

mod support;

use std::{
    future::poll_fn,
    pin::pin,
    sync::{Arc, Mutex},
    task::Poll,
};

use sockeye::{Answer, CloseCode, Server, ServerOptions};
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
    let server = Server::bind("127.0.0.1:0").await.expect("a free port");
    server.route("/echo", ServerOptions::default(), door::echo)
}

#[tokio::test]
async fn what_is_over_the_limit_waits_for_a_place() {
    let server = door::run(server().await.max_connections(2));
    let mut first = sockeye::connect(server.url("/echo")).await.expect("a connection");
    let _second = sockeye::connect(server.url("/echo")).await.expect("a connection");
    let mut third = pin!(sockeye::connect(server.url("/echo")).into_future());
    let pending = poll_fn(|context| Poll::Ready(third.as_mut().poll(context).is_pending())).await;
    assert!(pending);
    // Two others talk meanwhile, and the third is not let in between.
    for _ in 0..100 {
        first.send("hello").await.expect("sent");
        first.recv().await.expect("open");
        let pending =
            poll_fn(|context| Poll::Ready(third.as_mut().poll(context).is_pending())).await;
        assert!(pending, "there is no place");
    }
    first.close(CloseCode::NORMAL).await.expect("a clean end");
    let third = timeout(PATIENCE, third).await.expect("in time").expect("a connection");
    assert!(third.is_open());
}

#[tokio::test]
async fn an_address_over_its_limit_is_closed_without_an_answer() {
    let server = door::run(server().await.max_connections_per_address(1));
    let mut first = sockeye::connect(server.url("/echo")).await.expect("a connection");
    let mut second = TcpStream::connect(server.address).await.expect("a connection");
    let mut answer = Vec::new();
    let read = timeout(PATIENCE, second.read_to_end(&mut answer)).await.expect("in time");
    read.expect("a clean end");
    assert_eq!(answer, b"");
    first.close(CloseCode::NORMAL).await.expect("a clean end");
    drop(first);
    // Its place is given back when the server's end of it is gone.
    while sockeye::connect(server.url("/echo")).await.is_err() {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_head_over_the_limits_that_were_set_is_answered_with_431() {
    let page = door::service(|_| async { Answer::new("a page".into()) });
    let server = server().await.max_head_bytes(8 << 10).max_headers(10).service(page);
    let server = door::run(server);
    let page = "GET / HTTP/1.1\r\nHost: example.com\r\n\r\n";
    for too_much in [format!("X: {}", "y".repeat(9 << 10)), ["X: y"; 11].join("\r\n")] {
        let request = UPGRADE.replace("Host", &format!("{too_much}\r\nHost"));
        let answer = door::exchange(server.address, &request).await;
        assert!(answer.starts_with("HTTP/1.1 431 "), "{answer}");
        // So it is for a later request of a connection, which hyper reads.
        let mut stream = TcpStream::connect(server.address).await.expect("a connection");
        stream.write_all(page.as_bytes()).await.expect("sent");
        door::read_until(&mut stream, b"a page").await;
        stream.write_all(request.as_bytes()).await.expect("sent");
        door::read_until(&mut stream, b"HTTP/1.1 431 ").await;
    }
}

#[tokio::test]
async fn every_refusal_is_told_with_its_status() {
    let told: Arc<Mutex<Vec<u16>>> = Arc::default();
    let tell = told.clone();
    let page = door::service(|_| async { Answer::new("a page".into()) });
    let server = server().await.service(page).on_refusal(move |status, peer| {
        assert!(peer.ip().is_some_and(|ip| ip.is_loopback()));
        tell.lock().expect("no panic").push(status.as_u16());
    });
    let server = door::run(server);
    let page = "GET / HTTP/1.1\r\nHost: example.com\r\n\r\n";
    let wrong_version = UPGRADE.replace("13\r\n", "12\r\n");
    let foreign = UPGRADE.replace("Host", "Origin: https://evil.example\r\nHost");
    for request in ["nonsense\r\n\r\n", &wrong_version, &foreign] {
        door::exchange(server.address, request).await;
    }
    for request in [&wrong_version, &foreign] {
        door::exchange(server.address, &format!("{page}{request}")).await;
    }
    let mut request = door::extended_connect(server.address, "/echo");
    let origin = "https://evil.example".parse().expect("a value");
    request.headers_mut().insert(http::header::ORIGIN, origin);
    assert_eq!(door::connect_http2(server.address, request).await.status(), 403);
    // What became one is no refusal.
    let mut ws = sockeye::connect(server.url("/echo")).await.expect("a connection");
    ws.close(CloseCode::NORMAL).await.expect("a clean end");
    let ws = door::http2(server.address, "/echo").await;
    assert!(ws.is_open());
    assert_eq!(*told.lock().expect("no panic"), [400, 426, 403, 426, 403, 403]);
}
