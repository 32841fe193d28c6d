//! `Report`: what came of it, as a table or as JSON. Prints nothing.

use std::{fmt::Write, time::Duration};

use super::{
    check::Check,
    checks,
    verdict::{Finding, Verdict},
};
use crate::json::Value;

/// What one check came to.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) check: &'static Check,
    pub(super) verdict: Verdict,
}

/// What all of them came to.
#[derive(Debug)]
pub(super) struct Report {
    pub(super) url: String,
    pub(super) answers: Vec<Answer>,
    /// Bytes sent and received.
    pub(super) traffic: (u64, u64),
    pub(super) took: Duration,
}

/// How many of each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Counts {
    pub(super) passed: usize,
    pub(super) failed: usize,
    pub(super) warned: usize,
    pub(super) skipped: usize,
}

/// Whether escape sequences are understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Paint {
    Plain,
    Colours,
}

impl Paint {
    fn word(self, verdict: &Verdict) -> String {
        let word = format!("{:<7}", verdict.word());
        let colour = match verdict {
            Verdict::Passed => 32,
            Verdict::Failed(_) => 31,
            Verdict::Warned(_) => 33,
            Verdict::Skipped(_) => 2,
        };
        match self {
            Self::Plain => word,
            Self::Colours => format!("\x1b[{colour}m{word}\x1b[0m"),
        }
    }
}

impl Report {
    pub(super) fn counts(&self) -> Counts {
        let mut counts = Counts::default();
        for Answer { verdict, .. } in &self.answers {
            *match verdict {
                Verdict::Passed => &mut counts.passed,
                Verdict::Failed(_) => &mut counts.failed,
                Verdict::Warned(_) => &mut counts.warned,
                Verdict::Skipped(_) => &mut counts.skipped,
            } += 1;
        }
        counts
    }

    /// A line for each check, two more for what was found, and the sum.
    pub(super) fn text(&self, paint: Paint) -> String {
        let rows = self.answers.iter().map(|answer| row(answer, paint)).collect::<String>();
        let Counts { passed, failed, warned, skipped } = self.counts();
        let (sent, received) = self.traffic;
        format!(
            "{rows}\n{passed} passed, {failed} failed, {warned} warned, {skipped} skipped; {:.1} s, \
             {} KiB sent, {} KiB received\n",
            self.took.as_secs_f64(),
            sent.div_ceil(1024),
            received.div_ceil(1024),
        )
    }

    /// One document in one line.
    pub(super) fn json(&self) -> String {
        let Counts { passed, failed, warned, skipped } = self.counts();
        let (sent, received) = self.traffic;
        let document = vec![
            ("url", self.url.as_str().into()),
            ("passed", passed.into()),
            ("failed", failed.into()),
            ("warned", warned.into()),
            ("skipped", skipped.into()),
            ("seconds", self.took.into()),
            ("sent_bytes", sent.into()),
            ("received_bytes", received.into()),
            ("checks", Value::List(self.answers.iter().map(object).collect())),
        ];
        Value::Object(document).to_string()
    }
}

/// The names, for those who want to know what would be asked.
pub(super) fn list(checks: &[&Check]) -> String {
    let width = width();
    let row = |Check { name, grade, section, rule, .. }: &Check| {
        format!("{name:width$}  {:9}  {section:18}  {rule}\n", grade.word())
    };
    checks.iter().map(|check| row(check)).collect()
}

/// That of the longest name.
fn width() -> usize {
    checks::all().map(|check| check.name.len()).max().unwrap_or_default()
}

fn row(Answer { check, verdict }: &Answer, paint: Paint) -> String {
    let Check { name, grade, section, rule, .. } = check;
    let (word, grade, width) = (paint.word(verdict), grade.word(), width());
    let mut row = format!("{word}  {name:width$}  {grade:9}  {section:18}  {rule}\n");
    match verdict {
        Verdict::Passed => Ok(()),
        Verdict::Failed(Finding { expected, got }) | Verdict::Warned(Finding { expected, got }) => {
            writeln!(row, "         expected {expected}\n         got {got}")
        }
        Verdict::Skipped(why) => writeln!(row, "         {why}"),
    }
    .expect("a String takes everything");
    row
}

fn object(Answer { check, verdict }: &Answer) -> Value<'_> {
    let mut members = vec![
        ("name", check.name.into()),
        ("grade", check.grade.word().into()),
        ("section", check.section.into()),
        ("rule", check.rule.into()),
        ("verdict", verdict.word().into()),
    ];
    match verdict {
        Verdict::Passed => {}
        Verdict::Failed(Finding { expected, got }) | Verdict::Warned(Finding { expected, got }) => {
            members.extend([("expected", expected.as_str().into()), ("got", got.as_str().into())]);
        }
        Verdict::Skipped(why) => members.push(("why", why.as_str().into())),
    }
    Value::Object(members)
}

#[cfg(test)]
mod tests;
