//! Finds out what the user did not tell of the server.

use tokio::task::JoinSet;

use super::{
    frame::{self, WHOLE_BINARY},
    server::Server,
};

/// The sizes that are tried, by a header that claims them.
const SIZES: [u64; 7] = [64 << 10, 256 << 10, 1 << 20, 4 << 20, 16 << 20, 64 << 20, 256 << 20];

/// The least size that is told or found to be refused.
pub(super) async fn refused_size(server: &Server) -> Option<u64> {
    if let Some(most) = server.told().max_message {
        return Some(most as u64 + 1);
    }
    let mut asking = JoinSet::new();
    for size in SIZES {
        let server = server.clone();
        asking.spawn(async move {
            let mut wire = server.open().await.ok()?;
            wire.send(&frame::claim(WHOLE_BINARY, size)).await;
            wire.ending().await.is_failure().then_some(size)
        });
    }
    asking.join_all().await.into_iter().flatten().min()
}
