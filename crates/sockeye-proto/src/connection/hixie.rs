//! A connection that speaks the hixie-76 draft: text frames and a goodbye, nothing else.
//!
//! See [`hixie76`](crate::hixie76) for the handshake before it. Without the feature `no_hixie` stands here.

use std::{sync::Arc, time::Instant};

use bytes::Bytes;

use super::{Connection, Role};
use crate::{
    CloseFrame, Config, Incoming, Kind, Limit, LimitExceeded, Message, SendError, Text,
    error::Fault,
    event::Event,
    hixie76::{Framing, Item, encode_close, encode_text},
    input::Input,
};

#[derive(Debug)]
pub(super) struct Hixie {
    framing: Framing,
    limit: usize,
}

/// What a frame of the draft turned out to be.
#[derive(Debug)]
enum DraftFrame {
    Text(Text),
    /// A frame of a type without meaning.
    Discarded,
    Close,
    Fault(Fault),
}

impl Connection {
    /// Either end of a connection whose handshake was that of the hixie-76 draft.
    ///
    /// It carries text alone: binary messages, parts and pings are refused, there is no heartbeat, and a goodbye has
    /// neither code nor reason.
    #[must_use]
    pub fn hixie76(role: Role, config: Arc<Config>, now: Instant) -> Self {
        let limit = config.limits.max_message_bytes;
        let mut connection = Self::new(role, config, None, None, now);
        connection.dialect = Hixie { framing: Framing::new(limit), limit }.into();
        connection
    }

    /// [`handle_input`](Self::handle_input) for the draft.
    pub(super) fn handle_draft<'a>(&mut self, input: &mut Input<'a>) -> Option<Event<'a>> {
        let now = input.now();
        while self.closing.reads() {
            let frame = self.dialect.draft_mut().and_then(|draft| draft.read(input))?;
            match frame {
                DraftFrame::Text(text) => {
                    let message = Incoming::Owned(Message::Text(text));
                    return Some(Event::Message(message));
                }
                DraftFrame::Discarded => {
                    let allowed = self.config.limits.max_control_frames_per_second;
                    if let Err(exceeded) = self.flood.count(allowed, now) {
                        self.fail(exceeded.into(), now);
                    }
                }
                DraftFrame::Close => {
                    self.handle_close(CloseFrame::EMPTY, now);
                    return Some(Event::Close(CloseFrame::EMPTY));
                }
                DraftFrame::Fault(fault) => self.fail(fault, now),
            }
        }
        input.discard();
        None
    }

    /// Queues a message if the draft can carry it. `None` when this is no connection of the draft.
    pub(super) fn send_draft(
        &mut self,
        kind: Kind,
        payload: &[u8],
    ) -> Option<Result<(), SendError>> {
        let draft = self.dialect.draft()?;
        Some(match kind {
            Kind::Text => {
                self.output.encoded(&draft.text(payload));
                Ok(())
            }
            Kind::Binary => Err(SendError::NotInHixie76),
        })
    }
}

impl Hixie {
    fn read(&mut self, input: &mut Input<'_>) -> Option<DraftFrame> {
        let (taken, item) = self.framing.decode(input.remaining());
        input.take(taken);
        Some(match item? {
            Item::Text(text) => DraftFrame::Text(text),
            Item::Discarded => DraftFrame::Discarded,
            Item::Close => DraftFrame::Close,
            Item::Violation(violation) => DraftFrame::Fault(violation.into()),
            Item::TooLarge { got } => {
                let allowed = u64::try_from(self.limit).unwrap_or(u64::MAX);
                let exceeded = LimitExceeded { limit: Limit::MessageBytes, allowed, got };
                DraftFrame::Fault(exceeded.into())
            }
        })
    }

    fn text(&self, text: &[u8]) -> Bytes {
        let mut frame = Vec::new();
        encode_text(text, &mut frame);
        frame.into()
    }

    pub(super) fn close(&self) -> Bytes {
        let mut frame = Vec::new();
        encode_close(&mut frame);
        frame.into()
    }
}
