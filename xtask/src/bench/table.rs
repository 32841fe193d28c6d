//! The results as text for a terminal.

use super::{
    cell::Kind,
    figures::Ratio,
    number,
    results::{Entry, Measured, Results},
};

/// All cells, one below the other.
pub(super) fn text(results: &Results) -> String {
    let mut lines: Vec<String> =
        results.host.0.iter().map(|(name, value)| format!("{name}: {value}")).collect();
    lines.extend(results.settings.iter().map(|(name, value)| format!("{name}: {value}")));
    lines.push(format!(
        "beside: the median, over the rounds, of the ratio to {}; won: rounds in which it was less",
        results.setting("against")
    ));
    lines.extend(results.skipped.iter().map(|(name, why)| format!("left out: {name}: {why}")));
    lines.extend(results.cells.iter().map(|measured| cell(results, measured)));
    lines.join("\n")
}

fn cell(results: &Results, measured: &Measured) -> String {
    let against = results.setting("against");
    let (dropped, noisy) = measured.disturbed();
    let mut title = format!("\n{}", measured.cell);
    if dropped > 0 {
        title += &format!(", {dropped} runs dropped, since others were at work");
    }
    if noisy > 0 {
        title += &format!(", {noisy} servers never measured alone: do not trust this cell");
    }
    let columns = headings(measured.cell.kind);
    let mut rows = vec![columns];
    for entry in &measured.entries {
        rows.push(match &entry.trouble {
            Some(trouble) => {
                let first = trouble.lines().next().unwrap_or_default();
                vec![entry.server.clone(), first.to_owned()]
            }
            None => row(measured, entry, against),
        });
    }
    [title].into_iter().chain(aligned(&rows)).collect::<Vec<_>>().join("\n")
}

fn headings(kind: Kind) -> Vec<String> {
    let cpu = format!("CPU/{}", kind.unit());
    let words: &[&str] = match kind {
        Kind::Idle => &["server", "idle", "after an echo", "beside", "won"],
        Kind::Latency => &["server", "p50", "p99", "p99.9", "rate", &cpu, "beside", "won"],
        Kind::Deflate | Kind::Takeover => &[
            "server",
            &cpu,
            "quartiles",
            "beside",
            "quartiles",
            "won",
            "rate",
            "p50",
            "p99",
            "wire",
        ],
        _ => &["server", &cpu, "quartiles", "beside", "quartiles", "won", "rate", "p50", "p99"],
    };
    words.iter().map(|word| (*word).to_owned()).collect()
}

fn row(measured: &Measured, entry: &Entry, against: &str) -> Vec<String> {
    let kind = measured.cell.kind;
    let figure = |name: &str, show: fn(f64) -> String| {
        entry.spread(name).map_or("-".into(), |spread| show(spread.median))
    };
    let quartiles = |name: &str| {
        entry.spread(name).map_or("-".into(), |spread| {
            format!("{}..{}", number::nanos(spread.low), number::nanos(spread.high))
        })
    };
    let judged = if kind == Kind::Idle { "idle_bytes" } else { "cpu_ns" };
    let ratio = measured.entry(against).and_then(|other| entry.ratio(other, judged));
    let [beside, between, won] = compared(ratio);
    let name = entry.server.clone();
    match kind {
        Kind::Idle => vec![
            name,
            figure("idle_bytes", number::bytes),
            figure("echoed_bytes", number::bytes),
            beside,
            won,
        ],
        Kind::Latency => vec![
            name,
            figure("p50_ns", number::nanos),
            figure("p99_ns", number::nanos),
            figure("p999_ns", number::nanos),
            figure("per_second", number::rate),
            figure("cpu_ns", number::nanos),
            beside,
            won,
        ],
        _ => {
            let mut row = vec![
                name,
                figure("cpu_ns", number::nanos),
                quartiles("cpu_ns"),
                beside,
                between,
                won,
                figure("per_second", number::rate),
                figure("p50_ns", number::nanos),
                figure("p99_ns", number::nanos),
            ];
            if matches!(kind, Kind::Deflate | Kind::Takeover) {
                row.push(figure("wire", number::digits));
            }
            row
        }
    }
}

fn compared(ratio: Option<Ratio>) -> [String; 3] {
    let Some(Ratio { spread, won, of }) = ratio else { return ["-", "-", "-"].map(str::to_owned) };
    [
        format!("{:.3}", spread.median),
        format!("{:.3}..{:.3}", spread.low, spread.high),
        format!("{won} of {of}"),
    ]
}

/// Columns of one width each.
fn aligned(rows: &[Vec<String>]) -> Vec<String> {
    let width = |column: usize| {
        let cells = rows.iter().filter(|row| row.len() > 2).filter_map(|row| row.get(column));
        cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let line = |row: &Vec<String>| {
        let cells = row.iter().enumerate().map(|(column, cell)| match column {
            0 => format!("{cell:<width$}", width = width(0)),
            _ => format!("{cell:>width$}", width = width(column)),
        });
        format!("  {}", cells.collect::<Vec<_>>().join("  "))
    };
    rows.iter().map(line).collect()
}
