//! Messages of any size, in and out, in constant memory.

use std::{
    future::poll_fn,
    io,
    pin::Pin,
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use sockeye_proto::Kind;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::access::Access;
use crate::{
    Error,
    driver::{Driver, Opened, Opening, Parts},
    transport::Transport,
};

/// What `AsyncWrite` makes of one call: a frame of this size at most.
const FRAME_BYTES: usize = 64 * 1024;

/// A message that is read as it arrives, from [`WebSocket::recv_parts`](crate::WebSocket::recv_parts).
///
/// Its bytes come by [`chunk`](Self::chunk), or through [`AsyncRead`]. Text is checked as it comes; a chunk may end
/// inside a character. When it is dropped before the end, the rest of the message is thrown away.
#[derive(Debug)]
pub struct PartsReader<'w, S: Transport> {
    access: Access<'w, S>,
    kind: Kind,
    /// Came, and was not handed over yet.
    chunk: Bytes,
    last: bool,
}

impl<'w, S: Transport> PartsReader<'w, S> {
    pub(super) async fn open(mut access: Access<'w, S>) -> Result<Option<Self>, Error> {
        let opened = poll_fn(|context| {
            access.poll(context, |driver, context| driver.poll_event(context, &mut Opening))
        });
        let Some(opened) = opened.await? else { return Ok(None) };
        let (kind, chunk, last) = match opened {
            Opened::InParts(kind) => (kind, Bytes::new(), false),
            Opened::Whole(message) => (message.kind(), message.into_bytes(), true),
        };
        Ok(Some(Self { access, kind, chunk, last }))
    }

    /// Text or binary.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// The next bytes; `None` at the end of the message. Cancel safe.
    ///
    /// # Errors
    ///
    /// When the connection ended before the message did.
    pub async fn chunk(&mut self) -> Result<Option<Bytes>, Error> {
        poll_fn(|context| self.poll_chunk(context)).await
    }

    fn poll_chunk(&mut self, context: &mut Context<'_>) -> Poll<Result<Option<Bytes>, Error>> {
        loop {
            if !self.chunk.is_empty() {
                return Poll::Ready(Ok(Some(std::mem::take(&mut self.chunk))));
            }
            if self.last {
                return Poll::Ready(Ok(None));
            }
            let part =
                self.access.poll(context, |driver, context| driver.poll_event(context, &mut Parts));
            match ready!(part)? {
                Some((chunk, last)) => (self.chunk, self.last) = (chunk, last),
                // A goodbye cannot stand inside a message, so this is not a clean end of it.
                None => return Poll::Ready(Err(Error::Closed(sockeye_proto::Closed::Lost))),
            }
        }
    }
}

impl<S: Transport> Drop for PartsReader<'_, S> {
    fn drop(&mut self) {
        if !self.last {
            self.access.with(Driver::skip_parts);
        }
    }
}

impl<S: Transport> AsyncRead for PartsReader<'_, S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let Some(mut chunk) = ready!(self.poll_chunk(context)).map_err(io::Error::other)? else {
            return Poll::Ready(Ok(()));
        };
        let taken = chunk.split_to(chunk.len().min(buffer.remaining()));
        buffer.put_slice(&taken);
        self.chunk = chunk;
        Poll::Ready(Ok(()))
    }
}

/// A message that is sent as it is made, from [`WebSocket::send_parts`](crate::WebSocket::send_parts).
///
/// When it is dropped before [`finish`](Self::finish), the connection fails with 1011: the peer must not take what it
/// has for the whole.
#[derive(Debug)]
pub struct PartsWriter<'w, S: Transport> {
    access: Access<'w, S>,
    finished: bool,
}

impl<'w, S: Transport> PartsWriter<'w, S> {
    pub(super) async fn open(mut access: Access<'w, S>, kind: Kind) -> Result<Self, Error> {
        poll_fn(|context| {
            access.poll(context, |driver, context| driver.poll_begin_parts(context, kind))
        })
        .await?;
        Ok(Self { access, finished: false })
    }

    /// Queues the next bytes as one frame, as soon as there is room. Cancel safe: all of them are queued, or none.
    ///
    /// # Errors
    ///
    /// When the connection is closing or closed, or the parts of a text are not UTF-8.
    pub async fn write(&mut self, part: &[u8]) -> Result<(), Error> {
        poll_fn(|context| self.poll_part(context, part)).await
    }

    /// Ends the message and waits until all of it has left. Cancel safe: the message is whole once this has begun to
    /// wait.
    ///
    /// # Errors
    ///
    /// As [`write`](Self::write).
    pub async fn finish(mut self) -> Result<(), Error> {
        poll_fn(|context| self.poll_finish(context)).await
    }

    fn poll_part(&mut self, context: &mut Context<'_>, part: &[u8]) -> Poll<Result<(), Error>> {
        self.access.poll(context, |driver, context| driver.poll_part(context, part))
    }

    fn poll_finish(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Error>> {
        if !self.finished {
            let finished = self.access.poll(context, Driver::poll_finish_parts);
            ready!(finished)?;
            self.finished = true;
        }
        self.access.poll(context, Driver::poll_flush)
    }
}

impl<S: Transport> Drop for PartsWriter<'_, S> {
    fn drop(&mut self) {
        if !self.finished {
            self.access.with(Driver::abandon_parts);
        }
    }
}

impl<S: Transport> AsyncWrite for PartsWriter<'_, S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let part = bytes.get(..FRAME_BYTES).unwrap_or(bytes);
        ready!(self.poll_part(context, part)).map_err(io::Error::other)?;
        Poll::Ready(Ok(part.len()))
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = self.access.poll(context, Driver::poll_flush);
        flushed.map_err(io::Error::other)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.poll_finish(context).map_err(io::Error::other)
    }
}
