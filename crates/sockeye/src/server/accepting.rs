//! Accepts connections for as long as the server runs; nothing that goes wrong ends it.

use std::{
    convert::Infallible,
    future::{Future, poll_fn},
    io, mem,
    net::SocketAddr,
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
use crate::{Io, engine, hall::Place, task::Task};

/// How long to wait when there is no file descriptor left, unless a connection ends before.
const BACK_OFF: Duration = Duration::from_millis(100);

/// How many the kernel may have let in when the server leaves; a port's queue is not longer.
const MAX_LAST: usize = 1024;

/// Accepts until the sender of `stopped` is gone, and then whom the kernel has let in already: they would be reset with
/// the socket that is closed.
pub(crate) async fn run(
    socket: Box<dyn Accept>,
    preamble: Arc<Preamble>,
    serving: Arc<Serving>,
    mut stopped: watch::Receiver<()>,
) {
    until(stopped.changed(), accept(&*socket, &preamble, &serving)).await;
    for (io, address) in socket.last().take(MAX_LAST) {
        let Some(place) = Place::try_take(&serving.hall, serving.max_connections) else { return };
        begin(&serving, &preamble, io, address, place);
    }
}

/// Does what never ends until `stopped` is ready.
async fn until<T>(stopped: impl Future<Output = T>, endless: impl Future<Output = Infallible>) {
    let (mut stopped, mut endless) = (pin!(stopped), pin!(endless));
    poll_fn(|context| {
        if stopped.as_mut().poll(context).is_ready() {
            return Poll::Ready(());
        }
        endless.as_mut().poll(context).map(|never| match never {})
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
                begin(serving, preamble, io, address, place);
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

/// Has a connection served by a task of its own.
fn begin(
    serving: &Arc<Serving>,
    preamble: &Arc<Preamble>,
    io: Io,
    address: Option<SocketAddr>,
    place: Place,
) {
    let (serving, preamble) = (serving.clone(), preamble.clone());
    engine::spawn(Task::new(connection::serve(serving, preamble, io, address, place)));
}

/// The peer has gone before it was accepted; the next one may be there.
pub(super) fn is_of_one_connection(error: &io::Error) -> bool {
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
        sync::oneshot,
        time,
    };

    use super::super::listener::{Accept, Accepted, Last, Listener};
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

        fn last(self: Box<Self>) -> Last {
            Box::new(std::iter::empty())
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

    #[tokio::test(start_paused = true)]
    async fn whoever_has_not_asked_when_the_server_leaves_has_a_second_to() {
        let (silent, far) = duplex(1024);
        let (mut late, other) = duplex(1024);
        let script = [far, other].map(|far| Ok((Io::boxed(far), None)));
        let server = Server::new(Listener::new(Script(Mutex::new(script.into()))));
        let (leave, left) = oneshot::channel::<()>();
        let serving = tokio::spawn(server.run(async { drop(left.await) }));
        time::sleep(Duration::from_secs(1)).await;
        drop(leave);
        let leaving = time::Instant::now();
        time::sleep(Duration::from_millis(900)).await;
        late.write_all(b"GET / HTTP/1.1\r\nHost: example.com\r\n\r\n").await.expect("sent");
        let mut answer = String::new();
        late.read_to_string(&mut answer).await.expect("an answer");
        assert!(answer.starts_with("HTTP/1.1 404 Not Found"), "{answer}");
        serving.await.expect("no panic").expect("nobody is left");
        assert_eq!(leaving.elapsed().as_secs(), 1);
        drop(silent);
    }
}
