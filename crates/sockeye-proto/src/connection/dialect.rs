//! What a connection speaks that RFC 6455 alone does not: permessage-deflate, which extends it, or the hixie-76 draft,
//! which stands in its place.
//!
//! Never both and mostly neither, so the two share a pointer. Speaks neither itself: `send`, `receive` and `hixie` ask
//! here which it is.

use super::hixie::Hixie;
use crate::deflate::Deflate;

#[derive(Debug, Default)]
pub(super) struct Dialect(Option<Box<Spoken>>);

#[derive(Debug)]
enum Spoken {
    Deflate(Deflate),
    Draft(Hixie),
}

impl From<Deflate> for Dialect {
    fn from(deflate: Deflate) -> Self {
        Self(Some(Box::new(Spoken::Deflate(deflate))))
    }
}

impl From<Hixie> for Dialect {
    fn from(draft: Hixie) -> Self {
        Self(Some(Box::new(Spoken::Draft(draft))))
    }
}

impl Dialect {
    pub(super) fn deflate(&self) -> Option<&Deflate> {
        match self.0.as_deref()? {
            Spoken::Deflate(deflate) => Some(deflate),
            Spoken::Draft(_) => None,
        }
    }

    pub(super) fn deflate_mut(&mut self) -> Option<&mut Deflate> {
        match self.0.as_deref_mut()? {
            Spoken::Deflate(deflate) => Some(deflate),
            Spoken::Draft(_) => None,
        }
    }

    pub(super) fn draft(&self) -> Option<&Hixie> {
        match self.0.as_deref()? {
            Spoken::Deflate(_) => None,
            Spoken::Draft(draft) => Some(draft),
        }
    }

    pub(super) fn draft_mut(&mut self) -> Option<&mut Hixie> {
        match self.0.as_deref_mut()? {
            Spoken::Deflate(_) => None,
            Spoken::Draft(draft) => Some(draft),
        }
    }

    /// Gives back what compression needs.
    pub(super) fn release(&mut self) {
        self.0.take_if(|spoken| matches!(**spoken, Spoken::Deflate(_)));
    }
}
