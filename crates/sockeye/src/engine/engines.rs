//! `Engines`: the threads of a server.

use std::{
    io,
    net::TcpListener,
    sync::{
        Arc,
        mpsc::{SyncSender, sync_channel},
    },
    thread,
};

use rustix::net::{
    self, AddressFamily, SocketFlags, SocketType,
    sockopt::{
        ipv6_v6only, set_ipv6_v6only, set_socket_reuseaddr, set_socket_reuseport, set_tcp_nodelay,
    },
};
use tokio::{
    runtime::Builder,
    sync::{mpsc, oneshot, watch::Sender},
    task::JoinSet,
};

use super::{
    ENGINE, Engine,
    host::Host,
    inbox::Inbox,
    polling::{Chosen, Polling},
    port::Port,
    watch, with,
};
use crate::{
    server::{Listener, accepting, connection::Serving},
    task::Task,
};

/// How many turns an engine has before tokio looks after timers and everything else that it waits for.
const TURNS: u32 = 4;

/// As many connections as may wait to be accepted.
const BACKLOG: i32 = 1024;

/// The threads end when these are dropped and their last connections have ended.
#[derive(Debug)]
pub(crate) struct Engines {
    inboxes: Vec<Arc<Inbox>>,
    /// Ends with the last of the threads.
    ended: mpsc::Receiver<()>,
}

impl Engines {
    /// The runtime of the caller serves.
    pub(crate) fn none() -> Self {
        Self { inboxes: Vec::new(), ended: mpsc::channel(1).1 }
    }

    /// Starts so many threads, and waits until each of them is ready.
    pub(crate) fn start(polling: Polling, threads: usize) -> io::Result<Self> {
        let (running, ended) = mpsc::channel(1);
        let mut engines = Self { inboxes: Vec::new(), ended };
        polling.begin_each(threads.max(1), |number, chosen| {
            engines.inboxes.push(begin(number, chosen, &running)?);
            Ok(())
        })?;
        Ok(engines)
    }

    /// Accepts from a listener until `stop` is dropped: on all threads if it is a TCP port, else in the runtime of the
    /// caller.
    pub(crate) fn listen(
        &self,
        listener: Listener,
        serving: &Arc<Serving>,
        stop: &Sender<()>,
        accepting: &mut JoinSet<()>,
    ) {
        let Listener { socket, preamble } = listener;
        let (preamble, serving) = (Arc::new(preamble), serving.clone());
        let Some(port) = socket.port().filter(|_| !self.inboxes.is_empty()) else {
            accepting.spawn(accepting::run(socket, preamble, serving, stop.subscribe()));
            return;
        };
        for (inbox, port) in self.inboxes.iter().zip(spread(port, self.inboxes.len())) {
            let (preamble, serving, stopped) =
                (preamble.clone(), serving.clone(), stop.subscribe());
            let (running, ended) = oneshot::channel::<()>();
            inbox.send(Task::new(async move {
                let _running = running;
                with(|engine| engine.serve(&serving.hall));
                match Port::new(port) {
                    Ok(port) => accepting::run(Box::new(port), preamble, serving, stopped).await,
                    Err(error) => serving.tell(&error),
                }
            }));
            accepting.spawn(async move {
                let _ = ended.await;
            });
        }
    }

    /// Tells of handlers that block, until it is dropped.
    pub(crate) async fn watch(&self, serving: &Serving) {
        if !self.inboxes.is_empty() {
            watch::run(&self.inboxes, |trouble| serving.tell(trouble)).await;
        }
    }

    /// The server leaves: every task looks around.
    pub(crate) fn leave(&self) {
        self.inboxes.iter().for_each(|inbox| inbox.ring_all());
    }

    /// Waits for the threads, which end with their last connections.
    pub(crate) async fn end(mut self) {
        self.close();
        let _ = self.ended.recv().await;
    }

    fn close(&self) {
        self.inboxes.iter().for_each(|inbox| inbox.close());
    }
}

impl Drop for Engines {
    fn drop(&mut self) {
        self.close();
    }
}

/// Starts a thread, and waits until it is ready.
fn begin(number: usize, chosen: Chosen, running: &mpsc::Sender<()>) -> io::Result<Arc<Inbox>> {
    let inbox = Arc::new(Inbox::new(chosen.descriptor()?));
    let (begin, begun) = sync_channel(1);
    let (own, running) = (inbox.clone(), running.clone());
    thread::Builder::new()
        .name(format!("engine-{number}"))
        .spawn(move || run(chosen, own, running, &begin))?;
    begun.recv().unwrap_or_else(|gone| Err(io::Error::other(gone)))?;
    Ok(inbox)
}

/// A thread, from its beginning, which it tells of, to its end.
fn run(
    chosen: Chosen,
    inbox: Arc<Inbox>,
    running: mpsc::Sender<()>,
    begin: &SyncSender<io::Result<()>>,
) {
    let built = Builder::new_current_thread().enable_all().event_interval(TURNS).build();
    let hosted = built.and_then(|runtime| {
        let host = runtime.block_on(async { Host::new(&inbox) })?;
        Ok((runtime, host, chosen.ring(&inbox)?))
    });
    let (runtime, host, uring) = match hosted {
        Ok(hosted) => hosted,
        Err(error) => return begin.send(Err(error)).unwrap_or_default(),
    };
    ENGINE.with(|engine| drop(engine.set(Engine::new(inbox.clone(), uring))));
    let _ = begin.send(Ok(()));
    // A panic of the host's own takes its connections with it, and has been told by the hook of the process.
    let _ = runtime.block_on(async { tokio::spawn(host).await });
    inbox.end();
    // What handlers have spawned goes with their engine, but nobody waits for blocking work.
    runtime.shutdown_background();
    drop(running);
}

/// A port for each of so many threads; the kernel deals connections out to them.
///
/// The port was bound without SO_REUSEPORT, so that it is nobody else's; from now on it is shared, among sockets of
/// this user. Where the kernel gives no more of them, all accept from the same.
fn spread(first: TcpListener, threads: usize) -> Vec<TcpListener> {
    // Those that are accepted inherit it. If it cannot be set they are slower, no more.
    let _ = set_tcp_nodelay(&first, true);
    let mut sockets = Vec::new();
    for _ in 1..threads {
        let further = bind_beside(&first).or_else(|_| first.try_clone());
        sockets.extend(further);
    }
    sockets.push(first);
    sockets
}

fn bind_beside(first: &TcpListener) -> io::Result<TcpListener> {
    set_socket_reuseport(first, true)?;
    let address = first.local_addr()?;
    let family = if address.is_ipv4() { AddressFamily::INET } else { AddressFamily::INET6 };
    let flags = SocketFlags::NONBLOCK | SocketFlags::CLOEXEC;
    let socket = net::socket_with(family, SocketType::STREAM, flags, None)?;
    set_socket_reuseaddr(&socket, true)?;
    set_socket_reuseport(&socket, true)?;
    if address.is_ipv6() {
        set_ipv6_v6only(&socket, ipv6_v6only(first)?)?;
    }
    set_tcp_nodelay(&socket, true)?;
    net::bind(&socket, &address)?;
    net::listen(&socket, BACKLOG)?;
    Ok(socket.into())
}
