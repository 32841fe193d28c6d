//! The results as the generated block of `docs/performance.md`.

use std::fmt::Write;

use super::{
    cell::{Cell, Kind},
    number,
    results::{Entry, Measured, Results, Server},
};

/// What stands around the block.
const BEGIN: &str = "<!-- measured: cargo xtask bench render -->";
const END: &str = "<!-- end of what was measured -->";

/// A table: which cells it has, and what of them.
struct Table {
    title: &'static str,
    about: &'static str,
    kinds: &'static [Kind],
    figure: &'static str,
    shown: Shown,
}

/// How a figure is told.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Shown {
    /// Of the server that the others are compared with; for the others how many times as much it is.
    Times,
    Time,
    Bytes,
    Ratio,
}

const TABLES: [Table; 8] = [
    Table {
        title: "Echo",
        about: "Processor time of the server per message.",
        kinds: &[Kind::Echo],
        figure: "cpu_ns",
        shown: Shown::Times,
    },
    Table {
        title: "Fan-out",
        about: "Processor time of the server per delivery; `d16` is a burst of 16.",
        kinds: &[Kind::Fanout],
        figure: "cpu_ns",
        shown: Shown::Times,
    },
    Table {
        title: "Handshakes",
        about: "Processor time of the server per connection that is opened and closed.",
        kinds: &[Kind::Handshake],
        figure: "cpu_ns",
        shown: Shown::Times,
    },
    Table {
        title: "TLS",
        about: "Processor time of the server per message; rustls with ring for everyone.",
        kinds: &[Kind::Tls],
        figure: "cpu_ns",
        shown: Shown::Times,
    },
    Table {
        title: "Compression",
        about: "Processor time of the server per message: inflated, and compressed again.",
        kinds: &[Kind::Deflate, Kind::Takeover],
        figure: "cpu_ns",
        shown: Shown::Times,
    },
    Table {
        title: "What compression leaves",
        about: "Bytes of the answers on the wire, by bytes of the messages in them.",
        kinds: &[Kind::Deflate, Kind::Takeover],
        figure: "wire",
        shown: Shown::Ratio,
    },
    Table {
        title: "Latency",
        about: "The 99th percentile at half of what each server can do, from when a message was due.",
        kinds: &[Kind::Latency],
        figure: "p99_ns",
        shown: Shown::Time,
    },
    Table {
        title: "Idle memory",
        about: "Proportional memory of the server per connection that says nothing.",
        kinds: &[Kind::Idle],
        figure: "idle_bytes",
        shown: Shown::Bytes,
    },
];

/// Connections between which it is seen how cost grows.
const FEW_AND_MANY: [&str; 2] = ["echo:100c:128B:d1", "echo:8000c:128B:d1"];

/// The page with its block as these results have it.
pub(crate) fn renewed(page: &str, json: &str) -> Result<String, String> {
    let results = Results::parse(json)?;
    let missing = |mark| format!("expected a line `{mark}`, got none");
    let (before, rest) = page.split_once(BEGIN).ok_or_else(|| missing(BEGIN))?;
    let (_, after) = rest.split_once(END).ok_or_else(|| missing(END))?;
    Ok(format!("{before}{BEGIN}\n\n{}\n{END}{after}", block(&results)))
}

fn block(results: &Results) -> String {
    let mut text = String::from("| measured | |\n| --- | --- |\n");
    for (name, value) in results.host.0.iter().chain(&results.settings) {
        // A `String` takes whatever is written.
        let _ = writeln!(text, "| {name} | {value} |");
    }
    text.push_str(&disturbances(results));
    text.push_str("\n| server | version | how |\n| --- | --- | --- |\n");
    for Server { name, version, how } in &results.servers {
        let _ = writeln!(text, "| {name} | {version} | {how} |");
    }
    for (name, why) in &results.skipped {
        let _ = writeln!(text, "\nLeft out: {name}, since: {}.", first_line(why));
    }
    TABLES.iter().for_each(|kind| text.push_str(&table(results, kind)));
    text.push_str(&growth(results));
    text
}

fn first_line(text: &str) -> &str {
    text.lines().next().unwrap_or_default()
}

fn disturbances(results: &Results) -> String {
    let runs: usize = results
        .cells
        .iter()
        .flat_map(|measured| &measured.entries)
        .map(|entry| entry.runs.len())
        .sum();
    let dropped: usize = results.cells.iter().map(|measured| measured.disturbed().0).sum();
    let noisy = results.cells.iter().filter(|measured| measured.disturbed().1 > 0).count();
    let mut text = format!(
        "\nOf {runs} runs {dropped} were dropped, because others were at work on the machine meanwhile."
    );
    if noisy > 0 {
        let _ = write!(
            text,
            " In {noisy} of {} cells, marked \\*, there were not two quiet runs of every server: \
             do not trust those.",
            results.cells.len()
        );
    }
    text.push('\n');
    text
}

