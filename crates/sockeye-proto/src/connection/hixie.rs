//! The draft's frames for a connection; see [`hixie76`](crate::hixie76) for the handshake before it.

use std::{sync::Arc, time::Instant};

use bytes::Bytes;

use super::{Connection, Role, draft::DraftFrame};
use crate::{
    Config, Limit, LimitExceeded,
    hixie76::{Framing, Item, encode_close, encode_text},
    input::Input,
};

#[derive(Debug)]
pub(super) struct Hixie {
    framing: Framing,
    limit: usize,
}

impl Connection {
    /// Either end of a connection whose handshake was that of the hixie-76 draft.
    ///
    /// It carries text alone: binary messages, parts and pings are refused, there is no heartbeat, and a goodbye has neither
    /// code nor reason.
    #[must_use]
    pub fn hixie76(role: Role, config: Arc<Config>, now: Instant) -> Self {
        let limit = config.limits.max_message_bytes;
        let mut connection = Self::new(role, config, None, None, now);
        connection.draft = Some(Box::new(Hixie { framing: Framing::new(limit), limit }));
        connection
    }
}

impl Hixie {
    pub(super) fn read(&mut self, input: &mut Input<'_>) -> Option<DraftFrame> {
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

    pub(super) fn text(&self, text: &[u8]) -> Bytes {
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
