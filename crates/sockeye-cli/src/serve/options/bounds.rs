//! How much a peer can make us hold or do.

use sockeye::{Limits, Server};

use crate::size;

/// The sizes and counts of `docs/limits.md`.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Limits; sizes are bytes, or end in K or M")]
pub(in crate::serve) struct Bounds {
    /// The largest message
    #[arg(long, value_name = "SIZE", default_value = "1M", value_parser = size::parse)]
    max_message: usize,

    /// The largest frame [default: the largest message]
    #[arg(long, value_name = "SIZE", value_parser = size::parse)]
    max_frame: Option<usize>,

    /// The most frames in a message, empty ones too
    #[arg(long, value_name = "N", default_value_t = 16_384, value_parser = at_least_one())]
    max_fragments: u32,

    /// The most pings, pongs and closes in a second
    #[arg(long, value_name = "N", default_value_t = 1_000, value_parser = at_least_one())]
    max_control_frames: u32,

    /// The most that waits for a peer that reads slowly
    #[arg(long, value_name = "SIZE", default_value = "1M", value_parser = size::parse)]
    pub(in crate::serve) max_output: usize,

    /// The largest head of a request
    #[arg(long, value_name = "SIZE", default_value = "16K", value_parser = size::parse)]
    max_head: usize,

    /// The most headers of a request
    #[arg(long, value_name = "N", default_value_t = 64, value_parser = at_least_one())]
    max_headers: u32,

    /// The most connections; the next one waits [default: the limit of open files less 64]
    #[arg(long, value_name = "N", value_parser = at_least_one())]
    max_connections: Option<u32>,

    /// The most connections from one address; the next one is closed [default: no limit]
    #[arg(long, value_name = "N", value_parser = at_least_one())]
    max_connections_per_ip: Option<u32>,
}

fn at_least_one() -> clap::builder::RangedI64ValueParser<u32> {
    clap::value_parser!(u32).range(1..)
}

impl Bounds {
    pub(super) fn limits(&self) -> Limits {
        Limits::default()
            .message_bytes(self.max_message)
            .frame_bytes(self.max_frame.unwrap_or(self.max_message))
            .fragments(self.max_fragments)
            .control_frames_per_second(self.max_control_frames)
            .output_bytes(self.max_output)
    }

    pub(super) fn apply(&self, server: Server) -> Server {
        let mut server = server.max_head_bytes(self.max_head).max_headers(count(self.max_headers));
        if let Some(connections) = self.max_connections {
            server = server.max_connections(count(connections));
        }
        if let Some(connections) = self.max_connections_per_ip {
            server = server.max_connections_per_address(count(connections));
        }
        server
    }
}

fn count(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}
