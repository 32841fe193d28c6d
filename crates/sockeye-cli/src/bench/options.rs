//! What `sockeye bench` can be told.

use std::{path::PathBuf, time::Duration};

use clap::{ArgGroup, Args, Subcommand, ValueEnum};
use http::{HeaderName, HeaderValue};

use super::span;
use crate::{header, size};

const EXAMPLES: &str = "\
Examples:
  sockeye bench echo ws://127.0.0.1:8080/echo
  sockeye bench echo --connections 32 --depth 32 --size 1K --pid 4711 ws://127.0.0.1:8080/echo
  sockeye bench echo --connections 100 --rate 20000 --report run.html ws://127.0.0.1:8080/echo
  sockeye bench fanout --connections 1000 ws://127.0.0.1:8080/broadcast
  sockeye bench idle --connections 10000 --pid 4711 ws://127.0.0.1:8080/echo
  sockeye bench handshake --json ws://127.0.0.1:8080/echo

A run without --rate is a closed loop: what follows waits for what came before, so a stall of the server counts once.
With --rate messages fall due by the clock, and each one's latency counts from when it was due.

Exit status:
  0  measured
  1  nothing was measured, or a message came back changed
  2  it could not begin: arguments, files, the address or the server were not to be used";

/// Put load on a WebSocket server and tell what it does with it
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES, disable_help_subcommand = true)]
pub(crate) struct Options {
    #[command(subcommand)]
    pub(super) what: What,
}

/// What is measured.
#[derive(Debug, Subcommand)]
pub(super) enum What {
    /// Messages that are sent back
    Echo(Echo),
    /// Messages of a few that go to many
    Fanout(Fanout),
    /// Connections that are open and say nothing
    ///
    /// With --pid the server's memory is told for each of them. Start the server anew for that: memory that earlier
    /// connections left behind is used again.
    Idle(Idle),
    /// Connections that are opened and closed
    Handshake(Handshake),
    /// Connections that are opened, used once and closed
    Churn(Churn),
}

#[derive(Debug, Args)]
pub(super) struct Echo {
    #[command(flatten)]
    pub(super) load: Load,
    /// Messages in flight on a connection; without --rate they leave in one write, and the next when all are back
    #[arg(long, value_name = "N", default_value = "1", value_parser = depth)]
    pub(super) depth: usize,
    #[command(flatten)]
    pub(super) message: Message,
    /// Messages a second, over all connections; --depth is then the most that wait for their answer on one
    #[arg(long, value_name = "N", value_parser = rate)]
    pub(super) rate: Option<f64>,
}

#[derive(Debug, Args)]
pub(super) struct Fanout {
    #[command(flatten)]
    pub(super) load: Load,
    /// Connections that publish as well; each publishes when everyone has its last burst
    #[arg(long, value_name = "N", default_value = "1", value_parser = clap::value_parser!(u8).range(1..))]
    pub(super) publishers: u8,
    /// Messages that a publisher sends in one write
    #[arg(long, value_name = "N", default_value = "1", value_parser = depth)]
    pub(super) depth: usize,
    #[command(flatten)]
    pub(super) message: Message,
    /// Published messages a second, over all publishers
    #[arg(long, value_name = "N", value_parser = rate)]
    pub(super) rate: Option<f64>,
}

#[derive(Debug, Args)]
pub(super) struct Idle {
    #[command(flatten)]
    pub(super) load: Load,
    /// How each connection is asked whether it lives
    #[arg(long, value_enum, default_value = "ping")]
    pub(super) ask: Ask,
    #[command(flatten)]
    pub(super) message: Message,
}

#[derive(Debug, Args)]
pub(super) struct Handshake {
    #[command(flatten)]
    pub(super) load: Load,
    /// Connections opened a second
    #[arg(long, value_name = "N", value_parser = rate)]
    pub(super) rate: Option<f64>,
}

