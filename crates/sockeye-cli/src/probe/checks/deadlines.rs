//! How long a request may take. These are the slowest checks, and are begun first.

use std::time::Duration;

use tokio::time::Instant;

use super::super::{
    check::Check,
    server::{Server, Trouble},
    verdict::{self, Verdict},
    wire::Sent,
};

pub(super) const CHECKS: &[Check] = &[
    Check::hardening(
        "silent-connection",
        "RFC 9112 9.5",
        "a connection on which nothing comes is ended",
        |server| Box::pin(trickles(server, "")),
    ),
    Check::hardening(
        "slow-head",
        "RFC 9112 9.5",
        "a head that comes a byte at a time is cut: the deadline is for all of it",
        |server| Box::pin(trickles(server, "GET / HTTP/1.1\r\nHost: ")),
    ),
];

/// Where the deadline is not told.
const LONGEST: Duration = Duration::from_secs(30);

/// More than this does not fit into the time of all checks.
const LONGEST_TOLD: Duration = Duration::from_secs(40);

async fn trickles(server: Server, head: &str) -> Result<Verdict, Trouble> {
    let timeout = server.told().handshake_timeout.unwrap_or(LONGEST);
    if timeout > LONGEST_TOLD {
        let why = format!("a deadline of {} s does not fit into a minute", timeout.as_secs());
        return Err(Trouble::Lacking(why));
    }
    let mut wire = server.connect().await?;
    let end = Instant::now() + timeout + server.patience().min(timeout);
    // Slow enough that the head does not end, and fast enough that no pause is too long.
    let pause = (timeout / 20).min(Duration::from_secs(1));
    let endless = head.bytes().chain(std::iter::repeat(b'a'));
    let mut endless = endless.filter(|_| !head.is_empty());
    while Instant::now() < end {
        if let Some(byte) = endless.next()
            && wire.send(&[byte]).await != Sent::All
        {
            return Ok(Verdict::Passed);
        }
        if wire.stirs_within(pause).await {
            return Ok(Verdict::Passed);
        }
    }
    let waited = timeout + server.patience().min(timeout);
    Ok(Verdict::failed("an answer or the end of the stream", verdict::no_end_within(waited)))
}
