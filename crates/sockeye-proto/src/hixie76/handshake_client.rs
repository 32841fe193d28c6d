//! The client's side of the handshake: the request, and the judgement of what comes back.
//!
//! Does not write the head and does not read it; both are the caller's, as is the randomness.

use std::fmt;

use http::{HeaderValue, Request, Response, StatusCode, Uri};

use super::{
    challenge::{Challenge, RANDOM_BYTES},
    field::{self, FieldFault},
    location::{Scheme, resource},
    tail::Tail,
};

/// What a client sends, and what it expects back.
#[derive(Clone, Debug)]
pub struct Opening {
    /// The head.
    pub request: Request<()>,
    /// The eight raw bytes right after the head's empty line.
    pub key3: [u8; 8],
    /// What the response must say.
    pub expectation: Expectation,
}

impl Opening {
    /// A request to a `ws` or `wss` URI. `random` must be unpredictable and new for each connection.
    ///
    /// # Errors
    ///
    /// A URI of another scheme, without a host, with user information, or with a port that is none.
    pub fn new(
        uri: &Uri,
        origin: HeaderValue,
        protocol: Option<HeaderValue>,
        random: &[u8; RANDOM_BYTES],
    ) -> Result<Self, UnusableUri> {
        let scheme = Scheme::of(uri).ok_or(UnusableUri)?;
        let host = uri.authority().and_then(|authority| scheme.host(authority));
        let host = host.ok_or(UnusableUri)?.to_ascii_lowercase();
        let location = scheme.location(&host, uri).ok_or(UnusableUri)?;
        let Challenge { keys: [key1, key2], key3, answer } = Challenge::new(random);

        let mut request = Request::get(resource(uri))
            .header(field::UPGRADE, "WebSocket")
            .header(field::CONNECTION, "Upgrade")
            .header(field::HOST, host)
            .header(field::ORIGIN, &origin)
            .header(field::KEY1, key1)
            .header(field::KEY2, key2)
            .body(())
            .map_err(|_| UnusableUri)?;
        if let Some(protocol) = &protocol {
            request.headers_mut().insert(field::PROTOCOL, protocol.clone());
        }
        let expectation = Expectation { origin, location, protocol, answer };
        Ok(Self { request, key3, expectation })
    }
}

/// What the response to a request must say.
#[derive(Clone, Debug)]
pub struct Expectation {
    origin: HeaderValue,
    location: HeaderValue,
    protocol: Option<HeaderValue>,
    answer: [u8; 16],
}

impl Expectation {
    /// Judges the head of the response.
    ///
    /// # Errors
    ///
    /// The first thing in it that is not as the draft wants it.
    pub fn judge<B>(self, response: &Response<B>) -> Result<PendingAnswer, HixieFailure> {
        let fields = response.headers();
        if response.status() != StatusCode::SWITCHING_PROTOCOLS {
            return Err(HixieFailure::Status(response.status()));
        }
        field::token(fields, field::UPGRADE, "WebSocket")?;
        field::token(fields, field::CONNECTION, "Upgrade")?;
        field::exact(fields, field::SERVER_ORIGIN, &self.origin)?;
        field::exact(fields, field::SERVER_LOCATION, &self.location)?;
        match (&self.protocol, field::optional(fields, field::PROTOCOL)?) {
            (Some(protocol), _) => field::exact(fields, field::PROTOCOL, protocol)?,
            (None, Some(got)) => {
                let (name, got) = (field::PROTOCOL, got.clone());
                return Err(FieldFault::Unrequested { name, got }.into());
            }
            (None, None) => {}
        }
        Ok(PendingAnswer { expected: self.answer, got: Tail::new() })
    }
}

/// A right head whose sixteen bytes of answer are still to come.
#[derive(Clone, Debug)]
pub struct PendingAnswer {
    expected: [u8; 16],
    got: Tail<16>,
}

impl PendingAnswer {
    /// Takes what follows the head until it has sixteen bytes, and tells how many it took; what it left is frames.
    /// Once it has them it takes nothing more and says the same again.
    pub fn handle_input(&mut self, input: &[u8]) -> (usize, Option<Result<(), HixieFailure>>) {
        let (taken, got) = self.got.push(input);
        let expected = self.expected;
        let judge = |got| {
            if got == expected { Ok(()) } else { Err(HixieFailure::Answer { expected, got }) }
        };
        (taken, got.map(judge))
    }
}

/// What is wrong with a response of hixie-76.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum HixieFailure {
    /// Another status than 101.
    Status(StatusCode),
    /// A field that is missing, repeated, unrequested or says something else.
    Field(FieldFault),
    /// Another answer than the challenge has.
    Answer {
        /// The right answer.
        expected: [u8; 16],
        /// What the server sent.
        got: [u8; 16],
    },
}

impl fmt::Display for HixieFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Status(got) => write!(f, "expected status 101, got {}", got.as_u16()),
            Self::Field(fault) => fault.fmt(f),
            Self::Answer { expected, got } => {
                write!(f, "expected the answer {expected:02x?}, got {got:02x?}")
            }
        }
    }
}

impl std::error::Error for HixieFailure {}

impl From<FieldFault> for HixieFailure {
    fn from(fault: FieldFault) -> Self {
        Self::Field(fault)
    }
}

/// A URI that hixie-76 cannot connect to. It is not repeated here, since it may hold a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnusableUri;

impl fmt::Display for UnusableUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("expected ws or wss, a host and no user information, got another URI")
    }
}

impl std::error::Error for UnusableUri {}

#[cfg(test)]
mod tests;
