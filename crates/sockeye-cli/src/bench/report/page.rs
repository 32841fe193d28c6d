//! The report as a page: one file of HTML with its plots inside, which needs no network and no script.

use std::{fmt::Write, time::Duration};

use super::{
    number::{bytes, grouped, memory, rounded, short},
    plot::{Line, Plot},
    scale::{Scale, nines},
    text,
};
use crate::bench::{
    figures::{Figures, QUANTILES},
    span,
    timeline::Moment,
};

const STYLE: &str = include_str!("page.css");

/// More points than this stand too close to be told apart.
const POINTS: usize = 240;

const MEBIBYTE: f64 = 1_048_576.0;

/// Shares of all whose latencies are drawn.
const SHARES: [f64; 16] = [
    0.0, 0.25, 0.5, 0.75, 0.9, 0.95, 0.975, 0.99, 0.995, 0.999, 0.9995, 0.9999, 0.99995, 0.99999,
    0.999995, 0.999999,
];

/// The whole page.
pub(super) fn page(figures: &Figures) -> String {
    let (name, url) = (figures.work.name(), escaped(&figures.url));
    let setting = escaped(&text::setting(figures));
    let mut page = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n\
         <title>sockeye bench {name}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n<main>\n\
         <h1>sockeye bench {name}</h1>\n<p class=\"url\">{url}</p>\n<p>{setting}</p>\n"
    );
    for note in notes(figures) {
        // A `String` takes whatever is written.
        let _ = writeln!(page, "<p class=\"note\">{}</p>", escaped(&note));
    }
    page.push_str(&tiles(figures));
    page.push_str("<div class=\"plots\">\n");
    plots(figures).iter().for_each(|plot| page.push_str(&plot.svg()));
    let _ = write!(
        page,
        "</div>\n<p class=\"foot\">Latency is measured at the client. {}.</p>\n</main>\n</body>\n</html>\n",
        capital(text::loop_in_words(figures))
    );
    page
}

/// What a reader must know before he believes the rest.
fn notes(figures: &Figures) -> Vec<String> {
    let mut notes: Vec<String> =
        figures.trouble().map(|trouble| capital(&trouble)).into_iter().collect();
    if figures.is_client_bound() || !figures.is_fast {
        notes.extend(text::client(figures).map(|client| format!("Client: {client}")));
    }
    if figures.is_interrupted {
        notes.push("The run was interrupted; this is what was measured up to then.".into());
    }
    notes
}

/// The figures that are looked for first.
fn tiles(figures: &Figures) -> String {
    let (total, noun) = (&figures.sum.total, figures.work.noun());
    let mut tiles = Vec::new();
    match &figures.held {
        Some(held) => {
            tiles.extend(
                text::held_rows(figures, held)
                    .into_iter()
                    .map(|(name, what)| (name.to_owned(), what)),
            );
        }
        None => {
            tiles.push((format!("{noun} a second"), rounded(figures.rate())));
            tiles.push((noun.to_owned(), grouped(total.done)));
            if total.bytes > 0 {
                tiles.push(("payload a second".into(), bytes(figures.byte_rate())));
            }
        }
    }
    for (name, share) in QUANTILES {
        tiles.extend(total.quantile(share).map(|latency| (name.to_owned(), span::show(latency))));
    }
    if let Some(served) = &figures.served {
        tiles.push(("server, cores".into(), rounded(served.cores())));
        let rate = figures.per_cpu_second();
        tiles.extend(rate.map(|rate| (format!("{noun} a CPU second"), rounded(rate))));
        let held = served.after_bytes;
        tiles.extend(held.map(|held| ("server, memory".into(), memory(held as f64))));
    }
    if let (Some(client), None) = (figures.sum.client, figures.held) {
        tiles.push(("client, of a core".into(), format!("{:.0} %", client.running * 100.0)));
    }
    let tile = |(name, what): (String, String)| {
        format!("<div><dt>{}</dt><dd>{}</dd></div>\n", escaped(&name), escaped(&what))
    };
    format!("<dl>\n{}</dl>\n", tiles.into_iter().map(tile).collect::<String>())
}

fn plots(figures: &Figures) -> Vec<Plot<'static>> {
    let mut plots = Vec::new();
    let moments = grouped_moments(&figures.sum.moments);
    if figures.held.is_none() {
        let title = format!("{} a second", capital(figures.work.noun()));
        plots.push(over_time(title, short, &moments, &[("", rate)]));
        let latencies: [(&str, Value); 3] = [
            ("p50", |moment| moment.p50.map(nanos)),
            ("p99", |moment| moment.p99.map(nanos)),
            ("max", |moment| moment.max.map(nanos)),
        ];
        let mut plot = over_time("Latency by second".into(), show_nanos, &moments, &latencies);
        let values = plot.lines.iter().flat_map(|line| line.points.iter().map(|point| point.1));
        plot.y = Scale::log(values);
        plots.push(plot);
    }
    plots.push(percentiles(figures));
    if figures.sum.moments.iter().any(|moment| moment.server.is_some()) {
        plots.push(over_time("Server, cores".into(), rounded, &moments, &[("", cores)]));
        plots.push(over_time(
            "Server, resident memory".into(),
            show_mebibytes,
            &moments,
            &[("", resident)],
        ));
    }
    plots
}

