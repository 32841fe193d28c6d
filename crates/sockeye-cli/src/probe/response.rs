//! `Response`: the head of what the server answers a request.

use std::{fmt, time::Duration};

use super::{inbox::End, verdict};

/// The head of a response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Response {
    pub(super) status: u16,
    headers: Vec<(String, String)>,
}

impl Response {
    /// Reads a head without its empty line; none when it is no head of HTTP/1.
    pub(super) fn parse(head: &[u8]) -> Option<Self> {
        let head = String::from_utf8_lossy(head);
        let mut lines = head.split("\r\n");
        let (version, rest) = lines.next()?.split_once(' ')?;
        let status = rest.split(' ').next()?.parse().ok()?;
        let header = |line: &str| {
            let (name, value) = line.split_once(':')?;
            Some((name.to_ascii_lowercase(), value.trim().to_owned()))
        };
        let headers = lines.map(header).collect::<Option<_>>()?;
        version.starts_with("HTTP/1.").then_some(Self { status, headers })
    }

    /// The values of a header, whose name is given in lower case, as one list.
    pub(super) fn header(&self, name: &str) -> Option<String> {
        let values = self.headers.iter().filter(|(other, _)| other == name);
        let values = values.map(|(_, value)| value.as_str()).collect::<Vec<_>>();
        (!values.is_empty()).then(|| values.join(", "))
    }

    /// Whether one of a header's members is this one, in any case.
    pub(super) fn has_token(&self, name: &str, token: &str) -> bool {
        let value = self.header(name).unwrap_or_default();
        value.split(',').any(|member| member.trim().eq_ignore_ascii_case(token))
    }

    /// The parameters of permessage-deflate as it was agreed on.
    pub(super) fn deflate(&self) -> Option<Vec<(String, Option<String>)>> {
        let value = self.header("sec-websocket-extensions")?;
        let mut parts = value.split(',').next()?.split(';').map(str::trim);
        let parameter = |text: &str| match text.split_once('=') {
            Some((name, value)) => {
                (name.trim().to_owned(), Some(value.trim().trim_matches('"').to_owned()))
            }
            None => (text.to_owned(), None),
        };
        parts.next().filter(|name| *name == "permessage-deflate")?;
        Some(parts.map(parameter).collect())
    }
}

/// What comes of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Reply {
    Response(Response),
    /// The stream ended without one.
    End(End),
    /// Nothing came within this time.
    Nothing(Duration),
}

impl fmt::Display for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Response(response) => write!(f, "status {}", response.status),
            Self::End(End::Nonsense) => End::Nonsense.fmt(f),
            Self::End(end) => write!(f, "{end} without a response"),
            Self::Nothing(time) => f.write_str(&verdict::nothing_within(*time)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Response;

    #[test]
    fn a_head_is_taken_apart() {
        let head = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade:websocket\r\nConnection: a\r\nconnection: Upgrade \r\n\
            Sec-WebSocket-Extensions: permessage-deflate; a=\"1\" ;b";
        let response = Response::parse(head).expect("a head");
        assert_eq!(response.status, 101);
        assert_eq!(response.header("upgrade").as_deref(), Some("websocket"));
        assert_eq!(response.header("connection").as_deref(), Some("a, Upgrade"));
        assert!(response.has_token("connection", "upgrade"));
        assert_eq!(response.header("date"), None);
        let parameters = vec![("a".into(), Some("1".into())), ("b".into(), None)];
        assert_eq!(response.deflate(), Some(parameters));
    }

    #[test]
    fn what_is_no_head_is_none() {
        for head in ["", "HTTP/1.1", "HTTP/2 200", "HTTP/1.1 abc", "HTTP/1.1 200 OK\r\nno colon"] {
            assert_eq!(Response::parse(head.as_bytes()), None, "{head}");
        }
    }
}
