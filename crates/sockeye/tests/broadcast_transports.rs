//! Transports of all kinds under a broadcast: those that take little at once, those that fail, and a sender who never
//! rests.
#![cfg(all(feature = "client", feature = "server"))]

mod support;

use std::{
    io::{self, IoSlice},
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll},
};

use sockeye::{Broadcast, Config, Limits, Negotiated, Receiver, Sender, WebSocket};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    task::yield_now,
};

/// Brings nothing, and does what it is told with what is written.
struct Sink<F>(F);

impl<F: Unpin> AsyncRead for Sink<F> {
    fn poll_read(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        _: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Poll::Pending
    }
}

impl<F: FnMut(usize) -> io::Result<usize> + Unpin> AsyncWrite for Sink<F> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Poll::Ready((self.0)(bytes.len()))
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Poll::Ready((self.0)(slices.iter().map(|slice| slice.len()).sum()))
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

type Write = Box<dyn FnMut(usize) -> io::Result<usize> + Send>;
type Halves = (Receiver<Sink<Write>>, Sender<Sink<Write>>);

/// A server's socket with a queue of 16 KiB.
fn server(write: impl FnMut(usize) -> io::Result<usize> + Send + 'static) -> Halves {
    let write: Write = Box::new(write);
    WebSocket::server(Sink(write), narrow(), Negotiated::default(), &[]).split()
}

fn client(write: impl FnMut(usize) -> io::Result<usize> + Send + 'static) -> Halves {
    let write: Write = Box::new(write);
    WebSocket::client(Sink(write), narrow(), Negotiated::default(), &[]).split()
}

fn narrow() -> Arc<Config> {
    Arc::new(Config::default().limits(Limits::default().output_bytes(16 << 10)))
}

#[tokio::test]
async fn a_burst_of_more_than_a_queue_reaches_whoever_takes_it_at_once() {
    for (who, (_receiver, sender)) in [
        ("a server", server(Ok)),
        ("a server that takes little", server(|len| Ok(len.min(8 << 10)))),
        ("a client", client(Ok)),
    ] {
        let room = Broadcast::new();
        let member = room.join(&sender);
        for _ in 0..50 {
            room.try_send(vec![7; 1000]).expect("room");
        }
        room.flush().await;
        let delivered = member.delivered();
        assert_eq!((delivered.messages, delivered.missed), (50, 0), "{who}");
        assert!(sender.is_open(), "{who}");
    }
}

#[tokio::test]
async fn a_transport_that_fails_is_left_and_no_slow_reader() {
    for room in [Broadcast::new(), Broadcast::lossy()] {
        let (_receiver, sender) = server(|_| Err(io::ErrorKind::BrokenPipe.into()));
        let member = room.join(&sender);
        for _ in 0..3 {
            room.send("hello").await;
            room.flush().await;
        }
        assert_eq!(room.members(), 0);
        assert_eq!(member.delivered().missed, 0);
    }
}

#[tokio::test]
async fn a_sender_who_never_rests_leaves_others_of_the_runtime_their_turn() {
    const MESSAGES: usize = 1000;
    let room = Broadcast::new();
    let sent = Arc::new(AtomicUsize::new(0));
    let (again, counted) = (room.clone(), sent.clone());
    // Each message is followed by the next before it has been handed over.
    let (_receiver, sender) = server(move |len| {
        if counted.fetch_add(1, Ordering::SeqCst) < MESSAGES {
            again.try_send("more").expect("room");
        }
        Ok(len)
    });
    let _member = room.join(&sender);
    room.send("first").await;
    while sent.load(Ordering::SeqCst) == 0 {
        yield_now().await;
    }
    let before = sent.load(Ordering::SeqCst);
    assert!(before < 10, "expected a turn after a burst or two, got one after {before}");
    while sent.load(Ordering::SeqCst) <= MESSAGES {
        yield_now().await;
    }
    room.flush().await;
}
