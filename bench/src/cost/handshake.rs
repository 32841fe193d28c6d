//! The opening handshake, from the first byte of a browser's request to the WebSocket and its end.

use std::{convert::Infallible, error::Error, fmt};

use hyper::{Request, body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use sockeye::{Answer, ServerOptions, Upgrade, bytes::Bytes};
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};

use super::line::{self, Line};

/// Who reads the request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Door {
    Accept,
    Hyper,
}

impl Door {
    pub(super) const ALL: [Self; 2] = [Self::Accept, Self::Hyper];
}

impl fmt::Display for Door {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Accept => "accept",
            Self::Hyper => "hyper",
        })
    }
}

/// Handshakes in a lap.
const VISITS: usize = 64;

/// What a browser says.
const REQUEST: &[u8] = b"GET /chat?room=7 HTTP/1.1\r\n\
    Host: chat.example.com\r\n\
    Connection: Upgrade\r\n\
    Pragma: no-cache\r\n\
    Cache-Control: no-cache\r\n\
    User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0\r\n\
    Upgrade: websocket\r\n\
    Origin: http://chat.example.com\r\n\
    Sec-WebSocket-Version: 13\r\n\
    Accept-Encoding: gzip, deflate\r\n\
    Accept-Language: en-GB,en;q=0.9\r\n\
    Cookie: session=0123456789abcdef0123456789abcdef\r\n\
    Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
    Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n\r\n";

pub(super) fn run(door: Door, laps: usize) -> Result<usize, Box<dyn Error>> {
    let runtime = line::idle_runtime()?;
    let _entered = runtime.enter();
    let options = ServerOptions::default();
    for _ in 0..laps * VISITS {
        let line = Line::new(Bytes::from_static(REQUEST));
        line::finish(async {
            match door {
                Door::Accept => accept(line.clone(), &options).await,
                Door::Hyper => upgrade(line.clone(), &options).await,
            }
        })?;
        let answer = line.take_written();
        assert!(answer.starts_with(b"HTTP/1.1 101 "), "{}", String::from_utf8_lossy(&answer));
    }
    Ok(laps * VISITS)
}

async fn accept(line: Line, options: &ServerOptions) -> Result<(), Box<dyn Error>> {
    let ws = sockeye::accept(line).await?.accept(options).await?;
    assert!(ws.deflate().is_some(), "expected compression, got none");
    Ok(())
}

async fn upgrade(line: Line, options: &ServerOptions) -> Result<(), Box<dyn Error>> {
    let (agreed, mut upgrading) = unbounded_channel();
    let service = service_fn(move |request| answer(request, options.clone(), agreed.clone()));
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new())
        .serve_connection(TokioIo::new(line), service)
        .with_upgrades()
        .await?;
    let ws = upgrading.recv().await.ok_or("expected a WebSocket, got a refusal")?.await?;
    assert!(ws.deflate().is_some(), "expected compression, got none");
    Ok(())
}

async fn answer(
    mut request: Request<Incoming>,
    options: ServerOptions,
    agreed: UnboundedSender<sockeye::Upgrading>,
) -> Result<Answer, Infallible> {
    let upgrade = Upgrade::from_request(&mut request);
    let accepted = upgrade.and_then(|upgrade| upgrade.options(options).accept());
    Ok(match accepted {
        Ok((answer, upgrading)) => {
            let _ = agreed.send(upgrading);
            answer
        }
        Err(refusal) => refusal.into_response().map(Into::into),
    })
}
