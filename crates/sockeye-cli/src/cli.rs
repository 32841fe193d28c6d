//! What was written behind the command's name.

use clap::{CommandFactory, Parser, error::ErrorKind};

use crate::{bench, completions, connect, failure::Failure, man, output, probe, serve};

const EXIT_STATUS: &str = "\
Exit status:
  0  done
  1  the command ran, and its outcome is bad
  2  it could not begin: arguments, files, addresses or peers were not to be used";

/// WebSockets from the command line: a server, a client, a load generator and a judge.
#[derive(Debug, Parser)]
#[command(name = "sockeye", version, after_help = EXIT_STATUS, disable_help_subcommand = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

/// What is to be done.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    Serve(Box<serve::Options>),
    Connect(Box<connect::Options>),
    Probe(Box<probe::Options>),
    Bench(Box<bench::Options>),
    Completions(completions::Options),
    Man(man::Options),
}

/// The command line as a whole, for what is made of it.
pub(crate) fn definition() -> clap::Command {
    Cli::command()
}

/// The command; those that print and do no more have run when this returns.
pub(crate) fn parse() -> Result<Command, Failure> {
    match Cli::try_parse() {
        Ok(Cli { command }) => Ok(command),
        Err(error) => match error.kind() {
            ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => {
                output::text(error.render());
                std::process::exit(0);
            }
            ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
                Err(Failure::unusable("expected a command, got none; `sockeye --help` lists them"))
            }
            _ => Err(Failure::unusable(one_line(&error))),
        },
    }
}

/// What is wrong, in one line; clap has it in a paragraph with hints below.
fn one_line(error: &clap::Error) -> String {
    let text = error.render().to_string();
    let paragraph = text.split("\n\n").next().unwrap_or(&text);
    let words = paragraph.split_whitespace().collect::<Vec<_>>().join(" ");
    let words = words.strip_prefix("error: ").unwrap_or(&words);
    format!("{words}; `sockeye --help` shows the rest")
}
