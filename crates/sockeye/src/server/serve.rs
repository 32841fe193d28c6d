//! `Server`: HTTP and WebSockets on one port.

use std::{
    error::Error,
    fmt,
    future::{Future, poll_fn},
    io,
    net::SocketAddr,
    pin::pin,
    sync::Arc,
    time::Duration,
};

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use hyper::body::{Body, Incoming};
use tokio::{net::ToSocketAddrs, sync::watch, task::JoinSet, time};
use tower_service::Service;

use super::{
    Listener, Peer, Proxies, ServerOptions,
    connection::{Refusals, Settings, Trouble},
    routes::{Page, Routes},
};
#[cfg(all(feature = "engine", target_os = "linux"))]
use crate::Polling;
use crate::{Answer, Upgrade, WebSocket, engine::Engines, hall::Hall};

/// How long a server that leaves waits for its connections.
const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(30);

/// A server that has HTTP and WebSockets on one port.
///
/// The first bytes of a connection decide. An upgrade on the path of a WebSocket is answered here, and afterwards the
/// connection holds nothing but its handler and its WebSocket. Everything else is hyper's: other requests, later
/// requests on the same connection, HTTP/2, also without TLS and with its WebSockets (RFC 8441).
///
/// ```no_run
/// use sockeye::{Server, ServerOptions};
///
/// # async fn run() -> std::io::Result<()> {
/// let server = Server::bind("127.0.0.1:8080").await?;
/// let server = server.route("/echo", ServerOptions::default(), |mut ws| async move {
///     while let Ok(Some(message)) = ws.recv().await {
///         if ws.send(message).await.is_err() {
///             break;
///         }
///     }
/// });
/// let stopped = server.run(async { tokio::signal::ctrl_c().await.unwrap_or_default() }).await;
/// # let _ = stopped;
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
#[must_use = "a server serves nobody until it runs"]
pub struct Server {
    listeners: Vec<Listener>,
    routes: Routes,
    settings: Settings,
    shutdown_timeout: Duration,
    engines: Engines,
}

/// Not all connections ended in time; those that are left go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unfinished {
    /// How many are left.
    pub connections: usize,
}

impl fmt::Display for Unfinished {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "expected every connection to end in time, got {} left", self.connections)
    }
}

impl Error for Unfinished {}

impl Server {
    /// A server on a TCP port. Cancel safe.
    ///
    /// # Errors
    ///
    /// When the address cannot be listened on.
    pub async fn bind(address: impl ToSocketAddrs) -> io::Result<Self> {
        Ok(Self::new(Listener::tcp(address).await?))
    }

    /// A server on a listener.
    pub fn new(listener: impl Into<Listener>) -> Self {
        Self {
            listeners: vec![listener.into()],
            routes: Routes::default(),
            settings: Settings::default(),
            shutdown_timeout: SHUTDOWN_TIMEOUT,
            engines: Engines::none(),
        }
    }

    /// Listens on one more.
    pub fn listen(mut self, listener: impl Into<Listener>) -> Self {
        self.listeners.push(listener.into());
        self
    }

    /// The addresses that are listened on, but those of Unix sockets.
    #[must_use]
    pub fn addresses(&self) -> Vec<SocketAddr> {
        self.listeners.iter().filter_map(Listener::address).collect()
    }

    /// Serves WebSockets on a path, by a handler that is run for each in a task of its own.
    ///
    /// A path that ends in `/*` stands for all below it. The first route that fits is taken.
    pub fn route<F, T>(self, path: &str, options: ServerOptions, handler: F) -> Self
    where
        F: Fn(WebSocket) -> T + Clone + Send + Sync + 'static,
        T: Future<Output = ()> + Send + 'static,
    {
        self.upgrade(path, move |upgrade, _| {
            let answer = upgrade.options(options.clone()).on_upgrade(handler.clone());
            async { answer }
        })
    }

