//! The raw door: a WebSocket on a transport that nobody has read from yet.

use std::{fmt, future::poll_fn, io, time::Duration};

use http::Request;
use sockeye_proto::handshake::{Acceptance, HeadLimits, Offer, Refusal, write_response};
use tokio::time;

use super::{
    ServerOptions,
    head::{self, Head, NoHead},
};
use crate::{WebSocket, transport::Transport, wire};

/// How long the head of a request may take, all of it.
const HEAD_TIMEOUT: Duration = Duration::from_secs(10);

/// How long a refused peer may take to read why.
const LINGER: Duration = Duration::from_secs(2);

/// Why no WebSocket came of a transport. A refusal has been sent already.
#[derive(Debug)]
#[non_exhaustive]
pub enum AcceptError {
    /// The transport failed or ended.
    Io(io::Error),
    /// The head of the request was not there in time.
    Timeout(Duration),
    /// The request is not one that may become a WebSocket.
    Refused(Refusal),
}

impl fmt::Display for AcceptError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io(_) => f.write_str("the transport failed in the handshake"),
            Self::Timeout(limit) => {
                write!(f, "expected the head of a request within {limit:?}, got less")
            }
            Self::Refused(refusal) => {
                write!(f, "refused with {}: {}", refusal.status(), refusal.reason())
            }
        }
    }
}

impl std::error::Error for AcceptError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Io(error) => Some(error),
            Self::Timeout(_) | Self::Refused(_) => None,
        }
    }
}

impl From<io::Error> for AcceptError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

/// A request that may become a WebSocket, read and judged, and not answered yet.
#[derive(Debug)]
pub struct Opening<S> {
    transport: S,
    request: Request<()>,
    offer: Offer,
    unread: Box<[u8]>,
}

/// Reads the request for a WebSocket from a transport that was just accepted. One that is not right is answered with
/// the reason.
///
/// ```no_run
/// # async fn serve(listener: tokio::net::TcpListener) -> Result<(), Box<dyn std::error::Error>> {
/// let (stream, _) = listener.accept().await?;
/// let opening = sockeye::accept(stream).await?;
/// let mut ws = opening.accept(&sockeye::ServerOptions::default()).await?;
/// while let Some(message) = ws.recv().await? {
///     ws.send(message).await?;
/// }
/// # Ok(())
/// # }
/// ```
///
/// Dropped before it is done, it drops the transport: what was read of a request cannot be read again.
///
/// # Errors
///
/// When the request is not right, not there within ten seconds, or the transport failed.
pub async fn accept<S: Transport>(mut transport: S) -> Result<Opening<S>, AcceptError> {
    let head = head::read(&mut transport, HeadLimits::default());
    let refusal = match time::timeout(HEAD_TIMEOUT, head).await {
        Ok(Ok(Head { request, unread })) => match Offer::from_request(&request) {
            Ok(offer) => return Ok(Opening { transport, request, offer, unread }),
            Err(refusal) => refusal,
        },
        Ok(Err(NoHead::Io(error))) => return Err(AcceptError::Io(error)),
        Ok(Err(NoHead::Refused(refusal))) => refusal,
        Err(_) => return Err(AcceptError::Timeout(HEAD_TIMEOUT)),
    };
    Err(refuse(transport, refusal).await)
}

impl<S: Transport> Opening<S> {
    /// The request, with its path, query, headers and cookies.
    pub fn request(&self) -> &Request<()> {
        &self.request
    }

    /// What the client offers.
    pub fn offer(&self) -> &Offer {
        &self.offer
    }

    /// Agrees. Dropped before it is done, it drops the transport.
    ///
    /// # Errors
    ///
    /// When the request comes from a page that may not connect, which it is told, or the transport failed.
    pub async fn accept(mut self, options: &ServerOptions) -> Result<WebSocket<S>, AcceptError> {
        let Acceptance { mut response, negotiated, .. } = match self.offer.accept(options.choice())
        {
            Ok(acceptance) => acceptance,
            Err(refusal) => return Err(refuse(self.transport, refusal).await),
        };
        response.headers_mut().extend(options.headers().clone());
        wire::write(&mut self.transport, &write_response(&response)).await?;
        Ok(WebSocket::server(self.transport, options.shared_config(), negotiated, &self.unread))
    }

    /// Refuses, and ends the transport once the peer has read why. Dropped before it is done, it drops the transport,
    /// and the peer may not learn why.
    ///
    /// # Errors
    ///
    /// When the transport failed.
    pub async fn refuse(self, refusal: Refusal) -> Result<(), AcceptError> {
        match refuse(self.transport, refusal).await {
            AcceptError::Refused(_) => Ok(()),
            failed => Err(failed),
        }
    }
}

async fn refuse<S: Transport>(mut transport: S, refusal: Refusal) -> AcceptError {
    match end_with(&mut transport, &refusal.clone().into_bytes()).await {
        Ok(()) => AcceptError::Refused(refusal),
        Err(error) => AcceptError::Io(error),
    }
}

/// Answers and ends the transport. What the peer still sends is read for a while, so that no reset takes the answer
/// away from it.
pub(super) async fn end_with<S: Transport>(transport: &mut S, answer: &[u8]) -> io::Result<()> {
    let end = async {
        wire::write(transport, answer).await?;
        poll_fn(|context| transport.poll_shutdown(context)).await?;
        while let Ok(Some(())) = wire::read(transport, |_| ()).await {}
        Ok(())
    };
    time::timeout(LINGER, end).await.unwrap_or(Ok(()))
}
