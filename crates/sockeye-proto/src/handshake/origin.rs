//! Which pages may connect: the judgement of `Origin` (RFC 6455 10.2, RFC 6454).
//!
//! Guards people whose browser runs a foreign page's script with their cookies. Whoever is no browser sends what he
//! likes, or nothing; this is no authentication.

use std::{fmt, str::FromStr};

use http::StatusCode;

use super::{Host, Refusal, quoted};

/// The origins that a server accepts. A request without an `Origin` comes from no page and always passes.
///
/// ```
/// use sockeye_proto::handshake::Origins;
///
/// let origins = Origins::list(["https://example.com", "http://localhost:3000"])?;
/// # Ok::<(), sockeye_proto::handshake::InvalidOrigin>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Origins {
    /// Host and port equal to those that the request is meant for. Ports that a scheme implies are left out, and the
    /// scheme itself is not compared: behind a proxy that ends TLS the server does not know its own.
    #[default]
    SameHost,
    /// One of these, whole.
    List(Vec<Origin>),
    /// Every page there is. Only for servers where a connection gives nobody anything that he could not have anyway.
    Any,
}

impl Origins {
    /// One of these, written as browsers do: `https://example.com`.
    ///
    /// # Errors
    ///
    /// If one of them is no origin.
    pub fn list<'a>(origins: impl IntoIterator<Item = &'a str>) -> Result<Self, InvalidOrigin> {
        origins.into_iter().map(str::parse).collect::<Result<_, _>>().map(Self::List)
    }

    pub(crate) fn judge(&self, origin: Option<&str>, host: &Host) -> Result<(), Refusal> {
        let Some(origin) = origin else { return Ok(()) };
        let got = Origin::parse(origin);
        let (allowed, expected) = match self {
            Self::Any => return Ok(()),
            Self::SameHost => (got.is_some_and(|got| got.is_of(host)), "an origin of this host"),
            Self::List(list) => {
                (got.is_some_and(|got| list.contains(&got)), "one of the origins of this server")
            }
        };
        if allowed {
            return Ok(());
        }
        let reason = format!("expected {expected}, got {}", quoted(origin));
        Err(Refusal::new(StatusCode::FORBIDDEN, reason))
    }
}

/// Where a page comes from: scheme, host and port (RFC 6454 4).
///
/// A scheme may be any (`chrome-extension://...`); `null` and `file://` are no origins that could be told apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    scheme: String,
    /// Without the port that the scheme implies.
    host: Host,
}

impl Origin {
    /// RFC 6454 6.2: no path, no userinfo, one origin.
    fn parse(text: &str) -> Option<Self> {
        let (scheme, host) = text.split_once("://")?;
        let is_scheme =
            |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.');
        if !scheme.starts_with(|first: char| first.is_ascii_alphabetic())
            || !scheme.bytes().all(is_scheme)
        {
            return None;
        }
        let scheme = scheme.to_ascii_lowercase();
        let host = Host::parse(host)?.without_default_port(&scheme);
        Some(Self { scheme, host })
    }

    fn is_of(&self, host: &Host) -> bool {
        self.host.is_same(host, &self.scheme)
    }
}

impl FromStr for Origin {
    type Err = InvalidOrigin;

    fn from_str(text: &str) -> Result<Self, InvalidOrigin> {
        Self::parse(text).ok_or_else(|| InvalidOrigin(text.to_owned()))
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}", self.scheme, self.host)
    }
}

/// What was given as an [`Origin`] and is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidOrigin(String);

impl fmt::Display for InvalidOrigin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "expected an origin like https://example.com, got {}", quoted(&self.0))
    }
}

impl std::error::Error for InvalidOrigin {}

#[cfg(test)]
mod tests;
