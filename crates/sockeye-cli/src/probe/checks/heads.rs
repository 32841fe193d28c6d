//! A head that two readers would read in two ways, or that has no end.

use super::super::{
    check::Check,
    question::{Wanted, judge_refusal, refuses},
    server::{Server, Trouble},
    verdict::Verdict,
};

pub(super) const CHECKS: &[Check] = &[
    Check::must(
        "space-before-colon",
        "RFC 9112 5.1",
        "white space between a name and its colon gets 400",
        |server| {
            let request = server.request().with("X-Probe : a");
            Box::pin(refuses(server, Wanted::Status(400), [request]))
        },
    ),
    Check::hardening("folded-line", "RFC 9112 5.2", "a folded line is refused", |server| {
        let request = server.request().with("X-Probe: a\r\n b");
        Box::pin(refuses(server, Wanted::NoWebSocket, [request]))
    }),
    Check::hardening(
        "control-in-value",
        "RFC 9110 5.5",
        "NUL and a bare CR in a value are refused",
        |server| {
            let requests =
                ["a\0b", "a\rb"].map(|value| server.request().with(format!("X-Probe: {value}")));
            Box::pin(refuses(server, Wanted::NoWebSocket, requests))
        },
    ),
    Check::hardening("bare-line-feed", "RFC 9112 2.2", "lines without CR are refused", |server| {
        Box::pin(bare_line_feed(server))
    }),
    Check::hardening("many-headers", "RFC 6585 5", "ten thousand headers are refused", |server| {
        let request = (0..10_000).fold(server.request(), |request, _| request.with("X-Probe: a"));
        Box::pin(refuses(server, Wanted::NoWebSocket, [request]))
    }),
    Check::hardening("long-header", "RFC 6585 5", "a header of 1 MiB is refused", |server| {
        let request = server.request().with(format!("X-Probe: {}", "a".repeat(1 << 20)));
        Box::pin(refuses(server, Wanted::NoWebSocket, [request]))
    }),
];

async fn bare_line_feed(server: Server) -> Result<Verdict, Trouble> {
    let head = server.request().to_string().replace("\r\n", "\n");
    let (_, reply) = server.exchange(head).await?;
    Ok(judge_refusal(Wanted::NoWebSocket, reply))
}
