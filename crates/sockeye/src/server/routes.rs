//! Which request is whose: WebSockets by their paths, and one service for the rest.

use std::{
    error::Error,
    fmt,
    future::{Future, poll_fn},
    pin::Pin,
    sync::Arc,
};

use bytes::Bytes;
use http::{HeaderMap, Request, Response, StatusCode, header};
use http_body_util::{BodyExt, Full, combinators::UnsyncBoxBody};
use hyper::body::{Body, Incoming};
use hyper::ext::Protocol;
use sockeye_proto::handshake::Refusal;
use tower_service::Service;

use crate::{Answer, Upgrade};

type BoxError = Box<dyn Error + Send + Sync>;

/// The body of any response.
pub(super) type PageBody = UnsyncBoxBody<Bytes, BoxError>;

/// An answer under way.
pub(super) type Answering = Pin<Box<dyn Future<Output = Answer> + Send>>;

/// What decides about a request for a WebSocket.
pub(super) type Handler = Arc<dyn Fn(Upgrade, Request<()>) -> Answering + Send + Sync>;

#[derive(Default)]
pub(super) struct Routes {
    routes: Vec<(Path, Handler)>,
    pub(super) page: Option<Page>,
}

impl fmt::Debug for Routes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.routes.iter().map(|(path, _)| path)).finish()
    }
}

#[derive(Debug)]
enum Path {
    Exactly(String),
    /// Ends in a slash.
    Below(String),
}

impl Path {
    fn fits(&self, path: &str) -> bool {
        match self {
            Self::Exactly(own) => own == path,
            Self::Below(own) => path.starts_with(own.as_str()),
        }
    }
}

impl Routes {
    pub(super) fn add(&mut self, path: &str, handler: Handler) {
        let path = match path.strip_suffix('*') {
            Some(below) if below.ends_with('/') => Path::Below(below.to_owned()),
            _ => Path::Exactly(path.to_owned()),
        };
        self.routes.push((path, handler));
    }

    /// Who decides about this request, if it is one for a WebSocket, rightly or not.
    ///
    /// A path may have a page as well, as long as somebody serves pages.
    pub(super) fn handler<B>(&self, request: &Request<B>) -> Option<&Handler> {
        let (_, handler) = self.routes.iter().find(|(path, _)| path.fits(request.uri().path()))?;
        (self.page.is_none() || is_for_a_websocket(request)).then_some(handler)
    }

    /// The response to a request that is for no WebSocket.
    pub(super) async fn page(&self, request: Request<Incoming>) -> Response<PageBody> {
        match &self.page {
            Some(page) => (page.0)(request).await,
            None => refuse(Refusal::new(
                StatusCode::NOT_FOUND,
                "expected the path of a WebSocket, got another",
            )),
        }
    }
}

fn is_for_a_websocket<B>(request: &Request<B>) -> bool {
    let names_one = |headers: &HeaderMap| {
        headers.contains_key(header::SEC_WEBSOCKET_KEY)
            || headers.contains_key(header::SEC_WEBSOCKET_VERSION)
            || headers.contains_key("sec-websocket-key1")
    };
    request.extensions().get::<Protocol>().is_some()
        || sockeye_proto::handshake::wants_upgrade(request)
        || names_one(request.headers())
}

/// A refusal as a response of this server's.
pub(super) fn refuse(refusal: Refusal) -> Response<PageBody> {
    refusal.into_response().map(Full::from).map(page_body)
}

pub(super) fn page_body<B>(body: B) -> PageBody
where
    B: Body<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    body.map_err(Into::into).boxed_unsync()
}

/// The service for the rest.
pub(super) struct Page(Box<Serve>);

type Serve = dyn Fn(Request<Incoming>) -> Responding + Send + Sync;

type Responding = Pin<Box<dyn Future<Output = Response<PageBody>> + Send>>;

impl Page {
    pub(super) fn new<S, B>(service: S) -> Self
    where
        S: Service<Request<Incoming>, Response = Response<B>> + Clone + Send + Sync + 'static,
        S::Error: Into<BoxError>,
        S::Future: Send,
        B: Body<Data = Bytes> + Send + 'static,
        B::Error: Into<BoxError>,
    {
        Self(Box::new(move |request| {
            let mut service = service.clone();
            Box::pin(async move {
                if poll_fn(|context| service.poll_ready(context)).await.is_err() {
                    return failed();
                }
                match service.call(request).await {
                    Ok(response) => response.map(page_body),
                    Err(_) => failed(),
                }
            })
        }))
    }
}

fn failed() -> Response<PageBody> {
    refuse(Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, "the service failed"))
}
