//! The hyper side of a server: whatever is no upgrade at the beginning of a connection.

use std::{
    convert::Infallible,
    future::{Future, poll_fn},
    pin::{Pin, pin},
    sync::Arc,
    task::Context,
    time::Duration,
};

use http::{HeaderValue, Request, Response, StatusCode, Version, header};
use hyper::{
    body::Incoming,
    server::conn::{http1, http2},
    service::service_fn,
};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};

use super::{
    Peer,
    connection::Serving,
    routes::{PageBody, page_body, refuse},
};
use crate::{
    Answer, Upgrade,
    hall::{Place, Seat},
    upgrade::Rewound,
};

/// hyper reads a head into one buffer, and takes none that is smaller.
const LEAST_BUFFER: usize = 8 << 10;

/// As for a WebSocket: a peer that has gone without a word gives its place back.
const PING_INTERVAL: Duration = Duration::from_secs(30);
const PONG_TIMEOUT: Duration = Duration::from_secs(20);

pub(super) async fn serve_http1(
    serving: Arc<Serving>,
    io: Rewound,
    peer: Peer,
    seat: Seat,
    place: Place,
) {
    let timeout = serving.settings.handshake_timeout;
    let head = serving.settings.head;
    let service = service_fn(move |request| answer(serving.clone(), request, peer, place.clone()));
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(timeout)
        .max_headers(head.max_headers)
        .max_buf_size(head.max_bytes.max(LEAST_BUFFER))
        .serve_connection(TokioIo::new(io), service)
        .with_upgrades();
    let connection = pin!(connection);
    drive(connection, seat, http1::UpgradeableConnection::graceful_shutdown).await;
}

pub(super) async fn serve_http2(
    serving: Arc<Serving>,
    io: Rewound,
    peer: Peer,
    seat: Seat,
    place: Place,
) {
    let head = serving.settings.head;
    let service = service_fn(move |request| answer(serving.clone(), request, peer, place.clone()));
    let connection = http2::Builder::new(TokioExecutor::new())
        .timer(TokioTimer::new())
        .enable_connect_protocol()
        .keep_alive_interval(PING_INTERVAL)
        .keep_alive_timeout(PONG_TIMEOUT)
        .max_header_list_size(u32::try_from(head.max_bytes).unwrap_or(u32::MAX))
        .serve_connection(TokioIo::new(io), service);
    let connection = pin!(connection);
    drive(connection, seat, http2::Connection::graceful_shutdown).await;
}

/// Runs a connection to its end, and has it end when the server leaves.
async fn drive<C: Future>(
    mut connection: Pin<&mut C>,
    seat: Seat,
    graceful_shutdown: impl Fn(Pin<&mut C>),
) {
    let mut seat = Some(seat);
    let run = |context: &mut Context<'_>| {
        // First this: told before it has seen the request that is there, it would not answer that.
        let polled = connection.as_mut().poll(context);
        if polled.is_pending()
            && seat.as_mut().is_some_and(|seat| seat.poll_leaving(context).is_ready())
        {
            seat = None;
            graceful_shutdown(connection.as_mut());
            return connection.as_mut().poll(context);
        }
        polled
    };
    // How it ended is the peer's affair.
    drop(poll_fn(run).await);
}

async fn answer(
    serving: Arc<Serving>,
    mut request: Request<Incoming>,
    peer: Peer,
    place: Place,
) -> Result<Response<PageBody>, Infallible> {
    serving.introduce(peer, &mut request);
    let Some(handler) = serving.routes.handler(&request) else {
        return Ok(serving.routes.page(request).await);
    };
    request.extensions_mut().insert(place);
    let version = request.version();
    let peer = request.extensions().get::<Peer>().copied().unwrap_or(peer);
    let response = match Upgrade::from_request(&mut request) {
        Ok(upgrade) => last(handler(upgrade, request.map(drop)).await, version).map(page_body),
        Err(refusal) => refuse(refusal),
    };
    if !is_agreement(response.status(), version) {
        serving.tell_refusal(response.status(), &peer);
    }
    Ok(response)
}

/// Over HTTP/2 a WebSocket is a stream that was answered well (RFC 8441 5).
fn is_agreement(status: StatusCode, version: Version) -> bool {
    if version < Version::HTTP_2 {
        status == StatusCode::SWITCHING_PROTOCOLS
    } else {
        status.is_success()
    }
}

/// Nothing that follows a refused upgrade is read as a request.
fn last(mut answer: Answer, version: Version) -> Answer {
    if version < Version::HTTP_2 && !is_agreement(answer.status(), version) {
        answer.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    answer
}
