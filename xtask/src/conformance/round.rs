//! Every batch of an extent against one peer, and the judgement of what the reports say.

use std::{
    fs,
    path::{Path, PathBuf},
    thread,
};

use super::{batch::Batch, plan::Extent, table::Table, verdict::Verdicts};
use crate::{output, process::Process, workspace_root};

/// How many deviations are explained; the others are named, and have their reports.
const EXPLAINED: usize = 20;

/// Runs the batches, prints the table and each deviation, and judges. `run` starts the suite on a batch, with the
/// report in the folder that it is given.
pub(super) fn judge(
    peer: &str,
    extent: Extent,
    unable: &[&str],
    run: impl Fn(&Batch, &Path) -> Result<Process, String> + Sync,
) -> Result<(), String> {
    let mut verdicts = run_all(peer, extent, run)?;
    let left_out = verdicts.leave_out(unable);
    if left_out > 0 {
        output::line(format_args!("NOT JUDGED: {left_out} cases, of {}", unable.join(" ")));
    }
    output::line(Table(&verdicts));
    let deviations: Vec<_> = verdicts.deviations().collect();
    for (case, verdict) in deviations.iter().take(EXPLAINED) {
        output::line(format_args!("{case}: {}", verdict.explained()));
    }
    if deviations.is_empty() {
        return Ok(());
    }
    let cases: Vec<String> = deviations.iter().map(|(case, _)| case.to_string()).collect();
    let (many, named) = (cases.len(), cases.join(" "));
    Err(format!(
        "expected no deviation, got {many}: {named}; target/conformance/{peer} has the reports"
    ))
}

fn run_all(
    peer: &str,
    extent: Extent,
    run: impl Fn(&Batch, &Path) -> Result<Process, String> + Sync,
) -> Result<Verdicts, String> {
    let mut verdicts = Verdicts::default();
    for row in Batch::rows(extent) {
        let parts: Vec<Result<Verdicts, String>> = thread::scope(|scope| {
            let run = &run;
            let started = row.iter().map(|batch| scope.spawn(move || run_batch(peer, batch, run)));
            let started: Vec<_> = started.collect();
            let died = |_| Err("expected a verdict, got a panic".into());
            started.into_iter().map(|part| part.join().unwrap_or_else(died)).collect()
        });
        for part in parts {
            verdicts.extend(part?);
        }
    }
    Ok(verdicts)
}

/// Runs one batch and reads its report, in a folder where nothing of an earlier run is left.
pub(super) fn run_batch(
    peer: &str,
    batch: &Batch,
    run: impl Fn(&Batch, &Path) -> Result<Process, String>,
) -> Result<Verdicts, String> {
    let report = folder(peer).join(batch.name);
    if report.exists() {
        fs::remove_dir_all(&report)
            .map_err(|error| format!("expected to clear the last report, got {error}"))?;
    }
    fs::create_dir_all(&report).map_err(|error| format!("expected a folder, got {error}"))?;
    let mut tester = run(batch, &report)?;
    // Its exit code says nothing of the cases.
    tester.ends(batch.limit)?;
    let verdicts = Verdicts::read(&report).map_err(|why| tester.with_log(&why))?;
    if verdicts.len() == batch.count {
        return Ok(verdicts);
    }
    let Batch { name, count, .. } = batch;
    let got = verdicts.len();
    Err(tester.with_log(&format!("expected {count} cases of `{name}`, got {got}")))
}

/// Where the reports of a peer are left for reading.
pub(super) fn folder(peer: &str) -> PathBuf {
    workspace_root().join("target/conformance").join(peer)
}
