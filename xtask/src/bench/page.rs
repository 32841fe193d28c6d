//! The results as a page: one file of HTML with its plots inside, which needs no network and no script.

use std::fmt::Write;

use super::{
    cell::Kind,
    figures::Spread,
    number,
    results::{Entry, Measured, Results, Server},
};

const STYLE: &str = include_str!("page.css");

/// Where things stand in a plot.
const WIDTH: f64 = 520.0;
const ROW: f64 = 20.0;
const NAMES: f64 = 160.0;
const FIGURES: f64 = 110.0;

/// A bar that is this many times as long as ours is cut, so that the others can be told apart.
const LONGEST: f64 = 4.0;

/// The headings, and what is below them.
const PARTS: [(&str, &[Kind]); 7] = [
    ("Echo: processor time of the server per message", &[Kind::Echo]),
    ("Fan-out: processor time of the server per delivery", &[Kind::Fanout]),
    ("Handshakes: processor time of the server per connection", &[Kind::Handshake]),
    ("TLS: processor time of the server per message", &[Kind::Tls]),
    ("Compression: processor time of the server per message", &[Kind::Deflate, Kind::Takeover]),
    ("Latency at half of what a server can do: 99th percentile", &[Kind::Latency]),
    ("Memory per idle connection", &[Kind::Idle]),
];

/// The whole page.
pub(super) fn page(results: &Results) -> String {
    let mut page = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n<title>WebSocket servers compared</title>\n\
         <style>\n{STYLE}</style>\n</head>\n<body>\n<main>\n<h1>WebSocket servers compared</h1>\n"
    );
    let facts = results.host.0.iter().chain(&results.settings);
    let facts: Vec<String> =
        facts.map(|(name, value)| format!("{name}: {}", escaped(value))).collect();
    // A `String` takes whatever is written.
    let _ = writeln!(page, "<p>{}</p>", facts.join(" · "));
    let _ = writeln!(
        page,
        "<p>Shorter is better. A bar is the median, the line across its end goes from the first quartile to the third; \
         behind it is how many times that of {} it is. A bar that runs out of its plot is cut.</p>",
        escaped(results.setting("against"))
    );
    let noisy = results.cells.iter().filter(|measured| measured.disturbed().1 > 0).count();
    if noisy > 0 {
        let _ = writeln!(
            page,
            "<p class=\"note\">In {noisy} of {} cells others were at work on the machine: those are marked.</p>",
            results.cells.len()
        );
    }
    page.push_str(&servers(results));
    for (title, kinds) in PARTS {
        let cells = results.cells.iter().filter(|measured| kinds.contains(&measured.cell.kind));
        let plots: String = cells.map(|measured| plot(results, measured)).collect();
        if !plots.is_empty() {
            let _ = writeln!(page, "<h2>{title}</h2>\n<div class=\"plots\">\n{plots}</div>");
        }
    }
    page.push_str("</main>\n</body>\n</html>\n");
    page
}

fn servers(results: &Results) -> String {
    let row = |Server { name, version, how }: &Server| {
        // What is code in Markdown is a word here.
        let [name, version, how] = [name, version, how].map(|text| escaped(&text.replace('`', "")));
        format!("<tr><td>{name}</td><td>{version}</td><td>{how}</td></tr>\n")
    };
    let left_out = |(name, why): &(String, String)| {
        let why = escaped(why.lines().next().unwrap_or_default());
        format!("<tr><td>{}</td><td>left out</td><td>{why}</td></tr>\n", escaped(name))
    };
    let rows: String = results.servers.iter().map(row).collect();
    let others: String = results.skipped.iter().map(left_out).collect();
    format!(
        "<table>\n<tr><th>server</th><th>version</th><th>how</th></tr>\n{rows}{others}</table>\n"
    )
}

