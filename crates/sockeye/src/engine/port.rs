//! `Port`: a TCP port that an engine accepts from.

use std::{
    io,
    net::{SocketAddr, TcpListener},
    task::{Context, Poll},
};

use rustix::net::{self, SocketFlags};

use super::{
    connection::Connection,
    readiness::{Left, Way},
    socket, uring, with,
};
use crate::server::listener::{Accept, Accepted};

#[derive(Debug)]
pub(super) struct Port {
    address: Option<SocketAddr>,
    kind: Kind,
}

#[derive(Debug)]
enum Kind {
    Epoll(TcpListener, socket::Registration),
    Ring(uring::Registration),
}

impl Port {
    /// Of the engine of this thread.
    pub(super) fn new(socket: TcpListener) -> io::Result<Self> {
        let address = socket.local_addr().ok();
        let kind = if with(|engine| engine.uring.is_some()) == Some(true) {
            Kind::Ring(uring::Registration::new(socket.into(), uring::Inward::Called)?)
        } else {
            let registration = socket::Registration::new(&socket)?;
            Kind::Epoll(socket, registration)
        };
        Ok(Self { address, kind })
    }
}

impl Accept for Port {
    fn poll_accept(&self, context: &mut Context<'_>) -> Poll<io::Result<Accepted>> {
        let flags = SocketFlags::NONBLOCK | SocketFlags::CLOEXEC;
        let accepted = match &self.kind {
            Kind::Epoll(socket, registration) => registration
                .poll(Way::In, context, || Ok((net::acceptfrom_with(socket, flags)?, Left::More))),
            Kind::Ring(registration) => {
                registration.poll_accept(context, |socket| net::acceptfrom_with(socket, flags))
            }
        };
        let elsewhere = Poll::Ready(Err(io::ErrorKind::Unsupported.into()));
        accepted.unwrap_or(elsewhere).map(|accepted| {
            let (fd, address) = accepted?;
            let address = address.and_then(|address| address.try_into().ok());
            Ok((Connection::new(fd)?.into(), address))
        })
    }

    fn address(&self) -> Option<SocketAddr> {
        self.address
    }
}
