//! `Target`: the server that is asked.

use std::{fmt, io, net::SocketAddr};

use http::Uri;

/// Host, port and path, taken out of a URL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Target {
    pub(super) security: Security,
    /// An IPv6 address without its brackets.
    pub(super) host: String,
    port: u16,
    pub(super) path: String,
}

/// Whether TLS comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Security {
    Plain,
    Tls,
}

impl Target {
    /// Says what is wrong with the URL.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let wrong =
            |got: &str| format!("expected a URL such as ws://127.0.0.1:8080/echo, got {got}");
        if text.contains('#') {
            return Err(wrong("a fragment (RFC 6455 3)"));
        }
        let uri: Uri = text.parse().map_err(|_| wrong(&format!("`{text}`")))?;
        let (security, default_port) = match uri.scheme_str() {
            Some("ws" | "http") => (Security::Plain, 80),
            Some("wss" | "https") => (Security::Tls, 443),
            Some(scheme) => return Err(wrong(&format!("the scheme `{scheme}`"))),
            None => return Err(wrong("no scheme")),
        };
        let authority = uri.authority().map_or("", http::uri::Authority::as_str);
        if authority.contains('@') {
            return Err(wrong("a login; send it as --header 'Authorization: …'"));
        }
        let host = uri.host().unwrap_or_default().trim_matches(['[', ']']);
        if host.is_empty() {
            return Err(wrong("no host"));
        }
        let port = uri.port_u16().unwrap_or(default_port);
        let path = uri.path_and_query().map_or("/", http::uri::PathAndQuery::as_str);
        let slash = if path.starts_with('/') { "" } else { "/" };
        Ok(Self { security, host: host.to_owned(), port, path: format!("{slash}{path}") })
    }

    /// The addresses behind the host's name.
    pub(super) async fn addresses(&self) -> io::Result<Vec<SocketAddr>> {
        let addresses = tokio::net::lookup_host((self.host.as_str(), self.port)).await?;
        Ok(addresses.collect())
    }

    /// What the header Host says.
    pub(super) fn authority(&self) -> String {
        let Self { host, port, .. } = self;
        if host.contains(':') { format!("[{host}]:{port}") } else { format!("{host}:{port}") }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = match self.security {
            Security::Plain => "ws",
            Security::Tls => "wss",
        };
        write!(f, "{scheme}://{}{}", self.authority(), self.path)
    }
}

#[cfg(test)]
mod tests {
    use super::Target;

    #[test]
    fn a_url_is_completed_or_told_what_is_wrong() {
        for (url, expected) in [
            ("ws://localhost:80/echo?a=b", Ok("ws://localhost:80/echo?a=b")),
            ("ws://localhost", Ok("ws://localhost:80/")),
            ("https://localhost?x", Ok("wss://localhost:443/?x")),
            ("ws://[::1]:9/", Ok("ws://[::1]:9/")),
            ("localhost:80", Err("no scheme")),
            ("ftp://localhost", Err("the scheme `ftp`")),
            ("ws://localhost/#there", Err("a fragment")),
            ("ws://me:secret@localhost", Err("a login")),
            ("ws://", Err("`ws://`")),
            ("", Err("``")),
        ] {
            match (Target::parse(url).map(|target| target.to_string()), expected) {
                (Ok(target), Ok(expected)) => assert_eq!(target, expected),
                (Err(error), Err(expected)) => assert!(error.contains(expected), "{url}: {error}"),
                (got, _) => panic!("{url}: got {got:?}"),
            }
        }
    }
}
