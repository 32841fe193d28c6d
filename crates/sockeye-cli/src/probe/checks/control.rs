//! Control frames: Pings and Pongs.

use super::super::{
    check::Check,
    frame::{A_PING, A_PONG, FIRST_OF_TEXT, PONG, frame, masked},
    question::{Setup, fails, lives},
    server::{Server, Trouble},
    verdict::{self, Verdict},
};

pub(super) const CHECKS: &[Check] = &[
    Check::must(
        "ping-answered",
        "RFC 6455 5.5.3",
        "a Ping of 0 to 125 bytes is answered with a Pong of the same",
        |server| Box::pin(ping_answered(server)),
    ),
    Check::must(
        "ping-in-message",
        "RFC 6455 5.4",
        "a Ping between fragments is answered before the message ends",
        |server| {
            let begun = frame(FIRST_OF_TEXT, b"a");
            Box::pin(lives(server, Setup::Plain, begun))
        },
    ),
    Check::must(
        "unasked-pong",
        "RFC 6455 5.5.3",
        "a Pong that answers nothing is let pass",
        |server| {
            let pong = frame(A_PONG, b"nobody asked");
            Box::pin(lives(server, Setup::Plain, pong))
        },
    ),
    Check::must(
        "fragmented-ping",
        "RFC 6455 5.5",
        "a control frame in fragments fails the connection",
        |server| {
            let ping = frame(A_PING & 0x0f, b"a");
            Box::pin(fails(server, Setup::Plain, &[1002], [ping]))
        },
    ),
    Check::must(
        "long-ping",
        "RFC 6455 5.5",
        "a control frame of more than 125 bytes fails the connection",
        |server| {
            let ping = masked(&[A_PING, 0x80 | 126, 0, 126], &[b'a'; 126]);
            Box::pin(fails(server, Setup::Plain, &[1002], [ping]))
        },
    ),
];

async fn ping_answered(server: Server) -> Result<Verdict, Trouble> {
    let mut wire = server.open().await?;
    for payload in [&b""[..], b"a", &[0xff; 125]] {
        wire.send(&frame(A_PING, payload)).await;
        let expected = format!("a Pong with the {} bytes of the Ping", payload.len());
        let got = match wire.frame().await {
            Some(Ok(frame)) if frame.opcode() == PONG && frame.payload == payload => continue,
            Some(Ok(frame)) => {
                format!("opcode {:#x} with {} bytes", frame.opcode(), frame.payload.len())
            }
            Some(Err(end)) => end.to_string(),
            None => verdict::nothing_within(wire.patience()),
        };
        return Ok(Verdict::failed(expected, got));
    }
    Ok(Verdict::Passed)
}
