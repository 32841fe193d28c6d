//! The command `sockeye`.

mod cli;
mod probe;
mod serve;

mod failure;
mod on_off;
mod output;
mod size;

use std::process::ExitCode;

use cli::Command;

fn main() -> ExitCode {
    let outcome = cli::parse().and_then(|command| match command {
        Command::Probe(options) => probe::run(&options),
        Command::Serve(options) => serve::run(&options),
    });
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            output::error(&failure);
            failure.exit_code()
        }
    }
}
