//! The server's side: doors that a request comes in by.

#[cfg(feature = "hyper")]
mod serve;
mod accept;
mod options;
mod head;
#[cfg(feature = "hyper")]
mod accepting;
#[cfg(feature = "hyper")]
mod connection;
#[cfg(feature = "hyper")]
mod first;
#[cfg(feature = "hyper")]
mod files;
#[cfg(feature = "hyper")]
mod listener;
#[cfg(feature = "hyper")]
mod pages;
#[cfg(feature = "hyper")]
mod peer;
#[cfg(feature = "hyper")]
mod routes;

pub use self::{
    accept::{AcceptError, Opening, accept},
    options::ServerOptions,
};
#[cfg(feature = "hyper")]
pub use self::{
    listener::Listener,
    peer::Peer,
    serve::{Server, Unfinished},
};
