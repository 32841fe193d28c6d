//! The server's side: doors that a request comes in by.

#[cfg(feature = "hyper")]
mod serve;
mod accept;
mod options;
mod head;
#[cfg(feature = "hyper")]
pub(crate) mod accepting;
#[cfg(feature = "hyper")]
pub(crate) mod connection;
#[cfg(feature = "hyper")]
mod first;
#[cfg(all(feature = "hyper", unix))]
mod files;
#[cfg(all(feature = "hyper", not(unix)))]
#[path = "server/no_files.rs"]
mod files;
#[cfg(feature = "hyper")]
pub(crate) mod listener;
#[cfg(feature = "hyper")]
mod pages;
#[cfg(feature = "hyper")]
mod network;
#[cfg(feature = "hyper")]
mod peer;
#[cfg(feature = "hyper")]
mod proxies;
#[cfg(feature = "hyper")]
mod proxy_protocol;
#[cfg(feature = "hyper")]
mod routes;
#[cfg(all(feature = "hyper", feature = "tls"))]
mod tls;

#[cfg(all(feature = "hyper", feature = "tls"))]
pub use self::tls::Tls;
pub use self::{
    accept::{AcceptError, Opening, accept},
    options::ServerOptions,
};
#[cfg(feature = "hyper")]
pub use self::{
    listener::Listener,
    network::{InvalidNetwork, Network},
    peer::Peer,
    proxies::Proxies,
    serve::{Server, Unfinished},
};
