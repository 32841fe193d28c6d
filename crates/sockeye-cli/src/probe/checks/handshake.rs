//! A right request: all its forms are accepted, and the answer is the right one.

use super::super::{
    check::Check,
    question::accepts,
    request::{ACCEPT, KEY, OTHER_ACCEPT, OTHER_KEY, Request},
    response::{Reply, Response},
    server::{Server, Trouble},
    verdict::Verdict,
};

pub(super) const CHECKS: &[Check] = &[
    Check::must(
        "accept-value",
        "RFC 6455 4.2.2",
        "the key is answered with its accept value",
        |server| Box::pin(accept_value(server)),
    ),
    Check::must(
        "upgrade-answered",
        "RFC 6455 4.2.2",
        "the response has Upgrade: websocket and Connection: Upgrade",
        |server| Box::pin(upgrade_answered(server)),
    ),
    Check::must(
        "nothing-unasked",
        "RFC 6455 4.2.2",
        "no subprotocol and no extension is chosen where none was offered",
        |server| Box::pin(nothing_unasked(server)),
    ),
    Check::must(
        "subprotocol-offered",
        "RFC 6455 4.2.2",
        "a subprotocol that is chosen was offered",
        |server| Box::pin(subprotocol_offered(server)),
    ),
    Check::must(
        "any-case",
        "RFC 6455 4.2.1",
        "names of headers, and the values of Upgrade and Connection, count in any case",
        |server| {
            let request = server.request().with_headers(|header| match header.split_once(':') {
                Some((name @ ("Upgrade" | "Connection"), value)) => {
                    format!("{}:{}", name.to_uppercase(), value.to_uppercase())
                }
                Some((name, value)) => format!("{}:{value}", name.to_lowercase()),
                None => header.to_owned(),
            });
            Box::pin(accepts(server, request))
        },
    ),
    Check::must(
        "any-space",
        "RFC 9112 5.1",
        "there may be any white space around a value, and none",
        |server| {
            let request = server.request().with_headers(|header| match header.split_once(':') {
                Some((name @ "Upgrade", value)) => format!("{name}:{}", value.trim()),
                Some((name, value)) => format!("{name}: \t{} \t", value.trim()),
                None => header.to_owned(),
            });
            Box::pin(accepts(server, request))
        },
    ),
    Check::must(
        "connection-list",
        "RFC 6455 4.2.1",
        "Connection is a list, in one line or in several",
        |server| Box::pin(connection_list(server)),
    ),
    Check::must(
        "absolute-target",
        "RFC 9112 3.2.2",
        "the target of a request may be a whole URL",
        |server| {
            let request = server.request().with_absolute_target(server.target());
            Box::pin(accepts(server, request))
        },
    ),
];

async fn accepted(server: &Server, request: Request) -> Result<Response, Trouble> {
    match server.exchange(request).await? {
        (_, Reply::Response(response)) if response.status == 101 => Ok(response),
        (_, reply) => Err(Trouble::Unopened(reply)),
    }
}

async fn accept_value(server: Server) -> Result<Verdict, Trouble> {
    for (key, expected) in [(KEY, ACCEPT), (OTHER_KEY, OTHER_ACCEPT)] {
        let request = server.request().with_instead("Sec-WebSocket-Key", key);
        let got = accepted(&server, request).await?.header("sec-websocket-accept");
        if got.as_deref() != Some(expected) {
            let expected = format!("Sec-WebSocket-Accept: {expected}");
            return Ok(Verdict::failed(expected, told(got.as_deref())));
        }
    }
    Ok(Verdict::Passed)
}

async fn upgrade_answered(server: Server) -> Result<Verdict, Trouble> {
    let response = accepted(&server, server.request()).await?;
    for (name, token) in [("upgrade", "websocket"), ("connection", "upgrade")] {
        if !response.has_token(name, token) {
            let got = told(response.header(name).as_deref());
            return Ok(Verdict::failed(format!("{name}: {token}"), got));
        }
    }
    Ok(Verdict::Passed)
}

async fn nothing_unasked(server: Server) -> Result<Verdict, Trouble> {
    let response = accepted(&server, server.request()).await?;
    for name in ["sec-websocket-protocol", "sec-websocket-extensions"] {
        if let Some(value) = response.header(name) {
            return Ok(Verdict::failed(format!("no {name}"), told(Some(&value))));
        }
    }
    Ok(Verdict::Passed)
}

/// Whoever has no subprotocol in common may go on without, or refuse.
async fn subprotocol_offered(server: Server) -> Result<Verdict, Trouble> {
    const OFFER: [&str; 2] = ["probe.one", "probe.two"];
    let request = server.request().with_instead("Sec-WebSocket-Protocol", &OFFER.join(", "));
    let (_, reply) = server.exchange(request).await?;
    let Reply::Response(response) = reply else { return Err(Trouble::Unopened(reply)) };
    Ok(match response.header("sec-websocket-protocol") {
        Some(chosen) if response.status == 101 && !OFFER.contains(&chosen.as_str()) => {
            Verdict::failed("probe.one, probe.two or none", told(Some(&chosen)))
        }
        _ => Verdict::Passed,
    })
}

async fn connection_list(server: Server) -> Result<Verdict, Trouble> {
    let list = server.request().with_instead("Connection", "keep-alive, Upgrade");
    let lines =
        server.request().with_instead("Connection", "keep-alive").with("Connection: Upgrade");
    let one = accepts(server.clone(), list).await?.of("a list in one line");
    Ok(one.and(accepts(server, lines).await?.of("a list in two lines")))
}

/// What the server wrote might drive a terminal.
fn told(value: Option<&str>) -> String {
    value.map_or_else(|| "none".into(), |value| format!("{value:?}"))
}
