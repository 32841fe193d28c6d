//! `sockeye man`: the manual, one page for all commands.

use std::io;

use clap_mangen::Man;

use crate::{cli, failure::Failure, output};

pub(crate) fn run() -> Result<(), Failure> {
    let page = page().map_err(|error| Failure::failed(format_args!("the manual: {error}")))?;
    output::bytes(&page);
    Ok(())
}

/// The page of the program, and below it what each command can be told.
fn page() -> io::Result<Vec<u8>> {
    let mut program = cli::definition();
    program.build();
    let mut page = Vec::new();
    Man::new(program.clone()).render(&mut page)?;
    for command in program.get_subcommands() {
        let name = command.get_bin_name().unwrap_or_default();
        page.extend(format!(".SH {}\n", name.to_uppercase()).into_bytes());
        let man = Man::new(command.clone());
        man.render_description_section(&mut page)?;
        man.render_options_section(&mut page)?;
        man.render_extra_section(&mut page)?;
    }
    Ok(page)
}
