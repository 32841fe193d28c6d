//! `Figures`: everything that a run found out. The reports are made of it, and of nothing else.

use std::time::Duration;

use super::{
    plan::{Message, Work},
    record::Record,
    timeline::Sum,
};

/// A client's thread that has something to do for more than this share of its time may be what the figures show.
const BUSY: f64 = 0.95;

/// The latencies that are told, and the share of all that is not above each.
pub(super) const QUANTILES: [(&str, f64); 5] =
    [("p50", 0.5), ("p90", 0.9), ("p99", 0.99), ("p99.9", 0.999), ("max", 1.0)];

/// What a run found out.
#[derive(Debug)]
pub(super) struct Figures {
    pub(super) url: String,
    pub(super) work: Work,
    pub(super) message: Message,
    pub(super) connections: usize,
    pub(super) threads: usize,
    pub(super) warmup: Duration,
    /// Whether the connections took the fast path.
    pub(super) is_fast: bool,
    pub(super) opened: usize,
    /// What happened to connections that did not open.
    pub(super) not_opened: Record,
    pub(super) sum: Sum,
    pub(super) served: Option<Served>,
    pub(super) held: Option<Held>,
    pub(super) is_interrupted: bool,
}

/// What the server took while it was measured.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Served {
    pub(super) cpu: Duration,
    pub(super) span: Duration,
    pub(super) before_bytes: Option<u64>,
    pub(super) after_bytes: Option<u64>,
}

/// What became of connections that were held.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Held {
    /// How long it took to open them.
    pub(super) opening: Duration,
    /// The server's memory without them, with them, and after each was asked.
    pub(super) before_bytes: Option<u64>,
    pub(super) open_bytes: Option<u64>,
    pub(super) answered_bytes: Option<u64>,
    /// How many answered when they were open, and at the end.
    pub(super) answered_first: Option<u64>,
    pub(super) answered_last: Option<u64>,
}

impl Figures {
    /// Answers a second.
    pub(super) fn rate(&self) -> f64 {
        per_second(self.sum.total.done, self.sum.span)
    }

    /// Connections that were there to work: those that are opened and closed all the time were never all open.
    pub(super) fn open_connections(&self) -> usize {
        match self.work {
            Work::Handshake { .. } | Work::Churn { .. } => self.connections,
            _ => self.opened,
        }
    }

    /// Bytes of payload a second.
    pub(super) fn byte_rate(&self) -> f64 {
        per_second(self.sum.total.bytes, self.sum.span)
    }

    /// Whether the client had so much to do that the server may have waited for it.
    pub(super) fn is_client_bound(&self) -> bool {
        self.held.is_none() && self.sum.client.is_some_and(|client| client.busy() > BUSY)
    }

    /// Answers for each second of the server's processor time; `None` where it took too little to be told.
    pub(super) fn per_cpu_second(&self) -> Option<f64> {
        let cpu = self.served?.cpu;
        (!cpu.is_zero()).then(|| per_second(self.sum.total.done, cpu))
    }

    /// What went wrong, in one line; nothing where all went well.
    pub(super) fn trouble(&self) -> Option<String> {
        let told = |record: &Record, what: &str| {
            let first = record.first_trouble.as_deref()?;
            let (lost, all) = (record.lost, self.connections);
            let of = if matches!(self.work, Work::Handshake { .. } | Work::Churn { .. }) {
                String::new()
            } else {
                format!(" of {all}")
            };
            let s = if lost == 1 && of.is_empty() { "" } else { "s" };
            Some(format!("{lost}{of} connection{s} {what}, the first with: {first}"))
        };
        let lost = told(&self.sum.total, "failed");
        let not_opened = told(&self.not_opened, "did not open");
        let parts: Vec<String> = not_opened.into_iter().chain(lost).collect();
        (!parts.is_empty()).then(|| parts.join("; "))
    }
}

impl Served {
    /// How many processors it kept busy.
    pub(super) fn cores(&self) -> f64 {
        self.cpu.as_secs_f64() / self.span.as_secs_f64().max(f64::MIN_POSITIVE)
    }
}

impl Held {
    /// Bytes for each connection, when they were open and after each was asked.
    pub(super) fn each(&self, connections: usize) -> [Option<f64>; 2] {
        [self.open_bytes, self.answered_bytes].map(|bytes| {
            let more = bytes? as f64 - self.before_bytes? as f64;
            (connections > 0).then(|| more / connections as f64)
        })
    }
}

fn per_second(count: u64, span: Duration) -> f64 {
    if span.is_zero() { 0.0 } else { count as f64 / span.as_secs_f64() }
}
