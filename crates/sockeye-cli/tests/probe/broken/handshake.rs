//! Judges a request, and answers one that is right.

use super::{Fault, head::Head};

/// What a right request is answered with.
pub(super) struct Agreement {
    accept: &'static str,
    subprotocol: Option<String>,
    /// The answer to an offer of permessage-deflate.
    pub(super) deflate: Option<String>,
}

/// The only keys that are asked with, and their accept values.
const KEYS: [(&str, &str); 2] = [
    ("dGhlIHNhbXBsZSBub25jZQ==", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="),
    ("x3JJHMbDL1EzLkh9GBhXDw==", "HSmrc0sMlYUkAGmm5OPpG2HaGWk="),
];

pub(super) fn judge(head: &Head, fault: Fault<'_>) -> Result<Agreement, u16> {
    let only = |name: &str| head.all(name).len() == 1;
    let many = |name: &str| head.all(name).len() > 1;
    let has = |name: &str| !head.all(name).is_empty();
    let key = head.first("Sec-WebSocket-Key");
    let accept = KEYS.iter().find(|(other, _)| *other == key);
    let version = head.first("Sec-WebSocket-Version");
    let connection = head.first("Connection");
    let is_whole_list = connection.eq_ignore_ascii_case("upgrade") && only("Connection");
    let is_coded = has("Transfer-Encoding");
    fault.first_broken(&[
        ("other-method", 405, head.method != "GET"),
        ("old-http", 505, head.version != "HTTP/1.1"),
        ("no-host", 400, !has("Host")),
        ("two-hosts", 400, many("Host")),
        ("two-lengths", 400, many("Content-Length") || is_coded && has("Content-Length")),
        ("no-upgrade", 426, !head.has_token("Upgrade", "websocket")),
        ("no-connection", 426, !head.has_token("Connection", "upgrade")),
        ("no-version", 426, !has("Sec-WebSocket-Version")),
        ("two-versions", 400, many("Sec-WebSocket-Version")),
        ("other-version", 426, version != "13" && !version.is_empty()),
        ("no-key", 400, !has("Sec-WebSocket-Key")),
        ("two-keys", 400, many("Sec-WebSocket-Key")),
        ("wrong-key", 400, accept.is_none() && has("Sec-WebSocket-Key")),
        // After what is wrong by itself, since these faults would hide it.
        ("upgrade-with-body", 400, head.body_len() > 0 && only("Content-Length")),
        ("upgrade-with-body", 400, is_coded && !has("Content-Length")),
        ("wrong-extensions", 400, has(EXTENSIONS) && !is_list(head.first(EXTENSIONS))),
        ("wrong-subprotocols", 400, has(SUBPROTOCOL) && !is_list(head.first(SUBPROTOCOL))),
        ("foreign-origin", 403, has("Origin")),
    ])?;
    if fault.is("connection-list") && !is_whole_list {
        return Err(400);
    }
    if fault.is("absolute-target") && !head.target.starts_with('/') {
        return Err(400);
    }
    Ok(Agreement {
        accept: accept.map_or("", |(_, accept)| accept),
        subprotocol: subprotocol(head, fault),
        deflate: deflate(head, fault),
    })
}

const EXTENSIONS: &str = "Sec-WebSocket-Extensions";
const SUBPROTOCOL: &str = "Sec-WebSocket-Protocol";

/// Whether these are tokens, with parameters that are tokens.
fn is_list(value: &str) -> bool {
    let is_token = |text: &str| {
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
        !text.is_empty() && text.bytes().all(is_plain)
    };
    let parts = value.split([',', ';', '=']).map(str::trim);
    parts.into_iter().all(is_token)
}

fn subprotocol(head: &Head, fault: Fault<'_>) -> Option<String> {
    let offered = head.first(SUBPROTOCOL).split(',').map(str::trim).find(|name| !name.is_empty());
    match offered {
        None => fault.is("nothing-unasked").then(|| "unasked".into()),
        Some(_) if fault.is("subprotocol-offered") => Some("other".into()),
        Some(first) => Some(first.to_owned()),
    }
}

fn deflate(head: &Head, fault: Fault<'_>) -> Option<String> {
    let mut parts = head.first(EXTENSIONS).split(';').map(str::trim);
    parts.next().filter(|name| *name == "permessage-deflate")?;
    let parameters = parts.collect::<Vec<_>>();
    let is_known = |parameter: &&str| match parameter.split_once('=') {
        None => {
            parameter.ends_with("_no_context_takeover") || *parameter == "client_max_window_bits"
        }
        Some((name, bits)) => {
            name.ends_with("_max_window_bits") && ["8", "10", "15"].contains(&bits)
        }
    };
    let repeats = parameters.iter().enumerate().any(|(at, one)| parameters[..at].contains(one));
    if (repeats || !parameters.iter().all(is_known)) && !fault.is("wrong-offer-declined") {
        return None;
    }
    let mut answer = vec!["permessage-deflate"];
    answer.extend(parameters.iter().filter(|parameter| parameter.starts_with("server_")));
    if fault.is("answer-fits-offer") {
        answer.push("client_max_window_bits=15");
    }
    Some(answer.join("; "))
}

impl Agreement {
    pub(super) fn response(&self, fault: Fault<'_>) -> String {
        let accept = if fault.is("accept-value") { KEYS[0].1 } else { self.accept };
        let upgrade = if fault.is("upgrade-answered") { "" } else { "Upgrade: websocket\r\n" };
        let mut response = format!(
            "HTTP/1.1 101 Switching Protocols\r\n{upgrade}Connection: Upgrade\r\nSec-WebSocket-Accept: {accept}\r\n"
        );
        for (name, value) in [(SUBPROTOCOL, &self.subprotocol), (EXTENSIONS, &self.deflate)] {
            if let Some(value) = value {
                response += &format!("{name}: {value}\r\n");
            }
        }
        response + "\r\n"
    }
}
