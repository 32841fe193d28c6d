//! A server of one engine on a TCP port of this machine. The client is another process, whose instructions nobody
//! counts.

use std::{
    env,
    error::Error,
    io::{self, Read, Write},
    net::{SocketAddr, TcpStream},
    process::Command,
    sync::Arc,
    time::Duration,
};

use sockeye::{Polling, Server, ServerOptions, WebSocket};
use tokio::{runtime::Builder, sync::Notify};

use super::reads::{reads, reply_len};

/// Payload bytes of a lap, and its messages within bounds. What is not the same in every run, as the rings of a clock,
/// vanishes among them.
const LAP_BYTES: usize = 8 << 20;
const LAP_MESSAGES: [usize; 2] = [2048, 8192];

/// A server that stands still is told of, not waited for.
const PATIENCE: Duration = Duration::from_secs(60);

/// What the client does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Visit {
    pub(crate) server: SocketAddr,
    pub(crate) payload_len: usize,
    pub(crate) depth: usize,
    pub(crate) reads: usize,
}

pub(super) fn run(payload_len: usize, depth: usize, laps: usize) -> Result<usize, Box<dyn Error>> {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let [least, most] = LAP_MESSAGES;
    let reads = laps * (LAP_BYTES / payload_len).clamp(least, most) / depth;
    runtime.block_on(async {
        let ended = Arc::new(Notify::new());
        let end = ended.clone();
        let echo = move |ws: WebSocket| {
            let ended = ended.clone();
            async move {
                echo(ws).await;
                ended.notify_one();
            }
        };
        let server = Server::bind("127.0.0.1:0").await?.engines_by(Polling::Epoll, 1)?;
        let server = server.route("/", ServerOptions::default(), echo);
        let [address] = server.addresses()[..] else { return Err("expected one port".into()) };
        let visit = ["cost", "visit", &address.to_string()].map(str::to_owned);
        let numbers = [payload_len, depth, reads].map(|number| number.to_string());
        let mut client = Command::new(env::current_exe()?).args(visit).args(numbers).spawn()?;
        server.run(async move { end.notified().await }).await?;
        match client.wait()? {
            status if status.success() => Ok(reads * depth),
            status => Err(format!("expected success from the client, got {status}").into()),
        }
    })
}

async fn echo(mut ws: WebSocket) {
    while let Ok(Some(sent)) = ws.recv_with(|message, out| out.try_send(message).is_ok()).await {
        assert!(sent, "expected room for the echo of one read, got none");
    }
}

const REQUEST: &[u8] =
    b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
    Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";

/// A close frame, masked: 1000.
const GOODBYE: &[u8] = &[0x88, 0x82, 0, 0, 0, 0, 0x03, 0xe8];

/// Is the client: sends a read and waits for its echo, again and again.
pub(crate) fn visit(visit: Visit) -> io::Result<()> {
    let Visit { server, payload_len, depth, reads: count } = visit;
    let mut stream = TcpStream::connect(server)?;
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.write_all(REQUEST)?;
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte)?;
        head.extend(byte);
    }
    let lap = reads(payload_len, depth);
    let mut replies = vec![0; lap.iter().map(|read| reply_len(read, depth)).max().unwrap_or(0)];
    for read in lap.iter().cycle().take(count) {
        stream.write_all(read)?;
        stream.read_exact(&mut replies[..reply_len(read, depth)])?;
    }
    stream.write_all(GOODBYE)?;
    stream.read_to_end(&mut head)?;
    Ok(())
}
