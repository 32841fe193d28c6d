//! `Upgrade` as an extractor of axum's. Needs `axum-core` alone, which changes less often than axum does.

use std::mem;

use axum_core::{
    body::Body,
    extract::FromRequestParts,
    response::{IntoResponse, Response},
};
use http::{Request, request::Parts};
use sockeye_proto::handshake::Refusal;

use crate::Upgrade;

/// Why a request is no [`Upgrade`], as the response that says so.
#[derive(Clone, Debug)]
pub struct Rejection(Refusal);

impl Rejection {
    /// The refusal in it.
    #[must_use]
    pub fn into_inner(self) -> Refusal {
        self.0
    }
}

impl IntoResponse for Rejection {
    fn into_response(self) -> Response {
        self.0.into_response().map(Body::from)
    }
}

/// A handler that takes an `Upgrade` is for GET over HTTP/1.1 and for CONNECT over HTTP/2, so its route takes any
/// method.
///
/// ```
/// use axum::{Router, routing};
/// use sockeye::{Answer, Upgrade};
///
/// async fn echo(upgrade: Upgrade) -> Answer {
///     upgrade.on_upgrade(|mut ws| async move {
///         while let Ok(Some(message)) = ws.recv().await {
///             if ws.send(message).await.is_err() {
///                 break;
///             }
///         }
///     })
/// }
///
/// let app: Router = Router::new().route("/echo", routing::any(echo));
/// ```
impl<S: Sync> FromRequestParts<S> for Upgrade {
    type Rejection = Rejection;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Rejection> {
        // The judgement is on requests: the parts are one for as long as it takes.
        let nothing = Request::new(()).into_parts().0;
        let mut request = Request::from_parts(mem::replace(parts, nothing), ());
        let upgrade = Self::from_request(&mut request).map_err(Rejection);
        *parts = request.into_parts().0;
        upgrade
    }
}
