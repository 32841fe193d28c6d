//! Opening handshakes: how a request becomes a WebSocket (RFC 6455 4, RFC 8441, RFC 9220).
//!
//! Works on values of `http` and owns no socket, clock or randomness, so that one judgement serves every door: raw TCP,
//! hyper, axum, HTTP/2.
//!
//! | side | over HTTP/1.1 bytes | judgement |
//! | --- | --- | --- |
//! | server | [`RequestReader`], [`write_response`] | [`Offer`], then [`Acceptance`] or [`Refusal`] |
//! | client | [`write_request`], [`ResponseReader`] | [`ClientHandshake`], then [`Negotiated`] or [`HandshakeError`] |
//!
//! Both sides in full, without a socket between them:
//!
//! ```
//! use sockeye_proto::handshake::*;
//!
//! let uri = "ws://example.com/chat".parse()?;
//! let options = ClientOptions::default().protocols(["chat.v2"]);
//! let client = ClientHandshake::new(&uri, *b"16 random bytes!", &options)?;
//! let sent = write_request(client.request());
//!
//! let mut reader = RequestReader::new(HeadLimits::default());
//! let Progress::Finished { head: request, .. } = reader.read(&sent)? else { panic!("sent whole") };
//! assert!(wants_upgrade(&request));
//! let accepted = Offer::from_request(&request)?.accept(&Choice::default().protocols(["chat.v2"]))?;
//! let sent = write_response(&accepted.response);
//!
//! let mut reader = ResponseReader::new(HeadLimits::default());
//! let Progress::Finished { head: response, .. } = reader.read(&sent)? else { panic!("sent whole") };
//! assert_eq!(client.verify(&response)?.protocol(), Some("chat.v2"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod client;
mod encode;
mod error;
mod extension;
mod head;
mod header;
mod host;
mod key;
mod origin;
mod refusal;
mod server;
mod token;

use http::{Response, StatusCode};

pub use client::{ClientHandshake, ClientOptions};
pub use encode::{write_request, write_response};
pub use error::{HandshakeError, RequestError};
#[cfg(test)]
pub(crate) use extension::parse as parse_extensions;
pub use extension::{Extension, ExtensionsError, Param};
pub use head::{HeadError, HeadLimits, Progress, RequestReader, ResponseReader};
pub(crate) use header::quoted;
pub use host::Host;
pub use origin::{InvalidOrigin, Origin, Origins};
pub use refusal::Refusal;
pub use server::{Acceptance, Choice, Offer, wants_upgrade};

use self::key::Key;
pub use crate::deflate::DeflateAnswerError;
use crate::{DeflateParams, Text};

/// What both peers agreed on in a handshake. Nothing, by default.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Negotiated {
    /// The subprotocol, if one is spoken.
    pub protocol: Option<Text>,
    /// How messages are compressed, if they may be.
    pub deflate: Option<DeflateParams>,
}

impl Negotiated {
    /// The subprotocol, if one is spoken.
    #[must_use]
    pub fn protocol(&self) -> Option<&str> {
        self.protocol.as_deref()
    }
}

/// What a handshake travels in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Carrier {
    /// An upgrade (RFC 6455 4), proven by the answer to a key.
    Http11(Key),
    /// A stream of HTTP/2 or HTTP/3 (RFC 8441 5, RFC 9220 3).
    ExtendedConnect,
}

impl Carrier {
    fn success(self) -> StatusCode {
        match self {
            Self::Http11(_) => StatusCode::SWITCHING_PROTOCOLS,
            Self::ExtendedConnect => StatusCode::OK,
        }
    }

    fn refused<B>(self, response: &Response<B>) -> HandshakeError {
        HandshakeError::Status { expected: self.success(), got: response.status() }
    }
}
