//! fastwebsockets: its own echo server, which writes each frame at once.

use std::process::ExitCode;

use bytes::Bytes;
use fastwebsockets::{FragmentCollector, OpCode, WebSocketError, upgrade};
use http_body_util::Empty;
use hyper::{Request, Response, body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use stand::Order;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    task,
};

fn main() -> ExitCode {
    stand::finish(run())
}

fn run() -> Result<(), String> {
    let order = Order::parse()?;
    match order.job.as_str() {
        "echo" => stand::serve(order.port, |stream| serve(stream, plain)),
        "tls" => stand::serve_tls(order.port, |stream| serve(stream, secure)),
        _ => Err(order.unknown()),
    }
}

type Opening = fn(Request<Incoming>) -> Result<Response<Empty<Bytes>>, WebSocketError>;

async fn serve(stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static, open: Opening) {
    let service = service_fn(move |request| async move { open(request) });
    let connection = http1::Builder::new().serve_connection(TokioIo::new(stream), service);
    // How it ended is nobody's affair.
    let _ = connection.with_upgrades().await;
}

fn plain(mut request: Request<Incoming>) -> Result<Response<Empty<Bytes>>, WebSocketError> {
    let (response, socket) = upgrade::upgrade(&mut request)?;
    tokio::spawn(task::unconstrained(async move {
        if let Ok(ws) = socket.await {
            let _ = echo(FragmentCollector::new(ws)).await;
        }
    }));
    Ok(response)
}

/// Its example of TLS turns vectored writes off.
fn secure(mut request: Request<Incoming>) -> Result<Response<Empty<Bytes>>, WebSocketError> {
    let (response, socket) = upgrade::upgrade(&mut request)?;
    tokio::spawn(async move {
        if let Ok(mut ws) = socket.await {
            ws.set_writev(false);
            let _ = echo(FragmentCollector::new(ws)).await;
        }
    });
    Ok(response)
}

async fn echo(
    mut ws: FragmentCollector<TokioIo<hyper::upgrade::Upgraded>>,
) -> Result<(), WebSocketError> {
    loop {
        let frame = ws.read_frame().await?;
        match frame.opcode {
            OpCode::Close => return Ok(()),
            OpCode::Text | OpCode::Binary => ws.write_frame(frame).await?,
            _ => {}
        }
    }
}
