//! A server leaves: everybody is told, everything accepted is delivered, nobody is waited for without end.
#![cfg(all(feature = "hyper", feature = "client"))]

mod support;

use std::{
    io::Write,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use http::header;
use sockeye::{Answer, CloseCode, Closed, Server, ServerOptions, Side, WebSocket};
use support::{
    PATIENCE,
    door::{self, UPGRADE},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    sync::{Notify, mpsc, oneshot},
    time::timeout,
};

async fn server() -> Server {
    Server::bind("127.0.0.1:0").await.expect("a free port")
}

/// The peer's end after the server's goodbye.
async fn expect_goodbye<S: sockeye::Transport>(ws: &mut WebSocket<S>) {
    let ended = timeout(PATIENCE, ws.recv()).await.expect("in time");
    assert_eq!(ended.expect("a clean end"), None);
    let Some(Closed::Clean { frame, by: Side::Peer }) = ws.closed() else {
        panic!("expected a goodbye of the server's, got {:?}", ws.closed());
    };
    assert_eq!(frame.code(), Some(CloseCode::GOING_AWAY));
}

#[tokio::test]
async fn every_socket_is_told_1001_through_every_door() {
    let page = door::service(|_| async { Answer::new("a page".into()) });
    let server = server().await.route("/echo", ServerOptions::default(), door::echo).service(page);
    let server = door::run(server);
    let mut raw = sockeye::connect(server.url("/echo")).await.expect("a connection");
    let mut http2 = door::http2(server.address, "/echo").await;
    let mut later = TcpStream::connect(server.address).await.expect("a connection");
    later.write_all(b"GET / HTTP/1.1\r\nHost: example.com\r\n\r\n").await.expect("sent");
    door::read_until(&mut later, b"a page").await;
    later.write_all(UPGRADE.as_bytes()).await.expect("sent");
    door::read_until(&mut later, b"\r\n\r\n").await;
    let stopped = tokio::spawn(server.stop());
    expect_goodbye(&mut raw).await;
    expect_goodbye(&mut http2).await;
    door::read_until(&mut later, b"\x88\x02\x03\xe9").await;
    later.write_all(b"\x88\x82\0\0\0\0\x03\xe9").await.expect("sent");
    drop(later);
    stopped.await.expect("no panic").expect("nobody is left");
}

#[tokio::test]
async fn a_handler_that_waits_gets_none_and_may_finish_its_work() {
    let (tell, mut told) = mpsc::channel(1);
    let server = server().await.route("/", ServerOptions::default(), move |mut ws| {
        let tell = tell.clone();
        async move {
            let ended = ws.recv().await.expect("a clean end");
            drop(ws);
            tokio::task::yield_now().await;
            tell.send(ended).await.expect("the test waits");
        }
    });
    let server = door::run(server);
    let mut ws = sockeye::connect(server.url("/")).await.expect("a connection");
    let (stopped, ()) = tokio::join!(server.stop(), expect_goodbye(&mut ws));
    stopped.expect("nobody is left");
    assert_eq!(told.try_recv().expect("the handler was waited for"), None);
}

#[tokio::test]
async fn halves_in_tasks_of_their_own_are_told_as_well() {
    let server = server().await.route("/", ServerOptions::default(), |ws| async move {
        let (mut receiver, sender) = ws.split();
        tokio::spawn(async move { while let Ok(Some(_)) = receiver.recv().await {} });
        let _ = sender.send("hello").await;
    });
    let server = door::run(server);
    let mut ws = sockeye::connect(server.url("/")).await.expect("a connection");
    assert!(ws.recv().await.expect("open").is_some());
    let (stopped, ()) = tokio::join!(server.stop(), expect_goodbye(&mut ws));
    stopped.expect("nobody is left");
}

/// Whatever `send` accepted before the goodbye arrives, and the goodbye behind it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everything_that_was_accepted_before_the_goodbye_is_delivered() {
    const SOCKETS: usize = 20;
    let accepted: Arc<[AtomicUsize; SOCKETS]> = Arc::default();
    let flowing = Arc::new(Notify::new());
    let (counts, some) = (accepted.clone(), flowing.clone());
    let numbers = Arc::new(AtomicUsize::new(0));
    let server = server().await.route("/", ServerOptions::default(), move |mut ws| {
        let (counts, some) = (counts.clone(), some.clone());
        let number = numbers.fetch_add(1, Ordering::SeqCst);
        async move {
            ws.send(number.to_string()).await.expect("open");
            while let Ok(Some(message)) = ws.recv().await {
                let sent = ws.send(message).await;
                counts[number].fetch_add(usize::from(sent.is_ok()), Ordering::SeqCst);
                some.notify_one();
            }
        }
    });
    let mut server = door::run(server);
    let clients: Vec<_> =
        (0..SOCKETS).map(|_| tokio::spawn(flood_until_goodbye(server.url("/")))).collect();
    let all_talk = || accepted.iter().all(|count| count.load(Ordering::SeqCst) > 0);
    while !all_talk() {
        timeout(PATIENCE, flowing.notified()).await.expect("messages flow");
    }
    server.leave();
    for client in clients {
        let (number, echoed) = timeout(PATIENCE, client).await.expect("in time").expect("no panic");
        assert_eq!(echoed, accepted[number].load(Ordering::SeqCst), "socket {number}");
    }
    server.stop().await.expect("nobody is left");
}

