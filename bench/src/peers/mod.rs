//! The codecs that we are compared with, one file each, set up as their own documents advise.
//!
//! Where a setting is a trade of memory for speed, both ends of it take part, and the better one counts.

mod fastwebsockets;
mod tokio_websockets;
mod tungstenite;
mod yawc;

use std::{
    io::{self, IoSlice},
    pin::Pin,
    task::{Context, Poll, Waker},
};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::{
    contest::{Contestant, Part},
    echo::Echo,
    wire::Wire,
};

const fn peer(
    name: &'static str,
    setup: &'static str,
    open: fn(Wire) -> Box<dyn Echo>,
) -> Contestant {
    Contestant { part: Part::Peer, name, setup, open }
}

/// Every peer in every setup.
pub(crate) const ALL: [Contestant; 8] = [
    peer("tungstenite", "as it comes", tungstenite::as_it_comes),
    peer("tungstenite", "4 KiB read buffer", tungstenite::small_buffer),
    peer("tungstenite", "16 KiB read buffer", tungstenite::medium_buffer),
    peer("fastwebsockets", "as it comes", fastwebsockets::as_it_comes),
    peer("tokio-websockets", "as it comes", tokio_websockets::as_it_comes),
    peer("tokio-websockets", "gathered writes", tokio_websockets::gathered),
    peer("yawc", "as it comes", yawc::as_it_comes),
    peer("yawc", "128 KiB buffers", yawc::large_buffers),
];

/// The outcome of a poll on a wire, which never lets anyone wait.
#[inline]
fn now<T>(poll: impl FnOnce(&mut Context<'_>) -> Poll<T>) -> T {
    match poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(outcome) => outcome,
        Poll::Pending => panic!("expected a wire that is always ready, got a wait"),
    }
}

impl AsyncRead for Wire {
    #[inline]
    fn poll_read(
        self: Pin<&mut Self>,
        _context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        // Not read into an initialised buffer: a socket does not clear it either.
        self.receive_with(buffer.remaining(), |bytes| buffer.put_slice(bytes));
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Wire {
    #[inline]
    fn poll_write(
        self: Pin<&mut Self>,
        _context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Poll::Ready(Ok(self.transmit(&[IoSlice::new(bytes)])))
    }

    #[inline]
    fn poll_write_vectored(
        self: Pin<&mut Self>,
        _context: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Poll::Ready(Ok(self.transmit(slices)))
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(self: Pin<&mut Self>, _context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}
