//! How two peers come to agree on permessage-deflate (RFC 7692 5 and 7.1).
//!
//! The server answers the first offer that it can honour and passes over the others; the client takes an answer that fits
//! one of its offers and fails the connection on any other. Called by the handshake; holds no state.

use std::fmt;

use http::HeaderValue;

use super::{DeflateConfig, DeflateParams, WindowBits};
use crate::handshake::{Extension, Param, quoted};

pub(crate) const NAME: &str = "permessage-deflate";
const SERVER_NO_CONTEXT_TAKEOVER: &str = "server_no_context_takeover";
const CLIENT_NO_CONTEXT_TAKEOVER: &str = "client_no_context_takeover";
const SERVER_MAX_WINDOW_BITS: &str = "server_max_window_bits";
const CLIENT_MAX_WINDOW_BITS: &str = "client_max_window_bits";

/// What a server's answer for permessage-deflate has that it may not have.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DeflateAnswerError {
    /// A parameter that RFC 7692 7.1 does not know.
    UnknownParam {
        /// Its name.
        name: String,
    },
    /// The same parameter twice.
    RepeatedParam {
        /// Its name.
        name: String,
    },
    /// A window size that is none, or no number of 8 to 15.
    InvalidWindow {
        /// The parameter's name.
        name: &'static str,
        /// Its value, if there is one.
        got: Option<String>,
    },
    /// A value for a parameter that has none.
    UnexpectedValue {
        /// The parameter's name.
        name: &'static str,
        /// Its value.
        got: String,
    },
    /// An answer that fits none of the offers.
    NotOffered {
        /// The answer.
        got: String,
    },
    /// A window for us that no compressor of ours can keep to.
    WindowTooSmall {
        /// The window answered.
        got: WindowBits,
    },
}

impl fmt::Display for DeflateAnswerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownParam { name } => {
                write!(f, "expected a parameter of {NAME}, got {name}")
            }
            Self::RepeatedParam { name } => {
                write!(f, "expected a parameter of {NAME} once, got {name} twice")
            }
            Self::InvalidWindow { name, got } => {
                let got = got.as_deref().unwrap_or("none");
                write!(f, "expected a value of 8 to 15 for {name}, got {got}")
            }
            Self::UnexpectedValue { name, got } => {
                write!(f, "expected no value for {name}, got {got}")
            }
            Self::NotOffered { got } => {
                write!(f, "expected an answer to one of our offers, got {got}")
            }
            Self::WindowTooSmall { got } => {
                write!(
                    f,
                    "expected a window of at least 9 bits to compress with, got {}",
                    got.get()
                )
            }
        }
    }
}

impl std::error::Error for DeflateAnswerError {}

/// The smallest window that our compressor can keep to. zlib takes 8 bits and silently compresses with 9.
const LEAST_TO_COMPRESS: WindowBits = WindowBits::new(9).expect("9 is among 8 to 15");

impl WindowBits {
    /// Whether our compressor can keep to this window.
    fn can_compress(self) -> bool {
        self >= LEAST_TO_COMPRESS
    }
}

