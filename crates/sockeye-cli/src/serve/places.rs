//! `Places`: the sockets that are listened on.
//!
//! They are handed out more than once: whoever serves them lets go of his own, and the next one goes on with what has
//! not been accepted yet.

use std::{
    io,
    net::{SocketAddr, TcpListener},
};

use sockeye::{Listener, Network, Server};

use super::{certificates::Certificates, local::Local, options::Options};
use crate::{failure::Failure, output};

const DEFAULT: &str = "127.0.0.1:8080";

/// The sockets that are listened on.
#[derive(Debug)]
pub(super) struct Places {
    ports: Vec<(TcpListener, SocketAddr)>,
    locals: Vec<Local>,
    pub(super) certificates: Option<Certificates>,
    proxies: Vec<Network>,
}

impl Places {
    pub(super) async fn open(options: &Options) -> Result<Self, Failure> {
        let places = &options.places;
        let certificates = Certificates::of(places)?;
        let mut ports = Vec::new();
        let locals = Local::all(places)?;
        let default = [DEFAULT.to_owned()];
        let listen: &[String] = match places.listen.as_slice() {
            [] if locals.is_empty() => &default,
            listen => listen,
        };
        for place in listen {
            let port = open_port(place).await.map_err(|error| {
                Failure::unusable(format_args!("cannot listen on {place}: {error}"))
            })?;
            ports.push(port);
        }
        let proxies = options.proxies.proxy_protocol.clone();
        Ok(Self { ports, locals, certificates, proxies })
    }

    /// A server on all of them.
    pub(super) fn server(&self) -> io::Result<Server> {
        let mut listeners = Vec::new();
        for (port, _) in &self.ports {
            let listener = tokio::net::TcpListener::from_std(port.try_clone()?)?;
            let mut listener = Listener::from(listener);
            if let Some(certificates) = &self.certificates {
                listener = listener.tls(certificates.tls());
            }
            listeners.push(listener);
        }
        for local in &self.locals {
            listeners.push(local.listener()?);
        }
        let mut listeners = listeners.into_iter().map(|listener| match self.proxies.as_slice() {
            [] => listener,
            proxies => listener.proxy_protocol(proxies.iter().copied()),
        });
        let first = listeners.next().ok_or(io::ErrorKind::AddrNotAvailable)?;
        Ok(listeners.fold(Server::new(first), Server::listen))
    }

    /// Tells where, one line each.
    pub(super) fn announce(&self) {
        let scheme = if self.certificates.is_some() { "https" } else { "http" };
        for (_, address) in &self.ports {
            output::line(format_args!("listening on {scheme}://{address}"));
        }
        for local in &self.locals {
            output::line(format_args!("listening on {local}"));
        }
    }
}

/// Bound by tokio, which asks for a longer queue of those who wait to be accepted than the standard library does.
async fn open_port(place: &str) -> io::Result<(TcpListener, SocketAddr)> {
    let port = tokio::net::TcpListener::bind(place).await?.into_std()?;
    let address = port.local_addr()?;
    Ok((port, address))
}
