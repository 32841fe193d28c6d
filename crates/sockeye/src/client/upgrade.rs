//! The handshake over HTTP/1.1 (RFC 6455 4).

use std::sync::Arc;

use http::{Response, Uri, Version};
use sockeye_proto::{
    Config,
    handshake::{ClientHandshake, ClientOptions, write_request},
};

use super::{ConnectError, body, exchange::exchange};
use crate::{WebSocket, random, transport::Transport};

/// A WebSocket, and the response that opened it.
pub(super) type Opened<S> = (WebSocket<S>, Response<()>);

/// Asks for a WebSocket on a transport that nothing was said on yet.
pub(super) async fn upgrade<S: Transport>(
    mut transport: S,
    uri: &Uri,
    options: &ClientOptions,
    config: Arc<Config>,
) -> Result<Opened<S>, ConnectError> {
    let handshake =
        ClientHandshake::new(uri, random::bytes(), options).map_err(ConnectError::Request)?;
    let request = write_request(handshake.request());
    let (response, unread) = exchange(&mut transport, &request).await?;
    match handshake.verify(&response) {
        Ok(negotiated) => {
            let version = Version::HTTP_11;
            let ws = WebSocket::new_client(transport, config, negotiated, version, &unread);
            Ok((ws, response))
        }
        Err(error) => {
            let body = body::read(&mut transport, &response, &unread).await;
            Err(ConnectError::Handshake { error, response: Box::new(response.map(|()| body)) })
        }
    }
}
