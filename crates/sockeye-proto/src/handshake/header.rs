//! Headers that a handshake reads and writes by name.

use http::{HeaderMap, HeaderName, HeaderValue, header};

/// How often a header is there that may be there once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Single<'a> {
    Missing,
    Once(&'a HeaderValue),
    Repeated,
}

pub(crate) fn single(headers: &HeaderMap, name: impl header::AsHeaderName) -> Single<'_> {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (None, _) => Single::Missing,
        (Some(value), None) => Single::Once(value),
        (Some(_), Some(_)) => Single::Repeated,
    }
}

/// A header's name as RFC 6455 writes it. Case means nothing, but some small devices compare it.
pub(crate) fn spelling(name: &HeaderName) -> &str {
    match name.as_str() {
        "connection" => "Connection",
        "host" => "Host",
        "origin" => "Origin",
        "sec-websocket-accept" => "Sec-WebSocket-Accept",
        "sec-websocket-extensions" => "Sec-WebSocket-Extensions",
        "sec-websocket-key" => "Sec-WebSocket-Key",
        "sec-websocket-protocol" => "Sec-WebSocket-Protocol",
        "sec-websocket-version" => "Sec-WebSocket-Version",
        "upgrade" => "Upgrade",
        other => other,
    }
}

/// The most of a peer's bytes that an error repeats.
const MAX_QUOTED_BYTES: usize = 64;

/// What a peer sent, in quotes: cut short, and with nothing in it that a terminal or a log would obey.
pub(crate) fn quoted(got: impl AsRef<[u8]>) -> String {
    let got = got.as_ref();
    match got.get(..MAX_QUOTED_BYTES) {
        Some(start) if start.len() < got.len() => format!("\"{}...\"", start.escape_ascii()),
        _ => format!("\"{}\"", got.escape_ascii()),
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderName;

    use super::{quoted, spelling};

    #[test]
    fn what_a_peer_sent_is_quoted_short_and_harmless() {
        assert_eq!(quoted("chat"), "\"chat\"");
        assert_eq!(quoted(b"\x1b[2J\"\xff"), r#""\x1b[2J\"\xff""#);
        assert_eq!(quoted("a".repeat(64)), format!("\"{}\"", "a".repeat(64)));
        assert_eq!(quoted("a".repeat(65)), format!("\"{}...\"", "a".repeat(64)));
    }

    #[test]
    fn a_spelling_changes_nothing_but_the_case() {
        for name in ["connection", "host", "sec-websocket-key", "upgrade", "cookie"] {
            let name = HeaderName::from_static(name);
            assert!(spelling(&name).eq_ignore_ascii_case(name.as_str()), "{name}");
        }
    }
}
