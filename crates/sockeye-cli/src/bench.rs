//! `sockeye bench`: load on a WebSocket server, and figures of what it did with it.
//!
//! `plan` says what is wanted. `run` has a `crew` of `worker`s do it, one a thread: a worker opens connections by the
//! `door` and has each do one kind of work: `echo`, `fanout`, `idle` or `visits`. What is counted goes through the
//! `timeline` into `figures`, of which `report` makes text, JSON and a page.
//!
//! The core writes and reads every frame; see `cycle` for what is done to make that cheap. It asks servers no questions
//! about rules: that is `sockeye probe`.

mod options;
mod span;
mod plan;
mod run;
mod crew;
mod worker;
mod station;

mod echo;
mod fanout;
mod idle;
mod visits;

mod door;
mod socket;
mod cycle;
mod payload;
mod pace;
mod alarm;
mod trouble;

mod record;
mod process;
mod timeline;
mod figures;
mod progress;
mod report;

pub(crate) use self::options::Options;
use self::{figures::Figures, plan::Plan};
use crate::{failure::Failure, output};

/// Measures, and tells what was found.
pub(crate) fn run(options: Options) -> Result<(), Failure> {
    let mut plan = Plan::new(options)?;
    let (json, page) = (plan.json, plan.report.take());
    let figures = run::run(plan)?;
    if figures.sum.total.done == 0 {
        return Err(nothing(&figures));
    }
    if json {
        output::text(report::json(&figures));
    } else {
        output::text(report::text(&figures));
    }
    if let Some((path, file)) = page {
        report::write_page(&figures, file).map_err(|error| {
            Failure::unusable(format_args!("cannot write {}: {error}", path.display()))
        })?;
    }
    match figures.trouble() {
        Some(trouble) if figures.sum.total.wrong > 0 => Err(Failure::failed(trouble)),
        Some(trouble) => {
            output::error(trouble);
            Ok(())
        }
        None => Ok(()),
    }
}

fn nothing(figures: &Figures) -> Failure {
    let noun = figures.work.noun();
    let why = figures.trouble().map(|trouble| format!(": {trouble}")).unwrap_or_default();
    Failure::failed(format_args!("expected {noun} to be measured, got none{why}"))
}
