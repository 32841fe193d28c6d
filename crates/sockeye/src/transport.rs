//! `Transport`: what a WebSocket needs of the stream below it.

use std::{
    future::Future,
    io::{self, IoSlice},
    pin::{Pin, pin},
    task::{Context, Poll},
};

use bytes::BufMut;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, ReadBuf};

/// A stream of bytes in both directions. Every `AsyncRead + AsyncWrite + Unpin` is one.
///
/// Sealed: it grows with what other ways of moving bytes need.
pub trait Transport: sealed::Sealed {}

pub(crate) mod sealed {
    use super::{BufMut, Context, IoSlice, Poll, io};

    /// The methods of a transport, which only this crate calls.
    #[expect(unnameable_types, reason = "so that nobody else implements it")]
    pub trait Sealed: Unpin {
        /// Reads into `buffer`; 0 says that the stream has ended.
        fn poll_read(
            &mut self,
            context: &mut Context<'_>,
            buffer: &mut [u8],
        ) -> Poll<io::Result<usize>>;

        /// Reads to the end of `buffer`.
        fn poll_read_buf(
            &mut self,
            context: &mut Context<'_>,
            buffer: &mut impl BufMut,
        ) -> Poll<io::Result<usize>>;

        /// Writes from the slices, in order.
        fn poll_write(
            &mut self,
            context: &mut Context<'_>,
            slices: &[IoSlice<'_>],
        ) -> Poll<io::Result<usize>>;

        /// Whether several slices are worth more than the first of them.
        fn is_write_vectored(&self) -> bool;

        /// Hands on what the transport itself holds back.
        fn poll_flush(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>>;

        /// Ends our side of the stream.
        fn poll_shutdown(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>>;
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> Transport for S {}

impl<S: AsyncRead + AsyncWrite + Unpin> sealed::Sealed for S {
    fn poll_read(
        &mut self,
        context: &mut Context<'_>,
        buffer: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        let mut buffer = ReadBuf::new(buffer);
        Pin::new(self).poll_read(context, &mut buffer).map_ok(|()| buffer.filled().len())
    }

    fn poll_read_buf(
        &mut self,
        context: &mut Context<'_>,
        buffer: &mut impl BufMut,
    ) -> Poll<io::Result<usize>> {
        // The future holds nothing between two polls, so a new one each time goes on where the last one was.
        pin!(self.read_buf(buffer)).poll(context)
    }

    fn poll_write(
        &mut self,
        context: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(self).poll_write_vectored(context, slices)
    }

    fn is_write_vectored(&self) -> bool {
        AsyncWrite::is_write_vectored(self)
    }

    fn poll_flush(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        AsyncWrite::poll_flush(Pin::new(self), context)
    }

    fn poll_shutdown(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        AsyncWrite::poll_shutdown(Pin::new(self), context)
    }
}