fn table(results: &Results, table: &Table) -> String {
    let cells: Vec<&Measured> = results
        .cells
        .iter()
        .filter(|measured| table.kinds.contains(&measured.cell.kind))
        .filter(|measured| !is_of_growth(measured.cell))
        .collect();
    let against = results.setting("against");
    let has_part = |name: &str| {
        cells
            .iter()
            .any(|measured| measured.entry(name).is_some_and(|entry| !entry.runs.is_empty()))
    };
    let mut servers: Vec<&str> = results
        .servers
        .iter()
        .map(|server| server.name.as_str())
        .filter(|name| has_part(name))
        .collect();
    // The one that the others are compared with stands first.
    servers.sort_by_key(|name| *name != against);
    if cells.is_empty() || servers.is_empty() {
        return String::new();
    }
    let mut text = format!("\n### {}\n\n{}", table.title, table.about);
    if table.shown == Shown::Times {
        let _ =
            write!(text, " For the others, how many times that of {against}: above 1 takes more.");
    }
    let _ = writeln!(text, "\n\n| cell | {} |", servers.join(" | "));
    let _ = writeln!(text, "| --- |{}", " ---: |".repeat(servers.len()));
    for measured in cells {
        let mark = if measured.disturbed().1 > 0 { " \\*" } else { "" };
        let figures: Vec<String> =
            servers.iter().map(|name| figure(table, measured, name, against)).collect();
        let _ = writeln!(text, "| `{}`{mark} | {} |", measured.cell, figures.join(" | "));
    }
    text
}

fn figure(table: &Table, measured: &Measured, server: &str, against: &str) -> String {
    let shown = measured.entry(server).and_then(|entry| {
        let median = entry.spread(table.figure)?.median;
        Some(match table.shown {
            Shown::Times if server != against => {
                let other = measured.entry(against)?;
                format!("{:.2}", entry.ratio(other, table.figure)?.spread.median)
            }
            Shown::Times | Shown::Time => number::nanos(median),
            Shown::Bytes => number::bytes(median),
            Shown::Ratio => number::digits(median),
        })
    });
    shown.unwrap_or_else(|| "–".into())
}

fn is_of_growth(cell: Cell) -> bool {
    FEW_AND_MANY.contains(&cell.to_string().as_str())
}

/// What a message costs more with many connections than with few.
fn growth(results: &Results) -> String {
    let find = |name: &str| results.cells.iter().find(|measured| measured.cell.to_string() == name);
    let [Some(few), Some(many)] = FEW_AND_MANY.map(find) else { return String::new() };
    let median = |entry: Option<&Entry>| Some(entry?.spread("cpu_ns")?.median);
    let growth = |name: &str| Some(median(many.entry(name))? / median(few.entry(name))?);
    let raw = growth("raw-epoll");
    let mut text = format!(
        "\n### Many connections\n\nHow many times the processor time per message with 8,000 \
         connections is that with 100 (`{}`, `{}`), and that again by the growth of raw-epoll.\n\n\
         | server | growth | beside raw-epoll |\n| --- | ---: | ---: |\n",
        FEW_AND_MANY[0], FEW_AND_MANY[1]
    );
    for server in &results.servers {
        if let Some(growth) = growth(&server.name) {
            let beside = raw.map_or("–".into(), |raw| format!("{:.2}", growth / raw));
            let _ = writeln!(text, "| {} | {growth:.2} | {beside} |", server.name);
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::renewed;

    const JSON: &str = r#"{"machine": {"cpu": "two cores"}, "settings": {"against": "a"},
        "servers": [{"name": "a", "version": "1", "how": "as is"}, {"name": "b", "version": "2", "how": "so"}],
        "skipped": {"c": "not installed\nat all"},
        "cells": {"echo:32c:16B:d1": [
            {"server": "a", "cpu_ns": [5000, 5200, 5100], "foreign_cores": [0, 0, 0]},
            {"server": "b", "cpu_ns": [10000, 10400, 90000], "foreign_cores": [0, 0, 1]}]}}"#;

    #[test]
    fn the_block_is_made_of_the_figures_and_the_rest_stays() {
        let page = "# Speed\n\n<!-- measured: cargo xtask bench render -->\nold\n\
                    <!-- end of what was measured -->\nAfter.\n";
        let renewed_page = renewed(page, JSON).expect("a page with its marks");
        for part in [
            "# Speed\n",
            "| cpu | two cores |",
            "Of 6 runs 1 were dropped",
            "| b | 2 | so |",
            "Left out: c, since: not installed.",
            "| cell | a | b |",
            "| `echo:32c:16B:d1` | 5.10 µs | 2.00 |",
            "<!-- end of what was measured -->\nAfter.\n",
        ] {
            assert!(renewed_page.contains(part), "{part} in {renewed_page}");
        }
        assert!(!renewed_page.contains("old"));
        assert_eq!(renewed(&renewed_page, JSON), Ok(renewed_page));
        assert!(renewed("# Speed\n", JSON).is_err());
    }
}
