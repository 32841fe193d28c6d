//! `sockeye completions`: what a shell reads to complete our arguments.

use clap_complete::Shell;

use crate::{cli, failure::Failure, output};

const EXAMPLES: &str = "\
Examples:
  sockeye completions bash > ~/.local/share/bash-completion/completions/sockeye
  sockeye completions zsh > ~/.zfunc/_sockeye
  sockeye completions fish > ~/.config/fish/completions/sockeye.fish";

/// Print what a shell needs to complete the arguments of this program
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Options {
    /// The shell
    shell: Shell,
}

pub(crate) fn run(options: &Options) -> Result<(), Failure> {
    let mut script = Vec::new();
    clap_complete::generate(options.shell, &mut cli::definition(), "sockeye", &mut script);
    output::bytes(&script);
    Ok(())
}
