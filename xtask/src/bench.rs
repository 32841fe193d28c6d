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
mod number;

mod codec;

use std::fs;

pub use codec::smoke;

use self::{build::Built, contest::Contest, plan::Plan};
use crate::{
    output,
    suite::{Outcome, Step},
};

/// How the subcommand is called.
pub const USAGE: &str = plan::USAGE;

/// What was asked for, as steps.
///
/// # Errors
///
/// Tells which argument was not expected.
pub fn steps(arguments: &[String]) -> Result<Vec<Step>, String> {
    match arguments {
        [first, rest @ ..] if first == "codec" => codec::steps(rest),
        _ => {
            let plan = Plan::parse(arguments)?;
            Ok(vec![Step::attempt("bench: servers over sockets", move || sockets(&plan))])
        }
    }
}

fn sockets(plan: &Plan) -> Result<(), Outcome> {
    let failed = Outcome::Failed;
    let built = Built::provide(plan).map_err(failed)?;
    let results = Contest::new(plan, &built).run().map_err(failed)?;
    output::line(table::text(&results));
    if let Some(file) = &plan.json {
        fs::write(file, results.json()).map_err(|error| {
            failed(format!("expected to write {}, got {error}", file.display()))
        })?;
    }
    Ok(())
}
