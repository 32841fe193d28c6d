//! The only printer: tables for people, JSON for programs.

use std::{
    fmt::Write as _,
    io::{self, Write as _},
};

use crate::contest::{BAR, Outcome, Part};

/// Prints to the standard output.
pub(crate) fn print(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "{text}")
}

/// Prints to the standard error output; where that is gone too, nobody is left to tell.
pub(crate) fn complain(text: &str) {
    let _ = writeln!(io::stderr().lock(), "{text}");
}

/// One cell: everyone's least and median time for a message, and our ratios to the best peer.
pub(crate) fn table(outcome: &Outcome) -> String {
    let mut text = format!("{}\n", outcome.cell);
    let _ = writeln!(text, "  {:<46} {:>9} {:>9}", "ns per message", "least", "median");
    let best = outcome.best_peer().map(|best| best.contestant.to_string());
    for score in &outcome.scores {
        let name = score.contestant.to_string();
        let mark = if best.as_ref() == Some(&name) { "  best peer" } else { "" };
        let (least, median) = (score.least_ns, score.median_ns);
        let _ = writeln!(text, "  {name:<46} {least:>9.1} {median:>9.1}{mark}");
    }
    for (setup, ratio) in outcome.ratios() {
        let verdict = if ratio > BAR { "over the bar" } else { "" };
        let _ = writeln!(text, "  {:<46} {ratio:>9.2} {verdict}", format!("{setup} / best peer"));
    }
    text
}

/// All cells. Every name in it is ours and free of quotes.
pub(crate) fn json(outcomes: &[Outcome], rounds: usize) -> String {
    let cells: Vec<String> = outcomes.iter().map(cell_json).collect();
    let cells = cells.join(",\n    ");
    format!(
        "{{\n  \"rounds\": {rounds},\n  \"bar\": {BAR},\n  \"cells\": [\n    {cells}\n  ]\n}}\n"
    )
}

fn cell_json(outcome: &Outcome) -> String {
    let scores = outcome.scores.iter().map(|score| {
        let part = match score.contestant.part {
            Part::Ours => "ours",
            Part::Peer => "peer",
            Part::Floor => "floor",
        };
        format!(
            "{{\"part\": \"{part}\", \"name\": \"{}\", \"setup\": \"{}\", \"least_ns\": {:.2}, \"median_ns\": {:.2}}}",
            score.contestant.name, score.contestant.setup, score.least_ns, score.median_ns
        )
    });
    let scores: Vec<String> = scores.collect();
    let ratios = outcome.ratios().map(|(setup, ratio)| format!("\"{setup}\": {ratio:.4}"));
    let ratios: Vec<String> = ratios.collect();
    format!(
        "{{\"cell\": \"{}\", \"ratios\": {{{}}}, \"scores\": [\n      {}\n    ]}}",
        outcome.cell,
        ratios.join(", "),
        scores.join(",\n      ")
    )
}

/// Instructions per message, job by job.
pub(crate) fn counts(counts: &[(String, f64)]) -> String {
    let mut text = format!("{:<24} {:>12}\n", "instructions per", "message");
    for (job, count) in counts {
        let _ = writeln!(text, "{job:<24} {count:>12.1}");
    }
    text
}
