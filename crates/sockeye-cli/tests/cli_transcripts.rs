//! Runs the transcripts of `docs/cli.md` and compares.
//!
//! In a block `console` a line `$ …` is a command, and the lines below it are what it prints on both its outputs. The
//! commands of a block are one shell's. A line `...` stands for any lines, `...` in a line for any text. A command that
//! ends with `&` runs on to the end of the page; the address that it says to listen on takes the place of the one on
//! the page. In a block `terminal` what stands behind `> ` is typed; `connect_terminal` plays it.
#![cfg(unix)]

mod program;

use std::{
    fs,
    io::{BufRead, BufReader},
    os::unix::fs::symlink,
    path::Path,
    process::{Child, Command, Stdio},
};

use program::finish;

/// A command, and what it prints.
#[derive(Debug, PartialEq, Eq)]
struct Exchange {
    command: String,
    printed: Vec<String>,
}

/// The blocks of this kind.
fn blocks<'p>(page: &'p str, kind: &str) -> Vec<&'p str> {
    let fence = format!("```{kind}\n");
    let begun = page.split(&fence).skip(1);
    begun.map(|rest| rest.split("```").next().unwrap_or(rest)).collect()
}

fn exchanges(block: &str) -> Vec<Exchange> {
    let mut exchanges: Vec<Exchange> = Vec::new();
    for line in block.lines() {
        match (line.strip_prefix("$ "), exchanges.last_mut()) {
            (Some(command), _) => {
                exchanges.push(Exchange { command: command.to_owned(), printed: Vec::new() });
            }
            (None, Some(last)) => last.printed.push(line.to_owned()),
            (None, None) => panic!("expected a command, got {line:?}"),
        }
    }
    exchanges
}

/// Whether the lines are as the page has them.
fn agree(expected: &[String], got: &[&str]) -> bool {
    match (expected, got) {
        ([], []) => true,
        ([any, rest @ ..], got) if any == "..." => {
            (0..=got.len()).any(|from| agree(rest, &got[from..]))
        }
        ([expected, rest @ ..], [line, others @ ..]) => {
            agrees(expected, line.trim_end()) && agree(rest, others)
        }
        _ => false,
    }
}

fn agrees(expected: &str, line: &str) -> bool {
    match expected.split_once("...") {
        None => expected == line,
        Some((before, after)) => line.strip_prefix(before).is_some_and(|rest| {
            let mut ends = rest.char_indices().map(|(at, _)| at).chain([rest.len()]);
            ends.any(|at| agrees(after, &rest[at..]))
        }),
    }
}

/// Runs the commands of a block in one shell, and gives what each printed.
fn run(block: &[Exchange], folder: &Path) -> Vec<String> {
    const MARK: &str = "\u{1e}";
    // The status of a command is the next one's to ask for.
    let commands = block.iter().map(|exchange| {
        format!("{{ {}\n}}; status=$?; printf '{MARK}'; (exit $status)\n", exchange.command)
    });
    let script = ["exec 2>&1\n".to_owned()].into_iter().chain(commands).collect::<String>();
    let shell = shell(&script, folder).spawn().expect("bash is there");
    let outcome = finish(shell, "");
    outcome.text().split_terminator(MARK).map(str::to_owned).collect()
}

/// A shell that finds the program first, and nothing of the user's.
fn shell(script: &str, folder: &Path) -> Command {
    // In a folder of its own: beside it there are programs with names of the system's.
    let programs = Path::new(env!("CARGO_TARGET_TMPDIR")).join("programs");
    fs::create_dir_all(&programs).expect("a folder");
    // Another test may have made it.
    let _ = symlink(env!("CARGO_BIN_EXE_sockeye"), programs.join("sockeye"));
    let path = std::env::var("PATH").unwrap_or_default();
    let mut shell = Command::new("bash");
    shell.args(["-c", script]).current_dir(folder).env_clear();
    shell.env("PATH", format!("{}:{path}", programs.display())).env("HOME", folder);
    shell.stdin(Stdio::piped()).stdout(Stdio::piped());
    shell
}

/// A server; killed when the test ends.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Starts a server; gives the address that it tells.
fn serve(command: &str, folder: &Path) -> (Running, String) {
    let mut server = shell(&format!("exec {command}"), folder).spawn().expect("bash is there");
    let mut line = String::new();
    let stdout = server.stdout.take().expect("a pipe");
    BufReader::new(stdout).read_line(&mut line).expect("a line");
    let address = line.trim().strip_prefix("listening on http://").expect("an address");
    (Running(server), address.to_owned())
}

const ADDRESS: &str = "127.0.0.1:8080";

#[test]
fn every_transcript_is_what_a_reader_would_see() {
    let page = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/cli.md"));
    let page = page.expect("a page");
    let folder = std::env::temp_dir().join(format!("sockeye-transcripts-{}", std::process::id()));
    fs::create_dir_all(&folder).expect("a folder");
    let mut servers = Vec::new();
    let mut address = ADDRESS.to_owned();
    let mut compared = 0;
    for block in blocks(&page, "console") {
        if let [Exchange { command, .. }] = exchanges(block).as_slice()
            && let Some(command) = command.strip_suffix('&')
        {
            let server;
            (server, address) = serve(&command.replace(ADDRESS, "127.0.0.1:0"), &folder);
            servers.push(server);
            continue;
        }
        let block = exchanges(&block.replace(ADDRESS, &address));
        let printed = run(&block, &folder);
        assert_eq!(printed.len(), block.len(), "{block:?}: {printed:?}");
        for (Exchange { command, printed: expected }, got) in block.iter().zip(&printed) {
            let lines: Vec<&str> = got.lines().collect();
            assert!(agree(expected, &lines), "$ {command}\nexpected {expected:#?}\ngot {lines:#?}");
            compared += 1;
        }
    }
    assert!(compared > 10, "{compared}");
    drop(servers);
    fs::remove_dir_all(&folder).expect("removed");
}

#[test]
fn a_transcript_that_is_not_true_is_seen() {
    let page = "text\n```console\n$ echo a; echo b 1>&2\na\nb\n$ false\n$ echo $?\n1\n```\n";
    let block = exchanges(blocks(page, "console").first().expect("a block"));
    let printed = run(&block, &std::env::temp_dir());
    assert_eq!(printed, ["a\nb\n", "", "1\n"]);
    for (expected, got, is_true) in [
        (&["a", "b"][..], &["a", "b"][..], true),
        (&["a"], &["a", "b"], false),
        (&["a", "b"], &["a"], false),
        (&["a", "..."], &["a", "b", "c"], true),
        (&["...", "c"], &["a", "b", "c"], true),
        (&["...", "d"], &["a", "b", "c"], false),
        (&["a..., c"], &["a, b, c"], true),
        (&["a...d"], &["a, b, c"], false),
        (&["..."], &[], true),
        (&[], &[], true),
    ] {
        let expected: Vec<String> = expected.iter().map(|line| (*line).to_owned()).collect();
        assert_eq!(agree(&expected, got), is_true, "{expected:?} {got:?}");
    }
}
