//! UTF-8 as it arrives: a validator that can stop at any byte and go on.
//!
//! RFC 6455 8.1 wants invalid text refused; refusing it at the first byte that cannot be part of any valid text costs
//! nothing more and spares the rest of the message.

use std::str;

/// Below this the set-up of the vector code costs more than it saves.
const VECTOR_BYTES: usize = 64;

/// What a text message holds that is not UTF-8.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct InvalidUtf8;

/// Checks a whole text at once.
pub(crate) fn from_utf8(bytes: &[u8]) -> Result<&str, InvalidUtf8> {
    if bytes.len() < VECTOR_BYTES {
        str::from_utf8(bytes).map_err(|_| InvalidUtf8)
    } else {
        simdutf8::basic::from_utf8(bytes).map_err(|_| InvalidUtf8)
    }
}

/// Checks a text piece by piece; holds at most the first three bytes of an unfinished code point.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Validator {
    pending: [u8; 4],
    len: u8,
}

impl Validator {
    /// Takes the next piece. Fails at the first byte that no valid continuation could follow.
    pub(crate) fn push(&mut self, mut piece: &[u8]) -> Result<(), InvalidUtf8> {
        while self.len > 0 {
            let Some((&byte, rest)) = piece.split_first() else { return Ok(()) };
            self.finish_code_point(byte)?;
            piece = rest;
        }
        let valid_up_to = match check(piece) {
            Ok(()) => return Ok(()),
            Err(Stop::Invalid) => return Err(InvalidUtf8),
            Err(Stop::Unfinished { valid_up_to }) => valid_up_to,
        };
        let tail = piece.get(valid_up_to..).unwrap_or_default();
        for (slot, byte) in self.pending.iter_mut().zip(tail) {
            *slot = *byte;
            self.len += 1;
        }
        Ok(())
    }

    /// Ends the text: an unfinished code point is an error (RFC 3629).
    pub(crate) fn finish(self) -> Result<(), InvalidUtf8> {
        if self.len == 0 { Ok(()) } else { Err(InvalidUtf8) }
    }

    fn finish_code_point(&mut self, byte: u8) -> Result<(), InvalidUtf8> {
        let slot = self.pending.get_mut(usize::from(self.len)).ok_or(InvalidUtf8)?;
        *slot = byte;
        self.len += 1;
        let so_far = self.pending.get(..usize::from(self.len)).unwrap_or_default();
        match check(so_far) {
            Ok(()) => self.len = 0,
            Err(Stop::Unfinished { .. }) => {}
            Err(Stop::Invalid) => return Err(InvalidUtf8),
        }
        Ok(())
    }
}

enum Stop {
    Invalid,
    Unfinished { valid_up_to: usize },
}

fn check(bytes: &[u8]) -> Result<(), Stop> {
    let (valid_up_to, bad) = if bytes.len() < VECTOR_BYTES {
        match str::from_utf8(bytes) {
            Ok(_) => return Ok(()),
            Err(error) => (error.valid_up_to(), error.error_len()),
        }
    } else {
        match simdutf8::compat::from_utf8(bytes) {
            Ok(_) => return Ok(()),
            Err(error) => (error.valid_up_to(), error.error_len()),
        }
    };
    match bad {
        Some(_) => Err(Stop::Invalid),
        None => Err(Stop::Unfinished { valid_up_to }),
    }
}

#[cfg(test)]
mod tests;
