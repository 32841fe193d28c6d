//! A server that runs, and clients that send what they like.

use std::{
    future::Future,
    net::SocketAddr,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use bytes::Bytes;
use http::{Request, Version};
use http_body_util::Empty;
use hyper::{body::Incoming, ext::Protocol};
use hyper_util::rt::{TokioExecutor, TokioIo};
use sockeye::{Answer, Io, Negotiated, Server, Unfinished, WebSocket};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::TcpStream,
    sync::oneshot,
    task::JoinHandle,
    time::timeout,
};

use super::PATIENCE;

/// The request of RFC 6455 1.3, without what may be left out.
pub(crate) const UPGRADE: &str = "GET /echo HTTP/1.1\r\nHost: example.com\r\nUpgrade: websocket\r\n\
    Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";

/// A server that runs until it is stopped or dropped.
pub(crate) struct Running {
    pub(crate) address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    task: JoinHandle<Result<(), Unfinished>>,
}

impl Running {
    pub(crate) fn url(&self, path: &str) -> String {
        format!("ws://{}{path}", self.address)
    }

    /// Tells it to leave, and does not wait.
    pub(crate) fn leave(&mut self) {
        self.stop.take();
    }

    pub(crate) async fn stop(mut self) -> Result<(), Unfinished> {
        self.leave();
        let stopped = timeout(PATIENCE, &mut self.task).await;
        stopped.expect("in time").expect("no panic")
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.task.abort();
    }
}

pub(crate) fn run(server: Server) -> Running {
    start(by_engines(server))
}

/// As [`run`], by the engines that it has already.
pub(crate) fn start(server: Server) -> Running {
    let address = server.addresses().first().copied().expect("a TCP port");
    let (stop, stopped) = oneshot::channel::<()>();
    let task = tokio::spawn(server.run(async {
        let _ = stopped.await;
    }));
    Running { address, stop: Some(stop), task }
}

/// The server as it is, but with engines in the tests whose names begin so: those run the others again.
#[cfg(all(feature = "engine", target_os = "linux"))]
pub(crate) fn by_engines(server: Server) -> Server {
    if module_path!().starts_with("engine") || module_path!().starts_with("uring") {
        return with_engines(server, 2);
    }
    server
}

/// With so many engines: by io_uring in the tests whose names begin so.
#[cfg(all(feature = "engine", target_os = "linux"))]
pub(crate) fn with_engines(server: Server, threads: usize) -> Server {
    let polling = polling();
    server.engines_by(polling, threads).expect("threads")
}

/// Where io_uring is not allowed its tests run by epoll, and say so.
#[cfg(all(feature = "engine", target_os = "linux"))]
fn polling() -> sockeye::Polling {
    use sockeye::Polling::{Epoll, IoUring};
    use std::{
        io::{Write as _, stderr},
        sync::OnceLock,
    };
    static POLLING: OnceLock<sockeye::Polling> = OnceLock::new();
    if !module_path!().starts_with("uring") {
        return Epoll;
    }
    *POLLING.get_or_init(|| {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
        listener.set_nonblocking(true).expect("a socket");
        let listener = tokio::net::TcpListener::from_std(listener).expect("a runtime");
        match Server::new(listener).engines_by(IoUring, 1) {
            Ok(_) => IoUring,
            Err(error) => {
                // Past the harness, which shows what is printed only of tests that fail.
                let _ = writeln!(stderr(), "SKIPPED, run by epoll instead: {error}");
                Epoll
            }
        }
    })
}

#[cfg(not(all(feature = "engine", target_os = "linux")))]
pub(crate) fn by_engines(server: Server) -> Server {
    server
}

pub(crate) async fn echo(mut ws: WebSocket) {
    while let Ok(Some(message)) = ws.recv().await {
        // A server that leaves has said goodbye, and then only listens.
        let _ = ws.send(message).await;
    }
}

/// A service of tower's.
pub(crate) fn service<F, T>(serve: F) -> Service
where
    F: Fn(Request<Incoming>) -> T + Send + Sync + 'static,
    T: Future<Output = Answer> + Send + 'static,
{
    Service(Arc::new(move |request| Box::pin(serve(request))))
}

