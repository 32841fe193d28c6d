//! `Request`: a request for a WebSocket, and what can be wrong with it.

use std::fmt;

use super::target::Target;

/// The key of RFC 6455 1.3, and the answer to it.
pub(super) const KEY: &str = "dGhlIHNhbXBsZSBub25jZQ==";
pub(super) const ACCEPT: &str = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

/// Another one, so that an answer which is always the same is found out.
pub(super) const OTHER_KEY: &str = "x3JJHMbDL1EzLkh9GBhXDw==";
pub(super) const OTHER_ACCEPT: &str = "HSmrc0sMlYUkAGmm5OPpG2HaGWk=";

/// A head, line by line.
#[derive(Clone, Debug)]
pub(super) struct Request {
    method: &'static str,
    target: String,
    version: &'static str,
    headers: Vec<String>,
    /// The last thing that was made of the right one.
    change: String,
}

impl Request {
    /// The right one, with headers of the user's.
    pub(super) fn new(target: &Target, own: &[String]) -> Self {
        let right = [
            format!("Host: {}", target.authority()),
            "Upgrade: websocket".into(),
            "Connection: Upgrade".into(),
            format!("Sec-WebSocket-Key: {KEY}"),
            "Sec-WebSocket-Version: 13".into(),
        ];
        let headers = right.iter().chain(own).cloned().collect();
        let change = "the right request".into();
        Self { method: "GET", target: target.path.clone(), version: "HTTP/1.1", headers, change }
    }

    /// What is wrong with it, in words that fit a line.
    pub(super) fn change(&self) -> String {
        self.change.chars().take(60).collect::<String>().escape_debug().to_string()
    }

    pub(super) fn with(mut self, header: impl Into<String>) -> Self {
        let header = header.into();
        self.change.clone_from(&header);
        self.headers.push(header);
        self
    }

    pub(super) fn without(mut self, name: &str) -> Self {
        let is_named = |header: &str| {
            header.split_once(':').is_some_and(|(other, _)| other.eq_ignore_ascii_case(name))
        };
        self.headers.retain(|header| !is_named(header));
        self.change = format!("no {name}");
        self
    }

    /// A header in place of the one of that name, or of none.
    pub(super) fn with_instead(self, name: &str, value: &str) -> Self {
        self.without(name).with(format!("{name}: {value}"))
    }

    pub(super) fn with_method(self, method: &'static str) -> Self {
        Self { method, change: method.into(), ..self }
    }

    pub(super) fn with_version(self, version: &'static str) -> Self {
        Self { version, change: version.into(), ..self }
    }

    /// The target as a whole URL (RFC 9112 3.2.2).
    pub(super) fn with_absolute_target(mut self, target: &Target) -> Self {
        self.target = format!("http://{}{}", target.authority(), target.path);
        self
    }

    /// Each header as `change` would have it.
    pub(super) fn with_headers(mut self, change: impl Fn(&str) -> String) -> Self {
        for header in &mut self.headers {
            *header = change(header);
        }
        self
    }
}

impl fmt::Display for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { method, target, version, headers, .. } = self;
        write!(f, "{method} {target} {version}\r\n")?;
        headers.iter().try_for_each(|header| write!(f, "{header}\r\n"))?;
        f.write_str("\r\n")
    }
}
