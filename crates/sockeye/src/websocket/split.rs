//! Two halves of one socket, for tasks that receive and send independently of each other.
//!
//! There is no task behind them either: either half moves the bytes of both directions.

use std::{fmt, sync::Arc, time::Duration};

use sockeye_proto::{CloseFrame, Closed, Kind, Message, MessageRef, Outgoing, Prepared, Unsent};

use super::{Inner, PartsReader, PartsWriter, WebSocket, access::Access, shared::Shared};
use crate::{
    Error, Event, Io, Out, alarm,
    driver::{ByReference, Driver, Events, Messages},
    transport::Transport,
};

/// The half that receives. See [`WebSocket::split`].
#[derive(Debug)]
pub struct Receiver<S = Io>(Arc<Shared<S>>);

/// The half that sends; its clones send on the same socket. See [`WebSocket::split`].
#[derive(Debug)]
pub struct Sender<S = Io>(Arc<Shared<S>>);

impl<S> Clone for Sender<S> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

/// The halves belong to different sockets, or there are further senders.
#[derive(Debug)]
pub struct NotOneSocket<S> {
    /// The receiver, given back.
    pub receiver: Receiver<S>,
    /// The sender, given back.
    pub sender: Sender<S>,
}

impl<S> fmt::Display for NotOneSocket<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("expected the two last halves of one socket, got others")
    }
}

impl<S: fmt::Debug> std::error::Error for NotOneSocket<S> {}

impl<S: Transport> WebSocket<S> {
    /// Splits the socket into a half that receives and one that sends, which may be cloned.
    ///
    /// Either half, while somebody waits in it, moves the bytes of both directions. Their methods may be dropped as the
    /// whole's may.
    ///
    /// ```
    /// # async fn run(ws: sockeye::WebSocket) -> Result<(), sockeye::Error> {
    /// let (mut receiver, sender) = ws.split();
    /// let ticks = sender.clone();
    /// tokio::spawn(async move { ticks.send("tick").await });
    /// while let Some(message) = receiver.recv().await? {
    ///     sender.send(message).await?;
    /// }
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn split(self) -> (Receiver<S>, Sender<S>) {
        let Inner { driver, agreement } = *self.inner;
        let shared = Arc::new(Shared::new(driver, agreement));
        (Receiver(shared.clone()), Sender(shared))
    }
}

impl<S: Transport> Receiver<S> {
    /// As [`WebSocket::recv`].
    ///
    /// # Errors
    ///
    /// As there.
    pub async fn recv(&mut self) -> Result<Option<Message>, Error> {
        self.0.wait(|driver, context| driver.poll_event(context, &mut Messages)).await
    }

    /// As [`WebSocket::recv_event`].
    ///
    /// # Errors
    ///
    /// As there.
    pub async fn recv_event(&mut self) -> Result<Option<Event>, Error> {
        self.0.wait(|driver, context| driver.poll_event(context, &mut Events)).await
    }

    /// As [`WebSocket::recv_with`]. Both halves are locked while `give` runs.
    ///
    /// # Errors
    ///
    /// As there.
    pub async fn recv_with<R>(
        &mut self,
        give: impl FnOnce(MessageRef<'_>, &mut Out<'_>) -> R,
    ) -> Result<Option<R>, Error> {
        let mut take = ByReference(Some(give));
        self.0.wait(|driver, context| driver.poll_lent(context, &mut take)).await
    }

