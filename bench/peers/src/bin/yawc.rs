//! yawc: the buffers and the boundary that its own comparison uses, with UTF-8 checked as everyone else does;
//! everything that is there, then one flush.

use std::process::ExitCode;

use bytes::Bytes;
use http_body_util::Empty;
use hyper::{Request, Response, body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use peers::{Next, ROOM};
use stand::Order;
use tokio::{
    net::TcpStream,
    sync::broadcast::{self, Sender},
};
use yawc::{CompressionLevel, Frame, OpCode, Options, WebSocket, WebSocketError};

/// What the largest cell needs.
const MESSAGE_BYTES: usize = 2 << 20;

/// What is done with a WebSocket.
#[derive(Clone)]
enum Job {
    Echo(Options),
    Broadcast(Options, Sender<Frame>),
}

fn main() -> ExitCode {
    stand::finish(run())
}

fn run() -> Result<(), String> {
    let order = Order::parse()?;
    let options = Options::default()
        .with_limits(MESSAGE_BYTES, 4 * MESSAGE_BYTES)
        .with_read_buffer_capacity(128 << 10)
        .with_backpressure_boundary(64 << 10)
        .with_utf8();
    let job = match order.job.as_str() {
        "echo" => Job::Echo(options),
        "deflate" => Job::Echo(options.with_compression_level(CompressionLevel::fast())),
        "broadcast" => Job::Broadcast(options, broadcast::channel(ROOM).0),
        _ => return Err(order.unknown()),
    };
    stand::serve(order.port, move |stream| serve(stream, job.clone()))
}

async fn serve(stream: TcpStream, job: Job) {
    let service = service_fn(move |request| {
        let job = job.clone();
        async move { open(request, job) }
    });
    let connection = http1::Builder::new().serve_connection(TokioIo::new(stream), service);
    // How it ended is nobody's affair.
    let _ = connection.with_upgrades().await;
}

fn open(
    mut request: Request<Incoming>,
    job: Job,
) -> Result<Response<Empty<Bytes>>, WebSocketError> {
    let options = match &job {
        Job::Echo(options) | Job::Broadcast(options, _) => options.clone(),
    };
    let (response, socket) = WebSocket::upgrade_with_options(&mut request, options)?;
    tokio::spawn(async move {
        match (socket.await, job) {
            (Ok(ws), Job::Echo(_)) => peers::echo(ws, sort).await,
            (Ok(ws), Job::Broadcast(_, room)) => peers::broadcast(ws, room, sort).await,
            (Err(_), _) => {}
        }
    });
    Ok(response)
}

fn sort(frame: Frame) -> Next<Frame> {
    match frame.opcode() {
        OpCode::Text | OpCode::Binary => Next::Message(frame),
        OpCode::Close => Next::End,
        _ => Next::Ignore,
    }
}
