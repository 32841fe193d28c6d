//! What `sockeye serve` can be told.

use crate::{on_off::OnOff, size};

const EXAMPLES: &str = "\
Examples:
  sockeye serve
  sockeye serve --listen 127.0.0.1:0 --max-message 16M";

/// Serve WebSockets and HTTP on one port, for trying things out
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Options {
    /// Where to listen; port 0 takes a free one
    #[arg(long, value_name = "ADDR:PORT", default_value = "127.0.0.1:8080")]
    pub(super) listen: String,

    /// The largest message
    #[arg(long, value_name = "BYTES", default_value = "1M", value_parser = size::parse)]
    pub(super) max_message: usize,

    /// The most frames in a message
    #[arg(long, value_name = "N", default_value_t = 16_384)]
    pub(super) max_fragments: u32,

    /// Whether messages may be compressed
    #[arg(long, value_name = "ON|OFF", default_value = "on")]
    pub(super) deflate: OnOff,
}
