//! What `sockeye probe` can be told.

use std::{path::PathBuf, time::Duration};

use crate::{seconds, size};

const MORE: &str = "\
A check of grade MUST that fails is a failure; one of grade hardening is a warning, and so is a right ending with
the wrong close code. What cannot be found out is skipped, with the reason. Limits that are told are tried exactly.

Exit status:
  0  nothing failed (with --strict: nor was there a warning)
  1  something did
  2  no WebSocket could be opened

Examples:
  sockeye probe ws://127.0.0.1:8080/echo
  sockeye probe ws://127.0.0.1:8080/echo --strict --max-message 1M --max-fragments 16384
  sockeye probe ws://127.0.0.1:8080/ --only unmasked-frame --only rsv-bits
  sockeye probe wss://staging.example.com/feed --i-may --header 'Authorization: Bearer …' --json
  sockeye probe --list";

/// Ask a WebSocket server what it does with peers that break the rules
#[derive(Debug, clap::Args)]
#[command(after_help = MORE)]
pub(crate) struct Options {
    /// The server: ws://, wss://, http:// or https://
    #[arg(required_unless_present = "list")]
    pub(super) url: Option<String>,

    /// You may do this to a server on another machine
    #[arg(long)]
    pub(super) i_may: bool,

    /// Warnings are failures
    #[arg(long)]
    pub(super) strict: bool,

    /// Print one JSON document
    #[arg(long)]
    pub(super) json: bool,

    /// Print the checks and ask nobody
    #[arg(long)]
    pub(super) list: bool,

    /// Ask this alone; can be repeated
    #[arg(long, value_name = "CHECK")]
    pub(super) only: Vec<String>,

    /// The server's limit of a message [default: searched for]
    #[arg(long, value_name = "BYTES", value_parser = size::parse)]
    pub(super) max_message: Option<usize>,

    /// The server's limit of frames in a message [default: less than 262144]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub(super) max_fragments: Option<u32>,

    /// How long the server lets a request take [default: less than 30]
    #[arg(long, value_name = "SECONDS", value_parser = seconds::parse)]
    pub(super) handshake_timeout: Option<Duration>,

    /// How long an answer is waited for, 10 at most
    #[arg(long, value_name = "SECONDS", default_value = "3", value_parser = seconds::parse)]
    pub(super) patience: Duration,

    /// Pages of every origin are meant to connect
    #[arg(long)]
    pub(super) any_origin: bool,

    /// A header of every request, as `Name: value`; can be repeated
    #[arg(long, value_name = "HEADER", value_parser = header)]
    pub(super) header: Vec<String>,

    /// A file of certificates (PEM) to trust beside the platform's
    #[arg(long, value_name = "FILE")]
    pub(super) cacert: Option<PathBuf>,

    /// Trust any certificate
    #[arg(long, conflicts_with = "cacert")]
    pub(super) insecure: bool,
}

fn header(text: &str) -> Result<String, String> {
    let wrong = || "expected a header such as `Name: value`".to_owned();
    let (name, value) = text.split_once(':').ok_or_else(wrong)?;
    http::HeaderName::try_from(name).map_err(|_| wrong())?;
    http::HeaderValue::try_from(value.trim()).map_err(|_| wrong())?;
    Ok(text.to_owned())
}
