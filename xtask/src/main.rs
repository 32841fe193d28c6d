//! `cargo xtask`: reads the command line and starts the subcommand that it names.

use std::{env, process::ExitCode};

use xtask::{bench, conformance, cost, fuzz, interop, memcheck, output, suite, test};

/// What can stand after `cargo xtask`.
struct Subcommand {
    name: &'static str,
    usage: &'static str,
    about: &'static str,
    /// Gives back what is wrong with the arguments.
    run: fn(&[String]) -> Result<ExitCode, String>,
}

/// Every subcommand, in the order that `--help` shows.
const SUBCOMMANDS: [Subcommand; 7] = [
    Subcommand {
        name: "test",
        usage: "",
        about: "Everything that a change has to pass; installs what is missing where it may",
        run: |arguments| run_steps(arguments, test::steps),
    },
    Subcommand {
        name: "memcheck",
        usage: "",
        about: "The tests of the files with `unsafe`, under valgrind and AddressSanitizer",
        run: |arguments| run_steps(arguments, memcheck::steps),
    },
    Subcommand {
        name: "fuzz",
        usage: fuzz::USAGE,
        about: "Every fuzz target, or the one named, for N seconds each (60)",
        run: |arguments| Ok(finish(fuzz::steps(fuzz::Plan::parse(arguments)?))),
    },
    Subcommand {
        name: "conformance",
        usage: conformance::USAGE,
        about: "The Autobahn suite against our server and our client; all its cases with --full",
        run: |arguments| Ok(finish(conformance::steps(&conformance::Plan::parse(arguments)?))),
    },
    Subcommand {
        name: "interop",
        usage: "",
        about: "Other WebSocket libraries, a browser and front servers with ours, in both directions",
        run: |arguments| run_steps(arguments, interop::steps),
    },
    Subcommand {
        name: "bench",
        usage: bench::USAGE,
        about: "Servers compared over sockets; or the core's echo in memory beside its peers' (codec)",
        run: |arguments| Ok(finish(bench::steps(arguments)?)),
    },
    Subcommand {
        name: "cost",
        usage: cost::USAGE,
        about: "What things cost in instructions, beside what they cost before",
        run: |arguments| Ok(finish(cost::steps(arguments)?)),
    },
];

fn main() -> ExitCode {
    let mut arguments = env::args().skip(1);
    let name = arguments.next().unwrap_or_default();
    let arguments: Vec<String> = arguments.collect();
    let asks_for_help = |argument: &String| matches!(argument.as_str(), "--help" | "-h");
    if matches!(name.as_str(), "--help" | "-h" | "help") || arguments.iter().any(asks_for_help) {
        output::line(help());
        return ExitCode::SUCCESS;
    }
    let Some(subcommand) = SUBCOMMANDS.iter().find(|subcommand| subcommand.name == name) else {
        output::complaint(format_args!("expected a subcommand, got `{name}`\n\n{}", help()));
        return ExitCode::from(2);
    };
    (subcommand.run)(&arguments).unwrap_or_else(|wrong| {
        output::complaint(format_args!("{wrong}\n\n{}", help()));
        ExitCode::from(2)
    })
}

fn run_steps(arguments: &[String], steps: fn() -> Vec<suite::Step>) -> Result<ExitCode, String> {
    match arguments {
        [] => Ok(finish(steps())),
        [first, ..] => Err(format!("expected no arguments, got `{first}`")),
    }
}

fn finish(steps: Vec<suite::Step>) -> ExitCode {
    let summary = suite::run(steps);
    summary.print();
    summary.exit_code()
}

fn help() -> String {
    let rows = SUBCOMMANDS.iter().map(|Subcommand { name, usage, about, .. }| {
        let call = format!("{name} {usage}");
        format!("  {}\n      {about}", call.trim_end())
    });
    let rows = rows.collect::<Vec<_>>().join("\n");
    format!("Usage: cargo xtask SUBCOMMAND\n\n{rows}")
}
