//! `Check`: one question, and what the answer means.

use std::pin::Pin;

use super::{
    server::{Server, Trouble},
    verdict::Verdict,
};

/// One question.
#[derive(Debug)]
pub(super) struct Check {
    pub(super) name: &'static str,
    pub(super) grade: Grade,
    /// Where the rule stands, or what comes nearest.
    pub(super) section: &'static str,
    /// What a good server does.
    pub(super) rule: &'static str,
    run: Run,
}

/// Whose wish it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Grade {
    /// The RFCs'.
    Must,
    /// That of whoever has to keep the server up.
    Hardening,
}

/// A question that is being asked.
pub(super) type Asking = Pin<Box<dyn Future<Output = Result<Verdict, Trouble>> + Send>>;

type Run = fn(Server) -> Asking;

impl Grade {
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Must => "MUST",
            Self::Hardening => "hardening",
        }
    }
}

impl Check {
    pub(super) const fn must(
        name: &'static str,
        section: &'static str,
        rule: &'static str,
        run: Run,
    ) -> Self {
        Self { name, grade: Grade::Must, section, rule, run }
    }

    pub(super) const fn hardening(
        name: &'static str,
        section: &'static str,
        rule: &'static str,
        run: Run,
    ) -> Self {
        Self { name, grade: Grade::Hardening, section, rule, run }
    }

    pub(super) async fn ask(&self, server: Server) -> Verdict {
        let answer = (self.run)(server).await;
        let verdict = answer.unwrap_or_else(|trouble| Verdict::Skipped(trouble.to_string()));
        match self.grade {
            Grade::Must => verdict,
            Grade::Hardening => verdict.without_must(),
        }
    }
}
