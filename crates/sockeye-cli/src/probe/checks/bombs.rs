//! Messages that are small on the wire.
//!
//! A bomb inflates to more than the least size that the server refuses, or to 256 MiB where it refuses none.

use super::super::{
    check::Check,
    deflated::Deflated,
    frame::{FIRST_OF_BINARY, LAST, MORE, RSV1, WHOLE_BINARY, frame, marker},
    question::judge_failure,
    server::{Server, Trouble},
    verdict::Verdict,
};

pub(super) const CHECKS: &[Check] = &[
    Check::hardening(
        "bomb",
        "RFC 6455 10.4",
        "a message that inflates past the limit is refused",
        |server| Box::pin(explode(server, whole)),
    ),
    Check::hardening(
        "bomb-in-fragments",
        "RFC 6455 10.4",
        "a message that inflates past the limit is refused in fragments too",
        |server| Box::pin(explode(server, in_fragments)),
    ),
];

/// More than this is not inflated anywhere.
const LARGEST: u64 = 256 << 20;

/// A margin over the limit.
const MARGIN: u64 = 64 << 10;

async fn explode(server: Server, cut: fn(&[u8]) -> Vec<u8>) -> Result<Verdict, Trouble> {
    server.open_deflate().await?;
    let size = server.refused_size().await.unwrap_or(LARGEST).min(LARGEST) + MARGIN;
    let _weight = server.weight().await;
    let (mut wire, _) = server.open_deflate().await?;
    let bomb = Deflated::new().zeros(size).finish();
    wire.send(&[cut(&bomb), marker()].concat()).await;
    let verdict = judge_failure(&[1009], wire.ending().await);
    Ok(verdict.of(&format!("{size} bytes in {}", bomb.len())))
}

fn whole(bomb: &[u8]) -> Vec<u8> {
    frame(WHOLE_BINARY | RSV1, bomb)
}

fn in_fragments(bomb: &[u8]) -> Vec<u8> {
    let pieces = bomb.chunks(bomb.len().div_ceil(16));
    let firsts = std::iter::once(FIRST_OF_BINARY | RSV1).chain(std::iter::repeat(MORE));
    let fragments = firsts.zip(pieces).flat_map(|(first, piece)| frame(first, piece));
    fragments.chain(frame(LAST, b"")).collect()
}
