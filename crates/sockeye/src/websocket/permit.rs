//! `Permit`: room in the queue that is there for sure.

use sockeye_proto::{Outgoing, SendError, Unsent};

use super::WebSocket;
use crate::transport::Transport;

/// Room for one message, from [`WebSocket::reserve`].
#[derive(Debug)]
pub struct Permit<'w, S> {
    socket: &'w mut WebSocket<S>,
    len: usize,
}

impl<'w, S: Transport> Permit<'w, S> {
    pub(super) fn new(socket: &'w mut WebSocket<S>, len: usize) -> Self {
        Self { socket, len }
    }

    /// Queues a message; it leaves with the next call that waits.
    ///
    /// # Errors
    ///
    /// When the message is longer than was reserved and there is no room for it; it is given back.
    pub fn send<'m>(self, message: impl Into<Outgoing<'m>>) -> Result<(), Unsent<'m>> {
        let message = message.into();
        let sent = self.socket.try_send(message);
        debug_assert!(
            !matches!(&sent, Err(Unsent { message, reason: SendError::Full { .. } })
                if message.as_bytes().len() <= self.len),
            "nothing was queued since the room was there"
        );
        sent
    }
}