/// Sends without end; tells which socket it was and how many echoes came before the goodbye.
async fn flood_until_goodbye(url: String) -> (usize, usize) {
    let (mut receiver, sender) = sockeye::connect(url).await.expect("a connection").split();
    let first = receiver.recv().await.expect("open").expect("a number");
    let number = first.as_text().and_then(|text| text.parse().ok()).expect("a number");
    let flood = tokio::spawn(async move { while sender.send("x".repeat(900)).await.is_ok() {} });
    let mut echoed = 0;
    while receiver.recv().await.expect("a clean end").is_some() {
        echoed += 1;
    }
    flood.await.expect("no panic");
    (number, echoed)
}

#[tokio::test]
async fn a_request_under_way_is_answered_and_idle_connections_end() {
    let (arrived, mut arrivals) = mpsc::channel(1);
    let (go, gone) = oneshot::channel::<()>();
    let gone = Arc::new(tokio::sync::Mutex::new(Some(gone)));
    let page = door::service(move |_| {
        let (arrived, gone) = (arrived.clone(), gone.clone());
        async move {
            arrived.send(()).await.expect("the test waits");
            let gone = gone.lock().await.take().expect("asked once");
            let _ = gone.await;
            Answer::new("a page".into())
        }
    });
    let mut server = door::run(server().await.service(page));
    let mut silent = TcpStream::connect(server.address).await.expect("a connection");
    let mut stream = TcpStream::connect(server.address).await.expect("a connection");
    let request = format!("GET / HTTP/1.1\r\n{}: example.com\r\n\r\n", header::HOST);
    stream.write_all(request.as_bytes()).await.expect("sent");
    arrivals.recv().await.expect("the request arrived");
    server.leave();
    // The end of the silent connection tells that the server is leaving.
    let read = timeout(PATIENCE, silent.read(&mut [0])).await.expect("in time");
    assert_eq!(read.expect("a clean end"), 0);
    go.send(()).expect("the page waits");
    let mut answer = Vec::new();
    let read = timeout(PATIENCE, stream.read_to_end(&mut answer)).await.expect("in time");
    read.expect("a clean end");
    assert!(answer.ends_with(b"a page"), "{}", answer.escape_ascii());
    server.stop().await.expect("nobody is left");
}

#[tokio::test]
async fn whoever_was_let_in_before_it_left_is_answered() {
    let page = door::service(|_| async { Answer::new("a page".into()) });
    let server = server().await.route("/echo", ServerOptions::default(), door::echo).service(page);
    let mut server = door::run(server);
    let mut ws = sockeye::connect(server.url("/echo")).await.expect("a connection");
    // Nobody else runs until the first of them is waited for.
    let let_in = |request: &[u8]| {
        let mut stream = std::net::TcpStream::connect(server.address).expect("a connection");
        stream.write_all(request).expect("sent");
        stream.set_nonblocking(true).expect("a socket");
        TcpStream::from_std(stream).expect("a runtime")
    };
    let page = b"GET / HTTP/1.1\r\nHost: example.com\r\n\r\n";
    let streams: Vec<TcpStream> = (0..8).map(|_| let_in(page)).collect();
    server.leave();
    for mut stream in streams {
        let mut answer = Vec::new();
        let read = timeout(PATIENCE, stream.read_to_end(&mut answer)).await.expect("in time");
        read.expect("no reset");
        assert!(answer.ends_with(b"a page"), "{}", answer.escape_ascii());
    }
    expect_goodbye(&mut ws).await;
    server.stop().await.expect("nobody is left");
}

#[tokio::test]
async fn a_server_that_leaves_opens_no_more_sockets() {
    let page = door::service(|_| async { Answer::new("a page".into()) });
    let server = server().await.route("/echo", ServerOptions::default(), door::echo).service(page);
    let mut server = door::run(server);
    let mut ws = sockeye::connect(server.url("/echo")).await.expect("a connection");
    let mut late = TcpStream::connect(server.address).await.expect("a connection");
    let (head, end) = UPGRADE.split_at(UPGRADE.len() - 1);
    late.write_all(head.as_bytes()).await.expect("sent");
    server.leave();
    expect_goodbye(&mut ws).await;
    late.write_all(end.as_bytes()).await.expect("sent");
    let mut answer = Vec::new();
    let read = timeout(PATIENCE, late.read_to_end(&mut answer)).await.expect("in time");
    read.expect("a clean end");
    assert!(answer.starts_with(b"HTTP/1.1 503 Service Unavailable"), "{}", answer.escape_ascii());
    server.stop().await.expect("nobody is left");
}
