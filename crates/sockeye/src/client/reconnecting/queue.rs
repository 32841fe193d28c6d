//! `Queue`: what waits for a connection.

use std::{collections::VecDeque, fmt};

use sockeye_proto::Message;

use crate::WebSocket;

const MAX_BYTES: usize = 1 << 20;
const MAX_MESSAGES: usize = 1024;

/// A message that was not queued, given back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unqueued {
    /// The message.
    pub message: Message,
    /// Why it was not taken.
    pub reason: UnqueuedReason,
}

/// Why a message was not queued.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum UnqueuedReason {
    /// So many bytes and messages wait already.
    Full {
        /// Bytes that wait.
        bytes: usize,
        /// Messages that wait.
        messages: usize,
    },
    /// There will be no further connection.
    Ended,
}

impl fmt::Display for Unqueued {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.reason {
            UnqueuedReason::Full { bytes, messages } => {
                write!(
                    f,
                    "expected room in the queue, got {bytes} bytes in {messages} messages that wait"
                )
            }
            UnqueuedReason::Ended => {
                f.write_str("expected a connection to come, got the end of all")
            }
        }
    }
}

impl std::error::Error for Unqueued {}

/// Messages in order, within bounds.
#[derive(Debug)]
pub(super) struct Queue {
    messages: VecDeque<Message>,
    bytes: usize,
    max_bytes: usize,
    max_messages: usize,
}

impl Default for Queue {
    fn default() -> Self {
        Self::new(MAX_BYTES, MAX_MESSAGES)
    }
}

impl Queue {
    pub(super) fn new(max_bytes: usize, max_messages: usize) -> Self {
        Self { messages: VecDeque::new(), bytes: 0, max_bytes, max_messages }
    }

    pub(super) fn len(&self) -> usize {
        self.messages.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.messages.is_empty()
    }

    pub(super) fn push(&mut self, message: Message) -> Result<(), Unqueued> {
        let bytes = self.bytes.saturating_add(message.as_bytes().len());
        let is_full = bytes > self.max_bytes || self.messages.len() >= self.max_messages;
        if is_full && !self.messages.is_empty() {
            let (bytes, messages) = (self.bytes, self.messages.len());
            return Err(Unqueued { message, reason: UnqueuedReason::Full { bytes, messages } });
        }
        self.bytes = bytes;
        self.messages.push_back(message);
        Ok(())
    }

    /// Hands over as many as there is room for. What is not taken stays, for the next connection if need be.
    pub(super) fn move_to(&mut self, ws: &mut WebSocket) {
        while let Some(message) = self.messages.front() {
            // The payload is shared.
            if ws.try_send(message.clone()).is_err() {
                return;
            }
            self.bytes = self.bytes.saturating_sub(message.as_bytes().len());
            self.messages.pop_front();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn push(queue: &mut Queue, len: usize) -> Result<(), UnqueuedReason> {
        queue.push(Message::from(vec![0; len])).map_err(|unqueued| unqueued.reason)
    }

    #[test]
    fn a_queue_is_bounded_in_bytes_and_in_messages() {
        let mut queue = Queue::new(10, 3);
        assert_eq!(push(&mut queue, 6), Ok(()));
        assert_eq!(push(&mut queue, 5), Err(UnqueuedReason::Full { bytes: 6, messages: 1 }));
        assert_eq!(push(&mut queue, 4), Ok(()));
        assert_eq!(push(&mut queue, 0), Ok(()));
        assert_eq!(push(&mut queue, 0), Err(UnqueuedReason::Full { bytes: 10, messages: 3 }));
    }

    #[test]
    fn an_empty_queue_admits_one_message_of_any_size() {
        let mut queue = Queue::new(10, 3);
        assert_eq!(push(&mut queue, 100), Ok(()));
        assert_eq!(push(&mut queue, 0), Err(UnqueuedReason::Full { bytes: 100, messages: 1 }));
    }
}
