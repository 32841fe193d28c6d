//! The command line.

use std::path::PathBuf;

use crate::cost::{Job, Visit};

pub(crate) const USAGE: &str = "\
sockeye-bench echo [--quick] [--check] [--json FILE]
    time an in-memory echo, beside the peers if they were built in (--features peers);
    --check fails if a ratio to the best of them is over 0.9
sockeye-bench cost
    name the jobs whose instructions are counted
sockeye-bench cost JOB LAPS
    do one, for callgrind to watch
sockeye-bench cost visit ADDRESS PAYLOAD DEPTH READS
    be the client of a job that needs one";

/// What was asked for.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Command {
    Help,
    Echo(Options),
    Jobs,
    Job(Job, usize),
    Visit(Visit),
}

/// How to time.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Options {
    pub(crate) pace: Pace,
    pub(crate) verdict: Verdict,
    pub(crate) json: Option<PathBuf>,
}

/// How long to measure.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Pace {
    #[default]
    Thorough,
    Quick,
}

/// What the ratios lead to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Verdict {
    #[default]
    Shown,
    Judged,
}

impl Command {
    pub(crate) fn parse(args: impl IntoIterator<Item = String>) -> Result<Self, String> {
        let args: Vec<String> = args.into_iter().collect();
        let words: Vec<&str> = args.iter().map(String::as_str).collect();
        match words.as_slice() {
            [] | ["help" | "--help" | "-h"] => Ok(Self::Help),
            ["echo", options @ ..] => Options::parse(options).map(Self::Echo),
            ["cost"] => Ok(Self::Jobs),
            ["cost", "visit", server, payload_len, depth, reads] => Ok(Self::Visit(Visit {
                server: server.parse().map_err(|_| format!("expected an address, got {server}"))?,
                payload_len: number(payload_len)?,
                depth: number(depth)?,
                reads: number(reads)?,
            })),
            ["cost", job, laps] => Ok(Self::Job(Job::parse(job)?, number(laps)?)),
            _ => Err(format!("expected\n{USAGE}\ngot {}", words.join(" "))),
        }
    }
}

fn number(word: &str) -> Result<usize, String> {
    word.parse().map_err(|_| format!("expected a number, got {word}"))
}

impl Options {
    fn parse(words: &[&str]) -> Result<Self, String> {
        let mut options = Self::default();
        let mut words = words.iter();
        while let Some(word) = words.next() {
            match *word {
                "--quick" => options.pace = Pace::Quick,
                "--check" => options.verdict = Verdict::Judged,
                "--json" => {
                    let file = words.next().ok_or("expected a file after --json")?;
                    options.json = Some(PathBuf::from(file));
                }
                other => return Err(format!("expected --quick, --check or --json, got {other}")),
            }
        }
        Ok(options)
    }
}

#[cfg(test)]
mod tests {
    use super::{Command, Options, Pace, Verdict};

    #[test]
    fn options_stand_in_any_order_and_nothing_else_is_taken() {
        let parse = |line: &str| Command::parse(line.split_whitespace().map(str::to_owned));
        let json = Some("out.json".into());
        let all = Options { pace: Pace::Quick, verdict: Verdict::Judged, json };
        assert_eq!(parse("echo --json out.json --check --quick"), Ok(Command::Echo(all)));
        assert_eq!(parse("echo"), Ok(Command::Echo(Options::default())));
        assert_eq!(parse("cost"), Ok(Command::Jobs));
        for wrong in ["echo --json", "echo --fast", "cost nothing 1", "cost core/whole/20B x", "go"]
        {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }
}
