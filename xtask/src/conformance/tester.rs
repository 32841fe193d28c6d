//! The program that tests: the Autobahn suite, or in its place a younger one that reads the same cases.

use std::{
    fs,
    net::SocketAddr,
    path::Path,
    process::{Command, Stdio},
};

use super::{batch::Batch, plan::Role};
use crate::{
    machine::python::{self, Python2},
    output, workspace_root,
};

const AUTOBAHN: &str = "autobahntestsuite==25.10.1";
const CONSTRAINTS: &str = "conformance/autobahn-constraints.txt";
const KOSOKU: &str = "kosoku==0.1.0";

/// The name that we have in a report.
pub(super) const AGENT: &str = "sockeye";

/// What runs the cases.
#[derive(Clone, Debug)]
pub(super) enum Tester {
    /// The suite itself; it needs Python 2.
    Autobahn(Python2),
    /// The program `kosoku`, at this path: the same cases and the same report. It does not look at masks, at
    /// `Sec-WebSocket-Accept` and at reserved opcodes that a peer sends, so it stands in and never replaces.
    Kosoku(std::path::PathBuf),
}

impl Tester {
    /// The suite, or where it cannot be had what stands in for it; this is told on the screen.
    pub(super) fn provide() -> Result<Self, String> {
        let constraints = workspace_root().join(CONSTRAINTS);
        let missing = match Python2::provide("autobahn", AUTOBAHN, &constraints) {
            Ok(python) => return Ok(Self::Autobahn(python)),
            Err(missing) => missing,
        };
        let programs = python::environment("kosoku", &[KOSOKU])
            .map_err(|fallback| format!("{missing}, and without the suite: {fallback}"))?;
        output::line(format_args!(
            "FALLBACK: the Autobahn suite is not run, {KOSOKU} stands in for it: {missing}"
        ));
        Ok(Self::Kosoku(programs.join("kosoku")))
    }

    /// The cases whose verdict says nothing of us: `kosoku` fails in them by itself, or as a server declines offers
    /// that the suite takes. A star stands for any number, and what is not written for all that follow.
    pub(super) fn unable(&self, role: Role) -> &'static [&'static str] {
        match (self, role) {
            (Self::Autobahn(_), _) => &[],
            (Self::Kosoku(_), Role::Server) => {
                &["12.2", "12.5", "12.*.1", "12.*.2", "13.*.1", "13.*.2"]
            }
            (Self::Kosoku(_), Role::Client) => {
                &["12.2", "12.5", "12.*.1", "12.*.2", "13.*.1", "13.*.2", "13.2", "13.5", "13.6"]
            }
        }
    }

    /// Runs a batch against the server at `url` (without its scheme) and ends.
    pub(super) fn client(
        &self,
        url: &str,
        batch: &Batch,
        report: &Path,
    ) -> Result<Command, String> {
        match self {
            Self::Autobahn(python) => {
                let servers =
                    format!(r#""servers": [{{"agent": "{AGENT}", "url": "ws://{url}"}}]"#);
                autobahn(python, "fuzzingclient", &servers, batch, report)
            }
            Self::Kosoku(program) => Ok(kosoku(program, "fuzzingclient", url, batch, report)),
        }
    }

    /// Is the server of a batch at `address`, and ends when the client under test asks for its report.
    pub(super) fn server(
        &self,
        address: SocketAddr,
        batch: &Batch,
        report: &Path,
    ) -> Result<Command, String> {
        match self {
            Self::Autobahn(python) => {
                let url = format!(r#""url": "ws://{address}""#);
                let mut command = autobahn(python, "fuzzingserver", &url, batch, report)?;
                // Without this it serves pages on a port of its own choice.
                command.args(["-u", "0"]);
                Ok(command)
            }
            Self::Kosoku(program) => {
                Ok(kosoku(program, "fuzzingserver", &address.to_string(), batch, report))
            }
        }
    }
}

fn autobahn(
    python: &Python2,
    mode: &str,
    peer: &str,
    batch: &Batch,
    report: &Path,
) -> Result<Command, String> {
    let specification = report.with_extension("spec.json");
    let text = format!(
        "{{{peer}, \"outdir\": \"{}\", \"cases\": {:?}, \"exclude-cases\": {:?}, \"exclude-agent-cases\": {{}}}}\n",
        report.display(),
        batch.cases,
        batch.without
    );
    fs::write(&specification, text)
        .map_err(|error| format!("expected to write {}, got {error}", specification.display()))?;
    let mut command = python.program("wstest");
    command.args(["-m", mode, "-s"]).arg(specification);
    Ok(command)
}

fn kosoku(program: &Path, mode: &str, address: &str, batch: &Batch, report: &Path) -> Command {
    let mut command = Command::new(program);
    command.args(["-m", mode, "-p", "2", "-o"]).arg(report).stdin(Stdio::null());
    // All is what it runs when nothing is named.
    for case in batch.cases.iter().filter(|case| **case != "*") {
        command.args(["-i", case]);
    }
    for case in batch.without {
        command.args(["-x", case]);
    }
    command.arg(address);
    command
}
