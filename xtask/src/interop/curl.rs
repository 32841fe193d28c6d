//! curl at `sockeye serve`: the health of the server over every HTTP, and the answer to an upgrade.

use std::{
    path::Path,
    process::{Command, Stdio},
    time::Duration,
};

use super::{certificate::Certificate, folder, serve};
use crate::{machine, process::Process, suite::Outcome};

/// How long curl may take; it takes no time, but for the upgrade, which it is told to leave after a second.
const LIMIT: Duration = Duration::from_secs(20);

/// What curl says when it was cut off by its own time limit.
const TIMED_OUT: i32 = 28;

const HEALTH: [&str; 3] = ["--fail", "--write-out", " over HTTP/%{http_version}"];

const UPGRADE: [&str; 13] = [
    "--http1.1",
    "--max-time",
    "1",
    "--write-out",
    "%{http_code}",
    "--header",
    "Upgrade: websocket",
    "--header",
    "Connection: Upgrade",
    "--header",
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    "--header",
    "Sec-WebSocket-Version: 13",
];

pub(super) fn run() -> Result<(), Outcome> {
    machine::provide("curl", "curl").map_err(Outcome::Skipped)?;
    Certificate::provide().map_err(Outcome::Skipped)?;
    without_tls().and_then(|()| with_tls()).map_err(Outcome::Failed)
}

fn without_tls() -> Result<(), String> {
    let folder = folder("curl");
    let server = serve(&folder, &[])?;
    let health = format!("http://{}/healthz", server.address);
    let call = |name: &str, options: &[&str]| {
        says(&[&HEALTH, options, &[&health]].concat(), &folder.join(name))
    };
    expect(&call("http1.log", &["--http1.1"])?, "ok over HTTP/1.1")?;
    expect(
        &call("head.log", &["--http1.1", "--head", "--output", "/dev/null"])?,
        " over HTTP/1.1",
    )?;
    expect(&call("http2.log", &["--http2-prior-knowledge"])?, "ok over HTTP/2")?;
    // The upgrade to HTTP/2 is one that we do not know, so it is passed over.
    expect(&call("h2c.log", &["--http2"])?, "ok over HTTP/1.1")?;
    let echo = format!("http://{}/echo", server.address);
    let log = folder.join("upgrade.log");
    let mut curl = start(&[&UPGRADE[..], &[&echo]].concat(), &log)?;
    let code = curl.ends(LIMIT)?.code();
    if code != Some(TIMED_OUT) {
        return Err(curl.with_log(&format!("expected curl to wait for frames, got {code:?}")));
    }
    expect(&curl.output(), "101")
}

/// By what ALPN agrees on, and trusting this one certificate.
fn with_tls() -> Result<(), String> {
    let folder = folder("curl-tls");
    let certificate = Certificate::make(&folder)?;
    let server = serve(&folder, &certificate.options()?)?;
    let health = format!("https://{}/healthz", server.address);
    let [_, chain, ..] = certificate.options()?;
    for (version, expected) in [("--http1.1", "ok over HTTP/1.1"), ("--http2", "ok over HTTP/2")] {
        let options = [&HEALTH, &["--cacert", chain, version, &health][..]].concat();
        expect(&says(&options, &folder.join("curl.log"))?, expected)?;
    }
    Ok(())
}

fn says(options: &[&str], log: &Path) -> Result<String, String> {
    let mut curl = start(options, log)?;
    curl.succeeds(LIMIT)?;
    Ok(curl.output())
}

fn start(options: &[&str], log: &Path) -> Result<Process, String> {
    let mut curl = Command::new("curl");
    // No settings of the machine's owner, and no proxy of his.
    curl.args(["--disable", "--silent", "--noproxy", "*"]).args(options).stdin(Stdio::null());
    Process::start(&mut curl, log)
}

fn expect(got: &str, expected: &str) -> Result<(), String> {
    if got == expected {
        return Ok(());
    }
    Err(format!("expected curl to say `{expected}`, got `{got}`"))
}