    /// As [`WebSocket::recv_parts`].
    ///
    /// # Errors
    ///
    /// As there.
    pub async fn recv_parts(&mut self) -> Result<Option<PartsReader<'_, S>>, Error> {
        PartsReader::open(Access::Shared(self.0.waiter())).await
    }

    /// Makes one socket of the two halves again.
    ///
    /// # Errors
    ///
    /// When they are not of one socket, or other senders of it still exist; both are given back. That may also come of
    /// a [`Broadcast`](crate::Broadcast) that writes to it at this moment, on another thread.
    pub fn reunite(self, sender: Sender<S>) -> Result<WebSocket<S>, NotOneSocket<S>> {
        if !Arc::ptr_eq(&self.0, &sender.0) || Arc::strong_count(&self.0) != 2 {
            return Err(NotOneSocket { receiver: self, sender });
        }
        drop(sender);
        match Arc::try_unwrap(self.0) {
            Ok(shared) => {
                let (driver, agreement) = shared.into_parts();
                Ok(WebSocket::assemble(driver, agreement))
            }
            // A broadcast is just writing to it, on another thread.
            Err(shared) => {
                let (receiver, sender) = (Self(shared.clone()), Sender(shared));
                Err(NotOneSocket { receiver, sender })
            }
        }
    }

    /// How the connection ended; `None` as long as it lasts.
    #[must_use]
    pub fn closed(&self) -> Option<Closed> {
        self.0.lock().connection().closed().cloned()
    }
}

impl<S> Sender<S> {
    pub(super) fn shared(&self) -> &Arc<Shared<S>> {
        &self.0
    }
}

impl<S: Transport> Sender<S> {
    /// As [`WebSocket::send`].
    ///
    /// # Errors
    ///
    /// As there.
    pub async fn send<'m>(&self, message: impl Into<Outgoing<'m>>) -> Result<(), Error> {
        self.feed(message).await?;
        self.flush().await
    }

    /// As [`WebSocket::feed`].
    ///
    /// # Errors
    ///
    /// As there.
    pub async fn feed<'m>(&self, message: impl Into<Outgoing<'m>>) -> Result<(), Error> {
        let mut message = Some(message.into());
        self.0.wait(|driver, context| driver.poll_feed(context, &mut message)).await
    }

    /// As [`WebSocket::flush`].
    ///
    /// # Errors
    ///
    /// As there.
    pub async fn flush(&self) -> Result<(), Error> {
        self.0.wait(Driver::poll_flush).await
    }

    /// As [`WebSocket::try_send`]. It leaves when somebody waits in either half.
    ///
    /// # Errors
    ///
    /// As there.
    pub fn try_send<'m>(&self, message: impl Into<Outgoing<'m>>) -> Result<(), Unsent<'m>> {
        self.0.with(|driver| driver.try_send(message.into()))
    }

    /// As [`WebSocket::send_prepared`].
    ///
    /// # Errors
    ///
    /// As there.
    pub async fn send_prepared(&self, message: &Prepared) -> Result<(), Error> {
        self.0.wait(|driver, context| driver.poll_prepared(context, message)).await?;
        self.flush().await
    }

    /// As [`WebSocket::send_parts`]. Other senders wait until the message is whole.
    ///
    /// # Errors
    ///
    /// As there.
    pub async fn send_parts(&mut self, kind: Kind) -> Result<PartsWriter<'_, S>, Error> {
        PartsWriter::open(Access::Shared(self.0.waiter()), kind).await
    }

    /// As [`WebSocket::ping`].
    ///
    /// # Errors
    ///
    /// As there.
    pub async fn ping(&self, payload: &[u8]) -> Result<(), Error> {
        self.0.with(|driver| driver.ping(payload))?;
        self.flush().await
    }

    /// Says goodbye behind what is queued, and waits until that has left. The receiver returns what the peer still
    /// sends, and then `None`. Cancel safe: the first poll queues the goodbye.
    ///
    /// # Errors
    ///
    /// When the transport failed.
    pub async fn close(&self, frame: impl Into<CloseFrame>) -> Result<(), Error> {
        self.0.with(|driver| driver.connection_mut().close(frame, alarm::now()));
        self.flush().await
    }

    /// How the connection ended; `None` as long as it lasts.
    #[must_use]
    pub fn closed(&self) -> Option<Closed> {
        self.0.lock().connection().closed().cloned()
    }

    /// Whether messages can be sent.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.0.lock().connection().is_open()
    }

    /// Bytes that wait to be written.
    #[must_use]
    pub fn queued(&self) -> usize {
        self.0.lock().connection().queued()
    }

    /// As [`WebSocket::rtt`].
    #[must_use]
    pub fn rtt(&self) -> Option<Duration> {
        self.0.lock().connection().rtt()
    }
}
