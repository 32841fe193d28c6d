//! `Proxies`: whose word is taken for whom a request comes from (RFC 7239, and the headers before it).
//!
//! A header that anybody can send is believed only from a network that was named, and only the one header that was
//! named: a proxy that writes the one may pass on whatever a client wrote into the other.

use std::net::{IpAddr, SocketAddr};

use http::{HeaderMap, HeaderName, HeaderValue, Request, Uri, Version, header, uri::Authority};

use super::{Network, Peer, peer::Scheme};

/// Proxies that are believed when they tell whom a request comes from.
///
/// ```
/// use sockeye::Proxies;
///
/// let proxies = Proxies::x_forwarded(["127.0.0.0/8".parse()?, "fd00::/8".parse()?]);
/// # Ok::<(), sockeye::InvalidNetwork>(())
/// ```
#[derive(Clone, Debug)]
pub struct Proxies {
    networks: Vec<Network>,
    told_by: ToldBy,
}

#[derive(Clone, Copy, Debug)]
enum ToldBy {
    XForwarded,
    Forwarded,
}

/// What a proxy told about the request that it passed on.
#[derive(Debug, Default)]
struct Told {
    from: Option<SocketAddr>,
    scheme: Option<Scheme>,
    host: Option<HeaderValue>,
}

impl Proxies {
    /// Proxies in these networks, or at the other end of a Unix socket, that set `X-Forwarded-For`, and
    /// `X-Forwarded-Proto` and `X-Forwarded-Host` where these are there.
    pub fn x_forwarded(networks: impl IntoIterator<Item = Network>) -> Self {
        Self { networks: networks.into_iter().collect(), told_by: ToldBy::XForwarded }
    }

    /// Proxies in these networks, or at the other end of a Unix socket, that set `Forwarded` (RFC 7239).
    pub fn forwarded(networks: impl IntoIterator<Item = Network>) -> Self {
        Self { networks: networks.into_iter().collect(), told_by: ToldBy::Forwarded }
    }

    /// Whether what comes from there is believed; a Unix socket has no address.
    pub(super) fn trust(&self, address: Option<IpAddr>) -> bool {
        address.is_none_or(|ip| self.networks.iter().any(|network| network.contains(ip)))
    }

    /// Puts the client in the place of the proxy, and the host that it asked for in the place of `Host`.
    pub(super) fn apply<B>(&self, peer: Peer, request: &mut Request<B>) -> Peer {
        if !self.trust(peer.ip()) {
            return peer;
        }
        let told = match self.told_by {
            ToldBy::XForwarded => self.x_forwarded_headers(request.headers()),
            ToldBy::Forwarded => self.forwarded_header(request.headers()),
        };
        if let Some(host) = told.host {
            set_host(request, host);
        }
        Peer { address: told.from.or(peer.address), scheme: told.scheme.unwrap_or(peer.scheme) }
    }

    fn x_forwarded_headers(&self, headers: &HeaderMap) -> Told {
        let list = elements(headers, &HeaderName::from_static("x-forwarded-for"));
        let nearest = |name| elements(headers, &HeaderName::from_static(name)).pop();
        Told {
            from: self.client(list.iter().map(|element| node(element))),
            scheme: nearest("x-forwarded-proto").and_then(|scheme| Scheme::parse(&scheme)),
            host: nearest("x-forwarded-host").and_then(|host| HeaderValue::from_str(&host).ok()),
        }
    }

    fn forwarded_header(&self, headers: &HeaderMap) -> Told {
        let list = elements(headers, &header::FORWARDED);
        let from = |element: &String| pair(element, "for").and_then(|value| node(&value));
        let nearest = |name| list.last().and_then(|element| pair(element, name));
        Told {
            from: self.client(list.iter().map(from)),
            scheme: nearest("proto").and_then(|scheme| Scheme::parse(&scheme)),
            host: nearest("host").and_then(|host| HeaderValue::from_str(&host).ok()),
        }
    }

    /// Each proxy appends whom it was asked by, so the list is read from its end: the first who is no proxy of ours is
    /// the client. What stands before him is what he says himself.
    fn client(
        &self,
        nodes: impl DoubleEndedIterator<Item = Option<SocketAddr>>,
    ) -> Option<SocketAddr> {
        let mut client = None;
        for node in nodes.rev() {
            // Somebody unknown: he who asked after him is as near as we come.
            let Some(node) = node else { break };
            client = Some(node);
            if !self.trust(Some(node.ip())) {
                break;
            }
        }
        client
    }
}

/// The host of the target counts before `Host`, and over HTTP/2 there is no other.
fn set_host<B>(request: &mut Request<B>, host: HeaderValue) {
    let mut target = request.uri().clone().into_parts();
    if target.authority.is_some() {
        target.authority = Authority::try_from(host.as_bytes()).ok();
        if let Ok(uri) = Uri::from_parts(target) {
            *request.uri_mut() = uri;
        }
    }
    if request.version() < Version::HTTP_2 || request.headers().contains_key(header::HOST) {
        request.headers_mut().insert(header::HOST, host);
    }
}

