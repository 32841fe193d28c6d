//! Accepts connections for as long as the server runs; nothing that goes wrong ends it.

use std::{
    convert::Infallible,
    future::{Future, poll_fn},
    io, mem,
    pin::pin,
    sync::Arc,
    task::Poll,
    time::Duration,
};

use tokio::{sync::watch, time};

use super::{
    connection::{self, Serving},
    listener::{Accept, Preamble},
};
use crate::{engine, hall::Place};

/// How long to wait when there is no file descriptor left, unless a connection ends before.
const BACK_OFF: Duration = Duration::from_millis(100);

/// Accepts until the sender of `stopped` is gone.
pub(crate) async fn run(
    socket: Box<dyn Accept>,
    preamble: Arc<Preamble>,
    serving: Arc<Serving>,
    mut stopped: watch::Receiver<()>,
) {
    let mut accepting = pin!(accept(&*socket, &preamble, &serving));
    let mut stopped = pin!(stopped.changed());
    poll_fn(|context| {
        if stopped.as_mut().poll(context).is_ready() {
            return Poll::Ready(());
        }
        accepting.as_mut().poll(context).map(|never| match never {})
    })
    .await;
}

async fn accept(
    socket: &dyn Accept,
    preamble: &Arc<Preamble>,
    serving: &Arc<Serving>,
) -> Infallible {
    let mut told = false;
    loop {
        serving.hall.at_most(serving.max_connections - 1).await;
        match poll_fn(|context| socket.poll_accept(context)).await {
            Ok((io, address)) => {
                told = false;
                let place = Place::take(&serving.hall, serving.max_connections).await;
                engine::spawn(Box::pin(connection::serve(
                    serving.clone(),
                    preamble.clone(),
                    io,
                    address,
                    place,
                )));
            }
            Err(error) if is_of_one_connection(&error) => {}
            Err(error) => {
                if !mem::replace(&mut told, true) {
                    serving.tell(&error);
                }
                // Whoever ends gives back what is missing.
                let _ = time::timeout(BACK_OFF, serving.hall.freed()).await;
            }
        }
    }
}

/// The peer has gone before it was accepted; the next one may be there.
fn is_of_one_connection(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionAborted
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::ConnectionRefused
            | io::ErrorKind::Interrupted
    )
}

#[cfg(test)]
mod tests {
    use std::{
        collections::VecDeque,
        io,
        net::SocketAddr,
        sync::{
            Arc, Mutex,
            atomic::{AtomicUsize, Ordering},
        },
        task::{Context, Poll},
        time::Duration,
    };

    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt, duplex},
        time,
    };

    use super::super::listener::{Accept, Accepted, Listener};
    use crate::{Io, Server};

    /// Accepts what it was given, in order, and then nothing more.
    #[derive(Debug)]
    struct Script(Mutex<VecDeque<io::Result<Accepted>>>);

    impl Accept for Script {
        fn poll_accept(&self, _: &mut Context<'_>) -> Poll<io::Result<Accepted>> {
            self.0.lock().expect("no panic").pop_front().map_or(Poll::Pending, Poll::Ready)
        }

        fn address(&self) -> Option<SocketAddr> {
            None
        }
    }

    /// What the system says when a process has no file descriptor left.
    const EMFILE: i32 = 24;

    #[tokio::test(start_paused = true)]
    async fn a_server_without_file_descriptors_tells_once_and_tries_on() {
        let (mut near, far) = duplex(1024);
        let mut script: VecDeque<io::Result<Accepted>> = VecDeque::new();
        for _ in 0..10 {
            script.push_back(Err(io::Error::from_raw_os_error(EMFILE)));
        }
        script.push_back(Err(io::ErrorKind::ConnectionAborted.into()));
        script.push_back(Ok((Io::boxed(far), None)));
        script.push_back(Err(io::Error::from_raw_os_error(EMFILE)));
        let told = Arc::new(AtomicUsize::new(0));
        let tell = told.clone();
        let started = time::Instant::now();
        let server = Server::new(Listener::new(Script(Mutex::new(script))));
        let server = server.on_trouble(move |_| {
            tell.fetch_add(1, Ordering::SeqCst);
        });
        let serving = tokio::spawn(server.run(std::future::pending()));
        near.write_all(b"GET / HTTP/1.1\r\nHost: example.com\r\nConnection: close\r\n\r\n")
            .await
            .expect("sent");
        let mut answer = String::new();
        near.read_to_string(&mut answer).await.expect("an answer");
        assert!(answer.starts_with("HTTP/1.1 404 Not Found"), "{answer}");
        let took = started.elapsed();
        assert!(took >= Duration::from_secs(1), "ten pauses, got {took:?}");
        assert_eq!(told.load(Ordering::SeqCst), 2, "once for each time that it lasted");
        serving.abort();
    }
}
