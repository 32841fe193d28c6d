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
    let (least, median, codec) = ("least", "median", "codec");
    let mut text = format!("{}\n", outcome.cell);
    let _ = writeln!(text, "  {:<40} {least:>9} {median:>9} {codec:>9}", "ns per message");
    let best = outcome.best_peer().map(|best| best.contestant.to_string());
    for score in &outcome.scores {
        let name = score.contestant.to_string();
        let mark = if best.as_ref() == Some(&name) { "  best peer" } else { "" };
        let (least, median) = (score.least_ns, score.median_ns);
        let codec = least - outcome.floor();
        let _ = writeln!(text, "  {name:<40} {least:>9.1} {median:>9.1} {codec:>9.1}{mark}");
    }
    for ratio in outcome.ratios() {
        let name = format!("{} / best peer", ratio.setup);
        let verdict = if ratio.echo > BAR { "  over the bar" } else { "" };
        let (echo, codec) = (ratio.echo, ratio.codec);
        let _ = writeln!(text, "  {name:<40} {echo:>9.2} {:>9} {codec:>9.2}{verdict}", "");
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
    let ratios = outcome.ratios().map(|ratio| {
        format!(
            "\"{}\": {{\"echo\": {:.4}, \"codec\": {:.4}}}",
            ratio.setup, ratio.echo, ratio.codec
        )
    });
    let ratios: Vec<String> = ratios.collect();
    format!(
        "{{\"cell\": \"{}\", \"ratios\": {{{}}}, \"scores\": [\n      {}\n    ]}}",
        outcome.cell,
        ratios.join(", "),
        scores.join(",\n      ")
    )
}