/// The bars of a cell.
fn plot(results: &Results, measured: &Measured) -> String {
    let (figure, show): (&str, fn(f64) -> String) = match measured.cell.kind {
        Kind::Idle => ("idle_bytes", number::bytes),
        Kind::Latency => ("p99_ns", number::nanos),
        _ => ("cpu_ns", number::nanos),
    };
    let rows: Vec<(&Entry, Spread)> =
        measured.entries.iter().filter_map(|entry| Some((entry, entry.spread(figure)?))).collect();
    let against = measured.entry(results.setting("against"));
    let ours = against.and_then(|entry| entry.spread(figure)).map(|spread| spread.median);
    let longest = rows.iter().map(|(_, spread)| spread.high).fold(0.0, f64::max);
    let most = ours.map_or(longest, |ours| longest.min(ours * LONGEST));
    let height = ROW * rows.len() as f64;
    let noisy = if measured.disturbed().1 > 0 { " (others were at work)" } else { "" };
    let name = measured.cell.to_string();
    let mut plot = format!(
        "<figure>\n<figcaption>{name}<span>{noisy}</span></figcaption>\n\
         <svg viewBox=\"0 0 {WIDTH} {height}\" role=\"img\" aria-label=\"{name}\">\n"
    );
    for (number, (entry, spread)) in rows.iter().enumerate() {
        let ratio = against.filter(|other| other.server != entry.server);
        let ratio = ratio.and_then(|other| entry.ratio(other, figure));
        let beside = ratio.map_or(String::new(), |ratio| format!("  {:.2}×", ratio.spread.median));
        let told = format!("{}{beside}", show(spread.median));
        plot.push_str(&bar(number as f64 * ROW, &entry.server, *spread, most, &told));
    }
    plot.push_str("</svg>\n</figure>\n");
    plot
}

fn bar(top: f64, server: &str, spread: Spread, most: f64, told: &str) -> String {
    let room = WIDTH - NAMES - FIGURES;
    let place = |value: f64| NAMES + room * (value / most).clamp(0.0, 1.0);
    let (end, low, high) = (place(spread.median), place(spread.low), place(spread.high));
    let (base, middle) = (top + ROW * 0.7, top + ROW / 2.0);
    let class = match server.split('-').next() {
        Some("sockeye") => "ours",
        Some("raw") => "raw",
        _ => "peer",
    };
    format!(
        "<text x=\"{:.0}\" y=\"{base:.1}\" text-anchor=\"end\">{}</text>\
         <rect class=\"{class}\" x=\"{NAMES:.0}\" y=\"{:.1}\" width=\"{:.1}\" height=\"{:.1}\" rx=\"2\"/>\
         <line class=\"spread\" x1=\"{low:.1}\" x2=\"{high:.1}\" y1=\"{middle:.1}\" y2=\"{middle:.1}\"/>\
         <text class=\"faint\" x=\"{:.1}\" y=\"{base:.1}\">{}</text>\n",
        NAMES - 6.0,
        escaped(server),
        top + 3.0,
        end - NAMES,
        ROW - 6.0,
        end.max(high) + 6.0,
        escaped(told),
    )
}

fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for next in text.chars() {
        match next {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            _ => escaped.push(next),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::{Results, page};

    const JSON: &str = r#"{"machine": {"cpu": "a & b"}, "settings": {"against": "sockeye-a"},
        "servers": [{"name": "sockeye-a", "version": "<1>", "how": "as is"}], "skipped": {"c": "why"},
        "cells": {
            "echo:32c:16B:d1": [
                {"server": "sockeye-a", "cpu_ns": [5000, 5200], "foreign_cores": [0, 0]},
                {"server": "b", "cpu_ns": [10000, 10400], "foreign_cores": [0, 1]}],
            "idle:16c:1KiB": [{"server": "b", "idle_bytes": [92]}]}}"#;

    #[test]
    fn a_page_has_a_plot_for_each_cell_and_needs_nothing_from_elsewhere() {
        let page = page(&Results::parse(JSON).expect("results"));
        assert_eq!(page.matches("<svg").count(), 2);
        assert_eq!(page.matches("<rect").count(), 3);
        for part in
            ["a &amp; b", "&lt;1&gt;", "2.00×", "92.0 B", "(others were at work)", "left out"]
        {
            assert!(page.contains(part), "{part} in {page}");
        }
        for elsewhere in ["http", "src=", "href=", "url(", "@import", "NaN", "inf"] {
            assert!(!page.contains(elsewhere), "{elsewhere} in {page}");
        }
    }
}
