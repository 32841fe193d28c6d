//! `sockeye probe` as a process: at our own server, at one with each fault, and at those that are not there.

mod broken;
mod faults;
mod ours;
mod secure;
mod wrong;

use std::process::{Command, Output, Stdio};

/// Runs `sockeye probe` with these arguments.
fn probe(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_sockeye"))
        .arg("probe")
        .args(arguments)
        .stdin(Stdio::null())
        .output()
        .expect("the binary starts")
}

/// The names of all checks.
fn names() -> Vec<String> {
    let list = String::from_utf8(probe(&["--list"]).stdout).expect("text");
    list.lines().filter_map(|line| line.split_whitespace().next()).map(str::to_owned).collect()
}

/// The names of the checks in a table that begin with this word.
fn told(output: &Output, word: &str) -> Vec<String> {
    let text = String::from_utf8_lossy(&output.stdout);
    let rows = text.lines().filter_map(|line| line.strip_prefix(word)?.split_whitespace().next());
    rows.filter(|name| !name.is_empty()).map(str::to_owned).collect()
}

#[test]
fn the_page_lists_every_check() {
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/probe.md");
    let page = std::fs::read_to_string(page).expect("the page");
    let list = String::from_utf8(probe(&["--list"]).stdout).expect("text");
    assert!(page.contains(&format!("```text\n{list}```\n")), "expected what --list prints");
    assert!(page.contains(&format!("limits told | {} | 0 | 0 | 0 |", list.lines().count())));
}
