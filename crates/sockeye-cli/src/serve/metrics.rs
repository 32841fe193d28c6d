//! `Metrics`: counters, as the text that Prometheus reads.

mod codes;

use std::{
    fmt::{self, Display},
    sync::atomic::{AtomicU64, Ordering},
};

use self::codes::Codes;
use super::route::Route;

/// What is counted.
#[derive(Debug)]
pub(super) struct Metrics {
    echo: OfRoute,
    broadcast: OfRoute,
    /// Requests that became no WebSocket, by status.
    pub(super) refusals: Codes,
    /// Requests that were for none, by status.
    pub(super) answers: Codes,
}

/// What is counted of the WebSockets on one path.
#[derive(Debug)]
pub(super) struct OfRoute {
    opened: AtomicU64,
    ended: AtomicU64,
    messages: BothWays,
    bytes: BothWays,
    closes: Codes,
}

#[derive(Debug, Default)]
struct BothWays {
    received: AtomicU64,
    sent: AtomicU64,
}

/// Messages and their bytes, both ways.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Traffic {
    pub(super) messages_in: u64,
    pub(super) bytes_in: u64,
    pub(super) messages_out: u64,
    pub(super) bytes_out: u64,
}

impl Traffic {
    pub(super) fn add(&mut self, more: Self) {
        self.messages_in += more.messages_in;
        self.bytes_in += more.bytes_in;
        self.messages_out += more.messages_out;
        self.bytes_out += more.bytes_out;
    }
}

impl BothWays {
    fn count(&self, received: u64, sent: u64) {
        self.received.fetch_add(received, Ordering::Relaxed);
        self.sent.fetch_add(sent, Ordering::Relaxed);
    }

    fn samples(&self, path: &str) -> [(String, u64); 2] {
        let labels = |direction| format!("path=\"{path}\",direction=\"{direction}\"");
        [(labels("in"), read(&self.received)), (labels("out"), read(&self.sent))]
    }
}

impl OfRoute {
    fn new() -> Self {
        Self {
            opened: AtomicU64::new(0),
            ended: AtomicU64::new(0),
            messages: BothWays::default(),
            bytes: BothWays::default(),
            closes: Codes::of_closes(),
        }
    }

    pub(super) fn count_open(&self) {
        self.opened.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn count_end(&self, code: u16) {
        self.ended.fetch_add(1, Ordering::Relaxed);
        self.closes.count(code);
    }

    pub(super) fn count(&self, traffic: Traffic) {
        self.messages.count(traffic.messages_in, traffic.messages_out);
        self.bytes.count(traffic.bytes_in, traffic.bytes_out);
    }

    /// The end is read first, so that one who comes in between is not missing from the opened ones.
    fn open(&self) -> u64 {
        let ended = read(&self.ended);
        read(&self.opened).saturating_sub(ended)
    }
}

fn read(count: &AtomicU64) -> u64 {
    count.load(Ordering::Relaxed)
}

impl Metrics {
    pub(super) fn new() -> Self {
        Self {
            echo: OfRoute::new(),
            broadcast: OfRoute::new(),
            refusals: Codes::of_refusals(),
            answers: Codes::of_answers(),
        }
    }

    pub(super) fn of(&self, route: Route) -> &OfRoute {
        match route {
            Route::Echo => &self.echo,
            Route::Broadcast => &self.broadcast,
        }
    }

    /// One sample for each path.
    fn per_path(&self, value: impl Fn(&OfRoute) -> u64) -> impl Iterator<Item = (String, u64)> {
        Route::ALL.map(|route| (label("path", route.path()), value(self.of(route)))).into_iter()
    }

    fn both_ways(&self, of: impl Fn(&OfRoute) -> &BothWays) -> impl Iterator<Item = (String, u64)> {
        Route::ALL.map(|route| of(self.of(route)).samples(route.path())).into_iter().flatten()
    }

    fn closes(&self) -> impl Iterator<Item = (String, u64)> {
        Route::ALL.into_iter().flat_map(|route| {
            let path = label("path", route.path());
            let rows = self.of(route).closes.rows();
            rows.map(move |(code, count)| (format!("{path},{}", label("code", code)), count))
        })
    }
}

fn label(name: &str, value: &str) -> String {
    format!("{name}=\"{value}\"")
}

fn by_status(codes: &Codes) -> impl Iterator<Item = (String, u64)> {
    codes.rows().map(|(status, count)| (label("status", status), count))
}

/// The text format of Prometheus, version 0.0.4.
impl Display for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let open = self.per_path(OfRoute::open);
        family(f, "sockeye_websockets", "gauge", "WebSockets that are open", open)?;
        let mut counter = |name: &str, help: &str, samples: &mut dyn Iterator<Item = _>| {
            family(f, &format!("sockeye_{name}_total"), "counter", help, samples)
        };
        let opened = &mut self.per_path(|of| read(&of.opened));
        counter("websockets_opened", "WebSockets that were opened", opened)?;
        counter("messages", "Messages", &mut self.both_ways(|of| &of.messages))?;
        let bytes = &mut self.both_ways(|of| &of.bytes);
        counter("message_bytes", "Bytes of messages, not compressed", bytes)?;
        counter(
            "closes",
            "WebSockets that ended; 1006 is an end without a close",
            &mut self.closes(),
        )?;
        counter("refused", "Requests that became no WebSocket", &mut by_status(&self.refusals))?;
        counter("answered", "Requests that were for no WebSocket", &mut by_status(&self.answers))
    }
}

fn family(
    f: &mut fmt::Formatter<'_>,
    name: &str,
    kind: &str,
    help: &str,
    samples: impl IntoIterator<Item = (String, u64)>,
) -> fmt::Result {
    write!(f, "# HELP {name} {help}.\n# TYPE {name} {kind}\n")?;
    samples.into_iter().try_for_each(|(labels, value)| writeln!(f, "{name}{{{labels}}} {value}"))
}
