//! `sockeye probe`: asks a server what a suite of messages does not: its handshake, its strictness, its bounds.
//!
//! `options` say whom to ask and what is known of him. `checks` are the questions, one table for each family; most are
//! one of the three in `question`. `server` opens connections within bounds, `wire` speaks on one of them, and `report`
//! says what came of it. The library's own WebSocket is not used, since it cannot say anything wrong.

mod options;
mod target;
mod check;
mod verdict;
mod checks;
mod question;
mod asking;
mod server;
mod search;
mod tls;
mod wire;
mod inbox;
mod ending;
mod request;
mod response;
mod frame;
mod deflated;
mod report;

use std::io::IsTerminal;

use tokio::time::Instant;

pub(crate) use options::Options;

use self::{
    check::Check,
    report::{Paint, Report},
    server::Server,
    target::Target,
};
use crate::{failure::Failure, output};

/// Asks, prints and judges.
pub(crate) fn run(options: &Options) -> Result<(), Failure> {
    let chosen = choose(&options.only)?;
    let Some(url) = options.url.as_deref().filter(|_| !options.list) else {
        output::text(report::list(&chosen));
        return Ok(());
    };
    let target = Target::parse(url).map_err(Failure::unusable)?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::unusable(format_args!("cannot start: {error}")))?;
    let report = runtime.block_on(ask(options, target, chosen))?;
    // What is still under way is of no interest.
    runtime.shutdown_background();
    if options.json {
        output::line(report.json());
    } else {
        output::text(report.text(paint()));
    }
    judge(&report, options.strict)
}

/// All checks, or those that were named.
fn choose(names: &[String]) -> Result<Vec<&'static Check>, Failure> {
    if let Some(name) = names.iter().find(|name| !checks::all().any(|check| check.name == **name)) {
        let wrong = format_args!("expected a check, got `{name}`; `sockeye probe --list` has them");
        return Err(Failure::unusable(wrong));
    }
    let is_chosen =
        |check: &&Check| names.is_empty() || names.iter().any(|name| *name == check.name);
    Ok(checks::all().filter(is_chosen).collect())
}

async fn ask(
    options: &Options,
    target: Target,
    chosen: Vec<&'static Check>,
) -> Result<Report, Failure> {
    let begun = Instant::now();
    let url = target.to_string();
    let server = Server::find(target, options).await.map_err(Failure::unusable)?;
    if !options.json {
        let (count, some) = (chosen.len(), if chosen.len() == 1 { "check" } else { "checks" });
        output::line(format_args!("asking {url}: {count} {some}, 60 s at most\n"));
    }
    let answers = asking::all(&server, chosen, begun).await;
    Ok(Report { url, answers, traffic: server.traffic(), took: begun.elapsed() })
}

fn paint() -> Paint {
    if std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none() {
        Paint::Colours
    } else {
        Paint::Plain
    }
}

fn judge(report: &Report, strict: bool) -> Result<(), Failure> {
    let counts = report.counts();
    match (counts.failed, counts.warned) {
        (0, 0) => Ok(()),
        (0, _) if !strict => Ok(()),
        (0, warned) => Err(Failure::failed(format_args!("expected no warning, got {warned}"))),
        (failed, _) => Err(Failure::failed(format_args!("expected no failed check, got {failed}"))),
    }
}
