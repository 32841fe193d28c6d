//! `Port`: a TCP port that an engine accepts from.

use std::{
    io, iter,
    net::{SocketAddr, TcpListener},
    os::fd::{AsFd, BorrowedFd, OwnedFd},
    task::{Context, Poll},
};

use rustix::{
    io::Errno,
    net::{self, SocketAddrAny, SocketFlags},
};

use super::{
    connection::Connection,
    readiness::{Left, Way},
    socket, uring, with,
};
use crate::server::listener::{Accept, Accepted, Last, accept_now};

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
        let accepted = match &self.kind {
            Kind::Epoll(socket, registration) => {
                registration.poll(Way::In, context, || Ok((accept(socket.as_fd())?, Left::More)))
            }
            Kind::Ring(registration) => registration.poll_accept(context, accept),
        };
        let elsewhere = Poll::Ready(Err(io::ErrorKind::Unsupported.into()));
        accepted.unwrap_or(elsewhere).map(|accepted| registered(accepted?))
    }

    fn address(&self) -> Option<SocketAddr> {
        self.address
    }

    fn last(self: Box<Self>) -> Last {
        Box::new(iter::from_fn(move || {
            let accepted = match &self.kind {
                Kind::Epoll(socket, _) => accept_now(|| Ok(accept(socket.as_fd())?)),
                Kind::Ring(registration) => {
                    registration.accept(|port| accept_now(|| Ok(accept(port)?)).ok_or(Errno::AGAIN))
                }
            };
            registered(accepted?).ok()
        }))
    }
}

fn accept(port: BorrowedFd<'_>) -> rustix::io::Result<(OwnedFd, Option<SocketAddrAny>)> {
    net::acceptfrom_with(port, SocketFlags::NONBLOCK | SocketFlags::CLOEXEC)
}

/// A connection of the engine of this thread.
fn registered((fd, address): (OwnedFd, Option<SocketAddrAny>)) -> io::Result<Accepted> {
    let address = address.and_then(|address| address.try_into().ok());
    Ok((Connection::new(fd)?.into(), address))
}
