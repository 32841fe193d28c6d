//! Runs the jobs under callgrind.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    sync::{Mutex, PoisonError},
    thread,
};

use super::Profile;
use crate::{program, suite::Outcome, workspace_root};

/// Where the bench is built, and its profiles are left.
const TARGET: &str = "target/bench";

/// Laps of the first of two runs; the second has twice as many, and the difference counts.
const LAPS: usize = 1;

/// Builds the bench as it ships.
pub(super) fn build() -> Result<(), Outcome> {
    let manifest = ["build", "--release", "--manifest-path", "bench/Cargo.toml"];
    let target = ["--target-dir", TARGET];
    let mut cargo = program::cargo(&[&manifest[..], &target].concat());
    // The flags of a single machine are none that it ships with.
    cargo.env_remove("RUSTFLAGS").env_remove("CARGO_ENCODED_RUSTFLAGS");
    match program::run(&mut cargo) {
        Outcome::Passed => Ok(()),
        wrong => Err(wrong),
    }
}

/// The names of all jobs.
pub(super) fn jobs() -> Result<Vec<String>, String> {
    let names = program::stdout_of(Command::new(folder().join("sockeye-bench")).arg("cost"));
    let names = names.map_err(|error| format!("expected the jobs, got {error}"))?;
    Ok(names.split_whitespace().map(str::to_owned).collect())
}

/// What a message of each job takes, in the order of the jobs. They share the processors: what is counted does not
/// move with the time that it takes.
pub(super) fn count(jobs: &[String]) -> Result<Vec<(String, Profile)>, String> {
    let left = Mutex::new(jobs.iter().enumerate());
    let counted = Mutex::new(Vec::new());
    let work = || {
        loop {
            let job = left.lock().unwrap_or_else(PoisonError::into_inner).next();
            let Some((place, job)) = job else { return };
            let profile = of_job(job);
            counted.lock().unwrap_or_else(PoisonError::into_inner).push((place, job, profile));
        }
    };
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(work);
        }
    });
    let mut counted = counted.into_inner().unwrap_or_else(PoisonError::into_inner);
    counted.sort_by_key(|(place, ..)| *place);
    counted.into_iter().map(|(_, job, profile)| Ok((job.clone(), profile?))).collect()
}

fn of_job(job: &str) -> Result<Profile, String> {
    let (once, few) = run(job, LAPS)?;
    let (twice, many) = run(job, 2 * LAPS)?;
    match many.checked_sub(few) {
        Some(messages) if messages > 0 => {
            Ok(Profile::of_a_message(&once, &twice, f64::from(messages)))
        }
        _ => Err(format!(
            "expected more than {few} messages from twice the laps of {job}, got {many}"
        )),
    }
}

/// One run, and how many messages there were in it.
fn run(job: &str, laps: usize) -> Result<(Profile, u32), String> {
    let file = format!("{}-{laps}.callgrind", job.replace('/', "-"));
    let file = Path::new("cost").join(file);
    let wrong = |error: std::io::Error| format!("expected a count of {job}, got {error}");
    fs::create_dir_all(folder().join("cost")).map_err(wrong)?;
    let mut valgrind = Command::new("valgrind");
    valgrind.args(["--tool=callgrind", "--dump-line=no"]);
    valgrind.arg(format!("--callgrind-out-file={}", file.display()));
    valgrind.args(["./sockeye-bench", "cost", job, &laps.to_string()]).current_dir(folder());
    let said = program::stdout_of(&mut valgrind).map_err(wrong)?;
    let messages = said.trim().strip_suffix(" messages").and_then(|count| count.parse().ok());
    let messages =
        messages.ok_or_else(|| format!("expected a number of messages, got `{said}`"))?;
    let profile = fs::read_to_string(folder().join(file)).map_err(wrong)?;
    Ok((Profile::parse(&profile)?, messages))
}

fn folder() -> PathBuf {
    workspace_root().join(TARGET).join("release")
}
