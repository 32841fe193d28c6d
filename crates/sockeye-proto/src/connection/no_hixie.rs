//! Stands in for `hixie` where the feature is off: a type without a value, so that nothing here is ever called.

use bytes::Bytes;

use super::Connection;
use crate::{Kind, SendError, event::Event, input::Input};

#[derive(Debug)]
pub(super) enum Hixie {}

impl Hixie {
    pub(super) fn close(&self) -> Bytes {
        match *self {}
    }
}

impl Connection {
    pub(super) fn handle_draft<'a>(&mut self, _input: &mut Input<'a>) -> Option<Event<'a>> {
        match *self.dialect.draft_mut()? {}
    }

    pub(super) fn send_draft(
        &mut self,
        _kind: Kind,
        _payload: &[u8],
    ) -> Option<Result<(), SendError>> {
        match *self.dialect.draft()? {}
    }
}
