//! `Plan`: what the options mean, checked before anything is opened.

use std::{fs::File, path::PathBuf, sync::Arc, time::Duration};

use http::{HeaderName, HeaderValue};
use sockeye::{Config, DeflateConfig, Kind, Limits, rustls::pki_types::CertificateDer};

use super::{
    options::{self, Ask, Deflate, Options, What},
    payload::Content,
    process::Process,
};
use crate::{failure::Failure, system, tls};

/// Messages from this size on are taken in parts: putting them together would cost the client more than receiving them.
const PARTS_FROM_BYTES: usize = 32 * 1024;

/// A publisher and a time, see `Stamp`.
pub(super) const STAMP_BYTES: usize = 16;

/// Files of our own besides the connections.
const SPARE_FILES: usize = 32;

/// A span of the cycle that no window of DEFLATE reaches across, so that compression finds no message of before.
const CYCLE_BYTES: usize = 256 * 1024;

/// More than this is not kept ready; what is sent repeats sooner.
const CYCLE_MOST_BYTES: usize = 4 * 1024 * 1024;

/// What is to be measured, and how.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) url: String,
    pub(super) work: Work,
    pub(super) connections: usize,
    pub(super) threads: usize,
    pub(super) duration: Duration,
    pub(super) warmup: Duration,
    pub(super) message: Message,
    pub(super) headers: Vec<(HeaderName, HeaderValue)>,
    pub(super) roots: Vec<CertificateDer<'static>>,
    pub(super) process: Option<Process>,
    pub(super) json: bool,
    /// Opened before the run: a run that cannot be told about is not worth its time.
    pub(super) report: Option<(PathBuf, File)>,
}

/// What the connections do.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Work {
    Echo { depth: usize, rate: Option<f64> },
    Fanout { publishers: usize, depth: usize, rate: Option<f64> },
    Idle { ask: Ask },
    Handshake { rate: Option<f64> },
    Churn { depth: usize, rate: Option<f64> },
}

/// What each message is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Message {
    pub(super) kind: Kind,
    pub(super) content: Content,
    pub(super) len: usize,
    pub(super) deflate: Deflate,
}

impl Plan {
    pub(super) fn new(options: Options) -> Result<Self, Failure> {
        let nothing = Message {
            kind: Kind::Binary,
            content: Content::RandomBytes,
            len: 1,
            deflate: Deflate::Off,
        };
        let (load, work, message) = match options.what {
            What::Echo(options::Echo { load, depth, message, rate }) => {
                (load, Work::Echo { depth, rate }, Message::new(&message))
            }
            What::Fanout(options::Fanout { load, publishers, depth, message, rate }) => {
                let publishers = publishers.into();
                (load, Work::Fanout { publishers, depth, rate }, Message::new(&message))
            }
            What::Idle(options::Idle { load, ask, message }) => {
                (load, Work::Idle { ask }, Message::new(&message))
            }
            What::Handshake(options::Handshake { load, rate }) => {
                (load, Work::Handshake { rate }, nothing)
            }
            What::Churn(options::Churn { load, depth, message, rate }) => {
                (load, Work::Churn { depth, rate }, Message::new(&message))
            }
        };
        check(&load, &work, &message)?;
        let roots = load.cacert.as_deref().map(tls::certificates).transpose();
        Ok(Self {
            work,
            message,
            headers: load.headers,
            roots: roots.map_err(Failure::unusable)?.unwrap_or_default(),
            process: load.pid.map(Process::find).transpose()?,
            report: load.report.map(create).transpose()?,
            url: load.url,
            connections: load.connections,
            threads: load.threads,
            duration: load.duration,
            warmup: load.warmup,
            json: load.json,
        })
    }

    /// What the core, or the library, is told of the messages.
    pub(super) fn config(&self) -> Arc<Config> {
        let Message { len, deflate, .. } = self.message;
        // What comes back compressed may be a little longer than what it says.
        let most = len + 1024;
        let depth = self.work.depth();
        let limits = Limits::default()
            .message_bytes(most)
            .frame_bytes(most)
            .streamed_bytes(most as u64)
            .control_frames_per_second(u32::MAX)
            .output_bytes(most.saturating_mul(depth).max(1 << 20));
        let deflate = match deflate {
            Deflate::Off => DeflateConfig::disabled(),
            Deflate::On => DeflateConfig::default(),
            Deflate::NoTakeover => DeflateConfig::default().receive_context_takeover(false),
        };
        Arc::new(Config::default().limits(limits).deflate(deflate))
    }

