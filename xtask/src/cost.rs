//! `cargo xtask cost`: what things cost in instructions, held against what they cost before.
//!
//! The jobs are those of `sockeye-bench cost` in `bench/`; callgrind counts them. `bench/cost.txt` has what they may
//! take. Instructions do not move with what else the machine does, but with the compiler, the C library, valgrind and
//! the processor: where one of these is another, nothing is compared.

mod verdict;
mod table;
mod profile;
mod setting;
mod callgrind;

use std::fs;

use self::{
    profile::Profile,
    setting::Setting,
    table::{Row, TOLERANCE, Table},
    verdict::Report,
};
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

/// As many functions as are shown of a job.
const SHOWN: usize = 30;

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
    let before = read(TABLE).and_then(|text| Table::parse(&text));
    match plan {
        Plan::Judge => {
            let before = before.map_err(Outcome::Failed)?;
            if let Some(difference) = before.setting.difference(&setting) {
                return Err(Outcome::Skipped(difference));
            }
            let kept = read(FUNCTIONS).map_err(Outcome::Failed)?;
            let counted = count_all()?;
            let report = Report::new(&before, &profile::parse(&kept), &counted);
            output::line(&report);
            report.outcome()
        }
        Plan::Write => {
            let counted = count_all()?;
            written(&before.unwrap_or_default(), setting, &counted).map_err(Outcome::Failed)
        }
        Plan::Show(jobs) => {
            callgrind::build()?;
            let counted = callgrind::count(jobs).map_err(Outcome::Failed)?;
            counted.iter().for_each(|(job, profile)| show(job, profile));
            Ok(())
        }
    }
}

fn count_all() -> Result<Vec<(String, Profile)>, Outcome> {
    callgrind::build()?;
    let jobs = callgrind::jobs().map_err(Outcome::Failed)?;
    callgrind::count(&jobs).map_err(Outcome::Failed)
}

/// Takes what was counted for what is expected from now on; what is tolerated stays.
fn written(before: &Table, setting: Setting, counted: &[(String, Profile)]) -> Result<(), String> {
    let rows = counted.iter().map(|(job, profile)| Row {
        job: job.clone(),
        instructions: profile.total(),
        tolerance: before.row(job).map_or(TOLERANCE, |row| row.tolerance),
    });
    let table = Table { setting, rows: rows.collect() };
    write(TABLE, &table.to_string())?;
    write(FUNCTIONS, &profile::text(counted))
}

fn show(job: &str, profile: &Profile) {
    let total = profile.total();
    output::line(format_args!("\n{job}: {total:.1} instructions a message"));
    for (name, own) in profile.dearest().take(SHOWN) {
        output::line(format_args!("{own:>10.1} {:>5.1} %  {name}", 100.0 * own / total));
    }
}

fn read(file: &str) -> Result<String, String> {
    fs::read_to_string(workspace_root().join(file))
        .map_err(|error| format!("expected to read {file}, got {error}"))
}

fn write(file: &str, text: &str) -> Result<(), String> {
    output::line(format_args!("writes {file}"));
    fs::write(workspace_root().join(file), text)
        .map_err(|error| format!("expected to write {file}, got {error}"))
}

#[cfg(test)]
mod tests;
