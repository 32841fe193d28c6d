//! `Site`: what is no WebSocket.

use std::{
    convert::Infallible,
    future::{Ready, ready},
    task::{Context, Poll},
};

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode, header};
use http_body_util::Full;
use sockeye::Upgrade;
use tower_service::Service;

/// The pages.
#[derive(Clone, Debug)]
pub(super) struct Site;

impl<B> Service<Request<B>> for Site {
    type Response = Response<Full<Bytes>>;
    type Error = Infallible;
    type Future = Ready<Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, mut request: Request<B>) -> Self::Future {
        ready(Ok(answer(&mut request)))
    }
}

fn answer<B>(request: &mut Request<B>) -> Response<Full<Bytes>> {
    match (request.uri().path(), request.method()) {
        ("/healthz", &Method::GET | &Method::HEAD) => page(StatusCode::OK, "ok"),
        ("/healthz", _) => {
            let mut response = page(StatusCode::METHOD_NOT_ALLOWED, "expected GET or HEAD\n");
            let allow = header::HeaderValue::from_static("GET, HEAD");
            response.headers_mut().insert(header::ALLOW, allow);
            response
        }
        // It has not even begun to ask for a WebSocket, but the answer is the same.
        ("/echo", _) => match Upgrade::from_request(request) {
            Ok(_) => page(StatusCode::UPGRADE_REQUIRED, "expected an upgrade\n"),
            Err(refusal) => refusal.into_response().map(Full::from),
        },
        _ => page(StatusCode::NOT_FOUND, "there is nothing here\n"),
    }
}

fn page(status: StatusCode, text: &'static str) -> Response<Full<Bytes>> {
    let mut response = Response::new(text.into());
    *response.status_mut() = status;
    let kind = header::HeaderValue::from_static("text/plain; charset=utf-8");
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    response
}
