//! The handshake over HTTP/1.1 (RFC 6455 4).

use std::sync::Arc;

use http::{Response, Uri, Version};
use sockeye_proto::{
    Config,
    handshake::{ClientHandshake, ClientOptions, Negotiated, write_request},
};

use super::{ConnectError, body, exchange::exchange};
use crate::{WebSocket, random, transport::Transport};

/// A WebSocket, and the response that opened it.
pub(super) type Opened<S> = (WebSocket<S>, Response<()>);

/// A transport on which the handshake is over.
#[derive(Debug)]
pub(super) struct Shaken<S> {
    pub(super) transport: S,
    pub(super) negotiated: Negotiated,
    pub(super) version: Version,
    pub(super) response: Response<()>,
    /// What was read behind the response.
    pub(super) unread: Vec<u8>,
}

impl<S: Transport> Shaken<S> {
    pub(super) fn open(self, config: Arc<Config>) -> Opened<S> {
        let Self { transport, negotiated, version, response, unread } = self;
        (WebSocket::new_client(transport, config, negotiated, version, &unread), response)
    }
}

/// Asks for a WebSocket on a transport that nothing was said on yet.
pub(super) async fn upgrade<S: Transport>(
    mut transport: S,
    uri: &Uri,
    options: &ClientOptions,
) -> Result<Shaken<S>, ConnectError> {
    let handshake =
        ClientHandshake::new(uri, random::bytes(), options).map_err(ConnectError::Request)?;
    let request = write_request(handshake.request());
    let (response, unread) = exchange(&mut transport, &request).await?;
    match handshake.verify(&response) {
        Ok(negotiated) => {
            let version = Version::HTTP_11;
            Ok(Shaken { transport, negotiated, version, response, unread })
        }
        Err(error) => {
            let body = body::read(&mut transport, &response, &unread).await;
            Err(ConnectError::Handshake { error, response: Box::new(response.map(|()| body)) })
        }
    }
}
