//! What the protocol core costs: time beside peers, and instructions alone.
//!
//! `echo` times an in-memory echo of ours and of the peers in one run; `icount` counts instructions with callgrind. No
//! sockets, no tasks: `README.md` says what the figures mean and what they do not.

mod args;
mod cell;
mod contest;
mod echo;
mod icount;
#[cfg(feature = "peers")]
mod peers;
#[cfg(not(feature = "peers"))]
#[path = "no_peers.rs"]
mod peers;
mod report;
mod round;
mod wire;

use std::process::ExitCode;

use self::args::Command;

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
        Command::Count(job, laps) => icount::run(job, laps)?,
        Command::Valgrind => icount::valgrind()?,
    }
    Ok(ExitCode::SUCCESS)
}
