//! The host that a request is meant for: `Host`, or the authority of its target (RFC 9110 7.2).

use std::{borrow::Cow, fmt, net::Ipv6Addr};

/// A host and the port with it, if one was said.
///
/// The name is in lower case. Nothing is resolved, and a trailing dot is kept: browsers take it for another host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Host {
    name: String,
    port: Option<u16>,
}

impl Host {
    /// `uri-host [ ":" port ]` of RFC 9110 7.2, with no more than names, IPv4 and IPv6 addresses need.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (name, port) = match text.strip_prefix('[') {
            Some(rest) => {
                let (address, rest) = rest.split_once(']')?;
                address.parse::<Ipv6Addr>().ok()?;
                (
                    Cow::Owned(format!("[{address}]")),
                    rest.strip_prefix(':').or(rest.is_empty().then_some(""))?,
                )
            }
            None => {
                let (name, port) = text.split_once(':').unwrap_or((text, ""));
                (Cow::Borrowed(name), port)
            }
        };
        let is_name =
            |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~');
        if !name.starts_with('[') && (name.is_empty() || !name.bytes().all(is_name)) {
            return None;
        }
        let port = match port {
            "" => None,
            digits if digits.bytes().all(|byte| byte.is_ascii_digit()) => {
                Some(digits.parse::<u16>().ok()?)
            }
            _ => return None,
        };
        Some(Self { name: name.to_ascii_lowercase(), port })
    }

    /// The name or address, an IPv6 address in its brackets.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The port, if one was said.
    #[must_use]
    pub fn port(&self) -> Option<u16> {
        self.port
    }

    /// The same host without the port that its scheme implies.
    pub(crate) fn without_default_port(self, scheme: &str) -> Self {
        Self { port: self.port_beside_default(scheme), ..self }
    }

    /// Whether they are the same without the port that the scheme implies.
    pub(crate) fn is_same(&self, other: &Self, scheme: &str) -> bool {
        self.name == other.name
            && self.port_beside_default(scheme) == other.port_beside_default(scheme)
    }

    fn port_beside_default(&self, scheme: &str) -> Option<u16> {
        self.port.filter(|port| default_port(scheme) != Some(*port))
    }
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)?;
        self.port.map_or(Ok(()), |port| write!(f, ":{port}"))
    }
}

fn default_port(scheme: &str) -> Option<u16> {
    match scheme {
        "http" | "ws" => Some(80),
        "https" | "wss" => Some(443),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::Host;

    fn check(text: &str, expected: Option<&str>) {
        let host = Host::parse(text).map(|host| host.to_string());
        assert_eq!(host.as_deref(), expected, "{text}");
    }

    #[test]
    fn a_host_is_a_name_or_an_address_with_or_without_a_port() {
        check("example.com", Some("example.com"));
        check("EXAMPLE.com:8080", Some("example.com:8080"));
        check("example.com:", Some("example.com"));
        check("example.com.", Some("example.com."));
        check("my_device-1", Some("my_device-1"));
        check("127.0.0.1:65535", Some("127.0.0.1:65535"));
        check("[::1]", Some("[::1]"));
        check("[2001:DB8::1]:443", Some("[2001:db8::1]:443"));
    }

    #[test]
    fn anything_else_is_no_host() {
        for wrong in [
            "",
            ":80",
            "user@example.com",
            "example.com/path",
            "example.com:80:80",
            "example.com:99999",
            "example.com:+80",
            "example.com:8o",
            "a,b",
            "a b",
            "ex\u{e4}mple.com",
            "[::1",
            "[]",
            "[::1]80",
            "[::1]:x",
            "[example.com]",
            "::1",
        ] {
            check(wrong, None);
        }
    }
}
