//! A connection to the server, with TLS or without.

use std::{
    io::{self, ErrorKind, Read, Write},
    net::TcpStream,
    os::fd::{AsFd, BorrowedFd},
};

use rustls::{ClientConnection, StreamOwned};

/// A stream that does not wait once it is set to work.
pub(crate) enum Stream {
    Plain(TcpStream),
    Secure(Box<StreamOwned<ClientConnection, TcpStream>>),
}

/// What a read or a write came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Moved {
    /// So much, and there may be more.
    Some(usize),
    /// So much, and then no more before the next event.
    Last(usize),
}

impl Stream {
    fn socket(&self) -> &TcpStream {
        match self {
            Self::Plain(socket) => socket,
            Self::Secure(stream) => stream.get_ref(),
        }
    }

    /// From here on nothing waits.
    pub(crate) fn never_wait(&self) -> Result<(), String> {
        let socket = self.socket();
        socket.set_nonblocking(true).map_err(|error| format!("expected not to wait, got {error}"))
    }

    /// Reads what is there; the end of the stream is an error, as no server ends it.
    pub(crate) fn take(&mut self, into: &mut [u8]) -> Result<Moved, String> {
        match self.read(into) {
            Ok(0) => Err("expected the server to go on, got the end of the connection".into()),
            // TLS may have more of what it has read already.
            Ok(len) if len < into.len() && matches!(self, Self::Plain(_)) => Ok(Moved::Last(len)),
            Ok(len) => Ok(Moved::Some(len)),
            Err(error) => waiting(&error, "to read"),
        }
    }

    pub(crate) fn give(&mut self, bytes: &[u8]) -> Result<Moved, String> {
        match self.write(bytes) {
            Ok(len) if len < bytes.len() && matches!(self, Self::Plain(_)) => Ok(Moved::Last(len)),
            Ok(len) => Ok(Moved::Some(len)),
            Err(error) => waiting(&error, "to write"),
        }
    }

    /// What TLS still has to write.
    pub(crate) fn push(&mut self) -> Result<(), String> {
        match self.flush() {
            Err(error) => waiting(&error, "to write").map(drop),
            Ok(()) => Ok(()),
        }
    }
}

/// What a call came to that would have waited for longer than it may.
pub(crate) fn why(error: &io::Error) -> String {
    match error.kind() {
        ErrorKind::WouldBlock | ErrorKind::TimedOut => "nothing in time".into(),
        _ => error.to_string(),
    }
}

fn waiting(error: &io::Error, what: &str) -> Result<Moved, String> {
    match error.kind() {
        ErrorKind::WouldBlock | ErrorKind::Interrupted => Ok(Moved::Last(0)),
        _ => Err(format!("expected {what}, got {error}")),
    }
}

impl Read for Stream {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Plain(socket) => socket.read(into),
            Self::Secure(stream) => stream.read(into),
        }
    }
}

impl Write for Stream {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Plain(socket) => socket.write(bytes),
            Self::Secure(stream) => stream.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Plain(_) => Ok(()),
            Self::Secure(stream) => stream.flush(),
        }
    }
}

impl AsFd for Stream {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.socket().as_fd()
    }
}
