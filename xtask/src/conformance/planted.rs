//! The gate tests itself: peers with one planted fault each, which it must see, and see in the right cases.

use std::{net::SocketAddr, process::Command, time::Duration};

use super::{batch::Batch, round, tester::Tester, verdict::Verdicts};
use crate::{
    output,
    process::{Process, free_address},
    serve::{Server, build},
    suite::Outcome,
};

/// The cases that the peers are shown, and how many those are.
const CASES: Batch = Batch {
    name: "cases",
    cases: &["1.1.1", "6.3.*"],
    without: &[],
    count: 3,
    limit: Duration::from_mins(2),
};

/// A peer with a fault, and in which cases it shows.
struct Fault {
    name: &'static str,
    seen_in: &'static [&'static str],
    /// Whether what stands in for the suite looks at this.
    by_kosoku: bool,
}

const FAULTS: [Fault; 3] = [
    Fault { name: "none", seen_in: &[], by_kosoku: true },
    Fault { name: "unchecked-text", seen_in: &["6.3.1", "6.3.2"], by_kosoku: true },
    Fault { name: "masked-frames", seen_in: &["1.1.1", "6.3.1", "6.3.2"], by_kosoku: false },
];

pub(super) fn run() -> Result<(), Outcome> {
    let tester = Tester::provide().map_err(Outcome::Skipped)?;
    check_all(&tester).map_err(Outcome::Failed)
}

fn check_all(tester: &Tester) -> Result<(), String> {
    nobody_is_no_pass(tester)?;
    let program = build("sockeye-conformance", "planted")?;
    for Fault { name, seen_in, by_kosoku } in FAULTS {
        if matches!(tester, Tester::Kosoku(_)) && !by_kosoku {
            output::line(format_args!("{name}: not looked at by what stands in for the suite"));
            continue;
        }
        let peer = format!("planted/{name}");
        let log = round::folder(&peer).join("server.log");
        let server = Server::of(Command::new(&program).arg(name), &log)?;
        let verdicts = verdicts(tester, &peer, server.address)?;
        let cases = verdicts.deviations().map(|(case, _)| case.to_string());
        let cases = cases.collect::<Vec<_>>().join(" ");
        output::line(format_args!("{name}: seen in `{cases}`"));
        let expected = seen_in.join(" ");
        if cases != expected {
            return Err(format!("expected the fault {name} in `{expected}`, got `{cases}`"));
        }
    }
    Ok(())
}

/// A suite that meets no server is content, with no verdict at all; the gate is not.
fn nobody_is_no_pass(tester: &Tester) -> Result<(), String> {
    match verdicts(tester, "planted/nobody", free_address()?) {
        Ok(verdicts) if verdicts.deviations().next().is_none() => {
            Err("expected no pass for a server that is not there, got one".into())
        }
        Ok(_) | Err(_) => Ok(()),
    }
}

fn verdicts(tester: &Tester, peer: &str, address: SocketAddr) -> Result<Verdicts, String> {
    round::run_batch(peer, &CASES, |batch, report| {
        let mut command = tester.client(&format!("{address}/"), batch, report)?;
        Process::start(&mut command, &report.with_extension("log"))
    })
}