    /// Messages that are made before the run: as many as leave in one write, or are needed to fool no window.
    pub(super) fn cycle_len(&self) -> usize {
        let Message { len, deflate, .. } = self.message;
        let enough = if deflate == Deflate::Off { 1 } else { CYCLE_BYTES.div_ceil(len) };
        let depth = self.work.depth();
        let rounds = enough.div_ceil(depth).max(1);
        rounds.saturating_mul(depth).min((CYCLE_MOST_BYTES / len).max(1))
    }
}

impl Work {
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Echo { .. } => "echo",
            Self::Fanout { .. } => "fanout",
            Self::Idle { .. } => "idle",
            Self::Handshake { .. } => "handshake",
            Self::Churn { .. } => "churn",
        }
    }

    /// What is counted.
    pub(super) fn noun(&self) -> &'static str {
        match self {
            Self::Echo { .. } => "messages",
            Self::Fanout { .. } => "deliveries",
            Self::Idle { .. } => "answers",
            Self::Handshake { .. } => "handshakes",
            Self::Churn { .. } => "connections",
        }
    }

    /// Messages that leave in one write.
    pub(super) fn depth(&self) -> usize {
        match *self {
            Self::Echo { depth, .. } | Self::Fanout { depth, .. } | Self::Churn { depth, .. } => {
                depth
            }
            Self::Idle { .. } | Self::Handshake { .. } => 1,
        }
    }

    pub(super) fn rate(&self) -> Option<f64> {
        match *self {
            Self::Echo { rate, .. }
            | Self::Fanout { rate, .. }
            | Self::Handshake { rate }
            | Self::Churn { rate, .. } => rate,
            Self::Idle { .. } => None,
        }
    }
}

impl Message {
    fn new(options: &options::Message) -> Self {
        let kind = if options.text || options.non_ascii { Kind::Text } else { Kind::Binary };
        let content = match kind {
            _ if options.non_ascii => Content::NonAscii,
            _ if options.compressible => Content::Records,
            Kind::Text => Content::RandomText,
            Kind::Binary => Content::RandomBytes,
        };
        Self { kind, content, len: options.size, deflate: options.deflate }
    }

    pub(super) fn comes_in_parts(&self) -> bool {
        self.len >= PARTS_FROM_BYTES
    }
}

fn check(load: &options::Load, work: &Work, message: &Message) -> Result<(), Failure> {
    let connections = load.connections;
    if load.threads > connections {
        let threads = load.threads;
        return Err(Failure::unusable(format_args!(
            "expected at most one thread a connection, got {threads} for {connections}"
        )));
    }
    if let Work::Fanout { publishers, .. } = work {
        if *publishers > connections {
            return Err(Failure::unusable(format_args!(
                "expected at most {connections} publishers, which is every connection, got {publishers}"
            )));
        }
        if message.len < STAMP_BYTES {
            return Err(Failure::unusable(format_args!(
                "expected messages of {STAMP_BYTES} bytes or more, which hold when they were sent, got {}",
                message.len
            )));
        }
    }
    if load.duration.is_zero() && !matches!(work, Work::Idle { .. }) {
        return Err(Failure::unusable("expected some time to measure in, got none"));
    }
    let files = connections.saturating_add(SPARE_FILES);
    match system::raise_open_files() {
        Some(allowed) if allowed < files => Err(Failure::unusable(format_args!(
            "expected to open {files} files for {connections} connections, got a limit of {allowed}"
        ))),
        _ => Ok(()),
    }
}

fn create(path: PathBuf) -> Result<(PathBuf, File), Failure> {
    let file = File::create(&path).map_err(|error| {
        Failure::unusable(format_args!("cannot write {}: {error}", path.display()))
    })?;
    Ok((path, file))
}
