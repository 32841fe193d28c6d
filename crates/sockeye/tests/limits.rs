//! How many connections a server takes, and what becomes of the rest.
#![cfg(all(feature = "hyper", feature = "client"))]

mod support;

use std::{future::poll_fn, pin::pin, task::Poll};

use sockeye::{CloseCode, Server, ServerOptions};
use support::{PATIENCE, door};
use tokio::{io::AsyncReadExt, net::TcpStream, time::timeout};

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
