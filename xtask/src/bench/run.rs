//! One run: a server that is started, a load that speaks to it, and what the load tells.

use std::{process::Command, time::Duration};

use super::{
    build::Built,
    cell::{Cell, Kind},
    contestant::Contestant,
    plan::Plan,
};
use crate::{
    json::Json,
    process::{self, Process},
    workspace_root,
};

/// What a run may take beside the time that it measures: ten thousand connections, and a machine that is busy.
const PATIENCE: Duration = Duration::from_secs(60);

/// Names and figures of a run.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Run(pub(super) Vec<(String, f64)>);

impl Run {
    pub(super) fn figure(&self, name: &str) -> Option<f64> {
        self.0.iter().find(|(own, _)| own == name).map(|(_, figure)| *figure)
    }
}

/// Does one.
///
/// # Errors
///
/// What was expected and what came, in a line.
pub(super) fn run(
    plan: &Plan,
    built: &Built,
    contestant: &Contestant,
    cell: Cell,
    rate: Option<f64>,
) -> Result<Run, String> {
    let address = process::free_address()?;
    let folder = workspace_root().join("target/bench/logs");
    let mut server = Command::new(&built.load);
    server.args(["launch", "0"]).args(built.command(contestant, cell.kind.job(), address.port()));
    let log = folder.join(format!("{}.log", contestant.name));
    // What a panic says is enough; where it came from fills the screen.
    let mut server = Process::start(server.env("RUST_BACKTRACE", "0"), &log)?;
    server.accepts(address).map_err(|error| last_word(&server, &error))?;
    let mut load = Command::new(&built.load);
    load.args(["launch", plan.cores.of_load()]).arg(&built.load);
    load.args(words(plan, contestant, cell, rate));
    load.arg(format!("port={}", address.port())).arg(format!("server={}", server.id()));
    let mut load = Process::start(&mut load, &folder.join("load.log"))?;
    let whole = Duration::from_secs_f64(2.0 * plan.seconds) + PATIENCE;
    load.succeeds(whole).map_err(|error| last_word(&load, &error))?;
    figures(&load.output())
}

/// What a program said last, which is why it ended.
fn last_word(process: &Process, error: &str) -> String {
    let output = process.output();
    let said = output.lines().rfind(|line| line.starts_with("expected"));
    said.or(error.lines().next()).unwrap_or_default().to_owned()
}

/// What the load is told.
fn words(plan: &Plan, contestant: &Contestant, cell: Cell, rate: Option<f64>) -> Vec<String> {
    let Cell { kind, connections, bytes, depth, content } = cell;
    let (name, compression) = match kind {
        Kind::Echo | Kind::Tls => ("echo", "none"),
        Kind::Deflate => ("echo", "single"),
        Kind::Takeover => ("echo", "takeover"),
        Kind::Latency if rate.is_some() => ("paced", "none"),
        Kind::Latency => ("echo", "none"),
        Kind::Fanout => ("fanout", "none"),
        Kind::Handshake => ("handshakes", "none"),
        Kind::Idle => ("idle", "none"),
    };
    let tls = if kind == Kind::Tls { "yes" } else { "no" };
    let (framing, warm) = (contestant.framing, contestant.program.warm_seconds(plan.seconds));
    let mut words = vec![
        name.to_owned(),
        format!("framing={framing}"),
        format!("tls={tls}"),
        format!("compression={compression}"),
        format!("connections={connections}"),
        format!("bytes={bytes}"),
        format!("depth={depth}"),
        format!("content={content}"),
        format!("wait={}", plan.cores.wait()),
        format!("rest={}", plan.seconds.min(1.0)),
        format!("warm={warm}"),
        format!("seconds={}", plan.seconds),
    ];
    words.extend(rate.map(|rate| format!("rate={rate}")));
    words
}

fn figures(text: &str) -> Result<Run, String> {
    let json = Json::parse(text.trim())?;
    let figure = |(name, value): &(String, Json)| match value {
        Json::Plain(word) => Some((name.clone(), word.parse().ok()?)),
        _ => None,
    };
    Ok(Run(json.fields().iter().filter_map(figure).collect()))
}
