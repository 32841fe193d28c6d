//! wtx: the loop of its own server, which writes each frame at once.

use std::process::ExitCode;

use stand::Order;
use tokio::net::TcpStream;
use wtx::{
    collection::Vector,
    rng::Rng,
    stream::Stream,
    web_socket::{
        OpCode, WebSocketAcceptor, WebSocketOwned, WebSocketPayloadOrigin,
        compression::{Flate2, NegotiatedCompression},
    },
};

fn main() -> ExitCode {
    stand::finish(run())
}

fn run() -> Result<(), String> {
    let order = Order::parse()?;
    match order.job.as_str() {
        "echo" => stand::serve(order.port, |stream| async move {
            // How it ended is nobody's affair.
            let _ = plain(stream).await;
        }),
        "deflate" => stand::serve(order.port, |stream| async move {
            let _ = compressed(stream).await;
        }),
        _ => Err(order.unknown()),
    }
}

async fn plain(stream: TcpStream) -> wtx::Result<()> {
    echo(WebSocketAcceptor::default().accept(stream).await?).await
}

async fn compressed(stream: TcpStream) -> wtx::Result<()> {
    echo(WebSocketAcceptor::default().compression(Flate2::default()).accept(stream).await?).await
}

async fn echo<N, R, S>(mut ws: WebSocketOwned<N, R, S, false>) -> wtx::Result<()>
where
    N: NegotiatedCompression,
    R: Rng,
    S: Stream,
{
    let mut buf = Vector::new();
    let (mut common, mut reader, mut writer) = ws.split_mut();
    loop {
        buf.clear();
        let origin = WebSocketPayloadOrigin::Adaptive;
        let mut frame = reader.read_frame(&mut buf, &mut common, origin).await?;
        match frame.op_code() {
            OpCode::Close => return Ok(()),
            OpCode::Binary | OpCode::Text => writer.write_frame(&mut common, &mut frame).await?,
            _ => {}
        }
    }
}
