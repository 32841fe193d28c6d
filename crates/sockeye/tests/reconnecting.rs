//! `Reconnecting`: servers that go and come back, and reasons to stop.
#![cfg(all(feature = "client", feature = "server"))]

mod peers;
mod support;

use std::{task::Poll, time::Duration};

use peers::{PATIENCE, listen, read_head};
use sockeye::{
    Backoff, CloseCode, CloseFrame, Closed, Disconnection, Error, Message, Reconnecting,
    ServerOptions, UnqueuedReason, Update, Verdict, WebSocket,
};
use support::poll_and_drop;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    time::timeout,
};

fn reconnecting(listener: &TcpListener) -> Reconnecting {
    let url = format!("ws://{}", listener.local_addr().expect("an address"));
    let backoff = Backoff::default().first(Duration::from_millis(1)).max(Duration::from_millis(2));
    sockeye::connect(url).reconnecting().backoff(backoff)
}

async fn accept(listener: &TcpListener) -> WebSocket<TcpStream> {
    let (stream, _) = listener.accept().await.expect("a client");
    let opening = sockeye::accept(stream).await.expect("a request");
    opening.accept(&ServerOptions::default()).await.expect("a connection")
}

async fn refuse(listener: &TcpListener, answer: &str) {
    let (mut stream, _) = listener.accept().await.expect("a client");
    read_head(&mut stream).await;
    stream.write_all(answer.as_bytes()).await.expect("written");
    let _ = stream.read_to_end(&mut Vec::new()).await;
}

async fn recv(feed: &mut Reconnecting) -> Result<Option<Update>, Disconnection> {
    timeout(PATIENCE, feed.recv()).await.expect("in time")
}

async fn connected(feed: &mut Reconnecting) {
    let update = recv(feed).await.expect("no end");
    assert!(matches!(update, Some(Update::Connected)), "{update:?}");
}

