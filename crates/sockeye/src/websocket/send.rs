//! The way out.

use std::future::poll_fn;

use sockeye_proto::{CloseFrame, Kind, Outgoing, Prepared, SendError, Unsent};

use super::{PartsWriter, Permit, WebSocket, access::Access};
use crate::{Error, alarm, transport::Transport};

impl<S: Transport> WebSocket<S> {
    /// Sends a message and waits until it has left.
    ///
    /// Waits for room first if the queue is full. Cancel safe: once dropped, the whole message is queued or nothing of
    /// it; what is queued leaves with the next call that waits. Whoever must know which reads
    /// [`queued`](Self::queued), or uses [`reserve`](Self::reserve).
    ///
    /// # Errors
    ///
    /// When the connection is closing or closed, or the transport failed.
    pub async fn send<'m>(&mut self, message: impl Into<Outgoing<'m>>) -> Result<(), Error> {
        self.feed(message).await?;
        self.flush().await
    }

    /// Queues a message without waiting until it has left: it goes with the next [`flush`](Self::flush), or when a
    /// receiver has to wait. So a burst costs one write.
    ///
    /// Waits for room if the queue is full. Cancel safe, as [`send`](Self::send).
    ///
    /// # Errors
    ///
    /// As [`send`](Self::send).
    pub async fn feed<'m>(&mut self, message: impl Into<Outgoing<'m>>) -> Result<(), Error> {
        let mut message = Some(message.into());
        poll_fn(|context| self.inner.driver.poll_feed(context, &mut message)).await
    }

    /// Waits until all that is queued has left. Cancel safe: what has not left by then is still queued.
    ///
    /// # Errors
    ///
    /// When the transport failed.
    pub async fn flush(&mut self) -> Result<(), Error> {
        poll_fn(|context| self.inner.driver.poll_flush(context)).await
    }

    /// Queues a message if there is room for it now.
    ///
    /// # Errors
    ///
    /// When there is none, or the connection is closing; the message is given back.
    pub fn try_send<'m>(&mut self, message: impl Into<Outgoing<'m>>) -> Result<(), Unsent<'m>> {
        self.inner.driver.try_send(message.into())
    }

    /// Waits for room for a message of `len` bytes. Cancel safe: a permit that is not used takes nothing.
    ///
    /// For whoever must know whether a message was queued, when its `send` might be dropped:
    ///
    /// ```
    /// # async fn run(mut ws: sockeye::WebSocket, news: String) -> Result<(), Box<dyn std::error::Error>> {
    /// let room = tokio::time::timeout(std::time::Duration::from_secs(1), ws.reserve(news.len()));
    /// match room.await {
    ///     Ok(permit) => permit?.send(news)?,
    ///     Err(_) => println!("nothing of it was sent"),
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// As [`send`](Self::send).
    pub async fn reserve(&mut self, len: usize) -> Result<Permit<'_, S>, Error> {
        poll_fn(|context| self.inner.driver.poll_reserve(context, len)).await?;
        Ok(Permit::new(self, len))
    }

    /// Sends a message that was encoded once for many, and waits until it has left. Cancel safe, as
    /// [`send`](Self::send).
    ///
    /// # Errors
    ///
    /// As [`send`](Self::send).
    pub async fn send_prepared(&mut self, message: &Prepared) -> Result<(), Error> {
        poll_fn(|context| self.inner.driver.poll_prepared(context, message)).await?;
        self.flush().await
    }

    /// Queues a message that was encoded once for many, if there is room for it now.
    ///
    /// # Errors
    ///
    /// When there is none, or the connection is closing.
    pub fn try_send_prepared(&mut self, message: &Prepared) -> Result<(), SendError> {
        self.inner.driver.try_send_prepared(message)
    }

    /// Begins a message that is sent in parts, compressed where that was agreed on.
    ///
    /// A writer that is dropped before its [`finish`](PartsWriter::finish) fails the connection with 1011, since
    /// nobody could tell the peer that the message is not whole. Cancel safe: without a writer, nothing was begun.
    ///
    /// ```
    /// # async fn fetch(mut ws: sockeye::WebSocket) -> Result<(), Box<dyn std::error::Error>> {
    /// let mut file = tokio::fs::File::open("download").await?;
    /// let mut parts = ws.send_parts(sockeye::Kind::Binary).await?;
    /// tokio::io::copy(&mut file, &mut parts).await?;
    /// parts.finish().await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// As [`send`](Self::send).
    pub async fn send_parts(&mut self, kind: Kind) -> Result<PartsWriter<'_, S>, Error> {
        PartsWriter::open(Access::Borrowed(&mut self.inner.driver), kind).await
    }

    /// Sends a ping, and waits until it has left. The heartbeat sends its own, and measures [`rtt`](Self::rtt) by them;
    /// this is for a [`recv_event`](Self::recv_event) that wants to see the pong.
    ///
    /// Cancel safe: the first poll queues it.
    ///
    /// # Errors
    ///
    /// When the payload has more than 125 bytes, too many pings wait already, the connection is closing or the
    /// transport failed.
    pub async fn ping(&mut self, payload: &[u8]) -> Result<(), Error> {
        self.inner.driver.ping(payload)?;
        self.flush().await
    }

    /// Says goodbye, waits for the peer's answer and ends the transport; messages that still come are thrown away.
    ///
    /// Waits no longer than [`close_timeout`](sockeye_proto::Timing::close_timeout). Cancel safe: the goodbye is
    /// queued at once, and calling again goes on waiting.
    ///
    /// # Errors
    ///
    /// When the peer did not answer, or the connection had ended otherwise before.
    pub async fn close(&mut self, frame: impl Into<CloseFrame>) -> Result<(), Error> {
        self.start_close(frame);
        poll_fn(|context| self.inner.driver.poll_end(context)).await
    }

    /// Queues our goodbye behind what is queued, and does not wait: [`recv`](Self::recv) returns what the peer still
    /// sends, and then `None`.
    pub fn start_close(&mut self, frame: impl Into<CloseFrame>) {
        self.inner.driver.connection_mut().close(frame, alarm::now());
    }
}
