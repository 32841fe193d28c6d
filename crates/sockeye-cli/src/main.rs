//! The command `sockeye`.

mod args;
mod output;
mod serve;
mod socket;

use std::process::ExitCode;

use args::Command;

fn main() -> ExitCode {
    match args::parse(std::env::args().skip(1)) {
        Ok(Command::Help) => {
            output::line(args::HELP);
            ExitCode::SUCCESS
        }
        Ok(Command::Serve(options)) => match serve::run(&options) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                output::error(&error);
                ExitCode::FAILURE
            }
        },
        Err(error) => {
            output::error(&error);
            ExitCode::from(2)
        }
    }
}
