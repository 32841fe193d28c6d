//! What stands in place of `engine` where there is none: everything is a task of tokio's.

use std::{
    io::{self, IoSlice},
    task::{Context, Poll},
    time::Instant,
};

use tokio::{io::ReadBuf, net::TcpStream};

#[cfg(feature = "hyper")]
pub(crate) use self::engines::{Engines, rings_when_leaving, spawn};

#[cfg(feature = "hyper")]
#[path = "no_engine/engines.rs"]
mod engines;

/// No turn stops the time.
pub(crate) fn now() -> Option<Instant> {
    None
}

/// No task is an engine's.
pub(crate) fn poll_deadline(_: &Context<'_>, _: Instant) -> Option<Poll<()>> {
    None
}

/// There is none.
#[derive(Debug)]
pub(crate) enum Socket {}

impl Socket {
    pub(crate) fn move_away(&self) -> io::Result<TcpStream> {
        match *self {}
    }

    pub(crate) fn poll_read(
        &self,
        _: &mut Context<'_>,
        _: &mut ReadBuf<'_>,
    ) -> Option<Poll<io::Result<()>>> {
        match *self {}
    }

    pub(crate) fn poll_write(
        &self,
        _: &mut Context<'_>,
        _: &[IoSlice<'_>],
    ) -> Option<Poll<io::Result<usize>>> {
        match *self {}
    }

    pub(crate) fn shut_down(&self) -> io::Result<()> {
        match *self {}
    }
}
