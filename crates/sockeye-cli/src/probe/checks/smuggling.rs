//! What comes with a request, and must not be taken for another one.

use super::super::{
    check::Check,
    question::{Wanted, refuses},
    request::Request,
    server::{Server, Trouble},
    verdict::{self, Verdict},
};

pub(super) const CHECKS: &[Check] = &[
    Check::must(
        "body-is-no-request",
        "RFC 9112 6.3",
        "the body of a request is not answered as a request",
        |server| Box::pin(body_is_no_request(server)),
    ),
    Check::hardening(
        "refusal-ends-stream",
        "RFC 9112 9.6",
        "after a refused upgrade the stream ends, and nothing behind it is answered",
        |server| Box::pin(refusal_ends_stream(server)),
    ),
    Check::hardening(
        "upgrade-with-body",
        "RFC 9110 9.3.1",
        "a request for a WebSocket that has a body is refused",
        |server| {
            let right = server.request();
            let length = right.clone().with("Content-Length: 5");
            let chunked = right.with("Transfer-Encoding: chunked");
            Box::pin(refuses(server, Wanted::NoWebSocket, [length, chunked]))
        },
    ),
    Check::hardening(
        "two-lengths",
        "RFC 9112 6.3",
        "a request with two lengths, or with a length and a coding, is refused",
        |server| {
            let right = server.request().with("Content-Length: 0");
            let other = right.clone().with("Content-Length: 5");
            let coding = right.with("Transfer-Encoding: chunked");
            Box::pin(refuses(server, Wanted::NoWebSocket, [other, coding]))
        },
    ),
];

/// One that is refused everywhere.
fn refused(server: &Server) -> Request {
    server.request().with_instead("Sec-WebSocket-Version", "12")
}

fn hidden(server: &Server) -> String {
    server.request().without("Upgrade").without("Connection").with("Connection: close").to_string()
}

async fn body_is_no_request(server: Server) -> Result<Verdict, Trouble> {
    let body = hidden(&server);
    let head = refused(&server).with(format!("Content-Length: {}", body.len()));
    let mut wire = server.connect().await?;
    wire.send(format!("{head}{body}").as_bytes()).await;
    wire.end_within(server.patience()).await;
    Ok(match responses(wire.unread()) {
        0 | 1 => Verdict::Passed,
        more => Verdict::failed("one response", format!("{more}")),
    })
}

async fn refusal_ends_stream(server: Server) -> Result<Verdict, Trouble> {
    let mut wire = server.connect().await?;
    wire.send(format!("{}{}", refused(&server), hidden(&server)).as_bytes()).await;
    let end = wire.end_within(server.patience()).await;
    let expected = "one response and the end of the stream";
    Ok(match (responses(wire.unread()), end) {
        (0 | 1, Some(_)) => Verdict::Passed,
        (0 | 1, None) => Verdict::failed(expected, verdict::no_end_within(server.patience())),
        (more, _) => Verdict::failed(expected, format!("{more} responses")),
    })
}

fn responses(bytes: &[u8]) -> usize {
    bytes.windows(9).filter(|window| *window == b"HTTP/1.1 " || *window == b"HTTP/1.0 ").count()
}
