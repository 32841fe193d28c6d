//! `Out`: the way out, while a message is lent.

use sockeye_proto::{Connection, Outgoing, Prepared, SendError, Unsent};

/// What [`recv_with`](crate::WebSocket::recv_with) lends beside the message: queues answers, which leave with the next
/// call that waits.
#[derive(Debug)]
pub struct Out<'c>(&'c mut Connection);

impl<'c> Out<'c> {
    pub(crate) fn new(connection: &'c mut Connection) -> Self {
        Self(connection)
    }

    /// Queues a message, which may be the one that is lent: it is encoded from where it lies.
    ///
    /// # Errors
    ///
    /// When the queue is full or the connection is closing; the message is given back.
    pub fn try_send<'m>(&mut self, message: impl Into<Outgoing<'m>>) -> Result<(), Unsent<'m>> {
        self.0.send(message)
    }

    /// Queues a message that is encoded already.
    ///
    /// # Errors
    ///
    /// When the queue is full or the connection is closing.
    pub fn try_send_prepared(&mut self, message: &Prepared) -> Result<(), SendError> {
        self.0.send_prepared(message)
    }

    /// Bytes that wait to be written.
    #[must_use]
    pub fn queued(&self) -> usize {
        self.0.queued()
    }
}
