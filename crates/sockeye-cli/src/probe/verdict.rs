//! `Verdict`: what came of a check.

use std::time::Duration;

/// What came of a check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Passed,
    Failed(Finding),
    /// What the RFCs leave to the server, and what it had better not do.
    Warned(Finding),
    /// Why it is not known.
    Skipped(String),
}

/// What was found instead of what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Finding {
    pub(super) expected: String,
    pub(super) got: String,
}

impl Verdict {
    pub(super) fn failed(expected: impl Into<String>, got: impl ToString) -> Self {
        Self::Failed(Finding { expected: expected.into(), got: got.to_string() })
    }

    pub(super) fn warned(expected: impl Into<String>, got: impl ToString) -> Self {
        Self::Warned(Finding { expected: expected.into(), got: got.to_string() })
    }

    /// Where the RFCs ask for nothing, a failure is no more than a warning.
    pub(super) fn without_must(self) -> Self {
        match self {
            Self::Failed(finding) => Self::Warned(finding),
            Self::Passed | Self::Warned(_) | Self::Skipped(_) => self,
        }
    }

    /// Says for which of several inputs this was found.
    pub(super) fn of(self, input: &str) -> Self {
        let tell =
            |Finding { expected, got }| Finding { expected, got: format!("{got}, for {input}") };
        match self {
            Self::Failed(finding) => Self::Failed(tell(finding)),
            Self::Warned(finding) => Self::Warned(tell(finding)),
            Self::Passed | Self::Skipped(_) => self,
        }
    }

    /// The worse of two.
    pub(super) fn and(self, other: Self) -> Self {
        let weight = |verdict: &Self| match verdict {
            Self::Passed => 0,
            Self::Skipped(_) => 1,
            Self::Warned(_) => 2,
            Self::Failed(_) => 3,
        };
        if weight(&other) > weight(&self) { other } else { self }
    }

    /// Nothing can be worse.
    pub(super) fn is_failed(&self) -> bool {
        matches!(self, Self::Failed(_))
    }

    pub(super) fn word(&self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Failed(_) => "failed",
            Self::Warned(_) => "warned",
            Self::Skipped(_) => "skipped",
        }
    }
}

/// Nothing came, in words.
pub(super) fn nothing_within(time: Duration) -> String {
    format!("nothing within {} s", time.as_secs_f64())
}

/// The stream stays open, in words.
pub(super) fn no_end_within(time: Duration) -> String {
    format!("a stream that is still open after {} s", time.as_secs_f64())
}
