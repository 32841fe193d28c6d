//! The handshake over HTTP/2: extended CONNECT (RFC 8441). One connection carries one WebSocket.

mod stream;

use std::{
    future::{Future, poll_fn},
    io,
    pin::{Pin, pin},
    task::Poll,
};

use bytes::Bytes;
use h2::{Ping, client, ext::Protocol};
use http::{Uri, Version};
use sockeye_proto::handshake::{ClientHandshake, ClientOptions, HeadLimits};

use self::stream::Stream;
use super::{ConnectError, Http2Error, body, exchange::hide_cookies, upgrade::Shaken};
use crate::Io;

/// What the peer may send before we have read it. The 64 KiB of the protocol's default hold a fast line back.
const WINDOW_BYTES: u32 = 1 << 20;

/// Asks for a WebSocket on a transport that nothing was said on yet.
pub(super) async fn open(
    io: Io,
    uri: &Uri,
    options: &ClientOptions,
) -> Result<Shaken<Io>, ConnectError> {
    let handshake =
        ClientHandshake::extended_connect(uri, options).map_err(ConnectError::Request)?;
    let (mut requests, mut connection) = builder().handshake(io).await.map_err(failed)?;
    await_settings(&mut connection).await?;
    if !requests.is_extended_connect_protocol_enabled() {
        return Err(Http2Error::NoExtendedConnect.into());
    }
    let mut request = handshake.request().clone();
    request.extensions_mut().insert(Protocol::from_static("websocket"));
    let (response, send) = requests.send_request(request, false).map_err(failed)?;
    let (head, recv) = drive(&mut connection, response).await?.into_parts();
    let mut response = http::Response::from_parts(head, ());
    hide_cookies(&mut response);
    let mut stream = Stream::new(connection, send, recv);
    match handshake.verify(&response) {
        Ok(negotiated) => {
            let (transport, version) = (Io::boxed(stream), Version::HTTP_2);
            Ok(Shaken { transport, negotiated, version, response, unread: Vec::new() })
        }
        Err(error) => {
            let body = body::read(&mut stream, &response, &[]).await;
            Err(ConnectError::Handshake { error, response: Box::new(response.map(|()| body)) })
        }
    }
}

fn builder() -> client::Builder {
    let mut builder = client::Builder::new();
    let head_bytes = u32::try_from(HeadLimits::default().max_bytes).unwrap_or(u32::MAX);
    builder
        .enable_push(false)
        .initial_window_size(WINDOW_BYTES)
        .initial_connection_window_size(WINDOW_BYTES)
        .max_header_list_size(head_bytes);
    builder
}

type Connection = client::Connection<Io, Bytes>;

/// A peer's settings come before all else (RFC 9113 3.4), so they are there once a ping is answered.
async fn await_settings(connection: &mut Connection) -> Result<(), Http2Error> {
    let mut pings = connection.ping_pong().expect("taken once");
    drive(connection, pings.ping(Ping::opaque())).await.map(drop)
}

/// Waits for what becomes of something on the connection, and moves its bytes meanwhile.
async fn drive<T>(
    connection: &mut Connection,
    awaited: impl Future<Output = Result<T, h2::Error>>,
) -> Result<T, Http2Error> {
    let mut awaited = pin!(awaited);
    poll_fn(|context| {
        let over = Pin::new(&mut *connection).poll(context);
        match (awaited.as_mut().poll(context), over) {
            (Poll::Ready(outcome), _) => Poll::Ready(outcome.map_err(failed)),
            (Poll::Pending, Poll::Ready(Err(error))) => Poll::Ready(Err(failed(error))),
            (Poll::Pending, Poll::Ready(Ok(()))) => {
                let what = "expected an answer, got the end of the connection";
                let error = io::Error::new(io::ErrorKind::UnexpectedEof, what);
                Poll::Ready(Err(Http2Error::Connection(error)))
            }
            (Poll::Pending, Poll::Pending) => Poll::Pending,
        }
    })
    .await
}

fn failed(error: h2::Error) -> Http2Error {
    Http2Error::Connection(stream::to_io(error))
}
