//! The report for programs: one object of JSON.

use std::time::Duration;

use sockeye::Kind;

use crate::{
    bench::{
        figures::{Figures, Held, Served},
        options::Deflate,
        payload::Content,
        plan::{Message, Work},
        process::Shares,
        timeline::Moment,
    },
    json::Value,
};

/// What was found, with a newline behind it. Times are seconds or nanoseconds, as their names say.
pub(in crate::bench) fn json(figures: &Figures) -> String {
    let (total, sum) = (&figures.sum.total, &figures.sum);
    let value = Value::Object(vec![
        ("command", figures.work.name().into()),
        ("url", figures.url.as_str().into()),
        ("connections", figures.connections.into()),
        ("opened", figures.opened.into()),
        ("threads", figures.threads.into()),
        ("message", message(figures)),
        ("depth", figures.work.depth().into()),
        ("rate", figures.work.rate().into()),
        ("warmup_seconds", figures.warmup.into()),
        ("seconds", sum.span.into()),
        ("interrupted", figures.is_interrupted.into()),
        ("counted", figures.work.noun().into()),
        ("sent", total.sent.into()),
        ("done", total.done.into()),
        ("done_per_second", figures.rate().into()),
        ("bytes", total.bytes.into()),
        ("bytes_per_second", figures.byte_rate().into()),
        ("latency_nanos", latency(figures)),
        ("lost", total.lost.into()),
        ("wrong", total.wrong.into()),
        ("not_opened", figures.not_opened.lost.into()),
        ("trouble", figures.trouble().into()),
        ("client", client(figures)),
        ("server", figures.served.as_ref().map(|served| server(figures, served)).into()),
        ("held", figures.held.as_ref().map(|held| held_value(figures, held)).into()),
        ("by_second", Value::List(sum.moments.iter().map(moment).collect())),
    ]);
    format!("{value}\n")
}

fn message(figures: &Figures) -> Value<'static> {
    if matches!(figures.work, Work::Handshake { .. }) {
        return Value::Null;
    }
    let Message { kind, content, len, deflate } = figures.message;
    let kind = match kind {
        Kind::Text => "text",
        Kind::Binary => "binary",
    };
    let content = match content {
        Content::RandomBytes | Content::RandomText => "random",
        Content::Records => "compressible",
        Content::NonAscii => "non-ascii",
    };
    let deflate = match deflate {
        Deflate::Off => "off",
        Deflate::On => "on",
        Deflate::NoTakeover => "no-takeover",
    };
    Value::Object(vec![
        ("bytes", len.into()),
        ("kind", kind.into()),
        ("content", content.into()),
        ("deflate", deflate.into()),
    ])
}

fn latency(figures: &Figures) -> Value<'static> {
    let total = &figures.sum.total;
    let quantile = |share| total.quantile(share).map(nanos).into();
    Value::Object(vec![
        ("counts_from", if figures.work.rate().is_some() { "due" } else { "sent" }.into()),
        ("mean", total.mean().map(nanos).into()),
        ("p50", quantile(0.5)),
        ("p90", quantile(0.9)),
        ("p99", quantile(0.99)),
        ("p99_9", quantile(0.999)),
        ("max", quantile(1.0)),
    ])
}

fn client(figures: &Figures) -> Value<'static> {
    let client = figures.sum.client;
    Value::Object(vec![
        ("busy", client.map(Shares::busy).into()),
        ("running", client.map(|client| client.running).into()),
        ("queued", client.map(|client| client.queued).into()),
        ("bound", figures.is_client_bound().into()),
        ("fast_path", figures.is_fast.into()),
    ])
}

fn server(figures: &Figures, served: &Served) -> Value<'static> {
    let rate = figures.per_cpu_second();
    Value::Object(vec![
        ("cpu_seconds", served.cpu.into()),
        ("seconds", served.span.into()),
        ("cores", served.cores().into()),
        ("done_per_cpu_second", rate.into()),
        ("cpu_nanos_each", rate.map(|rate| 1e9 / rate.max(f64::MIN_POSITIVE)).into()),
        ("memory_bytes_before", served.before_bytes.into()),
        ("memory_bytes_after", served.after_bytes.into()),
    ])
}

fn held_value(figures: &Figures, held: &Held) -> Value<'static> {
    let [open, answered] = held.each(figures.opened);
    Value::Object(vec![
        ("opening_seconds", held.opening.into()),
        ("answered_first", held.answered_first.into()),
        ("answered_last", held.answered_last.into()),
        ("memory_bytes_before", held.before_bytes.into()),
        ("memory_bytes_open", held.open_bytes.into()),
        ("memory_bytes_answered", held.answered_bytes.into()),
        ("memory_bytes_each_open", open.into()),
        ("memory_bytes_each_answered", answered.into()),
    ])
}

fn moment(moment: &Moment) -> Value<'static> {
    Value::Object(vec![
        ("seconds", moment.span.into()),
        ("done", moment.done.into()),
        ("p50_nanos", moment.p50.map(nanos).into()),
        ("p99_nanos", moment.p99.map(nanos).into()),
        ("max_nanos", moment.max.map(nanos).into()),
        ("server_cpu_seconds", moment.server.map(|usage| usage.cpu).into()),
        ("server_resident_bytes", moment.server.map(|usage| usage.resident_bytes).into()),
    ])
}

fn nanos(span: Duration) -> u64 {
    u64::try_from(span.as_nanos()).unwrap_or(u64::MAX)
}