/// What a point of a line is, if there is one.
type Value = fn(&Moment) -> Option<f64>;

fn over_time(
    title: String,
    show_y: fn(f64) -> String,
    moments: &[Moment],
    values: &[(&'static str, Value)],
) -> Plot<'static> {
    let mut end = 0.0;
    let mut middle = |moment: &Moment| {
        let span = moment.span.as_secs_f64();
        end += span;
        end - span / 2.0
    };
    let middles: Vec<f64> = moments.iter().map(&mut middle).collect();
    let line = |(name, value): &(&'static str, Value)| {
        let point = |(at, moment): (&f64, &Moment)| value(moment).map(|value| (*at, value));
        Line { name, points: middles.iter().zip(moments).filter_map(point).collect() }
    };
    let lines: Vec<Line<'_>> = values.iter().map(line).collect();
    let y = Scale::from_zero(lines.iter().flat_map(|line| line.points.iter().map(|point| point.1)));
    let x = Scale::Linear { most: if end > 0.0 { end } else { 1.0 } };
    Plot { title, x, y, show_x: |seconds| format!("{} s", short(seconds)), show_y, lines }
}

/// Each latency over the share of all that is not above it, in nines: the tail is what matters.
fn percentiles(figures: &Figures) -> Plot<'static> {
    let total = &figures.sum.total;
    // Of a thousand, 99.99 % are all.
    let most = (total.done.max(10) as f64).log10();
    let told = SHARES.into_iter().filter(|share| nines(*share) <= most);
    let point = |share: f64| total.quantile(share).map(|latency| (share, nanos(latency)));
    // The longest one is above all others but itself.
    let last = total.quantile(1.0).map(|latency| (1.0 - 10_f64.powf(-most), nanos(latency)));
    let points: Vec<(f64, f64)> = told.filter_map(point).chain(last).collect();
    Plot {
        title: "Latency by percentile".into(),
        x: Scale::Nines { most },
        y: Scale::log(points.iter().map(|point| point.1)),
        show_x: |share| format!("{}%", rounded_share(share)),
        show_y: show_nanos,
        lines: vec![Line { name: "", points }],
    }
}

fn rounded_share(share: f64) -> String {
    let digits = format!("{:.4}", share * 100.0);
    digits.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// Seconds put together where there are more than can be drawn: their rates are averaged, their latencies the worst.
fn grouped_moments(moments: &[Moment]) -> Vec<Moment> {
    let together = moments.len().div_ceil(POINTS).max(1);
    let group = |moments: &[Moment]| moments.iter().cloned().reduce(join);
    moments.chunks(together).filter_map(group).collect()
}

fn join(one: Moment, other: Moment) -> Moment {
    let server = one.server.zip(other.server).map(|(one, mut other)| {
        other.cpu += one.cpu;
        other
    });
    Moment {
        span: one.span + other.span,
        done: one.done + other.done,
        p50: one.p50.max(other.p50),
        p99: one.p99.max(other.p99),
        max: one.max.max(other.max),
        server,
    }
}

fn rate(moment: &Moment) -> Option<f64> {
    Some(moment.done as f64 / moment.span.as_secs_f64().max(f64::MIN_POSITIVE))
}

fn cores(moment: &Moment) -> Option<f64> {
    Some(moment.server?.cpu.as_secs_f64() / moment.span.as_secs_f64().max(f64::MIN_POSITIVE))
}

fn resident(moment: &Moment) -> Option<f64> {
    Some(moment.server?.resident_bytes as f64 / MEBIBYTE)
}

fn nanos(latency: Duration) -> f64 {
    latency.as_nanos() as f64
}

fn show_nanos(nanos: f64) -> String {
    span::show(Duration::from_nanos(nanos.round() as u64))
}

fn show_mebibytes(mebibytes: f64) -> String {
    memory(mebibytes * MEBIBYTE)
}

fn capital(text: &str) -> String {
    let mut rest = text.chars();
    rest.next().map(|first| first.to_uppercase().chain(rest).collect()).unwrap_or_default()
}

/// What stands in a page as text.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            other => escaped.push(other),
        }
    }
    escaped
}
