//! `Upgrade`: a request that hyper, axum or [`Server`](crate::Server) has read and that may become a WebSocket.
//!
//! Judges the request, answers it and waits for the transport to change hands. Does not read requests itself.

#[cfg(feature = "hixie76")]
mod draft;
#[cfg(not(feature = "hixie76"))]
#[path = "upgrade/no_draft.rs"]
mod draft;
mod stall;
mod transport;
mod upgrading;

use std::{future::Future, sync::Arc};

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Request, Response, StatusCode};
use http_body_util::Full;
use hyper::ext::Protocol;
use sockeye_proto::{
    Config, Text,
    handshake::{Acceptance, Offer, Origins, Refusal},
};

pub use self::upgrading::Upgrading;
use self::{draft::Draft, upgrading::Agreed};
pub(crate) use self::{
    transport::{HandedOver, Rewound},
    upgrading::Source,
};
use crate::{ServerOptions, WebSocket, engine, hall::Place, task::Task};

/// The response to a request for a WebSocket: the one that agrees, or any other.
pub type Answer = Response<Full<Bytes>>;

/// A request that may become a WebSocket, judged and not answered yet. Over HTTP/1.1 it is an upgrade (RFC 6455 4),
/// over HTTP/2 an extended CONNECT (RFC 8441).
///
/// Dropped, it leaves the request as it is: any response but the one of [`on_upgrade`](Self::on_upgrade) refuses.
/// Headers, cookies and the query stay with the request; they are gone when the caller drops that.
///
/// ```no_run
/// use http::Request;
/// use sockeye::{Answer, Upgrade};
///
/// async fn chat(mut request: Request<hyper::body::Incoming>) -> Answer {
///     let upgrade = match Upgrade::from_request(&mut request) {
///         Ok(upgrade) => upgrade,
///         Err(refusal) => return refusal.into_response().map(Into::into),
///     };
///     upgrade.protocols(["chat.v2"]).on_upgrade(|mut ws| async move {
///         while let Ok(Some(message)) = ws.recv().await {
///             if ws.send(message).await.is_err() {
///                 break;
///             }
///         }
///     })
/// }
/// ```
#[derive(Debug)]
#[must_use = "a request stays one until it is answered by `on_upgrade` or `accept`"]
pub struct Upgrade {
    offer: Offer,
    draft: Option<Draft>,
    version: http::Version,
    options: ServerOptions,
    source: Source,
    /// Its place in the server that it came through.
    place: Option<Place>,
}

impl Upgrade {
    /// Judges a request that hyper has read. Whoever serves with hyper must do so `with_upgrades`, and over HTTP/2 with
    /// `enable_connect_protocol`.
    ///
    /// # Errors
    ///
    /// The response to send, if the request is none that may become a WebSocket.
    pub fn from_request<B>(request: &mut Request<B>) -> Result<Self, Refusal> {
        let (offer, draft) = match request.extensions().get::<Protocol>() {
            Some(protocol) => (Offer::from_connect(request, protocol.as_str())?, None),
            None => draft::judge(request)?,
        };
        let place = request.extensions().get::<Place>().cloned();
        if let Some(place) = &place {
            stays(place)?;
        }
        let source = Source::hyper(request);
        let (version, options) = (request.version(), ServerOptions::default());
        Ok(Self { offer, draft, version, options, source, place })
    }

    /// For a transport that comes when the answer was sent.
    pub(crate) fn raw(
        request: &Request<()>,
        source: Source,
        place: Place,
    ) -> Result<Self, Refusal> {
        let (offer, draft) = draft::judge(request)?;
        stays(&place)?;
        let (version, options) = (request.version(), ServerOptions::default());
        Ok(Self { offer, draft, version, options, source, place: Some(place) })
    }

    /// What the client offers: its page, its host, its subprotocols.
    pub fn offer(&self) -> &Offer {
        &self.offer
    }

    /// All that the server agrees to, at once; takes the place of what was set before.
    pub fn options(mut self, options: ServerOptions) -> Self {
        self.options = options;
        self
    }

    /// The limits, the timing and the compression.
    pub fn config(mut self, config: impl Into<Arc<Config>>) -> Self {
        self.options = self.options.config(config);
        self
    }

    /// The subprotocols that are spoken, best first.
    pub fn protocols(mut self, protocols: impl IntoIterator<Item = impl Into<Text>>) -> Self {
        self.options = self.options.protocols(protocols);
        self
    }

    /// The pages that may connect: those of this host, unless set.
    pub fn origins(mut self, origins: Origins) -> Self {
        self.options = self.options.origins(origins);
        self
    }

    /// Adds a header to the response that accepts.
    pub fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.options = self.options.header(name, value);
        self
    }

    /// Agrees, and runs `handler` in a task of its own once the transport is there. The answer must be sent to the
    /// client as it is; a page that may not connect gets one that refuses.
    ///
    /// # Panics
    ///
    /// Outside a tokio runtime.
    pub fn on_upgrade<F, T>(self, handler: F) -> Answer
    where
        F: FnOnce(WebSocket) -> T + Send + 'static,
        T: Future<Output = ()> + Send + 'static,
    {
        let place = self.place.clone();
        match self.accept() {
            Ok((answer, upgrading)) => {
                let serving = async move {
                    let Ok(ws) = upgrading.await else { return };
                    // A task of its own, as large as the handler: an idle socket does not keep what waited for it.
                    engine::spawn(Task::new(handler(ws)).keeping(place));
                };
                engine::spawn(Task::new(serving));
                answer
            }
            Err(refusal) => refusal.into_response().map(Full::from),
        }
    }

    /// Agrees. The answer must be sent to the client; then the transport changes hands and the WebSocket is there.
    ///
    /// # Errors
    ///
    /// The response to send, if the request comes from a page that may not connect.
    pub fn accept(self) -> Result<(Answer, Upgrading), Refusal> {
        let Acceptance { mut response, mut negotiated, .. } =
            self.offer.accept(self.options.choice())?;
        let mut challenge = None;
        if let Some(draft) = self.draft {
            let (head, pending) = draft.accept(&self.options, negotiated.protocol())?;
            (response, challenge) = (head, Some(pending));
            negotiated.deflate = None;
        }
        let mut answer = response.map(|()| Full::default());
        answer.headers_mut().extend(self.options.headers().clone());
        let config = self.options.shared_config();
        let agreed = Agreed { config, negotiated, version: self.version, challenge };
        let upgrading = Upgrading::new(self.source, agreed, self.place);
        Ok((answer, upgrading))
    }
}

/// A server that leaves opens no WebSocket any more: another may, to which whoever asks is sent by this.
fn stays(place: &Place) -> Result<(), Refusal> {
    if place.is_leaving() {
        return Err(Refusal::new(StatusCode::SERVICE_UNAVAILABLE, "this server leaves"));
    }
    Ok(())
}
