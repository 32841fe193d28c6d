//! Whether the server is still there when all is over.

use super::super::{
    check::Check,
    frame::marker,
    question::judge_life,
    server::{Server, Trouble},
    verdict::Verdict,
};

pub(super) const NAME: &str = "still-serves";

pub(super) const CHECKS: &[Check] =
    &[Check::must(NAME, "RFC 6455 10.4", "after all of this the server still serves", |server| {
        Box::pin(still_serves(server))
    })];

async fn still_serves(server: Server) -> Result<Verdict, Trouble> {
    // A server that cannot be asked any more has answered.
    let mut wire = match server.open().await {
        Ok(wire) => wire,
        Err(trouble) => return Ok(Verdict::failed("an open WebSocket", trouble)),
    };
    wire.send(&marker()).await;
    Ok(judge_life(wire.ending().await))
}
