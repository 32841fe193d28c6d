//! What counts say about a table, and the table of functions about counts.

use std::fmt;

use super::{
    profile::{Growth, Profile},
    table::Table,
};
use crate::suite::Outcome;

/// A job that is not as the table has it.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Finding {
    /// More than is tolerated; the functions that have grown most.
    Dearer { job: String, expected: f64, got: f64, grown: Vec<Growth> },
    /// So much less that a later change could spend it unseen.
    Cheaper { job: String, expected: f64, got: f64 },
    /// The table does not know it.
    New(String),
    /// The table knows it, and nobody does it any more.
    Gone(String),
}

/// As many functions as are named for a job that has become dearer.
const NAMED: usize = 10;

/// Everything that was counted, and what is to be said about it.
#[derive(Clone, Debug)]
pub(super) struct Report {
    /// The job, what was expected, what was got.
    rows: Vec<(String, Option<f64>, f64)>,
    findings: Vec<Finding>,
}

impl Report {
    /// Holds what was counted against a table; `kept` are the functions that the table's counts were spent in.
    pub(super) fn new(
        expected: &Table,
        kept: &[(String, Profile)],
        counted: &[(String, Profile)],
    ) -> Self {
        let rows = counted.iter().map(|(job, profile)| {
            let row = expected.row(job);
            (job.clone(), row.map(|row| row.instructions), profile.total())
        });
        let mut findings = Vec::new();
        for row in &expected.rows {
            let (job, expected) = (row.job.clone(), row.instructions);
            let Some(profile) = of(&job, counted) else {
                findings.push(Finding::Gone(job));
                continue;
            };
            let got = profile.total();
            let percent = percent(expected, got);
            if percent > row.tolerance {
                let mut grown = of(&job, kept).map_or(Vec::new(), |kept| profile.grown(kept));
                grown.truncate(NAMED);
                findings.push(Finding::Dearer { job, expected, got, grown });
            } else if percent < -row.tolerance {
                findings.push(Finding::Cheaper { job, expected, got });
            }
        }
        let new = counted.iter().filter(|(job, _)| expected.row(job).is_none());
        findings.extend(new.map(|(job, _)| Finding::New(job.clone())));
        Self { rows: rows.collect(), findings }
    }

    pub(super) fn outcome(&self) -> Result<(), Outcome> {
        let is_wrong = |finding: &&Finding| !matches!(finding, Finding::Cheaper { .. });
        let wrong: Vec<String> =
            self.findings.iter().filter(is_wrong).map(ToString::to_string).collect();
        if wrong.is_empty() { Ok(()) } else { Err(Outcome::Failed(wrong.join("; "))) }
    }
}

fn of<'p>(job: &str, profiles: &'p [(String, Profile)]) -> Option<&'p Profile> {
    profiles.iter().find(|(name, _)| name == job).map(|(_, profile)| profile)
}

fn percent(expected: f64, got: f64) -> f64 {
    100.0 * (got - expected) / expected
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (head, expected, got) = ("instructions a message", "expected", "got");
        writeln!(f, "{head:<32} {expected:>10} {got:>10}")?;
        for (job, expected, got) in &self.rows {
            let expected = expected.map_or("none".into(), |expected| format!("{expected:.1}"));
            writeln!(f, "{job:<32} {expected:>10} {got:>10.1}")?;
        }
        for finding in &self.findings {
            writeln!(f, "\n{finding}")?;
            if let Finding::Dearer { grown, .. } = finding {
                grown.iter().try_for_each(|growth| writeln!(f, "{growth}"))?;
            }
        }
        Ok(())
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Dearer { job, expected, got, .. } => {
                let percent = percent(*expected, *got);
                write!(f, "{job}: expected {expected:.1}, got {got:.1}, {percent:+.1} %")
            }
            Self::Cheaper { job, expected, got } => {
                let percent = percent(*expected, *got);
                write!(f, "{job}: expected {expected:.1}, got {got:.1}, {percent:+.1} %; ")?;
                f.write_str("may be lowered by cargo xtask cost --write")
            }
            Self::New(job) => {
                write!(f, "{job}: expected a row, got none; cargo xtask cost --write adds it")
            }
            Self::Gone(job) => {
                write!(f, "{job}: expected the job, got none; cargo xtask cost --write removes it")
            }
        }
    }
}