/// The server's side: agrees to the first offer that it can honour.
///
/// What is sent back says everything that binds either side. `None` declines, which is always allowed.
pub(crate) fn answer(
    offers: &[Extension<'_>],
    config: &DeflateConfig,
) -> Option<(DeflateParams, HeaderValue)> {
    if !config.enabled {
        return None;
    }
    let offers = offers.iter().filter(|offer| offer.name == NAME);
    let answer = offers
        .filter_map(|offer| Terms::read(&offer.params).ok())
        .find_map(|offer| offer.honoured(config))?;
    Some((answer.params(), header(&[answer])))
}

/// The client's side: what it asks for, best first, if it wants the extension at all.
pub(crate) fn offer(config: &DeflateConfig) -> Option<HeaderValue> {
    config.enabled.then(|| header(&alternatives(config)))
}

/// The client's side: what the server's answer to [`offer`] binds both to.
///
/// A server may leave out our limit on its window by answering the second alternative; then its window is larger than
/// `receive_window_bits`, and what we keep of it grows with it.
pub(crate) fn check(
    answer: &[Param<'_>],
    config: &DeflateConfig,
) -> Result<DeflateParams, DeflateAnswerError> {
    let answer = Terms::read(answer)?;
    let offered = alternatives(config);
    if !config.enabled || !offered.iter().any(|offer| answer.fits(offer)) {
        return Err(DeflateAnswerError::NotOffered { got: answer.to_string() });
    }
    let mut params = answer.params();
    if !params.client_max_window_bits.can_compress() {
        return Err(DeflateAnswerError::WindowTooSmall { got: params.client_max_window_bits });
    }
    // RFC 7692 7.1.1.2 and 7.1.2.2: a client may always do with less than what was agreed on.
    params.client_no_context_takeover |= !config.send_context_takeover;
    params.client_max_window_bits = params.client_max_window_bits.min(send_window(config));
    Ok(params)
}

/// The window that we want to compress with.
fn send_window(config: &DeflateConfig) -> WindowBits {
    config.send_window_bits.max(LEAST_TO_COMPRESS)
}

/// The window that we want of the peer, who is likely to use zlib too.
fn receive_window(config: &DeflateConfig) -> WindowBits {
    config.receive_window_bits.max(LEAST_TO_COMPRESS)
}

/// What the client can live with. The second is for servers that decline a limit on their window (RFC 7692 5.2).
fn alternatives(config: &DeflateConfig) -> Vec<Terms> {
    let plain = Terms {
        server_no_context_takeover: !config.receive_context_takeover,
        client_no_context_takeover: !config.send_context_takeover,
        server_max_window_bits: None,
        client_max_window_bits: ClientWindow::AnyLimit,
    };
    let tuned = Terms {
        server_max_window_bits: below_max(receive_window(config)),
        client_max_window_bits: below_max(send_window(config))
            .map_or(ClientWindow::AnyLimit, ClientWindow::Limit),
        ..plain
    };
    if tuned == plain { vec![plain] } else { vec![tuned, plain] }
}

fn below_max(bits: WindowBits) -> Option<WindowBits> {
    (bits < WindowBits::MAX).then_some(bits)
}

fn header(elements: &[Terms]) -> HeaderValue {
    let elements: Vec<_> = elements.iter().map(Terms::to_string).collect();
    HeaderValue::try_from(elements.join(", ")).expect("our names and numbers are visible ASCII")
}

/// What is said about the client's window. An answer never says `AnyLimit`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ClientWindow {
    /// Nothing: the client cannot limit its window.
    Unsaid,
    /// The parameter without a value: the client takes any limit.
    AnyLimit,
    /// At most this.
    Limit(WindowBits),
}

/// The parameters of one offer or of one answer (RFC 7692 7.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Terms {
    server_no_context_takeover: bool,
    client_no_context_takeover: bool,
    server_max_window_bits: Option<WindowBits>,
    client_max_window_bits: ClientWindow,
}

