//! Where there is tokio alone.

use std::io;

use sockeye::Server;

/// Its variants have no documentation: clap would make two pages of help of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Engine {
    Auto,
    Tokio,
}

impl Engine {
    pub(super) fn has_threads(self) -> bool {
        false
    }

    #[expect(clippy::unnecessary_wraps, reason = "where there are engines they can fail to start")]
    pub(super) fn run(self, server: Server, _: Option<u16>) -> io::Result<Server> {
        Ok(server)
    }
}
