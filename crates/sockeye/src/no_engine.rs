//! What stands in place of `engine` where there is none: everything is a task of tokio's.

use std::{
    io,
    pin::Pin,
    task::{Context, Poll},
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
};

#[cfg(feature = "hyper")]
pub(crate) use self::engines::{Engines, spawn};

#[cfg(feature = "hyper")]
#[path = "no_engine/engines.rs"]
mod engines;

/// There is none.
#[derive(Debug)]
pub(crate) enum Socket {}

impl Socket {
    pub(crate) fn is_at_home(&self) -> bool {
        match *self {}
    }

    pub(crate) fn move_away(&self) -> io::Result<TcpStream> {
        match *self {}
    }
}

impl AsyncRead for Socket {
    fn poll_read(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        _: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match *self {}
    }
}

impl AsyncWrite for Socket {
    fn poll_write(self: Pin<&mut Self>, _: &mut Context<'_>, _: &[u8]) -> Poll<io::Result<usize>> {
        match *self {}
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        match *self {}
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        match *self {}
    }
}
