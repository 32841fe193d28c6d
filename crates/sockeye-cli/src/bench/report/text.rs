//! The report for people, in plain text.

use std::fmt::Write;

use sockeye::Kind;

use super::{
    chart::chart,
    number::{bytes, grouped, memory, rounded},
};
use crate::bench::{
    figures::{Figures, Held, QUANTILES, Served},
    options::Deflate,
    payload::Content,
    plan::Work,
    span,
};

/// From this share of its time on it is told that the client had to wait for a processor.
const QUEUED: f64 = 0.05;

/// What was found, in a few lines.
pub(in crate::bench) fn text(figures: &Figures) -> String {
    let mut text = String::new();
    let row = |text: &mut String, name: &str, what: &str| {
        // A `String` takes whatever is written.
        let _ = writeln!(text, "{name:<12} {what}");
    };
    row(&mut text, figures.work.name(), &figures.url);
    row(&mut text, "", &setting(figures));
    let noun = figures.work.noun();
    match &figures.held {
        Some(held) => {
            for (name, what) in held_rows(figures, held) {
                row(&mut text, name, &what);
            }
        }
        None => row(&mut text, noun, &throughput(figures)),
    }
    row(&mut text, "latency", &latency(figures));
    row(&mut text, "", loop_in_words(figures));
    if let Some(served) = &figures.served {
        row(&mut text, "server", &server(figures, served));
    }
    if let Some(client) = client(figures) {
        row(&mut text, "client", &client);
    }
    if figures.is_interrupted {
        row(&mut text, "", "interrupted: this is what was measured up to then");
    }
    if figures.held.is_none() {
        let _ = write!(text, "\n{noun} a second\n{}", chart(&figures.sum.moments));
    }
    text
}

/// How it was measured, in one line.
pub(super) fn setting(figures: &Figures) -> String {
    let mut parts =
        vec![counted(figures.open_connections(), "connection"), counted(figures.threads, "thread")];
    if !matches!(figures.work, Work::Handshake { .. }) {
        parts.push(message(figures));
    }
    match figures.work {
        Work::Echo { depth, .. } | Work::Churn { depth, .. } => {
            parts.push(format!("depth {depth}"));
        }
        Work::Fanout { publishers, depth, .. } => {
            parts.push(format!("{}, depth {depth}", counted(publishers, "publisher")));
        }
        Work::Idle { .. } | Work::Handshake { .. } => {}
    }
    if let Some(rate) = figures.work.rate() {
        parts.push(format!("{} a second wanted", rounded(rate)));
    }
    if figures.held.is_none() {
        let (span, warmup) = (span::show(figures.sum.span), span::show(figures.warmup));
        parts.push(format!("{span} after {warmup} of warm-up"));
    }
    parts.join(", ")
}

fn message(figures: &Figures) -> String {
    let message = &figures.message;
    let kind = match message.kind {
        Kind::Text => "text",
        Kind::Binary => "binary",
    };
    let content = match message.content {
        Content::RandomBytes | Content::RandomText => "random",
        Content::Records => "compressible",
        Content::NonAscii => "non-ASCII",
    };
    let deflate = match message.deflate {
        Deflate::Off => "",
        Deflate::On => ", deflate",
        Deflate::NoTakeover => ", deflate without takeover",
    };
    format!("{} {content} {kind}{deflate}", memory(message.len as f64))
}

fn counted(count: usize, noun: &str) -> String {
    let s = if count == 1 { "" } else { "s" };
    format!("{} {noun}{s}", grouped(count as u64))
}

fn throughput(figures: &Figures) -> String {
    let mut line = format!("{}   {}/s", grouped(figures.sum.total.done), rounded(figures.rate()));
    if figures.sum.total.bytes > 0 {
        let _ = write!(line, "   {}/s of payload", bytes(figures.byte_rate()));
    }
    line
}

pub(super) fn latency(figures: &Figures) -> String {
    let quantile = |(name, share): &(&str, f64)| {
        let latency = figures.sum.total.quantile(*share)?;
        Some(format!("{name} {}", span::show(latency)))
    };
    QUANTILES.iter().filter_map(quantile).collect::<Vec<_>>().join("   ")
}

/// What the latencies mean.
pub(super) fn loop_in_words(figures: &Figures) -> &'static str {
    match (figures.work, figures.work.rate()) {
        (Work::Idle { .. }, _) => "all were asked at once; each counts from then",
        (_, Some(_)) => "open loop: each counts from when it was due by the clock",
        (Work::Handshake { .. } | Work::Churn { .. }, None) => {
            "closed loop: the next is opened when the last is closed, so a stall counts once"
        }
        (_, None) => "closed loop: the next leave when the last are back, so a stall counts once",
    }
}

pub(super) fn server(figures: &Figures, served: &Served) -> String {
    let mut line = format!("{:.2} cores", served.cores());
    if let Some(rate) = figures.per_cpu_second() {
        let (noun, micros) = (figures.work.noun(), 1e6 / rate.max(f64::MIN_POSITIVE));
        let _ = write!(line, "   {} {noun} a CPU second   {micros:.3} µs each", rounded(rate));
    }
    if let (Some(before), Some(after)) = (served.before_bytes, served.after_bytes) {
        let (before, after) = (memory(before as f64), memory(after as f64));
        let _ = write!(line, "   {after} of memory, {before} before");
    }
    line
}

/// How busy the client was, and what that means.
pub(super) fn client(figures: &Figures) -> Option<String> {
    if figures.held.is_some() {
        return None;
    }
    let client = figures.sum.client?;
    let mut line = format!("{:.0} % of a core", client.running * 100.0);
    if client.queued > QUEUED {
        let _ = write!(line, ", and {:.0} % waiting for others to leave it", client.queued * 100.0);
    }
    if figures.is_client_bound() {
        line.push_str("   client-bound: the server may do more with more --threads of the client");
    }
    if !figures.is_fast {
        line.push_str("   not on the fast path, which is for ws:// alone: the client costs more");
    }
    Some(line)
}

/// What became of connections that were held.
pub(super) fn held_rows(figures: &Figures, held: &Held) -> Vec<(&'static str, String)> {
    let opened = figures.opened;
    let a_second = opened as f64 / held.opening.as_secs_f64().max(f64::MIN_POSITIVE);
    let open = format!(
        "{} in {}   {}/s",
        grouped(opened as u64),
        span::show(held.opening),
        rounded(a_second)
    );
    let mut rows = vec![("opened", open)];
    for (name, answered) in [("answered", held.answered_first), ("at the end", held.answered_last)]
    {
        if let Some(answered) = answered {
            rows.push((name, format!("{} of {}", grouped(answered), grouped(opened as u64))));
        }
    }
    if let [Some(open), answered] = held.each(opened) {
        let after = answered
            .map(|each| format!("   {} after each had answered", memory(each)))
            .unwrap_or_default();
        rows.push(("server", format!("{} a connection{after}", memory(open))));
    }
    rows
}
