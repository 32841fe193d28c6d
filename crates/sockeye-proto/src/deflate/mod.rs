//! permessage-deflate (RFC 7692).
//!
//! `params` holds what two peers can agree on, `offer` how they come to agree; `compress` and `inflate` are the two
//! directions of a connection.
//!
//! **The plaintext window is the truth; a codec's state is only a cache of it.** All that RFC 7692 7.1.1 asks a
//! direction to remember is the last bytes of what it carried. So a connection keeps just these (`window`), and
//! primes an encoder or decoder with them when it speaks: one to four kilobytes a direction at rest, where a codec of
//! its own would cost hundreds. The encoders of those who spoke last stay with their thread (`pool`), and need no
//! priming if they come back.

mod compress;
mod inflate;
mod offer;
mod params;
mod pool;
mod window;

pub(crate) use compress::{Deflater, Ends, Outcome, compress_once};
pub(crate) use inflate::{Broken, Inflater, Left};
pub use offer::DeflateAnswerError;
pub(crate) use offer::{NAME, Terms, answer, check, offer, valid};
pub use params::{DeflateConfig, DeflateParams, WindowBits};

/// Both directions of a connection that negotiated permessage-deflate.
#[derive(Debug)]
pub(crate) struct Deflate {
    pub(crate) sending: Deflater,
    pub(crate) receiving: Inflater,
}

impl Deflate {
    /// The server's end of what was agreed.
    pub(crate) fn server(params: &DeflateParams, level: u8) -> Self {
        Self {
            sending: Deflater::new(Direction::from_server(params), level),
            receiving: Inflater::new(Direction::from_client(params)),
        }
    }

    /// The client's end of what was agreed.
    pub(crate) fn client(params: &DeflateParams, level: u8) -> Self {
        Self {
            sending: Deflater::new(Direction::from_client(params), level),
            receiving: Inflater::new(Direction::from_server(params)),
        }
    }
}

/// What was agreed about one direction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Direction {
    pub(crate) bits: WindowBits,
    pub(crate) takeover: Takeover,
}

impl Direction {
    fn from_server(params: &DeflateParams) -> Self {
        let takeover =
            if params.server_no_context_takeover { Takeover::Forget } else { Takeover::Keep };
        Self { bits: params.server_max_window_bits, takeover }
    }

    fn from_client(params: &DeflateParams) -> Self {
        let takeover =
            if params.client_no_context_takeover { Takeover::Forget } else { Takeover::Keep };
        Self { bits: params.client_max_window_bits, takeover }
    }
}

/// What becomes of the window at the end of a message (RFC 7692 7.1.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Takeover {
    /// The next message goes on with it.
    Keep,
    /// The next message starts with an empty one.
    Forget,
}

#[cfg(test)]
mod naive;
#[cfg(test)]
mod oracle;
#[cfg(test)]
mod samples;
#[cfg(test)]
mod tests;