    /// As [`route`](Self::route), by a handler that sees the request and decides: it agrees by
    /// [`Upgrade::on_upgrade`], or answers with something else.
    ///
    /// The request has its path, query, headers and cookies, and a [`Peer`](super::Peer) among its extensions. What the
    /// handler does not keep of it is gone when the WebSocket opens.
    ///
    /// ```no_run
    /// # use sockeye::{Answer, Server, Upgrade};
    /// # async fn run() -> std::io::Result<()> {
    /// async fn chat(upgrade: Upgrade, request: http::Request<()>) -> Answer {
    ///     if !request.headers().contains_key("cookie") {
    ///         let mut refusal = Answer::new("expected a cookie, got none\n".into());
    ///         *refusal.status_mut() = http::StatusCode::UNAUTHORIZED;
    ///         return refusal;
    ///     }
    ///     upgrade.on_upgrade(|mut ws| async move {
    ///         let _ = ws.send("welcome").await;
    ///     })
    /// }
    /// let server = Server::bind("127.0.0.1:8080").await?.upgrade("/chat", chat);
    /// # let _ = server;
    /// # Ok(())
    /// # }
    /// ```
    pub fn upgrade<F, T>(mut self, path: &str, handler: F) -> Self
    where
        F: Fn(Upgrade, Request<()>) -> T + Send + Sync + 'static,
        T: Future<Output = Answer> + Send + 'static,
    {
        let handler =
            move |upgrade, request| Box::pin(handler(upgrade, request)) as super::routes::Answering;
        self.routes.add(path, Arc::new(handler));
        self
    }

    /// Serves every request that is not for a WebSocket: a router of axum's, or any other service of tower's.
    /// Without one they get a 404 in words.
    pub fn service<S, B>(mut self, service: S) -> Self
    where
        S: Service<Request<Incoming>, Response = Response<B>> + Clone + Send + Sync + 'static,
        S::Error: Into<Box<dyn Error + Send + Sync>>,
        S::Future: Send,
        B: Body<Data = Bytes> + Send + 'static,
        B::Error: Into<Box<dyn Error + Send + Sync>>,
    {
        self.routes.page = Some(Page::new(service));
        self
    }

    /// How long TLS and the head of the first request may take together: 10 s. The head of each later one may take as
    /// long.
    pub fn handshake_timeout(mut self, timeout: Duration) -> Self {
        self.settings.handshake_timeout = timeout;
        self
    }

    /// How long a peer may take nothing of a response, or of all that HTTP/2 has for it: 60 s. For a WebSocket there is
    /// [`Timing::stall_timeout`](crate::Timing::stall_timeout).
    pub fn stall_timeout(mut self, timeout: Duration) -> Self {
        self.settings.stall_timeout = timeout;
        self
    }

    /// How many bytes the head of a request may have: 16 KiB. A larger one is answered with 431.
    pub fn max_head_bytes(mut self, bytes: usize) -> Self {
        self.settings.head = self.settings.head.bytes(bytes);
        self
    }

    /// How many headers the head of a request may have: 64. One with more is answered with 431.
    pub fn max_headers(mut self, headers: usize) -> Self {
        self.settings.head = self.settings.head.headers(headers);
        self
    }

    /// How many connections there may be: as many as the process may open files, less 64. The limit of open files is
    /// raised as far as the system allows. What is over it waits to be accepted.
    pub fn max_connections(mut self, connections: usize) -> Self {
        self.settings.max_connections = Some(connections.max(1));
        self
    }

    /// How many connections an address may have, or a network of 64 bits of IPv6: there is no limit unless set. What is
    /// over it is closed without an answer.
    pub fn max_connections_per_address(mut self, connections: usize) -> Self {
        self.settings.max_connections_per_address = Some(connections);
        self
    }

    /// Proxies that are believed when they tell whom a request comes from, and for which host it is. Their own
    /// connections are not counted by [`max_connections_per_address`](Self::max_connections_per_address).
    pub fn proxies(mut self, proxies: Proxies) -> Self {
        self.settings.proxies = Some(proxies);
        self
    }

    /// Who is told that connections cannot be accepted, as when there is no file descriptor left. Told once, until one
    /// can be accepted again; meanwhile the server tries on. Told as well when a handler blocks an engine.
    pub fn on_trouble(mut self, tell: impl Fn(&io::Error) + Send + Sync + 'static) -> Self {
        self.settings.trouble = Trouble(Box::new(tell));
        self
    }

