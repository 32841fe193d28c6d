//! The client's side: from a URL to an open WebSocket.
//!
//! `connect` says what is wanted; `open` does it: a `route` leads to the server, by `dial` or through a `proxy`; `tls`
//! makes it secure; `upgrade` or `http2` shakes hands; `redirect` says where to begin anew. `reconnecting` does it all
//! again.

mod connect;
mod open;
mod url;
mod login;
mod base64;
mod route;
mod dial;
mod proxy;
#[cfg(feature = "tls")]
mod tls;
#[cfg(not(feature = "tls"))]
#[path = "client/no_tls.rs"]
mod tls;
mod versions;
mod upgrade;
mod exchange;
mod body;
#[cfg(feature = "http2")]
mod http2;
#[cfg(not(feature = "http2"))]
#[path = "client/no_http2.rs"]
mod http2;
mod redirect;
mod reconnecting;
mod error;
mod tls_error;
mod http2_error;

pub use self::{
    connect::{Connect, ConnectWithResponse, connect},
    error::ConnectError,
    http2_error::Http2Error,
    proxy::{Proxy, ProxyError, SocksReply},
    reconnecting::{
        Backoff, Disconnection, Greeting, Reconnecting, Unqueued, UnqueuedReason, Update, Verdict,
    },
    redirect::RedirectError,
    tls_error::TlsError,
    url::UrlError,
};
