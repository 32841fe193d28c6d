//! Every connection has one ending, and it is told as it was.
#![cfg(all(feature = "client", feature = "server"))]

mod support;

use std::{
    error::Error as _,
    io,
    pin::{Pin, pin},
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use sockeye::{CloseCode, CloseFrame, Closed, Error, Message, SendError, Side, Timer, WebSocket};
use support::{pair, poll_and_drop, settle};
use tokio::io::{
    AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, DuplexStream, ReadBuf, duplex,
};

/// A server, and the bare stream of its peer.
fn server() -> (WebSocket<DuplexStream>, DuplexStream) {
    let (near, far) = duplex(1 << 16);
    (WebSocket::server(near, Default::default(), Default::default(), &[]), far)
}

/// A masked frame with a mask of zeros.
fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let len = u8::try_from(payload.len()).expect("a short payload");
    [&[first, 0x80 | len, 0, 0, 0, 0], payload].concat()
}

#[tokio::test]
async fn a_goodbye_of_the_peer_is_a_clean_end_with_any_code() {
    let (mut server, mut peer) = server();
    let code = 4000_u16.to_be_bytes();
    peer.write_all(&frame(0x88, &[&code[..], b"enough"].concat())).await.expect("written");
    let reading = tokio::spawn(async move {
        let mut got = Vec::new();
        peer.read_to_end(&mut got).await.expect("read");
        got
    });
    assert_eq!(server.recv().await.expect("clean"), None);
    assert_eq!(server.recv().await.expect("and still so"), None);
    let frame = CloseFrame::new(CloseCode::new(4000).expect("a code"), "enough");
    assert_eq!(server.closed(), Some(&Closed::Clean { frame, by: Side::Peer }));
    assert_eq!(reading.await.expect("no panic"), [&[0x88, 2][..], &code].concat());
}

#[tokio::test]
async fn messages_before_a_violation_are_delivered_and_the_peer_is_told() {
    let (mut server, mut peer) = server();
    let bytes = [frame(0x81, b"one"), frame(0x82, b"two"), vec![0x81, 3, b'b', b'a', b'd']];
    peer.write_all(&bytes.concat()).await.expect("written");
    assert_eq!(server.recv().await.expect("open"), Some(Message::from("one")));
    assert_eq!(server.recv().await.expect("open"), Some(Message::from(b"two".to_vec())));
    let reading = tokio::spawn(async move {
        let mut got = Vec::new();
        peer.read_to_end(&mut got).await.expect("read");
        got
    });
    let error = server.recv().await.expect_err("a frame without a mask");
    assert!(matches!(error, Error::Closed(Closed::Violation(_))), "{error:?}");
    let why = error.source().map(ToString::to_string);
    assert_eq!(why.as_deref(), Some("expected a masked frame, got one without a mask"));
    let answer = reading.await.expect("no panic");
    assert_eq!(answer.get(..4), Some(&[0x88, 49, 0x03, 0xea][..]), "1002: {answer:?}");
    let error = server.send("more").await.expect_err("closed");
    assert!(matches!(error, Error::Closed(Closed::Violation(_))), "{error:?}");
}

#[tokio::test]
async fn an_end_without_a_goodbye_is_an_error() {
    let (mut server, peer) = server();
    drop(peer);
    let error = server.recv().await.expect_err("lost");
    assert!(matches!(error, Error::Closed(Closed::Lost)), "{error:?}");
    let error = server.send("hello?").await.expect_err("lost");
    assert!(matches!(error, Error::Closed(Closed::Lost) | Error::Io(_)), "{error:?}");
}

