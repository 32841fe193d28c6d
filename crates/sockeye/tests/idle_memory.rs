//! What an idle connection costs a server: a process of its own that echoes on one thread, measured from outside.

#![allow(clippy::print_stdout, reason = "without the harness it prints for itself")]

mod support;

use std::{
    convert::Infallible,
    env,
    future::pending,
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
    sync::Arc,
    time::Duration,
};

use hyper::{server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use sockeye::{Config, DeflateConfig, Message, ServerOptions, Transport, Upgrade, WebSocket};
use tokio::net::TcpListener;

/// The child is this program again, with this set.
const CHILD: &str = "SOCKEYE_IDLE_MEMORY_CHILD";

/// The server's process: prints its port, and echoes until it is killed.
fn serve(mode: &str) {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let deflate =
        if mode == "deflate" { DeflateConfig::default() } else { DeflateConfig::disabled() };
    let options = ServerOptions::default().config(Arc::new(Config::default().deflate(deflate)));
    runtime.block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        println!("port {}", listener.local_addr().expect("an address").port());
        match mode {
            "server" => {
                let server = sockeye::Server::new(listener).route("/", options, echo);
                server.run(pending()).await.expect("nobody stops it");
            }
            "engine" | "ring" => serve_by_engine(listener, options, mode).await,
            "hyper" => serve_hyper(listener, options).await,
            _ => serve_accept(listener, options).await,
        }
    });
}

#[cfg(all(feature = "engine", target_os = "linux"))]
async fn serve_by_engine(listener: TcpListener, options: ServerOptions, mode: &str) {
    let server = sockeye::Server::new(listener).route("/", options, echo);
    let ring = sockeye::Polling::IoUring;
    let polling = if mode == "ring" { ring } else { sockeye::Polling::Epoll };
    let server = server.engines_by(polling, 1).expect("a thread");
    server.run(pending()).await.expect("nobody stops it");
}

/// Whether the system lets an engine have a ring; where it does not this says so.
#[cfg(all(feature = "engine", target_os = "linux"))]
fn has_rings() -> bool {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.set_nonblocking(true).expect("a socket");
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let _inside = runtime.enter();
    let server = sockeye::Server::new(TcpListener::from_std(listener).expect("a runtime"));
    match server.engines_by(sockeye::Polling::IoUring, 1) {
        Ok(_) => true,
        Err(error) => {
            println!("ring: SKIPPED, {error}");
            false
        }
    }
}

#[cfg(not(all(feature = "engine", target_os = "linux")))]
fn has_rings() -> bool {
    false
}

#[cfg(not(all(feature = "engine", target_os = "linux")))]
async fn serve_by_engine(listener: TcpListener, options: ServerOptions, _: &str) {
    serve_accept(listener, options).await;
}

async fn serve_accept(listener: TcpListener, options: ServerOptions) {
    while let Ok((stream, _)) = listener.accept().await {
        let options = options.clone();
        tokio::spawn(async move {
            let Ok(opening) = sockeye::accept(stream).await else { return };
            let Ok(ws) = opening.accept(&options).await else { return };
            // A task of its own: that of the handshake is larger than what remains.
            tokio::spawn(echo(ws));
        });
    }
}

async fn serve_hyper(listener: TcpListener, options: ServerOptions) {
    while let Ok((stream, _)) = listener.accept().await {
        let options = options.clone();
        let answer = service_fn(move |mut request| {
            let upgrade = Upgrade::from_request(&mut request).expect("an upgrade");
            let answer = upgrade.options(options.clone()).on_upgrade(echo);
            async { Ok::<_, Infallible>(answer) }
        });
        let connection = http1::Builder::new().serve_connection(TokioIo::new(stream), answer);
        tokio::spawn(connection.with_upgrades());
    }
}

async fn echo<S: Transport>(mut ws: WebSocket<S>) {
    while let Ok(Some(sent)) = ws.recv_with(|message, out| out.try_send(message).is_ok()).await {
        assert!(sent, "there is room for an answer");
    }
}

/// Connections that are there before anything is measured.
const WARM: usize = 100;

const CONNECTIONS: u64 = 10_000;

struct Server(Child);

impl Server {
    fn start(mode: &str) -> (Self, u16) {
        let mut child = Command::new(env::current_exe().expect("this program"))
            .env(CHILD, mode)
            .stdout(Stdio::piped())
            .spawn()
            .expect("a process");
        let mut line = String::new();
        BufReader::new(child.stdout.take().expect("a pipe")).read_line(&mut line).expect("a line");
        let server = Self(child);
        let port = line.trim().strip_prefix("port ").and_then(|port| port.parse().ok());
        (server, port.expect("a port"))
    }

