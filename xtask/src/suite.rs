//! Steps that are run one after the other, timed and counted.
//!
//! Knows nothing of what a step does. A failed step does not stop the others, unless they stand on it.

use std::{
    fmt,
    process::ExitCode,
    time::{Duration, Instant},
};

use crate::output;

/// How a step ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It ran, and all was well.
    Passed,
    /// It ran, and this was wrong.
    Failed(String),
    /// It did not run, for this reason. Never counted as passed.
    Skipped(String),
}

/// What the steps after a step owe to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Weight {
    Check,
    Foundation,
}

/// One thing to do, with a name to print above it.
pub struct Step {
    name: String,
    weight: Weight,
    work: Box<dyn FnOnce() -> Outcome>,
}

impl Step {
    /// A step that the others do not depend on.
    #[must_use]
    pub fn check(name: impl Into<String>, work: impl FnOnce() -> Outcome + 'static) -> Self {
        Self { name: name.into(), weight: Weight::Check, work: Box::new(work) }
    }

    /// A step that the others do not depend on, written with `?`: what stops it is how it ended.
    #[must_use]
    pub fn attempt(
        name: impl Into<String>,
        work: impl FnOnce() -> Result<(), Outcome> + 'static,
    ) -> Self {
        Self::check(name, || work().err().unwrap_or(Outcome::Passed))
    }

    /// A step without which the ones after it cannot run.
    #[must_use]
    pub fn foundation(name: impl Into<String>, work: impl FnOnce() -> Outcome + 'static) -> Self {
        Self { name: name.into(), weight: Weight::Foundation, work: Box::new(work) }
    }
}

impl fmt::Debug for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Step").field("name", &self.name).field("weight", &self.weight).finish()
    }
}

/// A step that is over.
#[derive(Clone, Debug)]
struct Done {
    name: String,
    outcome: Outcome,
    took: Duration,
}

/// What all steps came to. Its last line is the plain count.
#[derive(Clone, Debug, Default)]
pub struct Summary(Vec<Done>);

/// Runs the steps in order and prints a header above each.
pub fn run(steps: impl IntoIterator<Item = Step>) -> Summary {
    let mut done: Vec<Done> = Vec::new();
    let mut missing: Option<String> = None;
    for Step { name, weight, work } in steps {
        output::line(format_args!("\n== {name}"));
        let start = Instant::now();
        let outcome = match &missing {
            None => work(),
            Some(foundation) => Outcome::Skipped(format!("`{foundation}` failed")),
        };
        let row = Done { name, outcome, took: start.elapsed() };
        output::line(&row);
        if weight == Weight::Foundation && matches!(row.outcome, Outcome::Failed(_)) {
            missing = Some(row.name.clone());
        }
        done.push(row);
    }
    Summary(done)
}

impl Summary {
    /// Prints every step once more, and the count as the last line.
    pub fn print(&self) {
        output::line(format_args!("\n== summary\n{self}"));
    }

    /// Success when no step failed.
    #[must_use]
    pub fn exit_code(&self) -> ExitCode {
        if self.count(|outcome| matches!(outcome, Outcome::Failed(_))) == 0 {
            ExitCode::SUCCESS
        } else {
            ExitCode::FAILURE
        }
    }

    fn count(&self, is: impl Fn(&Outcome) -> bool) -> usize {
        self.0.iter().filter(|done| is(&done.outcome)).count()
    }
}

impl fmt::Display for Done {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, outcome, took } = self;
        let seconds = took.as_secs_f32();
        match outcome {
            Outcome::Passed => write!(f, "passed   {seconds:6.1} s  {name}"),
            Outcome::Failed(why) => write!(f, "FAILED   {seconds:6.1} s  {name}: {why}"),
            Outcome::Skipped(why) => write!(f, "skipped  {seconds:6.1} s  {name}: {why}"),
        }
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for done in &self.0 {
            writeln!(f, "{done}")?;
        }
        let passed = self.count(|outcome| matches!(outcome, Outcome::Passed));
        let failed = self.count(|outcome| matches!(outcome, Outcome::Failed(_)));
        let skipped = self.count(|outcome| matches!(outcome, Outcome::Skipped(_)));
        write!(f, "{passed} passed, {failed} failed, {skipped} skipped")
    }
}

#[cfg(test)]
mod tests {
    use std::process::ExitCode;

    use super::{Outcome, Step, run};

    fn failed() -> Outcome {
        Outcome::Failed("expected 1, got 2".into())
    }

    fn last_line(steps: Vec<Step>) -> (String, ExitCode) {
        let summary = run(steps);
        let text = summary.to_string();
        (text.lines().last().unwrap_or_default().to_owned(), summary.exit_code())
    }

    #[test]
    fn a_skipped_step_is_not_a_passed_one() {
        let (count, code) = last_line(vec![
            Step::check("one", || Outcome::Passed),
            Step::check("two", || Outcome::Skipped("not here".into())),
        ]);
        assert_eq!((count.as_str(), code), ("1 passed, 0 failed, 1 skipped", ExitCode::SUCCESS));
    }

    #[test]
    fn a_failed_check_lets_the_others_run_and_fails_the_whole() {
        let (count, code) =
            last_line(vec![Step::check("one", failed), Step::check("two", || Outcome::Passed)]);
        assert_eq!((count.as_str(), code), ("1 passed, 1 failed, 0 skipped", ExitCode::FAILURE));
    }

    #[test]
    fn nothing_runs_on_a_failed_foundation() {
        let (count, code) = last_line(vec![
            Step::foundation("build", failed),
            Step::check("tests", || unreachable!("the build failed")),
        ]);
        assert_eq!((count.as_str(), code), ("0 passed, 1 failed, 1 skipped", ExitCode::FAILURE));
    }
}