#[tokio::test]
async fn what_a_peer_sent_before_it_vanished_is_delivered() {
    let (mut server, mut peer) = server();
    peer.write_all(&frame(0x81, b"last")).await.expect("written");
    drop(peer);
    // The transport takes nothing any more; what came before can still be read.
    let error = server.send("hello?").await.expect_err("nobody reads");
    assert!(matches!(error, Error::Io(_)), "{error:?}");
    assert_eq!(server.recv().await.expect("still there"), Some(Message::from("last")));
    let error = server.recv().await.expect_err("lost");
    assert!(matches!(error, Error::Io(_)), "{error:?}");
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_does_not_answer_a_goodbye_is_waited_for_no_longer_than_agreed() {
    let (mut server, _peer) = server();
    let started = tokio::time::Instant::now();
    let error = server.close(CloseCode::NORMAL).await.expect_err("no answer");
    assert!(matches!(error, Error::Closed(Closed::TimedOut(Timer::Close))), "{error:?}");
    assert_eq!(started.elapsed(), Duration::from_secs(5));
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_never_stops_talking_is_not_listened_to_for_ever() {
    let (mut server, mut peer) = server();
    peer.write_all(&[0x80]).await.expect("written");
    // A second header byte without a mask is wrong; whatever follows is thrown away, but not for ever.
    let talking = tokio::spawn(async move { while peer.write_all(&[0; 1000]).await.is_ok() {} });
    let started = tokio::time::Instant::now();
    let end = tokio::time::timeout(Duration::from_secs(60), async {
        tokio::select! {
            end = server.recv() => end,
            () = async { loop {
                tokio::time::advance(Duration::from_millis(100)).await;
                tokio::task::yield_now().await;
            } } => unreachable!("an endless loop"),
        }
    });
    let error = end.await.expect("in time").expect_err("a violation");
    assert!(matches!(error, Error::Closed(Closed::Violation(_))), "{error:?}");
    assert!(started.elapsed() <= Duration::from_secs(6), "{:?}", started.elapsed());
    drop(server);
    talking.await.expect("no panic");
}

#[tokio::test]
async fn after_our_goodbye_what_the_peer_still_sends_is_received() {
    let (mut client, mut server) = pair(1000);
    server.try_send("still on its way").expect("room");
    client.start_close(CloseCode::NORMAL);
    let far = tokio::spawn(async move { server.recv().await });
    assert_eq!(client.recv().await.expect("open"), Some(Message::from("still on its way")));
    assert_eq!(client.recv().await.expect("clean"), None);
    assert_eq!(far.await.expect("no panic").expect("clean"), None);
    let unsent = client.try_send("too late").expect_err("closed");
    assert_eq!(unsent.reason, SendError::Closing);
}

#[tokio::test]
async fn a_stream_ends_after_its_error_and_a_sink_closes_cleanly() {
    use futures_core::Stream;
    use futures_sink::Sink;
    use std::{future::poll_fn, pin::Pin};

    let (mut server, peer) = server();
    drop(peer);
    let first = poll_fn(|context| Pin::new(&mut server).poll_next(context)).await;
    assert!(matches!(first, Some(Err(Error::Closed(Closed::Lost)))), "{first:?}");
    assert!(poll_fn(|context| Pin::new(&mut server).poll_next(context)).await.is_none());

    let (mut client, mut server) = pair(50);
    let far = tokio::spawn(async move {
        let mut got = 0;
        while let Some(message) = server.recv().await.expect("open") {
            assert_eq!(message, Message::from(vec![4; 900_000]));
            got += 1;
        }
        got
    });
    for _ in 0..3 {
        // The second does not fit beside the first; the sink takes it all the same, and is not ready for a third.
        poll_fn(|context| Sink::<Message>::poll_ready(Pin::new(&mut client), context))
            .await
            .expect("open");
        Pin::new(&mut client).start_send(Message::from(vec![4; 900_000])).expect("open");
    }
    poll_fn(|context| Sink::<Message>::poll_close(Pin::new(&mut client), context))
        .await
        .expect("clean");
    assert_eq!(far.await.expect("no panic"), 3);
}

/// A server whose queue is stuck behind a peer that reads nothing.
async fn stuck() -> (WebSocket<DuplexStream>, DuplexStream) {
    let (near, far) = duplex(100);
    let mut server = WebSocket::server(near, Default::default(), Default::default(), &[]);
    server.try_send(vec![1; 1000]).expect("room");
    assert!(poll_and_drop(server.flush()).is_pending());
    (server, far)
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_says_goodbye_and_reads_nothing_is_waited_for_without_turning_in_circles() {
    let (mut server, mut peer) = stuck().await;
    peer.write_all(&frame(0x88, &[])).await.expect("written");
    peer.shutdown().await.expect("shut down");
    assert!(settle(pin!(server.recv())).is_pending());
    assert!(settle(pin!(server.flush())).is_pending());
    let started = tokio::time::Instant::now();
    assert_eq!(server.recv().await.expect("clean"), None);
    assert_eq!(started.elapsed().as_secs(), 5);
}

#[tokio::test]
async fn a_send_whose_bytes_were_thrown_away_fails() {
    // The peer is gone.
    let (mut server, mut peer) = stuck().await;
    peer.shutdown().await.expect("shut down");
    let error = server.flush().await.expect_err("the message has not left");
    assert!(matches!(error, Error::Closed(Closed::Lost)), "{error:?}");

    // The peer said goodbye, and our answer went ahead of what it did not take.
    let (mut server, mut peer) = stuck().await;
    server.try_send("not begun").expect("room");
    peer.write_all(&frame(0x88, &[])).await.expect("written");
    let reading = tokio::spawn(async move {
        let mut got = Vec::new();
        peer.read_to_end(&mut got).await.expect("read");
        got
    });
    let error = server.flush().await.expect_err("the message will not leave");
    assert!(matches!(error, Error::Send(SendError::Closing)), "{error:?}");
    drop(server);
    assert_eq!(reading.await.expect("no panic").len(), 1004 + 2);
}

#[tokio::test(start_paused = true)]
async fn a_goodbye_that_does_not_leave_is_waited_for_no_longer_than_agreed() {
    let (mut server, mut peer) = stuck().await;
    peer.write_all(&frame(0x81, b"held")).await.expect("written");
    assert!(poll_and_drop(server.flush()).is_pending());
    let (mut receiver, sender) = server.split();
    let closing = tokio::time::timeout(Duration::from_secs(60), sender.close(CloseCode::NORMAL));
    let error = closing.await.expect("in time").expect_err("the goodbye has not left");
    assert!(matches!(error, Error::Closed(Closed::TimedOut(Timer::Close))), "{error:?}");
    assert_eq!(receiver.recv().await.expect("held"), Some(Message::from("held")));
    let error = receiver.recv().await.expect_err("no answer");
    assert!(matches!(error, Error::Closed(Closed::TimedOut(Timer::Close))), "{error:?}");
    drop(peer);
}

/// A transport that has always something to read, and takes whatever it is given.
#[derive(Debug)]
struct Flood;

impl AsyncRead for Flood {
    fn poll_read(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let len = buffer.remaining();
        buffer.put_slice(&vec![0; len]);
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Flood {
    fn poll_write(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_lets_nobody_wait_is_not_listened_to_for_ever() {
    // Unmasked, so the first frame is a violation.
    let mut server = WebSocket::server(Flood, Default::default(), Default::default(), &[]);
    for second in 0..10 {
        if let Poll::Ready(end) = poll_and_drop(server.recv()) {
            let error = end.expect_err("a violation");
            assert!(matches!(error, Error::Closed(Closed::Violation(_))), "{error:?}");
            assert!(second >= 5, "{second} s");
            return;
        }
        tokio::time::advance(Duration::from_secs(1)).await;
    }
    panic!("it is listened to for ever");
}

#[tokio::test]
async fn a_stream_gives_what_is_held_after_a_refused_message() {
    use futures_core::Stream;
    use futures_sink::Sink;
    use std::future::poll_fn;

    let (near, mut peer) = duplex(100);
    let narrow = Arc::new(support::narrow());
    let mut server = WebSocket::server(near, narrow, Default::default(), &[]);
    peer.write_all(&frame(0x81, b"held")).await.expect("written");
    let mut parts = server.send_parts(sockeye::Kind::Binary).await.expect("open");
    // More than the pipe takes, so that the writer reads while it waits.
    parts.write(&[0; 2000]).await.expect("room");
    assert!(poll_and_drop(parts.write(&[0])).is_pending());
    drop(parts);
    let refused = Sink::<Message>::start_send(Pin::new(&mut server), "late".into());
    assert!(matches!(refused, Err(Error::Closed(Closed::Abandoned))), "{refused:?}");
    let held = poll_fn(|context| Pin::new(&mut server).poll_next(context)).await;
    assert_eq!(held.expect("held").expect("held"), Message::from("held"));
}

#[tokio::test]
async fn what_a_sink_has_accepted_goes_before_what_is_sent_later_and_survives_a_split() {
    use futures_sink::Sink;
    use std::pin::Pin;

    let (mut client, mut server) = support::pair_with(50, support::narrow());
    for number in 0..2_u8 {
        Pin::new(&mut client).start_send(Message::from(vec![number; 900])).expect("open");
    }
    let unsent = client.try_send("overtaking").expect_err("a message waits already");
    assert!(matches!(unsent.reason, SendError::Full { limit: 1024, .. }), "{:?}", unsent.reason);
    let (_receiver, sender) = client.split();
    let sending = tokio::spawn(async move { sender.send("third").await });
    for number in 0..2_u8 {
        assert_eq!(server.recv().await.expect("open"), Some(Message::from(vec![number; 900])));
    }
    assert_eq!(server.recv().await.expect("open"), Some(Message::from("third")));
    sending.await.expect("no panic").expect("open");
}

/// A transport without vectors.
#[derive(Debug)]
struct Plain(DuplexStream);

impl AsyncRead for Plain {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(context, buffer)
    }
}

impl AsyncWrite for Plain {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(context)
    }
}

#[tokio::test]
async fn a_large_answer_leaves_before_the_goodbye_that_came_with_its_question() {
    let (near, mut peer) = duplex(1 << 20);
    let mut server = WebSocket::server(Plain(near), Arc::default(), Default::default(), &[]);
    let asked = [frame(0x81, b"?"), frame(0x88, b"")].concat();
    peer.write_all(&asked).await.expect("written");
    let answer = vec![7; 100_000];
    let sent = server.recv_with(|_, out| out.try_send(&answer[..]).is_ok()).await.expect("open");
    assert_eq!(sent, Some(true));
    assert_eq!(server.recv().await.expect("clean"), None);
    drop(server);
    let mut got = Vec::new();
    peer.read_to_end(&mut got).await.expect("read");
    assert_eq!((got.len(), got.ends_with(b"\x88\0")), (10 + 100_000 + 2, true));
}
