//! A wrong request: it does not become a WebSocket.

use super::super::{
    check::Check,
    question::{Wanted, judge_refusal, refuses},
    request::KEY,
    response::Reply,
    server::{Server, Trouble},
    verdict::Verdict,
};

pub(super) const CHECKS: &[Check] = &[
    Check::must(
        "no-upgrade",
        "RFC 6455 4.2.1",
        "a request without Upgrade: websocket is refused",
        |server| {
            let right = server.request();
            let other = right.clone().with_instead("Upgrade", "h2c");
            Box::pin(refuses(server, Wanted::Response, [right.without("Upgrade"), other]))
        },
    ),
    Check::must(
        "no-connection",
        "RFC 6455 4.2.1",
        "a request without Connection: Upgrade is refused",
        |server| {
            let right = server.request();
            let other = right.clone().with_instead("Connection", "keep-alive");
            Box::pin(refuses(server, Wanted::Response, [right.without("Connection"), other]))
        },
    ),
    Check::must(
        "no-key",
        "RFC 6455 4.2.1",
        "a request without Sec-WebSocket-Key is refused",
        |server| {
            let request = server.request().without("Sec-WebSocket-Key");
            Box::pin(refuses(server, Wanted::Response, [request]))
        },
    ),
    Check::must(
        "wrong-key",
        "RFC 6455 4.2.1",
        "a Sec-WebSocket-Key of other than 16 bytes in base64 is refused",
        |server| {
            let right = server.request();
            let keys = [
                "",
                "dGhlIHNhbXBsZSBub25j",
                "dGhlIHNhbXBsZSBub25jZSE=",
                "?GhlIHNhbXBsZSBub25jZQ==",
            ];
            let requests = keys.map(|key| right.clone().with_instead("Sec-WebSocket-Key", key));
            Box::pin(refuses(server, Wanted::Response, requests))
        },
    ),
    Check::must(
        "no-version",
        "RFC 6455 4.2.1",
        "a request without Sec-WebSocket-Version is refused",
        |server| {
            let request = server.request().without("Sec-WebSocket-Version");
            Box::pin(refuses(server, Wanted::Response, [request]))
        },
    ),
    Check::must(
        "other-version",
        "RFC 6455 4.2.2",
        "another Sec-WebSocket-Version than 13 is refused",
        |server| {
            // Not those of drafts, which some servers still speak.
            let right = server.request();
            let requests = ["12", "14", "130"]
                .map(|version| right.clone().with_instead("Sec-WebSocket-Version", version));
            Box::pin(refuses(server, Wanted::Response, requests))
        },
    ),
    Check::must(
        "version-told",
        "RFC 6455 4.4",
        "who asks for another version is told which one is spoken",
        |server| Box::pin(version_told(server)),
    ),
    Check::must("other-method", "RFC 6455 4.2.1", "another method than GET is refused", |server| {
        let request = server.request().with_method("POST");
        Box::pin(refuses(server, Wanted::Response, [request]))
    }),
    Check::must("old-http", "RFC 6455 4.2.1", "HTTP/1.0 is refused", |server| {
        let request = server.request().with_version("HTTP/1.0");
        Box::pin(refuses(server, Wanted::Response, [request]))
    }),
    Check::must("no-host", "RFC 9112 3.2", "a request without Host gets 400", |server| {
        let request = server.request().without("Host");
        Box::pin(refuses(server, Wanted::Status(400), [request]))
    }),
    Check::must("two-hosts", "RFC 9112 3.2", "a request with two Hosts gets 400", |server| {
        let request = server.request().with("Host: other.example");
        Box::pin(refuses(server, Wanted::Status(400), [request]))
    }),
    Check::hardening(
        "two-keys",
        "RFC 6455 11.3.1",
        "a request with two keys is refused",
        |server| {
            let request = server.request().with(format!("Sec-WebSocket-Key: {KEY}"));
            Box::pin(refuses(server, Wanted::NoWebSocket, [request]))
        },
    ),
    Check::hardening(
        "two-versions",
        "RFC 6455 11.3.5",
        "a request with two versions is refused",
        |server| {
            let request = server.request().with("Sec-WebSocket-Version: 13");
            Box::pin(refuses(server, Wanted::NoWebSocket, [request]))
        },
    ),
    Check::must(
        "wrong-extensions",
        "RFC 6455 9.1",
        "extensions outside their grammar are refused",
        |server| Box::pin(wrong_extensions(server)),
    ),
    Check::hardening(
        "wrong-subprotocols",
        "RFC 6455 4.1",
        "subprotocols that are no tokens are refused",
        |server| {
            let request = server.request().with_instead("Sec-WebSocket-Protocol", "a b, \"c");
            Box::pin(refuses(server, Wanted::NoWebSocket, [request]))
        },
    ),
    Check::hardening(
        "foreign-origin",
        "RFC 6455 10.2",
        "a page of another site is refused",
        |server| Box::pin(foreign_origin(server)),
    ),
];

async fn version_told(server: Server) -> Result<Verdict, Trouble> {
    let request = server.request().with_instead("Sec-WebSocket-Version", "12");
    let (_, reply) = server.exchange(request).await?;
    let Reply::Response(response) = reply else {
        return Ok(judge_refusal(Wanted::Status(426), reply));
    };
    if response.status != 101 && response.has_token("sec-websocket-version", "13") {
        return Ok(Verdict::Passed);
    }
    let got = response.header("sec-websocket-version");
    let got = format!("status {}, Sec-WebSocket-Version {got:?}", response.status);
    Ok(Verdict::failed("a refusal with Sec-WebSocket-Version: 13", got))
}

/// Whoever negotiates no extensions need not read what is offered.
async fn wrong_extensions(server: Server) -> Result<Verdict, Trouble> {
    server.open_deflate().await?;
    let right = server.request();
    let offers = ["a; b=\"c", "a b", "; a", "a; =b"];
    let requests =
        offers.map(|offer| right.clone().with_instead("Sec-WebSocket-Extensions", offer));
    refuses(server, Wanted::Response, requests).await
}

async fn foreign_origin(server: Server) -> Result<Verdict, Trouble> {
    if server.told().any_origin {
        return Err(Trouble::Lacking("--any-origin says that it is meant to be accepted".into()));
    }
    let request = server.request().with_instead("Origin", "https://other.example");
    refuses(server, Wanted::NoWebSocket, [request]).await
}
