//! What the protocol core costs in time, beside peers, and what all of it costs in instructions.
//!
//! `echo` times an in-memory echo of ours and of the peers in one run; `cost` does the jobs that callgrind counts the
//! instructions of. `README.md` says what the figures mean and what they do not.

mod args;
mod cell;
mod contest;
mod cost;
mod echo;
#[cfg(feature = "peers")]
mod peers;
#[cfg(not(feature = "peers"))]
#[path = "no_peers.rs"]
mod peers;
mod report;
mod round;
mod wire;

use std::process::ExitCode;

use self::{args::Command, cost::Job};

fn main() -> ExitCode {
    match run() {
        Ok(code) => code,
        Err(problem) => {
            report::complain(&problem.to_string());
            ExitCode::from(2)
        }
    }
}

fn run() -> Result<ExitCode, Box<dyn std::error::Error>> {
    match Command::parse(std::env::args().skip(1))? {
        Command::Help => report::print(args::USAGE)?,
        Command::Echo(options) => return contest::run(&options),
        Command::Jobs => {
            for job in Job::all() {
                report::print(&job.to_string())?;
            }
        }
        Command::Job(job, laps) => {
            let messages = job.run(laps)?;
            report::print(&format!("{messages} messages"))?;
        }
        Command::Visit(visit) => cost::visit(visit)?,
    }
    Ok(ExitCode::SUCCESS)
}
