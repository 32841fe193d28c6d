//! The suite as the server of our client, a small program that sends every message back.

use std::{path::Path, process::Command, time::Duration};

use super::{
    batch::Batch,
    plan::{Extent, Role},
    round,
    tester::Tester,
};
use crate::{
    process::{Process, free_address},
    serve,
    suite::Outcome,
};

const PEER: &str = "client";

/// The suite ends when it has written its report, which takes seconds.
const REPORT: Duration = Duration::from_mins(1);

pub(super) fn run(extent: Extent) -> Result<(), Outcome> {
    let tester = Tester::provide().map_err(Outcome::Skipped)?;
    let client = serve::build("sockeye-conformance", "sockeye-conformance");
    let client = client.map_err(Outcome::Failed)?;
    let run = |batch: &Batch, report: &Path| run_batch(&tester, &client, batch, report);
    round::judge(PEER, extent, tester.unable(Role::Client), run).map_err(Outcome::Failed)
}

fn run_batch(
    tester: &Tester,
    client: &Path,
    batch: &Batch,
    report: &Path,
) -> Result<Process, String> {
    let address = free_address()?;
    let mut command = tester.server(address, batch, report)?;
    let mut tester = Process::start(&mut command, &report.with_extension("log"))?;
    tester.accepts(address)?;
    let log = report.with_extension("client.log");
    let mut client = Process::start(Command::new(client).arg(address.to_string()), &log)?;
    client.succeeds(batch.limit)?;
    tester.ends(REPORT)?;
    Ok(tester)
}
