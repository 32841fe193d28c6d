//! `cargo xtask cost`: what things cost in instructions, held against what they cost before.
//!
//! The jobs are those of `sockeye-bench cost` in `bench/`; callgrind counts them. `bench/cost.txt` has what they may
//! take. Instructions do not move with what else the machine does, but with the compiler, the C library, valgrind and
//! the processor: where one of these is another, nothing is compared.

mod callgrind;
mod profile;
mod setting;
mod table;
mod verdict;

pub use self::{
    profile::{Growth, Profile},
    setting::Setting,
    table::{Row, Table},
    verdict::{Finding, judge},
};

use std::{fs, io};

use crate::{
    machine, output,
    suite::{Outcome, Step},
    workspace_root,
};

/// How the subcommand is called.
pub const USAGE: &str = "[--write | JOB...]";

/// What a job may take, one a line.
const TABLE: &str = "bench/cost.txt";

/// Which functions it took that in, to tell which of them have grown.
const FUNCTIONS: &str = "bench/cost-functions.txt";

/// As many functions as are named for a job that has become dearer, or that is shown.
const NAMED: usize = 10;

/// What is to be done with the counts.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Plan {
    Judge,
    Write,
    /// Some jobs, function by function.
    Show(Vec<String>),
}

/// The only step.
///
/// # Errors
///
/// Tells which argument was not expected.
pub fn steps(arguments: &[String]) -> Result<Vec<Step>, String> {
    let plan = match arguments {
        [] => Plan::Judge,
        [write] if write == "--write" => Plan::Write,
        jobs => match jobs.iter().find(|job| job.starts_with('-')) {
            Some(option) => return Err(format!("expected {USAGE}, got `{option}`")),
            None => Plan::Show(jobs.to_vec()),
        },
    };
    Ok(vec![Step::attempt("cost: instructions", move || run(&plan))])
}

/// What every test run does.
#[must_use]
pub fn gate() -> Step {
    Step::attempt("cost: instructions", || run(&Plan::Judge))
}

fn run(plan: &Plan) -> Result<(), Outcome> {
    machine::provide("valgrind", "valgrind").map_err(Outcome::Skipped)?;
    let setting = Setting::of_this_machine().map_err(Outcome::Skipped)?;
    let before = read(TABLE).map_err(Outcome::Failed)?;
    let before = Table::parse(&before.unwrap_or_default()).map_err(Outcome::Failed)?;
    if *plan == Plan::Judge
        && let Some(difference) = before.setting.difference(&setting)
    {
        return Err(Outcome::Skipped(difference));
    }
    callgrind::build()?;
    let jobs = match plan {
        Plan::Show(jobs) => jobs.clone(),
        Plan::Judge | Plan::Write => callgrind::jobs().map_err(Outcome::Failed)?,
    };
    let counted = callgrind::count(&jobs).map_err(Outcome::Failed)?;
    match plan {
        Plan::Judge => held(&before, &counted),
        Plan::Write => written(&before, setting, &counted).map_err(Outcome::Failed),
        Plan::Show(_) => {
            counted.iter().for_each(|(job, profile)| show(job, profile));
            Ok(())
        }
    }
}

/// Prints every job beside what was expected of it, and fails for what is dearer.
fn held(before: &Table, counted: &[(String, Profile)]) -> Result<(), Outcome> {
    let counts: Vec<(&str, f64)> =
        counted.iter().map(|(job, profile)| (job.as_str(), profile.total())).collect();
    output::line(format_args!("{:<32} {:>10} {:>10}", "instructions a message", "expected", "got"));
    for (job, got) in &counts {
        let expected =
            before.row(job).map_or("none".into(), |row| format!("{:.1}", row.instructions));
        output::line(format_args!("{job:<32} {expected:>10} {got:>10.1}"));
    }
    let findings = judge(before, &counts);
    let functions = profile::parse(&read(FUNCTIONS).map_err(Outcome::Failed)?.unwrap_or_default());
    for finding in &findings {
        output::line(finding);
        if let Finding::Dearer { job, .. } = finding {
            let known = functions.iter().find(|(known, _)| known == job);
            let now = counted.iter().find(|(counted, _)| counted == job);
            if let (Some((_, known)), Some((_, now))) = (known, now) {
                now.grown(known).iter().take(NAMED).for_each(output::line);
            }
        }
    }
    let wrong: Vec<String> =
        findings.iter().filter(|finding| finding.is_wrong()).map(ToString::to_string).collect();
    if wrong.is_empty() { Ok(()) } else { Err(Outcome::Failed(wrong.join("; "))) }
}

/// Takes what was counted for what is expected from now on; what is tolerated stays.
fn written(before: &Table, setting: Setting, counted: &[(String, Profile)]) -> Result<(), String> {
    let rows = counted.iter().map(|(job, profile)| Row {
        job: job.clone(),
        instructions: profile.total(),
        tolerance: before.row(job).map_or(table::TOLERANCE, |row| row.tolerance),
    });
    let table = Table { setting, rows: rows.collect() };
    write(TABLE, &table.to_string())?;
    write(FUNCTIONS, &profile::text(counted))
}

fn show(job: &str, profile: &Profile) {
    let total = profile.total();
    output::line(format_args!("\n{job}: {total:.1} instructions a message"));
    for (name, own) in profile.dearest().take(3 * NAMED) {
        output::line(format_args!("{own:>10.1} {:>5.1} %  {name}", 100.0 * own / total));
    }
}

fn read(file: &str) -> Result<Option<String>, String> {
    match fs::read_to_string(workspace_root().join(file)) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(format!("expected to read {file}, got {error}")),
    }
}

fn write(file: &str, text: &str) -> Result<(), String> {
    output::line(format_args!("writes {file}"));
    fs::write(workspace_root().join(file), text)
        .map_err(|error| format!("expected to write {file}, got {error}"))
}
