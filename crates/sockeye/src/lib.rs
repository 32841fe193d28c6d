//! WebSocket client and server on tokio.

mod websocket;
mod event;
mod out;
mod error;
mod io;
mod transport;

#[cfg(feature = "client")]
mod client;
#[cfg(feature = "server")]
mod server;
#[cfg(feature = "hyper")]
mod upgrade;
#[cfg(feature = "axum")]
mod axum;

mod driver;
mod rest;
mod scratch;
mod alarm;
mod clock;
#[cfg(feature = "hyper")]
mod hall;
#[cfg(not(feature = "hyper"))]
#[path = "no_hall.rs"]
mod hall;
#[cfg(feature = "client")]
mod random;

pub use sockeye_proto::{
    CloseCode, CloseFrame, Closed, Config, DeflateConfig, DeflateParams, Kind, Limit,
    LimitExceeded, Limits, Message, MessageRef, Outgoing, Prepared, Role, SendError, Side, Text,
    Timer, Timing, Unsent, Violation, WindowBits,
    handshake::{Negotiated, Origins, Refusal},
};

#[cfg(feature = "axum")]
pub use axum::Rejection;
#[cfg(feature = "client")]
pub use client::{
    Backoff, Connect, ConnectError, ConnectWithResponse, Disconnection, Greeting, Http2Error,
    Proxy, ProxyError, Reconnecting, RedirectError, SocksReply, TlsError, Unqueued, UnqueuedReason,
    Update, UrlError, Verdict, connect,
};
/// The TLS that [`Connect::tls_config`] speaks of.
#[cfg(feature = "tls")]
pub use rustls;
#[cfg(all(feature = "hyper", feature = "tls"))]
pub use server::Tls;
#[cfg(feature = "server")]
pub use server::{AcceptError, Opening, ServerOptions, accept};
#[cfg(feature = "hyper")]
pub use server::{InvalidNetwork, Listener, Network, Peer, Proxies, Server, Unfinished};
#[cfg(feature = "hyper")]
pub use upgrade::{Answer, Upgrade, Upgrading};

pub use error::Error;
pub use event::Event;
pub use io::Io;
pub use out::Out;
pub use transport::Transport;
pub use websocket::{NotOneSocket, PartsReader, PartsWriter, Permit, Receiver, Sender, WebSocket};
