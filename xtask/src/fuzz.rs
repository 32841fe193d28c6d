//! `cargo xtask fuzz`: libFuzzer on the stable compiler, one target after the other.
//!
//! Coverage comes from the compiler's own pass, switched on by flags; a nightly toolchain adds AddressSanitizer. What a
//! target judges stands in the crate `sockeye-fuzz`, not here.

mod plan;

use std::{
    fs::{self, File},
    io,
    path::{Path, PathBuf},
    process::Command,
    time::Instant,
};

pub use plan::{Plan, USAGE};

use crate::{
    machine, output, program,
    suite::{Outcome, Step},
    workspace_root,
};

/// Coverage for libFuzzer: a counter a block, a table to name the blocks, and what comparisons compare.
const COVERAGE: &str = "--cfg fuzzing -Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
    -Cllvm-args=-sanitizer-coverage-trace-compares";

/// Inputs stay small: they are committed, replayed by every test run, and read by people.
const MAX_INPUT: &str = "-max_len=4096";

/// The build, and a step for each target.
#[must_use]
pub fn steps(plan: Plan) -> Vec<Step> {
    let Some(triple) = machine::host_triple() else {
        let nothing = || Outcome::Failed("expected rustc to tell its host, got nothing".into());
        return vec![Step::foundation("fuzz: build", nothing)];
    };
    let programs = workspace_root().join("target/fuzz").join(&triple).join("fuzz");
    let mut steps = vec![Step::foundation("fuzz: build", move || build(&triple))];
    steps.extend(plan.targets.into_iter().map(|name| {
        let program = programs.join(&name);
        let (seconds, after) = (plan.seconds, plan.after);
        Step::check(format!("fuzz: {name}"), move || {
            let target = Target { name, program };
            target.run(seconds, after).unwrap_or_else(|error| Outcome::Failed(error.to_string()))
        })
    }));
    steps
}

fn build(triple: &str) -> Outcome {
    // libFuzzer itself is C++.
    if let Err(missing) = machine::provide("c++", "g++") {
        return Outcome::Skipped(missing);
    }
    let (mut cargo, flags) = if machine::has_nightly() {
        (program::nightly_cargo(&["build"]), format!("{COVERAGE} -Zsanitizer=address"))
    } else {
        (program::cargo(&["build"]), COVERAGE.to_owned())
    };
    // A target of its own keeps the flags away from build scripts.
    cargo.args(["--package", "sockeye-fuzz", "--bins", "--profile", "fuzz", "--target", triple]);
    program::run(cargo.args(["--target-dir", "target/fuzz"]).env("RUSTFLAGS", flags))
}

/// What becomes of the inputs that a run found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum After {
    /// They stay in the working corpus under `target/`.
    Leave,
    /// Those that add coverage are copied to the committed corpus.
    Keep,
}

struct Target {
    name: String,
    program: PathBuf,
}

impl Target {
    fn run(&self, seconds: u32, after: After) -> io::Result<Outcome> {
        let (committed, working) =
            (self.folder("fuzz/corpus")?, self.folder("target/fuzz-corpus")?);
        let artifacts = self.folder("fuzz/artifacts")?;
        let log = working.with_extension("log");
        let start = Instant::now();
        let status = Command::new(&self.program)
            .arg(format!("-max_total_time={seconds}"))
            .arg(format!("-artifact_prefix={}/", artifacts.display()))
            .args(["-timeout=10", "-rss_limit_mb=2048", "-print_final_stats=1", MAX_INPUT])
            .args([&working, &committed])
            .current_dir(workspace_root())
            .stderr(File::create(&log)?)
            .status()?;
        let report = String::from_utf8_lossy(&fs::read(&log)?).into_owned();
        let executions = executions(&report);
        let findings = findings(&artifacts)?;
        let took = start.elapsed().as_secs();
        output::line(format_args!(
            "{}: {executions} executions, {took} seconds, {} findings",
            self.name,
            findings.len()
        ));
        if !status.success() || !findings.is_empty() {
            return Ok(self.failed(&report, &findings));
        }
        if executions == 0 {
            return Ok(Outcome::Failed("expected executions, got none".into()));
        }
        match after {
            After::Leave => Ok(Outcome::Passed),
            After::Keep => self.keep(&committed, &working),
        }
    }

    /// Prints the end of the log and how each finding is replayed, with neither libFuzzer nor flags.
    fn failed(&self, report: &str, findings: &[PathBuf]) -> Outcome {
        let lines: Vec<&str> = report.lines().collect();
        let (_, end) = lines.split_at(lines.len().saturating_sub(40));
        for line in end {
            output::line(line);
        }
        for finding in findings {
            let finding = finding.strip_prefix(workspace_root()).unwrap_or(finding).display();
            output::line(format_args!(
                "replay: cargo run --package sockeye-fuzz --bin {} -- {finding}",
                self.name
            ));
        }
        Outcome::Failed(format!("expected no findings, got {}", findings.len().max(1)))
    }

    fn keep(&self, committed: &Path, working: &Path) -> io::Result<Outcome> {
        let before = fs::read_dir(committed)?.count();
        let log = File::create(working.with_extension("merge.log"))?;
        let mut merge = Command::new(&self.program);
        merge.args(["-merge=1", MAX_INPUT]).args([committed, working]);
        let outcome = program::run(merge.current_dir(workspace_root()).stderr(log));
        let added = fs::read_dir(committed)?.count() - before;
        output::line(format_args!("{}: {added} inputs kept in {}", self.name, committed.display()));
        Ok(outcome)
    }

    fn folder(&self, parent: &str) -> io::Result<PathBuf> {
        let folder = workspace_root().join(parent).join(&self.name);
        fs::create_dir_all(&folder)?;
        Ok(folder)
    }
}

/// How often libFuzzer ran the target, by its final statistics.
fn executions(report: &str) -> u64 {
    let count =
        report.lines().find_map(|line| line.strip_prefix("stat::number_of_executed_units:"));
    count.and_then(|count| count.trim().parse().ok()).unwrap_or(0)
}

/// What lies in the folder of artifacts; a unit that was merely slow is no finding.
fn findings(artifacts: &Path) -> io::Result<Vec<PathBuf>> {
    let mut findings = Vec::new();
    for entry in fs::read_dir(artifacts)? {
        let entry = entry?;
        if !entry.file_name().to_string_lossy().starts_with("slow-unit-") {
            findings.push(entry.path());
        }
    }
    findings.sort();
    Ok(findings)
}
