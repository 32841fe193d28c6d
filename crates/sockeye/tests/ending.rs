//! Every connection has one ending, and it is told as it was.
#![cfg(all(feature = "client", feature = "server"))]

mod support;

use std::{error::Error as _, time::Duration};

use sockeye::{CloseCode, CloseFrame, Closed, Error, Message, SendError, Side, Timer, WebSocket};
use support::pair;
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};

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
