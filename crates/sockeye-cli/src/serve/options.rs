//! What `sockeye serve` can be told.

mod bounds;
mod proxies;
mod times;

use std::path::PathBuf;

use sockeye::{Config, DeflateConfig, Origins, ServerOptions};

use self::{bounds::Bounds, proxies::Proxies, times::Times};
use super::{engine::Engine, log::Format};
use crate::on_off::OnOff;

const EXAMPLES: &str = "\
Paths:
  /           a page to try it in a browser
  /echo       a WebSocket that sends back what comes
  /broadcast  a WebSocket that sends what comes to everybody on it
  /healthz    200 while it serves, 503 while it leaves
  /metrics    counters for Prometheus
  elsewhere   the files of --dir

Examples:
  sockeye serve
  sockeye serve --listen 127.0.0.1:0 --max-message 16M
  sockeye serve --listen '[::]:8080' --origin https://example.com --log json
  sockeye serve --tls-cert chain.pem --tls-key key.pem --dir public
  sockeye serve --unix /tmp/sockeye.socket --trust-proxy 127.0.0.1
  sockeye serve --engine tokio --threads 2

SIGTERM and Ctrl-C let it leave: each WebSocket is told 1001 and has --shutdown-timeout to end.
SIGHUP reads the files of --tls-cert and --tls-key again.";

/// Serve WebSockets and HTTP on one port, for trying things out
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Options {
    #[command(flatten)]
    pub(super) places: Places,
    #[command(flatten)]
    pub(super) welcome: Welcome,
    #[command(flatten)]
    pub(super) bounds: Bounds,
    #[command(flatten)]
    pub(super) times: Times,
    #[command(flatten)]
    pub(super) proxies: Proxies,
    #[command(flatten)]
    pub(super) logs: Logs,
}

/// Where it listens.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Where")]
pub(super) struct Places {
    /// Where to listen, once for each address; port 0 takes a free one [default: 127.0.0.1:8080]
    #[arg(long, value_name = "ADDR:PORT")]
    pub(super) listen: Vec<String>,

    /// A Unix socket to listen on as well, or alone where there is no --listen; gone when it leaves
    #[cfg(unix)]
    #[arg(long, value_name = "PATH")]
    pub(super) unix: Vec<PathBuf>,

    /// Speak TLS on every address, by these certificates in PEM, the server's own first
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    pub(super) tls_cert: Option<PathBuf>,

    /// The private key of the certificate, in PEM
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    pub(super) tls_key: Option<PathBuf>,

    /// How many threads serve [default: one for each core]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub(super) threads: Option<u16>,

    /// Who moves the bytes of TCP connections: threads of our own, on Linux (auto is io-uring, or epoll where that is
    /// not allowed), or tokio
    #[arg(long, value_name = "ENGINE", default_value = "auto")]
    pub(super) engine: Engine,
}

/// What is agreed to.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "What")]
pub(super) struct Welcome {
    /// Serve the files of this folder where no other path is; hidden ones, and links that lead out, are not there
    #[arg(long, value_name = "FOLDER")]
    pub(super) dir: Option<PathBuf>,

    /// Pages that may connect, once for each, such as `https://example.com`, or any [default: those of this host]
    #[arg(long, value_name = "ORIGIN", value_parser = origin)]
    origin: Vec<String>,

    /// A subprotocol that is spoken, once for each, best first
    #[arg(long, value_name = "NAME", value_parser = protocol)]
    protocol: Vec<String>,

    /// Whether messages may be compressed
    #[arg(long, value_name = "ON|OFF", default_value = "on")]
    deflate: OnOff,

    /// Let clients in that speak the draft of 2010
    #[arg(long)]
    hixie76: bool,
}

/// What is told about it.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Logs, on standard error")]
pub(super) struct Logs {
    /// How a line is written: a time and names with values, or an object
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub(super) log: Format,

    /// Tell nothing but trouble
    #[arg(short, long)]
    pub(super) quiet: bool,
}

const ANY: &str = "any";

fn origin(text: &str) -> Result<String, String> {
    if text != ANY {
        Origins::list([text]).map_err(|error| format!("{error}, or any"))?;
    }
    Ok(text.to_owned())
}

/// RFC 6455 4.1: a token of RFC 9110.
fn protocol(text: &str) -> Result<String, String> {
    let is_token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    if text.is_empty() || !text.bytes().all(is_token) {
        return Err("expected a name such as chat.v2".into());
    }
    Ok(text.to_owned())
}

impl Options {
    /// What the WebSockets are served with.
    pub(super) fn server_options(&self) -> ServerOptions {
        let Welcome { protocol, hixie76, .. } = &self.welcome;
        let options = ServerOptions::default().config(self.config()).origins(self.origins());
        let options = options.protocols(protocol.iter().cloned());
        if *hixie76 { options.allow_hixie76() } else { options }
    }

    pub(super) fn config(&self) -> Config {
        let deflate = match self.welcome.deflate {
            OnOff::On => DeflateConfig::default(),
            OnOff::Off => DeflateConfig::disabled(),
        };
        Config::default().limits(self.bounds.limits()).timing(self.times.timing()).deflate(deflate)
    }

    fn origins(&self) -> Origins {
        match self.welcome.origin.as_slice() {
            [] => Origins::SameHost,
            list if list.iter().any(|origin| origin == ANY) => Origins::Any,
            list => Origins::list(list.iter().map(String::as_str)).expect("each was read before"),
        }
    }

    /// What holds for every connection, whatever is served on it.
    pub(super) fn apply(&self, server: sockeye::Server) -> sockeye::Server {
        let server = self.bounds.apply(server);
        let server = self.times.apply(server);
        self.proxies.apply(server)
    }
}

#[cfg(test)]
mod tests;
