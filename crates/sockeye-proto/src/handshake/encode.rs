//! Heads as HTTP/1.1 writes them.
//!
//! Nothing can be smuggled in: no type of `http` holds a CR, LF or NUL where it would end a line.

use http::{HeaderMap, Request, Response};

use super::header::spelling;

/// The head of a request in bytes, with its target in origin form (RFC 9112 3.2.1); a body is the caller's to append.
///
/// ```
/// use sockeye_proto::handshake::write_request;
///
/// let request = http::Request::get("ws://example.com/chat?room=1").header("host", "example.com").body(())?;
/// assert_eq!(write_request(&request), b"GET /chat?room=1 HTTP/1.1\r\nHost: example.com\r\n\r\n");
/// # Ok::<(), http::Error>(())
/// ```
#[must_use]
pub fn write_request<B>(request: &Request<B>) -> Vec<u8> {
    let target = request.uri().path_and_query().map_or("/", |target| target.as_str());
    // A query may follow the host at once; a target begins with a slash all the same (RFC 9112 3.2.1).
    let slash = if target.starts_with('?') { "/" } else { "" };
    head(&[request.method().as_str(), " ", slash, target, " HTTP/1.1\r\n"], request.headers())
}

/// The head of a response in bytes; a body is the caller's to append.
///
/// ```
/// use sockeye_proto::handshake::write_response;
///
/// let response = http::Response::builder().status(101).header("upgrade", "websocket").body(())?;
/// let bytes = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n";
/// assert_eq!(write_response(&response), bytes);
/// # Ok::<(), http::Error>(())
/// ```
#[must_use]
pub fn write_response<B>(response: &Response<B>) -> Vec<u8> {
    let status = response.status();
    // RFC 9112 4: the space stays where there is no reason phrase.
    let reason = status.canonical_reason().unwrap_or_default();
    head(&["HTTP/1.1 ", status.as_str(), " ", reason, "\r\n"], response.headers())
}

fn head(first_line: &[&str], headers: &HeaderMap) -> Vec<u8> {
    let first = first_line.iter().map(|part| part.len()).sum::<usize>();
    let lines = headers.iter().map(|(name, value)| name.as_str().len() + value.len() + 4);
    let mut bytes = Vec::with_capacity(first + lines.sum::<usize>() + 2);
    first_line.iter().for_each(|part| bytes.extend_from_slice(part.as_bytes()));
    for (name, value) in headers {
        for part in [spelling(name).as_bytes(), b": ", value.as_bytes(), b"\r\n"] {
            bytes.extend_from_slice(part);
        }
    }
    bytes.extend_from_slice(b"\r\n");
    bytes
}
