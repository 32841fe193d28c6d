//! `sockeye man`: the manual, a page for the program and one for each command.

use clap_mangen::Man;

use crate::{cli, failure::Failure, output};

const EXAMPLES: &str = "\
Examples:
  sockeye man connect | man -l -
  sockeye man > /usr/local/share/man/man1/sockeye.1
  sockeye man connect > /usr/local/share/man/man1/sockeye-connect.1";

/// Print a page of the manual
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Options {
    /// The command that the page is about; without one it is about all
    command: Option<String>,
}

pub(crate) fn run(options: &Options) -> Result<(), Failure> {
    let mut program = cli::definition();
    // So that each command knows its place in the whole.
    program.build();
    let command = match &options.command {
        None => &program,
        Some(name) => program.find_subcommand(name).ok_or_else(|| {
            Failure::unusable(format_args!(
                "expected a command, got {name}; `sockeye --help` lists them"
            ))
        })?,
    };
    let mut page = Vec::new();
    Man::new(command.clone())
        .render(&mut page)
        .map_err(|error| Failure::failed(format_args!("the manual: {error}")))?;
    output::bytes(&page);
    Ok(())
}
