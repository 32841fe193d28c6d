//! permessage-deflate: what is agreed on, and what may be compressed how.

use super::super::{
    check::Check,
    deflated::Deflated,
    frame::{A_PING, FIRST_OF_TEXT, LAST, RSV1, WHOLE_BINARY, WHOLE_TEXT, frame},
    question::{Setup, fails, lives},
    response::{Reply, Response},
    server::{Server, Trouble},
    verdict::Verdict,
};

pub(super) const CHECKS: &[Check] = &[
    Check::must(
        "wrong-offer-declined",
        "RFC 7692 7.1",
        "an offer with a parameter that is unknown, repeated or out of range is declined",
        |server| Box::pin(wrong_offer_declined(server)),
    ),
    Check::must(
        "answer-fits-offer",
        "RFC 7692 7.1",
        "what is agreed to was offered, and what was asked for is agreed to",
        |server| Box::pin(answer_fits_offer(server)),
    ),
    Check::must(
        "compressed-ping",
        "RFC 7692 6.1",
        "RSV1 on a control frame fails the connection",
        |server| {
            let ping = frame(A_PING | RSV1, b"");
            Box::pin(fails(server, Setup::Deflate, &[1002], [ping]))
        },
    ),
    Check::must(
        "compressed-continuation",
        "RFC 7692 6.1",
        "RSV1 on a continuation fails the connection",
        |server| {
            let first = frame(FIRST_OF_TEXT | RSV1, &Deflated::new().text("Hello").finish());
            let input = [first, frame(LAST | RSV1, b"\0")].concat();
            Box::pin(fails(server, Setup::Deflate, &[1002], [input]))
        },
    ),
    Check::must(
        "wrong-deflate",
        "RFC 7692 6.2",
        "compressed bytes that are none fail the connection",
        |server| {
            // A block of the reserved kind.
            let garbage = frame(WHOLE_BINARY | RSV1, b"\xff\xff\xff\xff");
            Box::pin(fails(server, Setup::Deflate, &[1002, 1003, 1007], [garbage]))
        },
    ),
    Check::must(
        "compressed-not-utf8",
        "RFC 6455 8.1",
        "compressed text that is no UTF-8 fails the connection",
        |server| {
            // A stored block with one byte.
            let text = frame(WHOLE_TEXT | RSV1, b"\x00\x01\x00\xfe\xff\xff\x00");
            Box::pin(fails(server, Setup::Deflate, &[1007], [text]))
        },
    ),
    Check::must(
        "forms-of-deflate",
        "RFC 7692 7.2.3",
        "a message may be a stored block, a final one, several, or left uncompressed",
        |server| Box::pin(forms_of_deflate(server)),
    ),
    Check::must(
        "window-of-compressed",
        "RFC 7692 7.2.2",
        "what was sent uncompressed is no part of the window",
        |server| Box::pin(window_of_compressed(server)),
    ),
];

async fn agreed(server: &Server, offer: &str) -> Result<Reply, Trouble> {
    let request = server.request().with_instead("Sec-WebSocket-Extensions", offer);
    Ok(server.exchange(request).await?.1)
}

async fn wrong_offer_declined(server: Server) -> Result<Verdict, Trouble> {
    server.open_deflate().await?;
    let mut verdict = Verdict::Passed;
    for parameter in [
        "something=1",
        "client_max_window_bits=7",
        "client_max_window_bits=16",
        "server_max_window_bits=010",
        "server_no_context_takeover; server_no_context_takeover",
    ] {
        let reply = agreed(&server, &format!("permessage-deflate; {parameter}")).await?;
        let agreed = matches!(&reply, Reply::Response(response) if response.deflate().is_some());
        if agreed {
            let failed = Verdict::failed("no permessage-deflate", "permessage-deflate");
            verdict = verdict.and(failed.of(parameter));
        }
    }
    Ok(verdict)
}

async fn answer_fits_offer(server: Server) -> Result<Verdict, Trouble> {
    server.open_deflate().await?;
    let mut verdict = Verdict::Passed;
    for offer in ["", "; server_no_context_takeover", "; server_max_window_bits=10"] {
        let offer = format!("permessage-deflate{offer}");
        if let Reply::Response(response) = agreed(&server, &offer).await? {
            verdict = verdict.and(judge_answer(&offer, &response));
        }
    }
    Ok(verdict)
}

fn judge_answer(offer: &str, response: &Response) -> Verdict {
    let Some(parameters) = response.deflate() else { return Verdict::Passed };
    let find = |name: &str| parameters.iter().find(|(other, _)| other == name);
    let bits = find("server_max_window_bits").and_then(|(_, bits)| bits.as_deref()?.parse().ok());
    let expected = if find("client_max_window_bits").is_some() {
        "no client_max_window_bits"
    } else if offer.contains("takeover") && find("server_no_context_takeover").is_none() {
        "server_no_context_takeover"
    } else if offer.contains("bits") && !bits.is_some_and(|bits: u8| (8..=10).contains(&bits)) {
        "server_max_window_bits of 10 or less"
    } else {
        return Verdict::Passed;
    };
    let got = response.header("sec-websocket-extensions").unwrap_or_default();
    Verdict::failed(expected, format!("{got:?}")).of(offer)
}

/// RFC 7692 7.2.3.3, 7.2.3.4, 7.2.3.5, a message without a byte (7.2.3.6), and one that is not compressed.
const FORMS: [(u8, &[u8]); 5] = [
    (WHOLE_TEXT | RSV1, b"\x00\x05\x00\xfa\xffHello\x00"),
    (WHOLE_TEXT | RSV1, b"\xf3\x48\xcd\xc9\xc9\x07\x00\x00"),
    (WHOLE_TEXT | RSV1, b"\xf2\x48\x05\x00\x00\x00\xff\xff\xca\xc9\xc9\x07\x00"),
    (WHOLE_TEXT | RSV1, b"\x00"),
    (WHOLE_TEXT, b"Hello"),
];

async fn forms_of_deflate(server: Server) -> Result<Verdict, Trouble> {
    let mut verdict = Verdict::Passed;
    for (first, payload) in FORMS {
        let form = lives(server.clone(), Setup::Deflate, frame(first, payload)).await?;
        verdict = verdict.and(form.of(&format!("the payload {}", payload.escape_ascii())));
    }
    Ok(verdict)
}

/// The third message copies four bytes out of the window: text where that is right, and no UTF-8 where the second
/// message got into it.
async fn window_of_compressed(server: Server) -> Result<Verdict, Trouble> {
    let (wire, response) = server.open_deflate().await?;
    drop(wire);
    let parameters = response.deflate().unwrap_or_default();
    if parameters.iter().any(|(name, _)| name == "client_no_context_takeover") {
        return Err(Trouble::Lacking("the server keeps no window of what it receives".into()));
    }
    let input = [
        frame(WHOLE_TEXT | RSV1, &Deflated::new().text("salmon").finish()),
        frame(WHOLE_BINARY, b"\xff\xff\xff\xff"),
        frame(WHOLE_TEXT | RSV1, &Deflated::new().last_four_again().finish()),
    ];
    lives(server, Setup::Deflate, input.concat()).await
}
