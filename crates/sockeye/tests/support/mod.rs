//! What the tests share: two ends of one connection, over memory and over TCP.
#![allow(dead_code, reason = "each test file uses some of it")]

#[cfg(all(feature = "hyper", feature = "client"))]
pub(crate) mod door;

use std::{
    future::Future,
    pin::{Pin, pin},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll, Wake, Waker},
    time::Duration,
};

use sockeye::{Config, Limits, Negotiated, ServerOptions, WebSocket};
use tokio::{
    io::{DuplexStream, duplex},
    net::TcpListener,
    task::JoinHandle,
};

/// How long anything may take before a test gives up.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// A client and a server over memory that holds `room` bytes each way.
pub(crate) fn pair(room: usize) -> (WebSocket<DuplexStream>, WebSocket<DuplexStream>) {
    pair_with(room, Config::default())
}

pub(crate) fn pair_with(
    room: usize,
    config: Config,
) -> (WebSocket<DuplexStream>, WebSocket<DuplexStream>) {
    let (near, far) = duplex(room);
    let config = Arc::new(config);
    let client = WebSocket::client(near, config.clone(), Negotiated::default(), &[]);
    let server = WebSocket::server(far, config, Negotiated::default(), &[]);
    (client, server)
}

/// A configuration in which a queue is soon full.
pub(crate) fn narrow() -> Config {
    Config::default().limits(Limits::default().output_bytes(1024))
}

/// A server on TCP that does `serve` with every connection; gives its URL.
pub(crate) async fn serve<F, T>(options: ServerOptions, serve: F) -> (String, JoinHandle<()>)
where
    F: Fn(WebSocket<tokio::net::TcpStream>) -> T + Send + Sync + 'static,
    T: Future<Output = ()> + Send + 'static,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let url = format!("ws://{}/echo", listener.local_addr().expect("an address"));
    let serve = Arc::new(serve);
    let task = tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let (options, serve) = (options.clone(), serve.clone());
            tokio::spawn(async move {
                let Ok(opening) = sockeye::accept(stream).await else { return };
                if let Ok(ws) = opening.accept(&options).await {
                    serve(ws).await;
                }
            });
        }
    });
    (url, task)
}

/// Sends back what comes until the end.
pub(crate) async fn echo(mut ws: WebSocket<tokio::net::TcpStream>) {
    while let Ok(Some(message)) = ws.recv().await {
        if ws.send(message).await.is_err() {
            break;
        }
    }
}

/// One poll by a task that nobody wakes.
pub(crate) fn poll_once<T>(future: Pin<&mut impl Future<Output = T>>) -> Poll<T> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

/// Polls a future once and drops it.
pub(crate) fn poll_and_drop<T>(future: impl Future<Output = T>) -> Poll<T> {
    poll_once(pin!(future))
}

/// A task that notes that it was woken.
#[derive(Debug)]
pub(crate) struct Woken(AtomicBool);

impl Woken {
    /// It is to be polled a first time.
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self(AtomicBool::new(true)))
    }

    /// Polls a future if it was woken since the last time.
    pub(crate) fn poll<T>(
        self: &Arc<Self>,
        future: Pin<&mut impl Future<Output = T>>,
    ) -> Option<Poll<T>> {
        let waker = Waker::from(self.clone());
        let woken = self.0.swap(false, Ordering::Relaxed);
        woken.then(|| future.poll(&mut Context::from_waker(&waker)))
    }
}

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Polls a future as often as it is woken. One that wakes itself for ever is a busy loop.
pub(crate) fn settle<T>(mut future: Pin<&mut impl Future<Output = T>>) -> Poll<T> {
    let woken = Woken::new();
    for _ in 0..1000 {
        match woken.poll(future.as_mut()) {
            None => return Poll::Pending,
            Some(Poll::Pending) => {}
            Some(ready) => return ready,
        }
    }
    panic!("it wakes itself for ever");
}
