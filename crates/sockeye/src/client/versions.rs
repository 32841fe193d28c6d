//! `Versions`: which versions of HTTP the handshake may travel in.

/// What is asked for. HTTP/1.1 unless the caller says otherwise.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(not(feature = "http2"), expect(dead_code, reason = "nobody can ask for HTTP/2"))]
pub(super) enum Versions {
    #[default]
    Http11,
    /// HTTP/2 where the server chooses it by ALPN.
    Http2OrHttp11,
    /// HTTP/2 without asking.
    Http2,
}

#[cfg(feature = "tls")]
impl Versions {
    /// What is offered by ALPN (RFC 7301), best first.
    pub(super) fn alpn(self) -> Vec<Vec<u8>> {
        let names: &[&[u8]] = match self {
            Self::Http11 => &[b"http/1.1"],
            Self::Http2OrHttp11 => &[b"h2", b"http/1.1"],
            Self::Http2 => &[b"h2"],
        };
        names.iter().map(|name| name.to_vec()).collect()
    }
}
