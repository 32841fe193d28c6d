//! `Port`: a TCP port that an engine accepts from.

use std::{
    io, iter,
    net::{SocketAddr, TcpListener},
    os::fd::{AsFd, BorrowedFd, OwnedFd},
    task::{Context, Poll, ready},
};

use rustix::net::{self, SocketAddrAny, SocketFlags};
use tokio::io::{Interest, unix::AsyncFd};

use super::{
    connection::Connection,
    readiness::{Left, Way},
    socket, with,
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
    /// With tokio, beside the ring. What a ring waits for it keeps open, some time longer than a process that is
    /// killed: the next one would find the port in use.
    Tokio(AsyncFd<TcpListener>),
}

impl Port {
    /// Of the engine of this thread.
    #[expect(
        deprecated,
        reason = "what took its place is unsafe, and a port that is owned stays open"
    )]
    pub(super) fn new(socket: TcpListener) -> io::Result<Self> {
        let address = socket.local_addr().ok();
        let kind = if with(|engine| engine.uring.is_some()) == Some(true) {
            Kind::Tokio(AsyncFd::with_interest(socket, Interest::READABLE)?)
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
            Kind::Tokio(socket) => Some(poll_accept(socket, context)),
        };
        let elsewhere = Poll::Ready(Err(io::ErrorKind::Unsupported.into()));
        accepted.unwrap_or(elsewhere).map(|accepted| registered(accepted?))
    }

    fn address(&self) -> Option<SocketAddr> {
        self.address
    }

    fn last(self: Box<Self>) -> Last {
        Box::new(iter::from_fn(move || {
            let socket = match &self.kind {
                Kind::Epoll(socket, _) => socket,
                Kind::Tokio(socket) => socket.get_ref(),
            };
            let accepted = accept_now(|| Ok(accept(socket.as_fd())?));
            registered(accepted?).ok()
        }))
    }
}

fn poll_accept(
    socket: &AsyncFd<TcpListener>,
    context: &mut Context<'_>,
) -> Poll<io::Result<(OwnedFd, Option<SocketAddrAny>)>> {
    loop {
        let mut guard = ready!(socket.poll_read_ready(context))?;
        if let Ok(accepted) = guard.try_io(|socket| Ok(accept(socket.as_fd())?)) {
            return Poll::Ready(accepted);
        }
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
