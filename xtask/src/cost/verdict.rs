//! What counts say about a table.

use std::fmt;

use super::Table;

/// A job that is not as the table has it.
#[derive(Clone, Debug, PartialEq)]
pub enum Finding {
    /// More than is tolerated.
    Dearer {
        /// The job.
        job: String,
        /// What the table has.
        expected: f64,
        /// What was counted.
        got: f64,
    },
    /// So much less that the table lets a later change spend it.
    Cheaper {
        /// The job.
        job: String,
        /// What the table has.
        expected: f64,
        /// What was counted.
        got: f64,
    },
    /// The table does not know it.
    New(String),
    /// The table knows it, and nobody does it any more.
    Gone(String),
}

/// What is not as expected, in the order of the table.
#[must_use]
pub fn judge(expected: &Table, counted: &[(&str, f64)]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for row in &expected.rows {
        let (job, expected) = (row.job.clone(), row.instructions);
        let Some((_, got)) = counted.iter().find(|(counted, _)| *counted == job) else {
            findings.push(Finding::Gone(job));
            continue;
        };
        let (got, percent) = (*got, percent(expected, *got));
        if percent > row.tolerance {
            findings.push(Finding::Dearer { job, expected, got });
        } else if percent < -row.tolerance {
            findings.push(Finding::Cheaper { job, expected, got });
        }
    }
    let new = counted.iter().filter(|(job, _)| expected.row(job).is_none());
    findings.extend(new.map(|(job, _)| Finding::New((*job).to_owned())));
    findings
}

fn percent(expected: f64, got: f64) -> f64 {
    100.0 * (got - expected) / expected
}

impl Finding {
    /// Whether a change must not bring it.
    #[must_use]
    pub fn is_wrong(&self) -> bool {
        !matches!(self, Self::Cheaper { .. })
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Dearer { job, expected, got } => {
                let percent = percent(*expected, *got);
                write!(
                    f,
                    "{job}: expected {expected:.1} instructions, got {got:.1}, {percent:+.1} %"
                )
            }
            Self::Cheaper { job, expected, got } => {
                let percent = percent(*expected, *got);
                write!(
                    f,
                    "{job}: {expected:.1} instructions may be lowered to {got:.1}, {percent:+.1} %; "
                )?;
                f.write_str("cargo xtask cost --write")
            }
            Self::New(job) => {
                write!(f, "{job}: expected a row, got none; cargo xtask cost --write")
            }
            Self::Gone(job) => {
                write!(f, "{job}: expected the job, got none; cargo xtask cost --write")
            }
        }
    }
}
