//! A WebSocket in a server of one's own on hyper: `ws://127.0.0.1:8080/`.

use std::convert::Infallible;

use hyper::{Request, Response, body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use sockeye::{Answer, Upgrade};
use tokio::net::TcpListener;

async fn answer(mut request: Request<Incoming>) -> Result<Answer, Infallible> {
    let upgrade = match Upgrade::from_request(&mut request) {
        Ok(upgrade) => upgrade.protocols(["echo"]),
        Err(refusal) => return Ok(refusal.into_response().map(Into::into)),
    };
    if request.uri().path() != "/" {
        let mut not_found = Response::new("expected the path /, got another\n".into());
        *not_found.status_mut() = hyper::StatusCode::NOT_FOUND;
        return Ok(not_found);
    }
    Ok(upgrade.on_upgrade(|mut ws| async move {
        while let Ok(Some(message)) = ws.recv().await {
            if ws.send(message).await.is_err() {
                break;
            }
        }
    }))
}

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:8080").await?;
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .serve_connection(TokioIo::new(stream), service_fn(answer))
            .with_upgrades();
        tokio::spawn(connection);
    }
}