impl Terms {
    /// RFC 7692 7.1: unknown, repeated and invalid parameters spoil the whole element.
    fn read(params: &[Param<'_>]) -> Result<Self, DeflateAnswerError> {
        let mut terms = Self {
            server_no_context_takeover: false,
            client_no_context_takeover: false,
            server_max_window_bits: None,
            client_max_window_bits: ClientWindow::Unsaid,
        };
        for (index, param) in params.iter().enumerate() {
            if params.iter().take(index).any(|earlier| earlier.name == param.name) {
                return Err(DeflateAnswerError::RepeatedParam { name: quoted(param.name) });
            }
            terms.take(param)?;
        }
        Ok(terms)
    }

    fn take(&mut self, param: &Param<'_>) -> Result<(), DeflateAnswerError> {
        let value = param.value.as_deref();
        match param.name {
            SERVER_NO_CONTEXT_TAKEOVER => {
                self.server_no_context_takeover = flag(SERVER_NO_CONTEXT_TAKEOVER, value)?;
            }
            CLIENT_NO_CONTEXT_TAKEOVER => {
                self.client_no_context_takeover = flag(CLIENT_NO_CONTEXT_TAKEOVER, value)?;
            }
            SERVER_MAX_WINDOW_BITS => {
                self.server_max_window_bits = Some(window_bits(SERVER_MAX_WINDOW_BITS, value)?);
            }
            CLIENT_MAX_WINDOW_BITS if value.is_none() => {
                self.client_max_window_bits = ClientWindow::AnyLimit;
            }
            CLIENT_MAX_WINDOW_BITS => {
                let limit = window_bits(CLIENT_MAX_WINDOW_BITS, value)?;
                self.client_max_window_bits = ClientWindow::Limit(limit);
            }
            other => return Err(DeflateAnswerError::UnknownParam { name: quoted(other) }),
        }
        Ok(())
    }

    /// The server's answer to this offer, if it can compress with the window asked of it (RFC 7692 7.1.2.1).
    fn honoured(self, config: &DeflateConfig) -> Option<Self> {
        let server =
            self.server_max_window_bits.unwrap_or(WindowBits::MAX).min(send_window(config));
        if !server.can_compress() {
            return None;
        }
        let receive = receive_window(config);
        let client = match self.client_max_window_bits {
            ClientWindow::Unsaid => None,
            ClientWindow::AnyLimit => below_max(receive),
            ClientWindow::Limit(offered) => Some(offered.min(receive)),
        };
        // Without its context a message's window is gone with the message, so its size costs nothing in between.
        let unlimited =
            self.client_max_window_bits == ClientWindow::Unsaid && receive < WindowBits::MAX;
        Some(Self {
            server_no_context_takeover: self.server_no_context_takeover
                || !config.send_context_takeover,
            client_no_context_takeover: self.client_no_context_takeover
                || !config.receive_context_takeover
                || unlimited,
            server_max_window_bits: match self.server_max_window_bits {
                Some(_) => Some(server),
                None => below_max(server),
            },
            client_max_window_bits: client.map_or(ClientWindow::Unsaid, ClientWindow::Limit),
        })
    }

    /// Whether a server may answer `offer` so.
    fn fits(&self, offer: &Self) -> bool {
        let server_window = match (offer.server_max_window_bits, self.server_max_window_bits) {
            (Some(most), Some(got)) => got <= most,
            // RFC 7692 7.1.2.1: the server accepts a limit by repeating it.
            (Some(_), None) => false,
            // It may limit itself unasked.
            (None, _) => true,
        };
        let client_window = match (offer.client_max_window_bits, self.client_max_window_bits) {
            (ClientWindow::Limit(most), ClientWindow::Limit(got)) => got <= most,
            (offered, ClientWindow::Limit(_)) => offered == ClientWindow::AnyLimit,
            (_, ClientWindow::Unsaid) => true,
            // RFC 7692 7.1.2.2: an answer has a value.
            (_, ClientWindow::AnyLimit) => false,
        };
        let takeover = self.server_no_context_takeover || !offer.server_no_context_takeover;
        server_window && client_window && takeover
    }

    /// What an answer binds both sides to.
    fn params(self) -> DeflateParams {
        DeflateParams {
            server_no_context_takeover: self.server_no_context_takeover,
            client_no_context_takeover: self.client_no_context_takeover,
            server_max_window_bits: self.server_max_window_bits.unwrap_or(WindowBits::MAX),
            client_max_window_bits: match self.client_max_window_bits {
                ClientWindow::Limit(bits) => bits,
                ClientWindow::Unsaid | ClientWindow::AnyLimit => WindowBits::MAX,
            },
        }
    }
}

impl fmt::Display for Terms {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(NAME)?;
        if self.server_no_context_takeover {
            write!(f, "; {SERVER_NO_CONTEXT_TAKEOVER}")?;
        }
        if self.client_no_context_takeover {
            write!(f, "; {CLIENT_NO_CONTEXT_TAKEOVER}")?;
        }
        if let Some(bits) = self.server_max_window_bits {
            write!(f, "; {SERVER_MAX_WINDOW_BITS}={}", bits.get())?;
        }
        match self.client_max_window_bits {
            ClientWindow::Unsaid => Ok(()),
            ClientWindow::AnyLimit => write!(f, "; {CLIENT_MAX_WINDOW_BITS}"),
            ClientWindow::Limit(bits) => write!(f, "; {CLIENT_MAX_WINDOW_BITS}={}", bits.get()),
        }
    }
}

/// A parameter that is there or not (RFC 7692 7.1.1).
fn flag(name: &'static str, value: Option<&str>) -> Result<bool, DeflateAnswerError> {
    match value {
        None => Ok(true),
        Some(got) => Err(DeflateAnswerError::UnexpectedValue { name, got: quoted(got) }),
    }
}

/// RFC 7692 7.1.2: a decimal number of 8 to 15 without leading zeros.
fn window_bits(name: &'static str, value: Option<&str>) -> Result<WindowBits, DeflateAnswerError> {
    let bits = match value.unwrap_or_default().as_bytes() {
        [digit @ b'8'..=b'9'] => WindowBits::new(digit - b'0'),
        [b'1', digit @ b'0'..=b'5'] => WindowBits::new(10 + digit - b'0'),
        _ => None,
    };
    bits.ok_or_else(|| DeflateAnswerError::InvalidWindow { name, got: value.map(quoted) })
}

#[cfg(test)]
mod tests;
