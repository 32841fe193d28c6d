//! Edits of the headers of a valid request or response, as a script wants them.

use http::{HeaderMap, HeaderName, HeaderValue};

use crate::script::Script;

/// The headers that a handshake or the reading of a body turns on.
const NAMES: [&str; 19] = [
    "host",
    "upgrade",
    "connection",
    "origin",
    "sec-websocket-key",
    "sec-websocket-version",
    "sec-websocket-protocol",
    "sec-websocket-extensions",
    "sec-websocket-accept",
    "content-length",
    "transfer-encoding",
    "sec-websocket-key1",
    "sec-websocket-key2",
    "sec-websocket-origin",
    "sec-websocket-location",
    "cookie",
    "x-forwarded-for",
    "expect",
    "te",
];

/// Changes some headers: each change takes one away, sets one or adds one.
pub(crate) fn edit(headers: &mut HeaderMap, script: &mut Script<'_>) {
    for _ in 0..script.byte() % 5 {
        let (change, name) = (script.byte(), HeaderName::from_static(script.pick(&NAMES)));
        // What a reader gives has no white space around it.
        let mut value = || HeaderValue::from_bytes(script.bytes().trim_ascii()).ok();
        match change % 4 {
            0 => drop(headers.remove(name)),
            1 => drop(value().map(|value| headers.insert(name, value))),
            2 => drop(value().map(|value| headers.append(name, value))),
            _ => repeat(headers, &name),
        }
    }
}

fn repeat(headers: &mut HeaderMap, name: &HeaderName) {
    if let Some(value) = headers.get(name).cloned() {
        headers.append(name.clone(), value);
    }
}