type Serve =
    dyn Fn(Request<Incoming>) -> Pin<Box<dyn Future<Output = Answer> + Send>> + Send + Sync;

#[derive(Clone)]
pub(crate) struct Service(Arc<Serve>);

impl tower_service::Service<Request<Incoming>> for Service {
    type Response = Answer;
    type Error = std::io::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Answer, std::io::Error>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), std::io::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Incoming>) -> Self::Future {
        let answer = (self.0)(request);
        Box::pin(async { Ok(answer.await) })
    }
}

/// Reads until the bytes have come, and gives all that came.
pub(crate) async fn read_until(stream: &mut (impl AsyncRead + Unpin), end: &[u8]) -> Vec<u8> {
    let mut read = Vec::new();
    while !read.windows(end.len()).any(|window| window == end) {
        let mut buffer = [0; 4096];
        let len = timeout(PATIENCE, stream.read(&mut buffer)).await.expect("in time");
        let len = len.expect("a transport that goes on");
        assert!(len > 0, "expected {}, got {}", end.escape_ascii(), read.escape_ascii());
        read.extend_from_slice(&buffer[..len]);
    }
    read
}

/// Sends all this and reads to the end.
pub(crate) async fn exchange(address: SocketAddr, request: &str) -> String {
    String::from_utf8_lossy(&exchange_bytes(address, request.as_bytes()).await).into_owned()
}

/// As [`exchange`], of bytes. A reset counts as an end.
pub(crate) async fn exchange_bytes(address: SocketAddr, request: &[u8]) -> Vec<u8> {
    let mut stream = TcpStream::connect(address).await.expect("a connection");
    stream.write_all(request).await.expect("sent");
    let mut answer = Vec::new();
    let _ = timeout(PATIENCE, stream.read_to_end(&mut answer)).await.expect("in time");
    answer
}

/// The response to a GET on a connection of its own.
pub(crate) async fn get(address: SocketAddr, path: &str, headers: &str) -> String {
    let request =
        format!("GET {path} HTTP/1.1\r\nHost: example.com\r\nConnection: close\r\n{headers}\r\n");
    exchange(address, &request).await
}

/// The response to a request over HTTP/2 without TLS.
pub(crate) async fn connect_http2(
    address: SocketAddr,
    request: Request<Empty<Bytes>>,
) -> http::Response<Incoming> {
    send_http2(TcpStream::connect(address).await.expect("a connection"), request).await
}

async fn send_http2(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    request: Request<Empty<Bytes>>,
) -> http::Response<Incoming> {
    let (mut sender, connection) =
        hyper::client::conn::http2::handshake(TokioExecutor::new(), TokioIo::new(stream))
            .await
            .expect("HTTP/2");
    tokio::spawn(connection);
    timeout(PATIENCE, sender.send_request(request)).await.expect("in time").expect("a response")
}

/// A request for a WebSocket over HTTP/2.
pub(crate) fn extended_connect(host: impl std::fmt::Display, path: &str) -> Request<Empty<Bytes>> {
    let request = Request::connect(format!("http://{host}{path}"))
        .version(Version::HTTP_2)
        .header("sec-websocket-version", "13")
        .extension(Protocol::from_static("websocket"));
    request.body(Empty::new()).expect("a request")
}

/// A WebSocket over HTTP/2 without TLS.
pub(crate) async fn http2(address: SocketAddr, path: &str) -> WebSocket<Io> {
    let stream = TcpStream::connect(address).await.expect("a connection");
    http2_over(stream, &address.to_string(), path).await
}

/// A WebSocket over HTTP/2 over this.
pub(crate) async fn http2_over(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    host: &str,
    path: &str,
) -> WebSocket<Io> {
    let mut response = send_http2(stream, extended_connect(host, path)).await;
    assert_eq!(response.status(), 200);
    let upgraded = hyper::upgrade::on(&mut response).await.expect("a stream");
    let io = Io::boxed(TokioIo::new(upgraded));
    WebSocket::client(io, Arc::default(), Negotiated::default(), &[])
}
