//! `Out`: the way out, while a message is lent.

use std::{fmt, io::IoSlice};

use sockeye_proto::{Connection, Outgoing, Prepared, SendError, Unsent};

/// From this many bytes on a message is written before it is queued, so that only what is not taken is copied.
const THROUGH_FROM_BYTES: usize = 64 * 1024;

/// What [`recv_with`](crate::WebSocket::recv_with) lends beside the message: queues answers, which leave with the next
/// call that waits.
pub struct Out<'c> {
    connection: &'c mut Connection,
    transport: &'c mut dyn Through,
}

/// A transport that can be written to at once.
pub(crate) trait Through {
    /// Whether it is worth trying. What is not tried tells nothing of the peer.
    fn is_open(&self) -> bool;

    /// Writes what the transport takes now; tells how much that was.
    fn write(&mut self, slices: &[IoSlice<'_>]) -> usize;
}

impl fmt::Debug for Out<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Out").field("connection", &self.connection).finish_non_exhaustive()
    }
}

impl<'c> Out<'c> {
    pub(crate) fn new(connection: &'c mut Connection, transport: &'c mut dyn Through) -> Self {
        Self { connection, transport }
    }

    /// Queues a message, which may be the one that is lent: it is encoded from where it lies.
    ///
    /// # Errors
    ///
    /// When the queue is full or the connection is closing; the message is given back.
    pub fn try_send<'m>(&mut self, message: impl Into<Outgoing<'m>>) -> Result<(), Unsent<'m>> {
        let message = message.into();
        if message.as_bytes().len() < THROUGH_FROM_BYTES || !self.transport.is_open() {
            return self.connection.send(message);
        }
        self.connection.send_through(message, |slices| self.transport.write(slices))
    }

    /// Queues a message that is encoded already.
    ///
    /// # Errors
    ///
    /// When the queue is full or the connection is closing.
    pub fn try_send_prepared(&mut self, message: &Prepared) -> Result<(), SendError> {
        self.connection.send_prepared(message)
    }

    /// Bytes that wait to be written.
    #[must_use]
    pub fn queued(&self) -> usize {
        self.connection.queued()
    }
}
