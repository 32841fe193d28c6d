//! `Port`: a TCP port that an engine accepts from.

use std::{
    io, iter,
    net::{SocketAddr, TcpListener},
    os::fd::OwnedFd,
    task::{Context, Poll},
};

use rustix::net::{self, SocketAddrAny, SocketFlags};

use super::{
    readiness::{Left, Way},
    socket::{Registration, Socket},
};
use crate::server::listener::{Accept, Accepted, Last};

#[derive(Debug)]
pub(super) struct Port {
    socket: TcpListener,
    registration: Registration,
}

impl Port {
    /// Of the engine of this thread.
    pub(super) fn new(socket: TcpListener) -> io::Result<Self> {
        let registration = Registration::new(&socket)?;
        Ok(Self { socket, registration })
    }
}

impl Accept for Port {
    fn poll_accept(&self, context: &mut Context<'_>) -> Poll<io::Result<Accepted>> {
        let accept = || Ok((accept(&self.socket)?, Left::More));
        let accepted = self.registration.poll(Way::In, context, accept);
        let elsewhere = Poll::Ready(Err(io::ErrorKind::Unsupported.into()));
        accepted.unwrap_or(elsewhere).map(|accepted| registered(accepted?))
    }

    fn address(&self) -> Option<SocketAddr> {
        self.socket.local_addr().ok()
    }

    fn last(self: Box<Self>) -> Last {
        Box::new(iter::from_fn(move || registered(accept(&self.socket).ok()?).ok()))
    }
}

fn accept(port: &TcpListener) -> rustix::io::Result<(OwnedFd, Option<SocketAddrAny>)> {
    net::acceptfrom_with(port, SocketFlags::NONBLOCK | SocketFlags::CLOEXEC)
}

/// A socket of the engine of this thread.
fn registered((fd, address): (OwnedFd, Option<SocketAddrAny>)) -> io::Result<Accepted> {
    let address = address.and_then(|address| address.try_into().ok());
    Ok((Socket::new(fd)?.into(), address))
}
