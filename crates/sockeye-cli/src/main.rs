//! The command `sockeye`.

mod cli;
mod serve;
mod connect;
mod probe;
mod bench;
mod completions;
mod man;

mod failure;
mod on_off;
mod output;
mod size;
#[cfg(unix)]
mod system;
#[cfg(not(unix))]
#[path = "no_system.rs"]
mod system;

use std::process::ExitCode;

use cli::Command;

fn main() -> ExitCode {
    let outcome = cli::parse().and_then(|command| match command {
        Command::Serve(options) => serve::run(&options),
        Command::Connect(options) => connect::run(&options),
        Command::Probe(options) => probe::run(&options),
        Command::Bench(options) => bench::run(*options),
        Command::Completions(options) => completions::run(&options),
        Command::Man(options) => man::run(&options),
    });
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            output::error(&failure);
            failure.exit_code()
        }
    }
}
