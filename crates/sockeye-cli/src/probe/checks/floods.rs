//! Many frames that bring little.

use super::super::{
    check::Check,
    frame::{A_PING, FIRST_OF_BINARY, LAST, MORE, PONG, frame, marker},
    question::{judge_failure, judge_life},
    server::{Server, Trouble},
    verdict::Verdict,
    wire::{Sent, Wire},
};

pub(super) const CHECKS: &[Check] = &[
    Check::hardening(
        "empty-fragment-flood",
        "RFC 6455 10.4",
        "a message of empty fragments without end is refused",
        |server| Box::pin(fragment_flood(server, b"")),
    ),
    Check::hardening(
        "small-fragment-flood",
        "RFC 6455 10.4",
        "a message of fragments of one byte without end is refused",
        |server| Box::pin(fragment_flood(server, b"a")),
    ),
    Check::hardening(
        "fragments-at-limit",
        "RFC 6455 10.4",
        "a message of exactly so many frames is taken; needs --max-fragments",
        |server| Box::pin(fragments_at_limit(server)),
    ),
    Check::hardening(
        "ping-flood",
        "RFC 6455 5.5.3",
        "16 MiB of Pings of a client that reads nothing are not all kept",
        |server| Box::pin(ping_flood(server)),
    ),
];

/// So many fragments of one message are refused by anybody who counts them.
const MANY_FRAGMENTS: u32 = 1 << 18;

const FLOOD_BYTES: usize = 16 << 20;

/// What the buffers of both systems may hold of the answers.
const BUFFERED_BYTES: usize = 10 << 20;

async fn fragment_flood(server: Server, payload: &[u8]) -> Result<Verdict, Trouble> {
    let count = server.told().max_fragments.map_or(MANY_FRAGMENTS, |most| most + 1);
    let _weight = server.weight().await;
    let mut wire = server.open().await?;
    let fragments = frame(MORE, payload).repeat(count as usize - 1);
    wire.send(&[frame(FIRST_OF_BINARY, payload), fragments, marker()].concat()).await;
    let verdict = judge_failure(&[1008, 1009], wire.ending().await);
    Ok(verdict.of(&format!("{count} fragments")))
}

async fn fragments_at_limit(server: Server) -> Result<Verdict, Trouble> {
    let untold = || Trouble::Lacking("the limit is not known; tell it with --max-fragments".into());
    let count = server.told().max_fragments.ok_or_else(untold)?;
    let _weight = server.weight().await;
    let mut wire = server.open().await?;
    let message = match count.checked_sub(2) {
        Some(more) => {
            let more = frame(MORE, b"").repeat(more as usize);
            [frame(FIRST_OF_BINARY, b""), more, frame(LAST, b"")].concat()
        }
        None => frame(FIRST_OF_BINARY | LAST, b""),
    };
    wire.send(&[message, marker()].concat()).await;
    Ok(judge_life(wire.ending().await).of(&format!("{count} frames")))
}

/// A good server stops reading, ends the connection, or leaves Pongs out (RFC 6455 5.5.3).
async fn ping_flood(server: Server) -> Result<Verdict, Trouble> {
    let _weight = server.weight().await;
    let mut wire = server.open_narrow().await?;
    let pings = frame(A_PING, &[b'a'; 125]).repeat(512);
    for _ in 0..FLOOD_BYTES / pings.len() {
        if wire.send_deaf(&pings).await != Sent::All {
            return Ok(Verdict::Passed);
        }
    }
    wire.send_deaf(&marker()).await;
    let answered = answered(&mut wire).await;
    if answered < BUFFERED_BYTES {
        return Ok(Verdict::Passed);
    }
    let got = format!("{} MiB of Pongs that had waited", answered >> 20);
    Ok(Verdict::failed("an end, a server that stops reading, or Pongs left out", got))
}

/// The bytes of the Pongs that had been kept.
async fn answered(wire: &mut Wire) -> usize {
    let mut answered = 0;
    while let Some(Ok(frame)) = wire.frame().await {
        if frame.is_answer_to_marker() {
            break;
        }
        if frame.opcode() == PONG {
            answered += frame.payload.len() + 2;
        }
    }
    answered
}
