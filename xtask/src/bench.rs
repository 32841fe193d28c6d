//! `cargo xtask bench`: servers compared over real sockets, and the core's cost in memory.
//!
//! `bench/` holds the programs: `load` and `servers`, which need no peer, and `peers`. This builds them, starts each
//! server on a core of its own, lets `load` speak to it from another one, and tells what came of it: a table, JSON, a
//! page, and the block of figures in `docs/performance.md`. It measures nothing itself.

mod plan;
mod cell;
mod contestant;
mod build;
mod contest;
mod run;
mod host;
mod results;
mod figures;

mod table;
pub(crate) mod markdown;
mod page;
mod number;

mod codec;

use std::{env::consts::OS, fs, path::Path};

use self::{build::Built, contest::Contest, plan::Plan, results::Results};
use crate::{
    output,
    suite::{Outcome, Step},
    workspace_root,
};

/// How the subcommand is called.
pub const USAGE: &str = plan::USAGE;

/// The figures that are kept, and the page that shows them.
pub(crate) const FIGURES: &str = "docs/performance.json";
pub(crate) const PAGE: &str = "docs/performance.md";

/// What was asked for, as steps.
///
/// # Errors
///
/// Tells which argument was not expected.
pub fn steps(arguments: &[String]) -> Result<Vec<Step>, String> {
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words[..] {
        ["codec"] => Ok(codec::steps(codec::Pace::Thorough)),
        ["codec", "--quick"] => Ok(codec::steps(codec::Pace::Quick)),
        ["smoke"] => Ok(smoke()),
        ["render"] => {
            Ok(vec![Step::attempt("bench: the page of the figures that are kept", || {
                render().map_err(Outcome::Failed)
            })])
        }
        _ => {
            let plan = Plan::parse(arguments)?;
            Ok(vec![Step::attempt("bench: servers over sockets", move || sockets(&plan))])
        }
    }
}

/// What every test run shows: that all of it still measures, ours and the raw servers alone.
#[must_use]
pub fn smoke() -> Vec<Step> {
    let tests = || build::tests().map_err(Outcome::Failed);
    let sockets = || sockets(&Plan::smoke());
    let mut steps = vec![
        Step::attempt("bench: tests of the load", tests),
        Step::attempt("bench: servers over sockets, a moment each", sockets),
    ];
    steps.extend(codec::smoke());
    steps
}

fn sockets(plan: &Plan) -> Result<(), Outcome> {
    if OS != "linux" {
        return Err(Outcome::Skipped("it stands on what Linux counts".into()));
    }
    compare(plan).map_err(Outcome::Failed)
}

fn compare(plan: &Plan) -> Result<(), String> {
    let built = Built::provide(plan)?;
    let results = Contest::new(plan, &built).run();
    output::line(table::text(&results));
    for (file, text) in
        [(&plan.json, Results::json as fn(&Results) -> String), (&plan.html, page::page)]
    {
        file.iter().try_for_each(|file| write(file, &text(&results)))?;
    }
    // What a peer cannot do stands in the table; ours can do all of it.
    match built.trouble_of_ours(&results) {
        None => Ok(()),
        Some(trouble) => Err(format!("expected every cell of ours, got {trouble}")),
    }
}

fn render() -> Result<(), String> {
    let page = workspace_root().join(PAGE);
    let renewed = markdown::renewed(&read(&page)?, &read(&workspace_root().join(FIGURES))?)?;
    write(&page, &renewed)
}

fn read(file: &Path) -> Result<String, String> {
    fs::read_to_string(file).map_err(|error| format!("expected {}, got {error}", file.display()))
}

fn write(file: &Path, text: &str) -> Result<(), String> {
    fs::write(file, text)
        .map_err(|error| format!("expected to write {}, got {error}", file.display()))
}
