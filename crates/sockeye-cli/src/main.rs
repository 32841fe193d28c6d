//! The command `sockeye`.

mod cli;
mod serve;
mod connect;
mod probe;
mod bench;
mod completions;
mod man;

mod escape;
mod failure;
mod header;
mod json;
mod on_off;
mod output;
mod seconds;
mod size;
#[cfg(unix)]
mod system;
#[cfg(not(unix))]
#[path = "no_system.rs"]
mod system;
mod tls;

use std::process::ExitCode;

use cli::Command;

/// It has small classes of sizes, and threads that give back what nobody uses: glibc keeps what lies below the last
/// small thing on its heap.
#[cfg(all(feature = "jemalloc", target_os = "linux", target_env = "gnu"))]
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

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
