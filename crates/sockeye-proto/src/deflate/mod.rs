//! permessage-deflate (RFC 7692).
//!
//! `params` holds what two peers can agree on, `offer` how they come to agree, `window`, `inflate` and `compress` the
//! work itself.

mod offer;
mod params;

pub use offer::DeflateAnswerError;
pub(crate) use offer::{NAME, answer, check, offer};
pub use params::{DeflateConfig, DeflateParams, WindowBits};
