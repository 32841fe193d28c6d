//! `Site`: what is no WebSocket.

use std::{
    convert::Infallible,
    future::Future,
    io,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use bytes::Bytes;
use http::{HeaderValue, Method, Request, Response, StatusCode, Version, header};
use http_body_util::{Either, Full, channel::Channel};
use sockeye::{Peer, Refusal, Upgrade};
use tower_service::Service;

use super::{files::Files, page, route::Route, shared::Shared};

/// A body that is there, or one that is read from a file meanwhile.
pub(super) type Body = Either<Full<Bytes>, Channel<Bytes, io::Error>>;

/// The pages and the files.
#[derive(Clone, Debug)]
pub(super) struct Site {
    shared: Arc<Shared>,
    files: Option<Arc<Files>>,
}

impl Site {
    pub(super) fn new(shared: Arc<Shared>, files: Option<Files>) -> Self {
        Self { shared, files: files.map(Arc::new) }
    }

    pub(super) fn shared(&self) -> &Arc<Shared> {
        &self.shared
    }

    async fn answer<B>(&self, mut request: Request<B>) -> Response<Body> {
        if let Some(refusal) = self.refuse(&mut request) {
            if let Some(peer) = request.extensions().get::<Peer>() {
                self.shared.refused(refusal.status().as_u16(), peer);
            }
            return whole(refusal);
        }
        let mut response = match *request.method() {
            Method::GET | Method::HEAD => self.page(&request).await,
            _ => not_allowed(),
        };
        if request.method() == Method::HEAD {
            *response.body_mut() = Either::Left(Full::default());
        }
        self.shared.metrics.answers.count(response.status().as_u16());
        response
    }

    /// The answer to what asks for a WebSocket: on a path of one it did so wrongly, elsewhere there is none.
    fn refuse<B>(&self, request: &mut Request<B>) -> Option<Response<Bytes>> {
        let version = request.version();
        let (status, reason) = match Route::of(request.uri().path()) {
            Some(_) => match Upgrade::from_request(request) {
                Err(refusal) => return Some(refusal.into_response().map(Bytes::from)),
                Ok(_) => (StatusCode::SERVICE_UNAVAILABLE, "this server leaves"),
            },
            None if asks_for_websocket(request) => {
                (StatusCode::NOT_FOUND, "expected the path of a WebSocket, got another")
            }
            None => return None,
        };
        let mut response = Refusal::new(status, reason).into_response().map(Bytes::from);
        if version >= Version::HTTP_2 {
            response.headers_mut().remove(header::CONNECTION);
        }
        Some(response)
    }

    async fn page<B>(&self, request: &Request<B>) -> Response<Body> {
        let path = request.uri().path();
        match path {
            "/healthz" if self.shared.is_leaving() => {
                whole(text(StatusCode::SERVICE_UNAVAILABLE, "leaving"))
            }
            "/healthz" => whole(text(StatusCode::OK, "ok")),
            "/metrics" => {
                let page = self.shared.metrics.to_string();
                whole(of_kind(StatusCode::OK, "text/plain; version=0.0.4; charset=utf-8", page))
            }
            _ => match (page::find(path), &self.files) {
                (Some(page), _) => whole(page),
                (None, Some(files)) => files.answer(request, self.shared.stall_timeout).await,
                (None, None) => not_found(),
            },
        }
    }
}

impl<B: Send + 'static> Service<Request<B>> for Site {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let site = self.clone();
        // Nothing here has use for a body.
        let request = request.map(drop);
        Box::pin(async move { Ok(site.answer(request).await) })
    }
}

/// Whether it asks for a WebSocket, rightly or not.
fn asks_for_websocket<B>(request: &Request<B>) -> bool {
    let upgrades = request.headers().get_all(header::UPGRADE).iter();
    let mut protocols =
        upgrades.filter_map(|value| value.to_str().ok()).flat_map(|value| value.split(','));
    request.method() == Method::CONNECT
        || protocols.any(|protocol| protocol.trim().eq_ignore_ascii_case("websocket"))
}

/// With its length, which the answer to a HEAD has as well (RFC 9110 9.3.2).
pub(super) fn whole(mut response: Response<Bytes>) -> Response<Body> {
    let len = HeaderValue::from(response.body().len());
    response.headers_mut().insert(header::CONTENT_LENGTH, len);
    response.map(|bytes| Either::Left(Full::new(bytes)))
}

pub(super) fn not_found() -> Response<Body> {
    whole(text(StatusCode::NOT_FOUND, "there is nothing here\n"))
}

fn not_allowed() -> Response<Body> {
    let mut response = text(StatusCode::METHOD_NOT_ALLOWED, "expected GET or HEAD\n");
    response.headers_mut().insert(header::ALLOW, HeaderValue::from_static("GET, HEAD"));
    whole(response)
}

fn text(status: StatusCode, text: &'static str) -> Response<Bytes> {
    of_kind(status, "text/plain; charset=utf-8", text)
}

fn of_kind(status: StatusCode, kind: &'static str, body: impl Into<Bytes>) -> Response<Bytes> {
    let mut response = Response::new(body.into());
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    response
}
