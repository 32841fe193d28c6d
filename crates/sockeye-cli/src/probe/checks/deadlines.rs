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
        |server| Box::pin(trickles(server, String::new())),
    ),
    Check::hardening(
        "slow-head",
        "RFC 9112 9.5",
        "a head that comes a byte at a time is cut: the deadline is for all of it",
        |server| {
            // It is much longer than there is time for.
            let head = format!("GET / HTTP/1.1\r\nHost: {}", "a".repeat(1000));
            Box::pin(trickles(server, head))
        },
    ),
];

/// Where the deadline is not told.
const LONGEST: Duration = Duration::from_secs(30);

/// More than this does not fit into the time of all checks.
const LONGEST_TOLD: Duration = Duration::from_secs(40);

async fn trickles(server: Server, head: String) -> Result<Verdict, Trouble> {
    let timeout = server.told().handshake_timeout.unwrap_or(LONGEST);
    if timeout > LONGEST_TOLD {
        let why = format!("a deadline of {} s does not fit into a minute", timeout.as_secs());
        return Err(Trouble::Lacking(why));
    }
    let mut wire = server.connect().await?;
    let end = Instant::now() + timeout + server.patience().min(timeout);
    // Fast enough that no pause by itself is too long.
    let pause = (timeout / 20).min(Duration::from_secs(1));
    let mut bytes = head.bytes();
    while Instant::now() < end {
        if let Some(byte) = bytes.next()
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
