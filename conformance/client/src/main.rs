//! `sockeye-conformance ADDRESS`: the client that the suite tests. It asks how many cases there are, takes part in each
//! by sending every message back, and has the report written.
//!
//! It judges nothing. How a connection ends is what the suite looks at, so an end that is an error is no error here.

use std::{
    env, fmt,
    io::{self, Write},
    process::ExitCode,
};

use sockeye::{Config, Connect, Limits};

/// The largest message of the suite is 16 MiB.
const MESSAGE_BYTES: usize = 16 << 20;

/// The message in most pieces has 65,537.
const FRAGMENTS: u32 = 70_000;

/// The name that we have in the report.
const AGENT: &str = "sockeye";

fn main() -> ExitCode {
    let Some(address) = env::args().nth(1) else {
        return failed("expected the address of the suite, got nothing");
    };
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return failed(error),
    };
    match runtime.block_on(run(&address)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => failed(error),
    }
}

fn failed(why: impl fmt::Display) -> ExitCode {
    // Whoever closed the pipe does not ask why.
    let _ = writeln!(io::stderr(), "sockeye-conformance: {why}");
    ExitCode::FAILURE
}

async fn run(address: &str) -> Result<(), Box<dyn std::error::Error>> {
    let count = count(address).await?;
    for case in 1..=count {
        echo(&format!("ws://{address}/runCase?case={case}&agent={AGENT}")).await;
    }
    // The suite writes its report when it is asked, and may be gone before it says goodbye.
    echo(&format!("ws://{address}/updateReports?agent={AGENT}&shutdownOnComplete=true")).await;
    Ok(())
}

/// How many cases there are: the one message of this URL.
async fn count(address: &str) -> Result<u32, Box<dyn std::error::Error>> {
    let mut ws = connect(&format!("ws://{address}/getCaseCount")).await?;
    let message = ws.recv().await?.ok_or("expected a number of cases, got none")?;
    while let Ok(Some(_)) = ws.recv().await {}
    let text = message.as_text().ok_or("expected a number of cases, got bytes")?;
    Ok(text.parse()?)
}

/// Sends back every message until the connection is over; a handshake that fails is a verdict of the suite as well.
async fn echo(url: &str) {
    let Ok(mut ws) = connect(url).await else { return };
    while let Ok(Some(message)) = ws.recv().await {
        if ws.send(message).await.is_err() {
            // What is left is the goodbye.
            while let Ok(Some(_)) = ws.recv().await {}
            return;
        }
    }
}

fn connect(url: &str) -> Connect {
    let limits = Limits::default()
        .message_bytes(MESSAGE_BYTES)
        .frame_bytes(MESSAGE_BYTES)
        .fragments(FRAGMENTS);
    sockeye::connect(url).config(Config::default().limits(limits))
}
