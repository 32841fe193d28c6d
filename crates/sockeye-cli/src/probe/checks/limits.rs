//! The size of messages. A limit that the user tells is tried exactly.

use super::super::{
    check::Check,
    frame::{FIRST_OF_BINARY, LAST, MORE, WHOLE_BINARY, claim, frame, marker},
    question::{Setup, fails_early, judge_failure, judge_life},
    server::{Server, Trouble},
    verdict::Verdict,
};

pub(super) const CHECKS: &[Check] = &[
    Check::hardening(
        "huge-claim",
        "RFC 6455 10.4",
        "a frame that claims 2^62 bytes is refused before they come",
        |server| {
            let claim = claim(WHOLE_BINARY, 1 << 62);
            Box::pin(fails_early(server, Setup::Plain, &[1009], claim))
        },
    ),
    Check::hardening(
        "message-over-limit",
        "RFC 6455 10.4",
        "a frame over the limit is refused before its payload comes",
        |server| Box::pin(message_over_limit(server)),
    ),
    Check::hardening(
        "fragments-over-limit",
        "RFC 6455 10.4",
        "fragments that are over the limit together are refused",
        |server| Box::pin(fragments_over_limit(server)),
    ),
    Check::hardening(
        "message-at-limit",
        "RFC 6455 10.4",
        "a message of exactly the limit is taken; needs --max-message",
        |server| Box::pin(message_at_limit(server)),
    ),
];

/// More than this is not sent anywhere.
const MOST_SENT: u64 = 20 << 20;

async fn refused_size(server: &Server) -> Result<u64, Trouble> {
    let none = || Trouble::Lacking("no size up to 256 MiB is refused by its header".into());
    server.refused_size().await.ok_or_else(none)
}

fn told(server: &Server) -> Result<usize, Trouble> {
    let untold = || Trouble::Lacking("the limit is not known; tell it with --max-message".into());
    server.told().max_message.ok_or_else(untold)
}

async fn message_over_limit(server: Server) -> Result<Verdict, Trouble> {
    let size = refused_size(&server).await?;
    let verdict = fails_early(server, Setup::Plain, &[1009], claim(WHOLE_BINARY, size)).await?;
    Ok(verdict.of(&format!("{size} bytes")))
}

/// The first fragment is whole and as large as half of what is refused, the second claims the rest.
async fn fragments_over_limit(server: Server) -> Result<Verdict, Trouble> {
    let size = refused_size(&server).await?;
    if size > MOST_SENT {
        let why = format!("{size} bytes are refused, and no more than {MOST_SENT} are sent");
        return Err(Trouble::Lacking(why));
    }
    let _weight = server.weight().await;
    let mut wire = server.open().await?;
    let half = vec![0; usize::try_from(size / 2).expect("at most 10 MiB")];
    wire.send(&frame(FIRST_OF_BINARY, &half)).await;
    wire.send(&claim(MORE, size - size / 2)).await;
    Ok(judge_failure(&[1009], wire.ending().await).of(&format!("{size} bytes")))
}

async fn message_at_limit(server: Server) -> Result<Verdict, Trouble> {
    let size = told(&server)?;
    if size as u64 > MOST_SENT {
        let why = format!("the limit is {size} bytes, and no more than {MOST_SENT} are sent");
        return Err(Trouble::Lacking(why));
    }
    let _weight = server.weight().await;
    let message = vec![0; size];
    let (first, second) = message.split_at(size / 2);
    let fragments = [frame(FIRST_OF_BINARY, first), frame(LAST, second)].concat();
    let mut verdict = Verdict::Passed;
    for (input, name) in [(frame(WHOLE_BINARY, &message), "one frame"), (fragments, "two frames")] {
        let mut wire = server.open().await?;
        wire.send(&[input, marker()].concat()).await;
        verdict =
            verdict.and(judge_life(wire.ending().await).of(&format!("{size} bytes in {name}")));
    }
    Ok(verdict)
}
