//! The command line.

use std::path::PathBuf;

use crate::icount::Job;

pub(crate) const USAGE: &str = "\
sockeye-bench echo [--quick] [--check] [--json FILE]
    time an in-memory echo, beside the peers if they were built in (--features peers);
    --check fails if a ratio to the best of them is over 0.9
sockeye-bench icount [--valgrind]
    count instructions per message: every job under callgrind
sockeye-bench icount JOB LAPS
    what callgrind runs";

/// What was asked for.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Command {
    Help,
    Echo(Options),
    Valgrind,
    Count(Job, usize),
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
            ["icount"] | ["icount", "--valgrind"] => Ok(Self::Valgrind),
            ["icount", job, laps] => {
                let laps = laps.parse().map_err(|_| format!("expected a number, got {laps}"))?;
                Ok(Self::Count(Job::parse(job)?, laps))
            }
            _ => Err(format!("expected\n{USAGE}\ngot {}", words.join(" "))),
        }
    }
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
        assert_eq!(parse("icount"), Ok(Command::Valgrind));
        for wrong in ["echo --json", "echo --fast", "icount nothing 1", "icount whole-20 x", "go"] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }
}
