//! `Upgrading`: from the answer to the WebSocket.

use std::{
    fmt,
    future::Future,
    io,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use http::{Request, Version};
use hyper::upgrade::OnUpgrade;
use sockeye_proto::{Config, Connection, handshake::Negotiated};
use tokio::sync::oneshot;

use super::{
    draft::Challenge,
    transport::{self, HandedOver},
};
use crate::{
    Error, WebSocket, alarm,
    hall::{Place, Seat},
};

/// Who hands over the transport.
#[derive(Debug)]
pub(crate) enum Source {
    Hyper(OnUpgrade),
    /// Our own reader of heads.
    Raw(oneshot::Receiver<HandedOver>),
}

impl Source {
    pub(super) fn hyper<B>(request: &mut Request<B>) -> Self {
        Self::Hyper(hyper::upgrade::on(request))
    }

    async fn transport(self) -> Result<HandedOver, Error> {
        match self {
            Self::Hyper(upgrade) => match upgrade.await {
                Ok(upgraded) => Ok(transport::take(upgraded)),
                Err(error) => Err(Error::Io(io::Error::other(error))),
            },
            Self::Raw(handed_over) => handed_over
                .await
                .map_err(|_| Error::Io(io::Error::other("the answer was not sent"))),
        }
    }
}

/// What the answer says.
pub(super) struct Agreed {
    pub(super) config: Arc<Config>,
    pub(super) negotiated: Negotiated,
    pub(super) version: Version,
    /// What is still to be answered, in the draft of 2010.
    pub(super) challenge: Option<Challenge>,
}

/// A WebSocket as soon as the answer has been sent, from [`Upgrade::accept`](super::Upgrade::accept).
///
/// Dropped, it drops the transport once that has changed hands.
#[must_use = "there is no WebSocket until this is awaited"]
pub struct Upgrading(Pin<Box<dyn Future<Output = Result<WebSocket, Error>> + Send>>);

impl Upgrading {
    pub(super) fn new(source: Source, agreed: Agreed, place: Option<Place>) -> Self {
        Self(Box::pin(async move {
            let Agreed { config, negotiated, version, challenge } = agreed;
            let mut handed_over = source.transport().await?;
            let connection = match challenge {
                Some(challenge) => {
                    challenge.answer(&mut handed_over, config).await.map_err(Error::Io)?
                }
                None => Connection::server(config, negotiated.deflate, alarm::now()),
            };
            let HandedOver { io, unread } = handed_over;
            let mut ws = WebSocket::new(io, connection, negotiated, version, &unread);
            if let Some(place) = place {
                ws.sit(Seat::new(place));
            }
            Ok(ws)
        }))
    }
}

impl fmt::Debug for Upgrading {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Upgrading").finish_non_exhaustive()
    }
}

/// The WebSocket, or why the transport did not change hands: the answer was not sent, the client has gone.
impl Future for Upgrading {
    type Output = Result<WebSocket, Error>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        self.0.as_mut().poll(context)
    }
}
