//! A connection that speaks the hixie-76 draft: text frames and a goodbye, nothing else.
//!
//! The draft's own bytes are `hixie`'s; without the feature that type has no value, and all of this is dead.

use super::Connection;
use crate::{
    CloseFrame, Incoming, Kind, Message, SendError, Text, error::Fault, event::Event, input::Input,
};

/// What a frame of the draft turned out to be.
#[derive(Debug)]
pub(super) enum DraftFrame {
    Text(Text),
    /// A frame of a type without meaning.
    Discarded,
    Close,
    Fault(Fault),
}

impl Connection {
    /// [`handle_input`](Self::handle_input) for the draft.
    pub(super) fn handle_draft<'a>(&mut self, input: &mut Input<'a>) -> Option<Event<'a>> {
        let now = input.now();
        while self.closing.reads() {
            let frame = self.draft.as_mut().and_then(|draft| draft.read(input))?;
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
        let draft = self.draft.as_deref()?;
        Some(match kind {
            Kind::Text => {
                self.output.encoded(&draft.text(payload));
                Ok(())
            }
            Kind::Binary => Err(SendError::NotInHixie76),
        })
    }
}
