//! One thread that loads a server on this machine, and tells what the server took for it.
//!
//! `load KIND name=value …` does one run and prints one object of JSON; `load launch CORE PROGRAM …` becomes a server
//! that is bound to a core and ends when its starter does. `cargo xtask bench` calls both. It knows nothing of who the
//! server is: requests, frames and what comes back are its own, so that no library is on both ends.

mod arguments;
mod launch;

mod echo;
mod paced;
mod fanout;
mod handshakes;
mod idle;

mod lane;
mod script;
mod content;
mod deflate;
mod frame;
mod dial;
mod stream;
mod poller;

mod gauge;
mod latencies;
mod report;

use std::process::ExitCode;

use self::{arguments::Arguments, report::Report};

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    match run(&words) {
        Ok(()) => ExitCode::SUCCESS,
        Err(trouble) => {
            report::complain(&trouble);
            ExitCode::FAILURE
        }
    }
}

fn run(words: &[String]) -> Result<(), String> {
    let (kind, words) = words.split_first().ok_or("expected what to do, got nothing")?;
    if kind == "launch" {
        return launch::launch(words);
    }
    let load: fn(&Arguments) -> Result<Report, String> = match kind.as_str() {
        "echo" => echo::run,
        "paced" => paced::run,
        "fanout" => fanout::run,
        "handshakes" => handshakes::run,
        "idle" => idle::run,
        _ => {
            return Err(format!(
                "expected launch, echo, paced, fanout, handshakes or idle, got `{kind}`"
            ));
        }
    };
    launch::raise_open_files()?;
    load(&Arguments::parse(words)?)?.print()
}
