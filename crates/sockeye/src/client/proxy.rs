//! `Proxy`: a way to a server through another, which is asked to join both ends (RFC 6455 4.1).

mod connect;
mod socks5;
mod environment;
mod bypass;
mod error;

use std::{fmt, str::FromStr};

pub use self::error::{ProxyError, SocksReply};
use super::{
    ConnectError, UrlError, dial,
    login::Login,
    tls::Tls,
    url::{Security, Target, Url, bracketed},
    versions::Versions,
};
use crate::Io;

/// A proxy: of HTTP, asked by `CONNECT`, with or without TLS to it, or of SOCKS 5.
///
/// ```
/// let proxy: sockeye::Proxy = "http://user:password@proxy.example:3128".parse()?;
/// assert_eq!(proxy.to_string(), "http://proxy.example:3128");
/// let proxy: sockeye::Proxy = "socks5://127.0.0.1".parse()?;
/// assert_eq!(proxy.to_string(), "socks5://127.0.0.1:1080");
/// # Ok::<(), sockeye::UrlError>(())
/// ```
///
/// The schemes are `http`, `https`, `socks5` and `socks5h`. Names are resolved by the proxy, always. Where no port is
/// said, it is 80, 443 or 1080. Userinfo becomes the login, and is not printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Proxy {
    speaks: Speaks,
    host: String,
    port: u16,
    login: Option<Login>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Speaks {
    Http(Security),
    Socks5,
}

impl FromStr for Proxy {
    type Err = UrlError;

    fn from_str(text: &str) -> Result<Self, UrlError> {
        let Url { scheme, login, host, port, path: _ } = Url::parse(text)?;
        let (speaks, default_port) = match scheme.as_str() {
            "http" => (Speaks::Http(Security::Plain), 80),
            "https" => (Speaks::Http(Security::Tls), 443),
            "socks5" | "socks5h" => (Speaks::Socks5, 1080),
            _ => {
                let expected = "http, https, socks5 or socks5h for a proxy";
                return Err(UrlError::Scheme { expected, got: scheme });
            }
        };
        Ok(Self { speaks, host, port: port.unwrap_or(default_port), login })
    }
}

impl fmt::Display for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = match self.speaks {
            Speaks::Http(Security::Plain) => "http",
            Speaks::Http(Security::Tls) => "https",
            Speaks::Socks5 => "socks5",
        };
        write!(f, "{scheme}://{}:{}", bracketed(&self.host), self.port)
    }
}

impl fmt::Debug for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Proxy({self})")
    }
}

impl Proxy {
    /// What the process's environment says for a target, if anything.
    pub(super) fn of_environment(target: &Target) -> Result<Option<Self>, ProxyError> {
        environment::proxy(target, |name| std::env::var(name).ok())
    }

    /// A stream to the target, through this proxy.
    pub(super) async fn reach(&self, target: &Target, tls: &Tls) -> Result<Io, ConnectError> {
        let mut io = Io::from(dial::dial(&self.host, self.port).await?);
        match self.speaks {
            Speaks::Socks5 => socks5::reach(&mut io, target, self.login.as_ref()).await?,
            Speaks::Http(Security::Plain) => {
                connect::reach(&mut io, target, self.login.as_ref()).await?;
            }
            Speaks::Http(Security::Tls) => {
                (io, _) = tls.connect(io, &self.host, Versions::Http11).await?;
                connect::reach(&mut io, target, self.login.as_ref()).await?;
            }
        }
        Ok(io)
    }
}