async fn disconnected(feed: &mut Reconnecting) -> Disconnection {
    match recv(feed).await.expect("no end") {
        Some(Update::Disconnected { reason, retry_in }) => {
            assert!(retry_in <= Duration::from_millis(2), "{retry_in:?}");
            reason
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_server_that_comes_back_is_greeted_before_the_queue_leaves() {
    let (listener, _) = listen().await;
    let mut feed = reconnecting(&listener)
        .on_connect(|ws| Box::pin(async move { ws.send("subscribe").await }));
    let server = tokio::spawn(async move {
        let mut ws = accept(&listener).await;
        let mut got = vec![ws.recv().await.expect("open").expect("a greeting")];
        drop(ws);
        let mut ws = accept(&listener).await;
        while let Some(message) = ws.recv().await.expect("a clean end") {
            got.push(message);
            if got.len() == 4 {
                ws.close(CloseCode::NORMAL).await.expect("a clean end");
            }
        }
        got
    });
    connected(&mut feed).await;
    assert!(feed.websocket().is_some_and(WebSocket::is_open));
    let reason = disconnected(&mut feed).await;
    assert!(matches!(reason, Disconnection::Failed(_)), "{reason:?}");
    assert!(feed.websocket().is_none());
    for text in ["one", "two"] {
        feed.send(text).await.expect("queued");
    }
    assert_eq!(feed.queued(), 2);
    connected(&mut feed).await;
    assert!(matches!(recv(&mut feed).await, Ok(None)), "1000 is the end");
    assert_eq!(feed.queued(), 0);
    let got = server.await.expect("no panic");
    assert_eq!(got, ["subscribe", "subscribe", "one", "two"].map(Message::from));
}

#[tokio::test]
async fn what_is_sent_while_connected_comes_back() {
    let (listener, _) = listen().await;
    let mut feed = reconnecting(&listener);
    tokio::spawn(async move {
        let mut ws = accept(&listener).await;
        while let Ok(Some(message)) = ws.recv().await {
            ws.send(message).await.expect("sent");
        }
    });
    connected(&mut feed).await;
    feed.send("hello").await.expect("sent");
    let update = recv(&mut feed).await.expect("open");
    assert!(matches!(update, Some(Update::Message(got)) if got == Message::from("hello")));
    feed.close(CloseCode::NORMAL).await.expect("a clean end");
    assert!(matches!(recv(&mut feed).await, Ok(None)));
    let unqueued = feed.try_send("late").expect_err("the end");
    assert_eq!(unqueued.reason, UnqueuedReason::Ended);
    assert_eq!(unqueued.message, Message::from("late"));
}

#[tokio::test]
async fn what_the_server_sends_after_our_goodbye_arrives() {
    let (listener, _) = listen().await;
    let mut feed = reconnecting(&listener);
    let server = tokio::spawn(async move {
        let mut ws = accept(&listener).await;
        let question = ws.recv().await.expect("open");
        ws.send("an answer").await.expect("sent");
        (question, ws.recv().await.expect("a clean end"))
    });
    connected(&mut feed).await;
    assert_eq!(feed.closed(), None);
    feed.try_send("a question").expect("queued");
    feed.start_close(CloseFrame::new(CloseCode::new(4000).expect("a code"), "bye"));
    let unqueued = feed.try_send("late").expect_err("leaving");
    assert_eq!(unqueued.reason, UnqueuedReason::Ended);
    let update = recv(&mut feed).await.expect("no end");
    assert!(matches!(update, Some(Update::Message(got)) if got == Message::from("an answer")));
    assert!(matches!(recv(&mut feed).await, Ok(None)), "whatever the code, it was ours");
    assert_eq!(server.await.expect("no panic"), (Some(Message::from("a question")), None));
    let closed = feed.closed().expect("it is over").to_string();
    assert_eq!(closed, "closed by us: 4000 (bye)");
}

#[tokio::test]
async fn a_server_that_is_gone_instead_of_saying_goodbye_is_told_and_not_called_again() {
    let (listener, _) = listen().await;
    let mut feed = reconnecting(&listener);
    let server = tokio::spawn(async move { drop(accept(&listener).await) });
    connected(&mut feed).await;
    server.await.expect("no panic");
    feed.start_close(CloseCode::NORMAL);
    let reason = recv(&mut feed).await.expect_err("no goodbye");
    assert!(matches!(reason, Disconnection::Failed(_)), "{reason:?}");
    assert!(matches!(recv(&mut feed).await, Ok(None)));
    assert_eq!(feed.closed(), Some(&Closed::Lost));
}

/// How a server's goodbye with this code is taken.
async fn goodbye(code: u16) -> Result<Option<Update>, Disconnection> {
    let (listener, _) = listen().await;
    let mut feed = reconnecting(&listener);
    tokio::spawn(async move {
        let mut ws = accept(&listener).await;
        let _ = ws.close(CloseCode::new(code).expect("a code")).await;
        listener
    });
    connected(&mut feed).await;
    recv(&mut feed).await
}

#[tokio::test]
async fn a_code_that_says_stop_is_the_end() {
    for code in [1008, 4001] {
        let reason = goodbye(code).await.expect_err("the end");
        assert!(matches!(&reason, Disconnection::Closed(_)), "{reason:?}");
        assert_eq!(reason.to_string(), format!("the server said goodbye: {code}"));
    }
    for code in [1001, 1012] {
        let update = goodbye(code).await.expect("another attempt");
        assert!(matches!(update, Some(Update::Disconnected { .. })), "{update:?}");
    }
}

#[tokio::test]
async fn a_status_that_says_stop_is_the_end_and_one_for_now_is_not() {
    let (listener, _) = listen().await;
    let mut feed = reconnecting(&listener);
    tokio::spawn(async move {
        refuse(&listener, "HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n").await;
        refuse(&listener, "HTTP/1.1 403 Forbidden\r\nContent-Length: 9\r\n\r\nnot today").await;
    });
    let reason = disconnected(&mut feed).await;
    assert!(matches!(reason, Disconnection::NotOpened(_)), "{reason:?}");
    let reason = recv(&mut feed).await.expect_err("the end");
    let Disconnection::NotOpened(error) = reason else { panic!("{reason:?}") };
    assert_eq!(error.response().expect("the response").body(), "not today");
    assert!(matches!(recv(&mut feed).await, Ok(None)));
}

#[tokio::test]
async fn the_caller_may_judge_otherwise() {
    let (listener, _) = listen().await;
    let mut feed = reconnecting(&listener).judge(|_| Verdict::Stop);
    tokio::spawn(async move { drop(accept(&listener).await) });
    connected(&mut feed).await;
    let reason = recv(&mut feed).await.expect_err("the end");
    assert!(matches!(reason, Disconnection::Failed(_)), "{reason:?}");
}

#[tokio::test]
async fn a_greeting_that_fails_gives_the_connection_up() {
    let (listener, _) = listen().await;
    let mut feed = reconnecting(&listener).on_connect(|_| {
        Box::pin(async { Err(Error::Io(std::io::Error::other("no subscription"))) })
    });
    let server = tokio::spawn(async move {
        let mut ws = accept(&listener).await;
        ws.recv().await.expect_err("no goodbye")
    });
    let reason = disconnected(&mut feed).await;
    assert!(matches!(reason, Disconnection::NotGreeted(_)), "{reason:?}");
    timeout(PATIENCE, server).await.expect("in time").expect("no panic");
}

#[tokio::test]
async fn a_full_queue_says_so_and_gives_the_message_back() {
    let (listener, _) = listen().await;
    let mut feed = reconnecting(&listener).queue(10, 2);
    feed.send("0123456789").await.expect("queued");
    let unqueued = feed.send("more").await.expect_err("full");
    assert_eq!(unqueued.reason, UnqueuedReason::Full { bytes: 10, messages: 1 });
    assert_eq!(unqueued.message, Message::from("more"));
}

#[tokio::test]
async fn a_queue_larger_than_the_connection_takes_leaves_while_one_receives() {
    let (listener, _) = listen().await;
    let mut feed = reconnecting(&listener).queue(64 << 20, 100);
    for number in 0..100_u8 {
        feed.try_send(vec![number; 300_000]).expect("queued");
    }
    let server = tokio::spawn(async move {
        let mut ws = accept(&listener).await;
        for number in 0..100_u8 {
            let got = ws.recv().await.expect("open").expect("a message");
            assert_eq!(got, Message::from(vec![number; 300_000]));
        }
        ws.close(CloseCode::NORMAL).await.expect("a clean end");
    });
    connected(&mut feed).await;
    assert!(matches!(recv(&mut feed).await, Ok(None)));
    server.await.expect("no panic");
}

#[tokio::test]
async fn a_dropped_recv_loses_nothing() {
    let (listener, _) = listen().await;
    let mut feed = reconnecting(&listener);
    let server = tokio::spawn(async move {
        for round in 0..3 {
            let mut ws = accept(&listener).await;
            for number in 0..100 {
                ws.send(format!("{round} {number}")).await.expect("sent");
            }
            let code = if round == 2 { CloseCode::NORMAL } else { CloseCode::GOING_AWAY };
            ws.close(code).await.expect("a clean end");
        }
    });
    let (mut got, mut connections) = (Vec::new(), 0);
    loop {
        match poll_and_drop(feed.recv()) {
            Poll::Pending => tokio::task::yield_now().await,
            Poll::Ready(Ok(Some(Update::Message(message)))) => got.push(message),
            Poll::Ready(Ok(Some(Update::Connected))) => connections += 1,
            Poll::Ready(Ok(Some(_))) => {}
            Poll::Ready(Ok(None)) => break,
            Poll::Ready(Err(reason)) => panic!("{reason:?}"),
        }
    }
    assert_eq!(connections, 3);
    let rounds = (0..3).flat_map(|round| (0..100).map(move |number| format!("{round} {number}")));
    assert_eq!(got, rounds.map(Message::from).collect::<Vec<_>>());
    server.await.expect("no panic");
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_lasts_makes_up_for_the_failures_before_it() {
    let busy = "HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n";
    for (lasts, failures) in [(29, 3), (31, 1)] {
        let (listener, _) = listen().await;
        let mut feed = reconnecting(&listener);
        let server = tokio::spawn(async move {
            refuse(&listener, busy).await;
            refuse(&listener, busy).await;
            accept(&listener).await
        });
        disconnected(&mut feed).await;
        disconnected(&mut feed).await;
        connected(&mut feed).await;
        let ws = server.await.expect("no panic");
        tokio::time::advance(Duration::from_secs(lasts)).await;
        drop(ws);
        disconnected(&mut feed).await;
        let debug = format!("{feed:?}");
        assert!(debug.contains(&format!("failures: {failures}")), "{lasts} s: {debug}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_server_that_wants_to_be_left_alone_is() {
    let (listener, _) = listen().await;
    let mut feed = reconnecting(&listener);
    tokio::spawn(async move {
        let busy = "HTTP/1.1 503 Busy\r\nRetry-After: 7\r\nContent-Length: 0\r\n\r\n";
        refuse(&listener, busy).await;
        accept(&listener).await.recv().await
    });
    let update = recv(&mut feed).await.expect("no end");
    let Some(Update::Disconnected { retry_in, .. }) = update else { panic!("{update:?}") };
    assert_eq!(retry_in, Duration::from_secs(7));
    let start = tokio::time::Instant::now();
    connected(&mut feed).await;
    assert_eq!(start.elapsed().as_secs(), 7);
}
