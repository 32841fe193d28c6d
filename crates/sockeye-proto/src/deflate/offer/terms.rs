//! The parameters of one offer or one answer (RFC 7692 7.1), read and written.

use std::fmt;

use super::NAME;
use crate::{
    deflate::{DeflateParams, WindowBits},
    handshake::{Param, quoted},
};

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
        }
    }
}

impl std::error::Error for DeflateAnswerError {}

/// What is said about the client's window. An answer never says `AnyLimit`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ClientWindow {
    /// Nothing: the client cannot limit its window.
    Unsaid,
    /// The parameter without a value: the client takes any limit.
    AnyLimit,
    /// At most this.
    Limit(WindowBits),
}

/// The parameters of one offer or of one answer (RFC 7692 7.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Terms {
    pub(super) server_no_context_takeover: bool,
    pub(super) client_no_context_takeover: bool,
    pub(super) server_max_window_bits: Option<WindowBits>,
    pub(super) client_max_window_bits: ClientWindow,
}

impl Terms {
    /// RFC 7692 7.1: unknown, repeated and invalid parameters spoil the whole element.
    pub(super) fn read(params: &[Param<'_>]) -> Result<Self, DeflateAnswerError> {
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

    /// Whether a server may answer `offer` so.
    pub(super) fn fits(&self, offer: &Self) -> bool {
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

    /// Writes the element, its name first.
    pub(super) fn write(&self, to: &mut impl fmt::Write) -> fmt::Result {
        let mut write = |parts: &[&str]| parts.iter().try_for_each(|part| to.write_str(part));
        write(&[NAME])?;
        if self.server_no_context_takeover {
            write(&["; ", SERVER_NO_CONTEXT_TAKEOVER])?;
        }
        if self.client_no_context_takeover {
            write(&["; ", CLIENT_NO_CONTEXT_TAKEOVER])?;
        }
        if let Some(bits) = self.server_max_window_bits {
            write(&["; ", SERVER_MAX_WINDOW_BITS, "=", digits(bits)])?;
        }
        match self.client_max_window_bits {
            ClientWindow::Unsaid => Ok(()),
            ClientWindow::AnyLimit => write(&["; ", CLIENT_MAX_WINDOW_BITS]),
            ClientWindow::Limit(bits) => write(&["; ", CLIENT_MAX_WINDOW_BITS, "=", digits(bits)]),
        }
    }

    /// What an answer binds both sides to.
    pub(super) fn params(self) -> DeflateParams {
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
        self.write(f)
    }
}

/// RFC 7692 7.1.2: a decimal number without leading zeros.
fn digits(bits: WindowBits) -> &'static str {
    match bits.get() {
        ..=8 => "8",
        9 => "9",
        10 => "10",
        11 => "11",
        12 => "12",
        13 => "13",
        14 => "14",
        15.. => "15",
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
