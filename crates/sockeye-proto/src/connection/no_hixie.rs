//! Stands in for `hixie` where the feature is off: a type without a value.

use bytes::Bytes;

use super::draft::DraftFrame;
use crate::input::Input;

#[derive(Debug)]
pub(super) enum Hixie {}

impl Hixie {
    pub(super) fn read(&mut self, _input: &mut Input<'_>) -> Option<DraftFrame> {
        match *self {}
    }

    pub(super) fn text(&self, _text: &[u8]) -> Bytes {
        match *self {}
    }

    pub(super) fn close(&self) -> Bytes {
        match *self {}
    }
}