    /// Waits until the process has closed all but `left` of its connections.
    async fn wait_for_sockets(&self, left: usize) {
        let descriptors = format!("/proc/{}/fd", self.0.id());
        let few = left + 20;
        for _ in 0..1000 {
            if std::fs::read_dir(&descriptors).expect("Linux").count() <= few {
                return;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("expected at most {few} descriptors after ten seconds, got more");
    }

    /// Bytes that the process holds in memory.
    fn resident(&self) -> u64 {
        let rollup = format!("/proc/{}/smaps_rollup", self.0.id());
        let rollup = std::fs::read_to_string(rollup).expect("Linux");
        let line = rollup.lines().find(|line| line.starts_with("Rss:")).expect("a size");
        let size = line.split_whitespace().nth(1).and_then(|size| size.parse::<u64>().ok());
        size.expect("a number") * 1024
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

async fn connect(port: u16, config: &Arc<Config>) -> WebSocket {
    let url = format!("ws://127.0.0.1:{port}/");
    sockeye::connect(url).config(config.clone()).await.expect("a connection")
}

async fn exchange(ws: &mut WebSocket, message: &Message) {
    ws.send(message.clone()).await.expect("sent");
    assert_eq!(ws.recv().await.expect("open").as_ref(), Some(message));
}

/// Lets so many connections come and speak; tells what each costs when it has just come, and when it has spoken.
async fn crowd(server: &Server, port: u16, rounds: usize, message: &Message) -> (u64, u64) {
    let config = Arc::new(Config::default());
    let before = server.resident();
    let mut sockets = Vec::new();
    for _ in 0..CONNECTIONS {
        sockets.push(connect(port, &config).await);
    }
    let idle = server.resident().saturating_sub(before) / CONNECTIONS;
    for _ in 0..rounds {
        for ws in &mut sockets {
            exchange(ws, message).await;
        }
    }
    (idle, server.resident().saturating_sub(before) / CONNECTIONS)
}

/// What an allocator does with what a crowd has left behind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Allocator {
    /// glibc's keeps what lies below its last small chunk: the next crowd lives in it.
    Keeps,
    GivesBack,
}

impl Allocator {
    /// What an allocator that gives back has in hand is more, for some seconds: pages that handshakes have used.
    fn budget(self, bytes: u64) -> u64 {
        match self {
            Self::Keeps => bytes,
            Self::GivesBack => bytes + bytes / 4,
        }
    }
}

/// What may be left of a crowd that has gone.
const LEFT: u64 = 5 << 20;

/// Waits until the process has given back what a crowd has used.
async fn wait_for_memory(server: &Server, before: u64) {
    for _ in 0..3000 {
        if server.resident() <= before + LEFT {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("expected at most {LEFT} B left after 30 s, got {}", server.resident() - before);
}

fn measure(allocator: Allocator, mode: &str, budget: u64, rounds: usize, message: &Message) {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let (server, port) = Server::start(mode);
    let budget = allocator.budget(budget);
    runtime.block_on(async {
        // What the process needs once: buffers of the thread, pools, the first pages of everything.
        let mut warm = Vec::new();
        for _ in 0..WARM {
            let mut ws = connect(port, &Arc::default()).await;
            exchange(&mut ws, message).await;
            warm.push(ws);
        }
        let before = server.resident();
        let (idle, spoke) = crowd(&server, port, rounds, message).await;
        let peak = server.resident();
        println!("{mode}: {idle} B a connection, {spoke} B after {rounds} messages each");
        assert!(idle <= budget, "expected at most {budget} B, got {idle}");
        assert!(spoke <= budget, "expected at most {budget} B, got {spoke}");
        server.wait_for_sockets(WARM).await;
        if allocator == Allocator::GivesBack {
            wait_for_memory(&server, before).await;
        }
        println!("{mode}: {} KiB stay", server.resident().saturating_sub(before) / 1024);
        let _ = crowd(&server, port, rounds, message).await;
        let growth = server.resident().saturating_sub(peak);
        println!("{mode}: {} KiB more with the next {CONNECTIONS}", growth / 1024);
        assert!(growth < 5 << 20, "expected less than 5 MiB more, got {growth} B");
    });
}

/// Without the harness: it would run the server on a thread of its own, whose memory glibc treats differently.
#[allow(dead_code, reason = "the same with another allocator has a `main` of its own")]
fn main() {
    run(Allocator::Keeps);
}

pub(crate) fn run(allocator: Allocator) {
    if let Ok(mode) = env::var(CHILD) {
        return serve(&mode);
    }
    let message = Message::from(vec![b'x'; 1024]);
    measure(allocator, "plain", 1_100, 1, &message);
    measure(allocator, "server", 1_200, 1, &message);
    measure(allocator, "engine", 400, 1, &message);
    if has_rings() {
        // And the buffers of the ring.
        measure(allocator, "ring", 500, 1, &message);
    }
    measure(allocator, "hyper", 1_200, 1, &message);
    // Eight of these are more than a window of 12 bits holds.
    let text: String = (0..60).map(|number| format!("{{\"id\":{number}}},")).collect();
    measure(allocator, "deflate", 10 * 1024, 8, &Message::from(text));
}