/// The elements of a list, over all its lines; a comma in quotes is none.
fn elements(headers: &HeaderMap, name: &HeaderName) -> Vec<String> {
    let lines = headers.get_all(name).iter().filter_map(|line| line.to_str().ok());
    lines.flat_map(|line| split(line, ',')).collect()
}

fn split(text: &str, separator: char) -> Vec<String> {
    let mut quoted = false;
    let parts = text.split(|next| {
        quoted ^= next == '"';
        next == separator && !quoted
    });
    parts.map(|part| part.trim().to_owned()).collect()
}

/// A value of an element of `Forwarded`, without its quotes.
fn pair(element: &str, name: &str) -> Option<String> {
    split(element, ';').iter().find_map(|pair| {
        let (key, value) = pair.split_once('=')?;
        key.eq_ignore_ascii_case(name).then(|| value.trim_matches('"').to_owned())
    })
}

/// An address, with a port or without; names and obfuscated ones are nobody (RFC 7239 6).
fn node(text: &str) -> Option<SocketAddr> {
    let bare = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text);
    let address = bare.parse::<IpAddr>().map(|ip| SocketAddr::new(ip, 0));
    address.ok().or_else(|| text.parse().ok())
}

#[cfg(test)]
mod tests {
    use http::Request;

    use super::{Peer, Proxies, Scheme};

    fn check(proxies: Proxies, peer: &str, headers: &[(&str, &str)], expected: &str) {
        let mut request = Request::new(());
        request.headers_mut().insert("host", "inner".parse().expect("a host"));
        for (name, value) in headers {
            let name = name.parse::<http::HeaderName>().expect("a name");
            request.headers_mut().append(name, value.parse().expect("a value"));
        }
        let address = Some(peer.parse().expect("an address"));
        let peer = proxies.apply(Peer { address, scheme: Scheme::Http }, &mut request);
        let ip = peer.ip().expect("an address");
        let host = request.headers()["host"].to_str().expect("ASCII");
        let told = format!("{ip} {host}{}", if peer.is_secure() { " secure" } else { "" });
        assert_eq!(told, expected, "{headers:?}");
    }

    fn x_forwarded() -> Proxies {
        Proxies::x_forwarded(["10.0.0.0/8".parse().expect("a network")])
    }

    fn forwarded() -> Proxies {
        Proxies::forwarded(["10.0.0.0/8".parse().expect("a network")])
    }

    #[test]
    fn a_proxy_is_believed_and_a_stranger_is_not() {
        let headers = [("x-forwarded-for", "203.0.113.9"), ("x-forwarded-host", "example.com")];
        check(x_forwarded(), "10.0.0.1:80", &headers, "203.0.113.9 example.com");
        check(x_forwarded(), "192.0.2.1:80", &headers, "192.0.2.1 inner");
        check(forwarded(), "10.0.0.1:80", &headers, "10.0.0.1 inner");
    }

    #[test]
    fn the_last_who_is_no_proxy_is_the_client() {
        let peer = "10.0.0.1:80";
        for (list, client) in [
            ("1.1.1.1, 203.0.113.9", "203.0.113.9"),
            ("1.1.1.1, 203.0.113.9, 10.0.0.2", "203.0.113.9"),
            ("10.0.0.3, 10.0.0.2", "10.0.0.3"),
            ("203.0.113.9, unknown, 10.0.0.2", "10.0.0.2"),
            ("203.0.113.9:4711", "203.0.113.9"),
            ("[2001:db8::1]:4711", "2001:db8::1"),
            ("2001:db8::1", "2001:db8::1"),
            ("", "10.0.0.1"),
            ("nonsense", "10.0.0.1"),
        ] {
            check(x_forwarded(), peer, &[("x-forwarded-for", list)], &format!("{client} inner"));
        }
        let lines = [("x-forwarded-for", "1.1.1.1"), ("x-forwarded-for", "203.0.113.9")];
        check(x_forwarded(), peer, &lines, "203.0.113.9 inner");
    }

    #[test]
    fn the_scheme_and_the_host_are_those_that_the_nearest_proxy_tells() {
        let headers = [("x-forwarded-proto", "http, https"), ("x-forwarded-host", "a, b")];
        check(x_forwarded(), "10.0.0.1:80", &headers, "10.0.0.1 b secure");
        let line = "for=1.1.1.1;proto=http, For=\"[2001:db8::1]:4711\";Proto=https;host=\"a:1\"";
        check(forwarded(), "10.0.0.1:80", &[("forwarded", line)], "2001:db8::1 a:1 secure");
        let hidden = [("forwarded", "for=_hidden, for=\"_a,b\"")];
        check(forwarded(), "10.0.0.1:80", &hidden, "10.0.0.1 inner");
    }
}
