//! How long a peer can make us wait.

use std::time::Duration;

use sockeye::{Server, Timing};

use crate::{seconds, size};

/// The times of `docs/limits.md`.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Times, in seconds")]
pub(in crate::serve) struct Times {
    /// How long TLS and the head of a request may take
    #[arg(long, value_name = "SECONDS", default_value = "10", value_parser = seconds::parse)]
    handshake_timeout: Duration,

    /// The silence after which a ping goes out
    #[arg(long, value_name = "SECONDS", default_value = "30", value_parser = seconds::parse)]
    ping_interval: Duration,

    /// How long after a ping any byte must come
    #[arg(long, value_name = "SECONDS", default_value = "20", value_parser = seconds::parse)]
    pong_timeout: Duration,

    /// How long a message may be under way before its rate counts
    #[arg(long, value_name = "SECONDS", default_value = "10", value_parser = seconds::parse)]
    message_grace: Duration,

    /// What a message must bring in each second after that, in bytes
    #[arg(long, value_name = "SIZE", default_value = "1K", value_parser = rate)]
    min_message_rate: u32,

    /// How long a peer that is sent something may take nothing of it
    #[arg(long, value_name = "SECONDS", default_value = "60", value_parser = seconds::parse)]
    pub(in crate::serve) stall_timeout: Duration,

    /// How long a goodbye may take
    #[arg(long, value_name = "SECONDS", default_value = "5", value_parser = seconds::parse)]
    close_timeout: Duration,

    /// How long it waits for connections when it leaves
    #[arg(long, value_name = "SECONDS", default_value = "30", value_parser = seconds::parse)]
    shutdown_timeout: Duration,
}

fn rate(text: &str) -> Result<u32, String> {
    size::parse(text)
        .and_then(|bytes| bytes.try_into().map_err(|_| "expected less than 4096M".into()))
}

impl Times {
    pub(super) fn timing(&self) -> Timing {
        Timing::default()
            .ping_interval(self.ping_interval)
            .pong_timeout(self.pong_timeout)
            .close_timeout(self.close_timeout)
            .stall_timeout(self.stall_timeout)
            .message_grace(self.message_grace)
            .min_message_rate(self.min_message_rate)
    }

    pub(super) fn apply(&self, server: Server) -> Server {
        server
            .handshake_timeout(self.handshake_timeout)
            .stall_timeout(self.stall_timeout)
            .shutdown_timeout(self.shutdown_timeout)
    }
}