    /// Who is told that a request became no WebSocket, with which status and whose it was: it asked wrongly, the
    /// handler answered otherwise, or the head of the connection's first request could not be read at all.
    pub fn on_refusal(mut self, tell: impl Fn(StatusCode, &Peer) + Send + Sync + 'static) -> Self {
        self.settings.refusals = Refusals(Box::new(tell));
        self
    }

    /// Serves TCP connections by engines, best one for each core: threads that move the bytes of their connections
    /// and poll the handlers themselves, with nothing of tokio's between. A connection stays with the engine that the
    /// kernel gave it to. Unix sockets are served as without.
    ///
    /// Handlers stay what they are. Around each engine is a tokio runtime of one thread, where its handlers have
    /// timers, channels and tasks; what they spawn there ends with the server. A handler that blocks stops its engine
    /// alone, and [`on_trouble`](Self::on_trouble) is told. A `WebSocket` may leave its engine, for any task in any
    /// runtime of tokio's: it goes on there as a socket of tokio's.
    ///
    /// ```no_run
    /// # use sockeye::Server;
    /// # async fn run() -> std::io::Result<()> {
    /// let cores = std::thread::available_parallelism()?.get();
    /// let server = Server::bind("127.0.0.1:8080").await?.engines(cores)?;
    /// # let _ = server;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// When the system has no thread or file descriptor left.
    #[cfg(all(feature = "engine", target_os = "linux"))]
    pub fn engines(self, threads: usize) -> io::Result<Self> {
        self.engines_by(Polling::Auto, threads)
    }

    /// As [`engines`](Self::engines), with a say in which way they move bytes.
    ///
    /// # Errors
    ///
    /// When the system has no thread or file descriptor left; as [`Unsupported`](io::ErrorKind::Unsupported) when
    /// io_uring is wanted, and is not there or not allowed.
    #[cfg(all(feature = "engine", target_os = "linux"))]
    pub fn engines_by(mut self, polling: Polling, threads: usize) -> io::Result<Self> {
        self.engines = Engines::start(polling, threads)?;
        Ok(self)
    }

    /// How long [`run`](Self::run) waits for connections when it leaves: 30 s.
    pub fn shutdown_timeout(mut self, timeout: Duration) -> Self {
        self.shutdown_timeout = timeout;
        self
    }

    /// Serves until `shutdown` is ready, and then leaves: nothing more is accepted, each WebSocket is sent a Close with
    /// 1001, requests under way are answered, and all handlers are waited for. Who was let in before and asks within a
    /// second is answered too, a request for a WebSocket with 503.
    ///
    /// The Close is sent by whoever waits in `recv`, behind everything that was sent before. What the peer sent until
    /// then is received as ever; `recv` returns `None` after the peer's answer. What was sent to many is handed to the
    /// sockets a moment later: let `shutdown` wait in [`Broadcast::flush`](crate::Broadcast::flush) at its end.
    ///
    /// Dropped before it is done, it accepts nothing more and tells nobody; connections that are open go on.
    ///
    /// # Errors
    ///
    /// When connections are left after [`shutdown_timeout`](Self::shutdown_timeout).
    pub async fn run(self, shutdown: impl Future<Output = ()>) -> Result<(), Unfinished> {
        let hall = Hall::new();
        let serving = Arc::new(self.settings.serving(self.routes, hall.clone()));
        let (stop, _) = watch::channel(());
        let mut accepting = JoinSet::new();
        for listener in self.listeners {
            self.engines.listen(listener, &serving, &stop, &mut accepting);
        }
        meanwhile(shutdown, self.engines.watch(&serving)).await;
        drop(stop);
        hall.leave();
        self.engines.leave();
        let ended = async {
            while accepting.join_next().await.is_some() {}
            hall.at_most(0).await;
            self.engines.end().await;
        };
        match time::timeout(self.shutdown_timeout, ended).await {
            Ok(()) => Ok(()),
            Err(_) => Err(Unfinished { connections: hall.places() }),
        }
    }
}

/// Waits for `future`, and does something else as long.
async fn meanwhile<T>(future: impl Future<Output = T>, other: impl Future<Output = ()>) -> T {
    let (mut future, mut other) = (pin!(future), pin!(other));
    let mut done = false;
    poll_fn(|context| {
        done = done || other.as_mut().poll(context).is_ready();
        future.as_mut().poll(context)
    })
    .await
}
