//! Our own server passes all of it.

use std::{
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
};

use super::{names, probe, told};

/// `sockeye serve` on a free port; killed when the test ends.
struct Ours {
    process: Child,
    url: String,
}

impl Ours {
    fn start(arguments: &[&str]) -> Self {
        let mut process = Command::new(env!("CARGO_BIN_EXE_sockeye"))
            .args(["serve", "--listen", "127.0.0.1:0"])
            .args(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("the binary starts");
        let mut line = String::new();
        let stdout = process.stdout.take().expect("a pipe");
        BufReader::new(stdout).read_line(&mut line).expect("a line");
        let address = line.trim().strip_prefix("listening on http://").expect("an address");
        Self { url: format!("ws://{address}/echo"), process }
    }
}

impl Drop for Ours {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[test]
fn our_server_passes_every_check_when_its_limits_are_told() {
    let ours = Ours::start(&[]);
    let told_limits =
        ["--max-message", "1M", "--max-fragments", "16384", "--handshake-timeout", "10"];
    let output = probe(&[&[&ours.url, "--strict"], &told_limits[..]].concat());
    let text = String::from_utf8_lossy(&output.stdout);
    assert_eq!(told(&output, "passed "), names(), "{text}");
    assert_eq!(output.status.code(), Some(0));
}

#[test]
fn what_our_server_lacks_or_did_not_tell_is_skipped_with_a_reason() {
    let ours = Ours::start(&["--deflate", "off", "--max-message", "64K"]);
    let only = ["bomb", "rsv-bits", "message-at-limit", "message-over-limit"];
    let only = only.iter().flat_map(|name| ["--only", name]).collect::<Vec<_>>();
    let output = probe(&[&[&ours.url, "--strict"], &only[..]].concat());
    let text = String::from_utf8_lossy(&output.stdout);
    assert_eq!(told(&output, "passed "), ["rsv-bits", "message-over-limit"], "{text}");
    assert!(
        text.contains("\n         the server does not agree to permessage-deflate\n"),
        "{text}"
    );
    assert!(
        text.contains("\n         the limit is not known; tell it with --max-message\n"),
        "{text}"
    );
    assert_eq!(output.status.code(), Some(0));
}

#[test]
fn a_program_is_told_the_same() {
    let ours = Ours::start(&[]);
    let output = probe(&[&ours.url, "--json", "--only", "rsv-bits"]);
    let json = String::from_utf8(output.stdout).expect("text");
    let beginning = format!("{{\"url\":\"{}\",\"passed\":1,\"failed\":0,\"warned\":0,", ours.url);
    assert!(json.starts_with(&beginning), "{json}");
    let check =
        "\"checks\":[{\"name\":\"rsv-bits\",\"grade\":\"MUST\",\"section\":\"RFC 6455 5.2\",";
    assert!(json.contains(check), "{json}");
    assert_eq!(json.lines().count(), 1);
}

#[test]
fn whoever_closes_the_pipe_has_read_enough() {
    let ours = Ours::start(&[]);
    let mut process = Command::new(env!("CARGO_BIN_EXE_sockeye"))
        .args(["probe", &ours.url, "--only", "rsv-bits"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary starts");
    drop(process.stdout.take());
    let output = process.wait_with_output().expect("it ends");
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
}
