//! What `sockeye connect` can be told.

use std::{path::PathBuf, time::Duration};

use http::{HeaderName, HeaderValue};
use sockeye::{CloseCode, Proxy};

use super::{argument, format::Format};
use crate::{header, on_off::OnOff, seconds};

const EXAMPLES: &str = "\
Examples:
  A conversation, with a line editor and a history:
    sockeye connect wss://echo.example/
  One question, one answer, and an exit status that tells whether it came:
    echo hello | sockeye connect --exit-after 1 --timeout 5 ws://127.0.0.1:8080/echo
  A feed, for as long as it lasts and again when it breaks:
    sockeye connect --reconnect --json wss://feed.example/ < /dev/null --no-close
  Every frame, on standard error:
    echo hello | sockeye connect --trace ws://127.0.0.1:8080/echo
  A file as one binary message:
    base64 -w 0 picture.png | sockeye connect --format base64 ws://127.0.0.1:8080/echo

On a terminal, lines are edited and kept in $XDG_STATE_HOME/sockeye/history (else
~/.local/state/sockeye/history), which nobody else can read; a line that begins with
a space is not kept. Ctrl-D or Ctrl-C says goodbye.

Exit status:
  0  done: the conversation was had; the server said goodbye with 1000, 1001 or no code, or we did
  1  it ran, and the outcome is bad: another code, a connection that broke, input that cannot be
     sent, fewer messages than --exit-after, more time than --timeout
  2  it could not begin: arguments, files, no connection, a handshake that failed";

/// Talk to a WebSocket server: lines from standard input become messages, messages become lines
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Options {
    /// The server: ws, wss, http or https
    pub(super) url: String,

    #[command(flatten)]
    pub(super) messages: Messages,
    #[command(flatten)]
    pub(super) ending: Ending,
    #[command(flatten)]
    pub(super) request: Request,
    #[command(flatten)]
    pub(super) way: Way,
    #[command(flatten)]
    pub(super) tls: Tls,
}

/// What is said, and how it is shown.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Messages")]
pub(super) struct Messages {
    /// How messages stand on standard input and output
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub(super) format: Format,

    /// Print what happens as a JSON object a line: open, message, frame, lost, close
    #[arg(long)]
    pub(super) json: bool,

    /// Print every frame with its direction, opcode, size, compressed size and time
    #[arg(long)]
    pub(super) trace: bool,

    /// The largest message, in both directions
    #[arg(long, value_name = "BYTES", default_value = "16M", value_parser = argument::bytes)]
    pub(super) max_message: usize,

    /// Whether messages may be compressed
    #[arg(long, value_name = "ON|OFF", default_value = "on")]
    pub(super) deflate: OnOff,

    /// Keep no history of the lines that are typed
    #[arg(long)]
    pub(super) no_history: bool,
}

/// When it is over.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Ending")]
pub(super) struct Ending {
    /// Say goodbye after so many messages from the server; fewer are a failure
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub(super) exit_after: Option<u64>,

    /// Say goodbye when the server has been silent for so long after the end of standard input
    #[arg(long, value_name = "SECONDS", default_value = "1", value_parser = argument::wait)]
    pub(super) wait: Duration,

    /// Stay after the end of standard input, until the server says goodbye
    #[arg(long)]
    pub(super) no_close: bool,

    /// Fail when all of it takes longer
    #[arg(long, value_name = "SECONDS", value_parser = seconds::parse)]
    pub(super) timeout: Option<Duration>,

    /// Connect again when the connection is lost, after waits that grow from 1 to 30 s
    #[arg(long)]
    pub(super) reconnect: bool,

    /// The code of our goodbye
    #[arg(long, value_name = "CODE", default_value = "1000", value_parser = argument::close_code)]
    pub(super) close_code: CloseCode,

    /// The reason of our goodbye
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
    pub(super) close_reason: String,
}

/// What the handshake asks for.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Handshake")]
pub(super) struct Request {
    /// A header of the request; may be given again
    #[arg(short = 'H', long, value_name = "NAME: VALUE", value_parser = header::parse)]
    pub(super) header: Vec<(HeaderName, HeaderValue)>,

    /// A subprotocol that is spoken, best first; may be given again
    #[arg(long, value_name = "NAME")]
    pub(super) protocol: Vec<String>,

    /// The header Origin
    #[arg(long, value_name = "URL", value_parser = header::value)]
    pub(super) origin: Option<HeaderValue>,

    /// A login, sent as Basic authentication
    #[arg(long, value_name = "USER:PASSWORD", value_parser = argument::login)]
    pub(super) auth: Option<HeaderValue>,
}

/// How the server is reached.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Connection")]
pub(super) struct Way {
    /// A proxy: http, https or socks5; without it the environment's
    #[arg(long, value_name = "URL", conflicts_with = "no_proxy")]
    pub(super) proxy: Option<Proxy>,

    /// Use no proxy, whatever the environment says
    #[arg(long)]
    pub(super) no_proxy: bool,

    /// Connect to this Unix socket; the URL is what the request says
    #[cfg(unix)]
    #[arg(long, value_name = "PATH", conflicts_with = "proxy")]
    pub(super) unix: Option<PathBuf>,

    /// Speak HTTP/2 (RFC 8441), over TLS or with prior knowledge
    #[arg(long)]
    pub(super) http2: bool,

    /// How long connecting may take
    #[arg(long, value_name = "SECONDS", default_value = "30", value_parser = seconds::parse)]
    pub(super) connect_timeout: Duration,

    /// Send a ping after so much silence of the server
    #[arg(long, value_name = "SECONDS", default_value = "30", value_parser = seconds::parse)]
    pub(super) ping: Duration,
}

/// Whom we trust, and who we are.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "TLS")]
pub(super) struct Tls {
    /// Trust the certificates in this file (PEM), and no others
    #[arg(long, value_name = "FILE")]
    pub(super) cacert: Option<PathBuf>,

    /// Our certificate and those above it (PEM)
    #[arg(long, value_name = "FILE", requires = "key")]
    pub(super) cert: Option<PathBuf>,

    /// The private key of our certificate (PEM)
    #[arg(long, value_name = "FILE", requires = "cert")]
    pub(super) key: Option<PathBuf>,

    /// Trust anybody: whoever is in between reads and changes all of it
    #[arg(long, conflicts_with = "cacert")]
    pub(super) insecure: bool,
}
