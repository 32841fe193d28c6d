//! `Port`: a TCP port that an engine accepts from.

use std::{
    io,
    net::{SocketAddr, TcpListener},
    task::{Context, Poll},
};

use rustix::net::{self, SocketFlags};

use super::{
    readiness::{Left, Way},
    socket::{Registration, Socket},
};
use crate::server::listener::{Accept, Accepted};

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
        let flags = SocketFlags::NONBLOCK | SocketFlags::CLOEXEC;
        let accepted = self.registration.poll(Way::In, context, || {
            Ok((net::acceptfrom_with(&self.socket, flags)?, Left::More))
        });
        let elsewhere = Poll::Ready(Err(io::ErrorKind::Unsupported.into()));
        accepted.unwrap_or(elsewhere).map(|accepted| {
            let (fd, address) = accepted?;
            let address = address.and_then(|address| address.try_into().ok());
            Ok((Socket::new(fd)?.into(), address))
        })
    }

    fn address(&self) -> Option<SocketAddr> {
        self.socket.local_addr().ok()
    }
}