#[derive(Debug, Args)]
pub(super) struct Churn {
    #[command(flatten)]
    pub(super) load: Load,
    /// Messages that each connection has sent back before it is closed
    #[arg(long, value_name = "N", default_value = "1", value_parser = depth)]
    pub(super) depth: usize,
    #[command(flatten)]
    pub(super) message: Message,
    /// Connections opened a second
    #[arg(long, value_name = "N", value_parser = rate)]
    pub(super) rate: Option<f64>,
}

/// What every kind of load has.
#[derive(Debug, Args)]
pub(super) struct Load {
    /// ws:// takes the fast path; wss:// goes through the library, which costs the client more
    pub(super) url: String,

    /// Connections at a time
    #[arg(short, long, value_name = "N", default_value = "32", value_parser = at_least_one)]
    pub(super) connections: usize,

    /// How long to measure, or for idle to hold: 10s, 500ms, 2m
    #[arg(short, long, value_name = "TIME", default_value = "10s", value_parser = span::parse)]
    pub(super) duration: Duration,

    /// How long to go on before measuring
    #[arg(long, value_name = "TIME", default_value = "1s", value_parser = span::parse)]
    pub(super) warmup: Duration,

    /// Threads of the client, each with its share of the connections
    #[arg(long, value_name = "N", default_value = "1", value_parser = at_least_one)]
    pub(super) threads: usize,

    /// A header of the request; may be repeated
    #[arg(long = "header", value_name = "NAME: VALUE", value_parser = header::parse)]
    pub(super) headers: Vec<(HeaderName, HeaderValue)>,

    /// A certificate in PEM that is trusted as well as the platform's
    #[arg(long, value_name = "FILE")]
    pub(super) cacert: Option<PathBuf>,

    /// Tell the server's processor time and memory; it runs on this machine as this process
    #[arg(long, value_name = "PID")]
    pub(super) pid: Option<u32>,

    /// Print the result as JSON
    #[arg(long)]
    pub(super) json: bool,

    /// Write a page with plots, which needs no network
    #[arg(long, value_name = "FILE.html")]
    pub(super) report: Option<PathBuf>,
}

/// What a message is.
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("kind").args(["text", "binary"]))]
#[command(group = ArgGroup::new("content").args(["random", "compressible", "non_ascii"]))]
pub(super) struct Message {
    /// Bytes of a message
    #[arg(short, long, value_name = "BYTES", default_value = "128", value_parser = size::parse)]
    pub(super) size: usize,

    /// Text messages
    #[arg(long)]
    pub(super) text: bool,

    /// Binary messages; the default
    #[arg(long)]
    pub(super) binary: bool,

    /// Random bytes, or characters; the default
    #[arg(long)]
    pub(super) random: bool,

    /// Text like JSON, which compresses well
    #[arg(long)]
    pub(super) compressible: bool,

    /// Text of which most is not ASCII
    #[arg(long, conflicts_with = "binary")]
    pub(super) non_ascii: bool,

    /// permessage-deflate; what is sent was compressed before the run and refers to nothing before it
    #[arg(long, value_enum, value_name = "HOW", default_value = "off")]
    pub(super) deflate: Deflate,
}

/// Whether and how messages are compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Deflate {
    /// Not offered
    Off,
    /// Offered, and the server may keep its window
    On,
    /// Offered, and the server has to forget its window after each message
    NoTakeover,
}

/// What every living connection answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Ask {
    /// A ping, which every server answers
    Ping,
    /// A message that the server sends back
    Echo,
}

fn depth(text: &str) -> Result<usize, String> {
    let depth = text.parse().ok().filter(|depth| (1..=65_536).contains(depth));
    depth.ok_or_else(|| "expected a number from 1 to 65536".into())
}

fn at_least_one(text: &str) -> Result<usize, String> {
    text.parse().ok().filter(|number| *number > 0).ok_or_else(|| "expected a number from 1".into())
}

fn rate(text: &str) -> Result<f64, String> {
    let rate = text.parse().ok().filter(|rate: &f64| rate.is_finite() && *rate >= 0.001);
    rate.ok_or_else(|| "expected a number a second, such as 1000 or 0.5".into())
}
