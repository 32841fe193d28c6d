//! A WebSocket leaves its engine: nothing is lost, in either direction.
#![cfg(all(feature = "engine", feature = "client", target_os = "linux"))]

mod support;

use std::{io, thread, time::Duration};

use sockeye::{CloseCode, Error, Kind, Limits, Message, Server, ServerOptions, WebSocket};
use support::{PATIENCE, door, poll_and_drop};
use tokio::{io::AsyncWriteExt, sync::mpsc, time::timeout};

/// A server of one engine, whose handler hands its sockets out.
async fn giving() -> (door::Running, mpsc::UnboundedReceiver<WebSocket>) {
    let (give, given) = mpsc::unbounded_channel();
    let limits =
        Limits::default().message_bytes(8 << 20).frame_bytes(8 << 20).output_bytes(8 << 20);
    let options = ServerOptions::default().config(sockeye::Config::default().limits(limits));
    let server = Server::bind("127.0.0.1:0").await.expect("a free port");
    let server = server.route("/", options, move |mut ws: WebSocket| {
        let give = give.clone();
        async move {
            // It waits here first, so that the engine knows a waker of this task.
            let first = timeout(PATIENCE, ws.recv()).await.expect("in time").expect("open");
            assert_eq!(first, Some(Message::from("first")));
            ws.send("first").await.expect("sent");
            let more = timeout(Duration::from_millis(100), ws.recv()).await;
            assert!(more.is_err(), "expected half a message at most, got {more:?}");
            let _ = give.send(ws);
        }
    });
    (door::start(door::with_engines(server, 1)), given)
}

async fn connect(server: &door::Running) -> WebSocket {
    let limits =
        Limits::default().message_bytes(8 << 20).frame_bytes(8 << 20).output_bytes(8 << 20);
    let config = sockeye::Config::default().limits(limits);
    let mut ws = sockeye::connect(server.url("/")).config(config).await.expect("a connection");
    ws.send("first").await.expect("sent");
    assert!(ws.recv().await.expect("open").is_some());
    ws
}

fn large() -> Message {
    Message::from((0..4 << 20_u32).map(|number| number as u8).collect::<Vec<_>>())
}

#[tokio::test]
async fn a_socket_leaves_in_the_midst_of_a_message_and_goes_on_elsewhere() {
    let (server, mut given) = giving().await;
    let (mut receiver, mut sender) = connect(&server).await.split();
    let bytes = large().into_bytes();
    let (half, rest) = bytes.split_at(bytes.len() / 2);
    let mut parts = sender.send_parts(Kind::Binary).await.expect("open");
    parts.write_all(half).await.expect("open");
    parts.flush().await.expect("the engine reads while the handler waits");
    let mut ws = timeout(PATIENCE, given.recv()).await.expect("in time").expect("a socket");
    // Nobody reads yet, so this has begun to leave and is still queued.
    ws.try_send(large()).expect("room");
    assert!(poll_and_drop(ws.flush()).is_pending(), "more than a socket takes");
    let elsewhere = tokio::spawn(async move {
        let message = ws.recv().await.expect("open");
        assert!(message == Some(large()), "what came");
        ws.send("done").await.expect("sent");
        while let Ok(Some(_)) = ws.recv().await {}
    });
    parts.write_all(rest).await.expect("open");
    parts.finish().await.expect("sent");
    let got = timeout(PATIENCE, receiver.recv()).await.expect("in time").expect("open");
    assert!(got == Some(large()), "what was queued");
    let got = timeout(PATIENCE, receiver.recv()).await.expect("in time").expect("open");
    assert_eq!(got, Some(Message::from("done")));
    sender.close(CloseCode::NORMAL).await.expect("said");
    assert_eq!(receiver.recv().await.expect("a clean end"), None);
    elsewhere.await.expect("no panic");
    server.stop().await.expect("nobody is left");
}

#[tokio::test]
async fn halves_live_on_threads_of_their_own() {
    let (server, mut given) = giving().await;
    let mut client = connect(&server).await;
    let ws = timeout(PATIENCE, given.recv()).await.expect("in time").expect("a socket");
    let (mut receiver, sender) = ws.split();
    let (pass, mut passed) = mpsc::channel(1);
    let run = |work: std::pin::Pin<Box<dyn Future<Output = ()> + Send>>| {
        thread::spawn(|| {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.expect("a runtime").block_on(work);
        })
    };
    run(Box::pin(async move {
        while let Ok(Some(message)) = receiver.recv().await {
            pass.send(message).await.expect("the other half is there");
        }
    }));
    run(Box::pin(async move {
        while let Some(message) = passed.recv().await {
            sender.send(message).await.expect("sent");
        }
    }));
    for number in 0..100 {
        let message = Message::from(number.to_string());
        client.send(message.clone()).await.expect("sent");
        let echo = timeout(PATIENCE, client.recv()).await.expect("in time").expect("open");
        assert_eq!(echo, Some(message));
    }
    client.close(CloseCode::NORMAL).await.expect("a clean end");
}

#[tokio::test]
async fn without_a_runtime_it_is_an_error_and_no_panic() {
    let (server, mut given) = giving().await;
    let _client = connect(&server).await;
    let mut ws = timeout(PATIENCE, given.recv()).await.expect("in time").expect("a socket");
    let polled = thread::spawn(move || poll_and_drop(ws.recv())).join().expect("no panic");
    let std::task::Poll::Ready(Err(Error::Io(error))) = polled else {
        panic!("expected an error of the transport's, got {polled:?}");
    };
    assert_eq!(error.kind(), io::ErrorKind::Unsupported);
    server.stop().await.expect("nobody is left");
}

#[tokio::test]
async fn a_socket_that_is_dropped_elsewhere_gives_its_place_back() {
    let (server, mut given) = giving().await;
    for _ in 0..10 {
        let mut client = connect(&server).await;
        let ws = timeout(PATIENCE, given.recv()).await.expect("in time").expect("a socket");
        thread::spawn(move || drop(ws)).join().expect("no panic");
        timeout(PATIENCE, client.recv()).await.expect("in time").expect_err("no goodbye");
    }
    server.stop().await.expect("nobody is left");
}
