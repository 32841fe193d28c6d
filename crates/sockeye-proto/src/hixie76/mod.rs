//! hixie-76, the draft of 2010 (draft-ietf-hybi-thewebsocketprotocol-00) that some old devices still speak.
//!
//! Does both sides of the handshake and the framing, without I/O. Does not mask, ping, fragment, compress, carry binary
//! or give reasons for closing, because the draft cannot; does not speak hixie-75, which has no keys. An adapter asks
//! [`is_hixie76`] before it judges a request by RFC 6455. Without masks a script can choose what a proxy sees on the
//! wire, hence the feature is off unless asked for. After the handshake, a connection is made by
//! [`Connection::hixie76`](crate::Connection::hixie76).
//!
//! ```
//! use http::{HeaderValue, Uri};
//! use sockeye_proto::hixie76::{Offer, Opening, RANDOM_BYTES, Scheme, is_hixie76};
//!
//! let random = [7; RANDOM_BYTES]; // from the operating system
//! let uri = Uri::from_static("ws://example.com/demo");
//! let client = Opening::new(&uri, HeaderValue::from_static("http://example.com"), None, &random)?;
//!
//! // The server reads the head, and then the eight bytes that follow it.
//! assert!(is_hixie76(&client.request));
//! let mut pending = Offer::from_request(&client.request, Scheme::Ws)?.accept();
//! let (taken, acceptance) = pending.handle_input(&client.key3);
//! let acceptance = acceptance.expect("eight bytes are all there is");
//! assert_eq!(taken, 8);
//!
//! // The client reads the head, and then the sixteen bytes that follow it.
//! let mut pending = client.expectation.judge(&acceptance.response)?;
//! assert_eq!(pending.handle_input(&acceptance.answer), (16, Some(Ok(()))));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod challenge;
mod field;
mod framing;
#[cfg(test)]
mod generator;
mod handshake_client;
mod handshake_server;
mod location;
mod refusal;
mod tail;

pub use challenge::{KeyFault, RANDOM_BYTES};
pub use field::FieldFault;
pub(crate) use framing::{Framing, Item, encode_close, encode_text};
pub use handshake_client::{Expectation, HixieFailure, Opening, PendingAnswer, UnusableUri};
pub use handshake_server::{Acceptance, Offer, Pending, is_hixie76};
pub use location::Scheme;
pub use refusal::HixieRefusal;
