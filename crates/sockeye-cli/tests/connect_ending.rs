//! `sockeye connect` whose peer, reader or user goes away, and what it takes of memory until then.
#![cfg(unix)]

mod program;

use std::{
    io::{BufRead, BufReader, Write},
    process::{Child, Command},
    sync::mpsc,
    thread,
};

use program::{PATIENCE, Server, accept, finish, peer, read_all, run, sockeye, start};
use sockeye::CloseCode;

#[test]
fn a_reader_that_has_read_enough_ends_it_quietly() {
    let server = Server::start(&[]);
    let mut child = start(&mut sockeye(&["connect", &server.echo()]));
    let stdout = child.stdout.take().expect("a pipe");
    let mut stdin = child.stdin.take().expect("a pipe");
    let writing = thread::spawn(move || while stdin.write_all(b"hello\n").is_ok() {});
    let mut line = String::new();
    BufReader::new(stdout).read_line(&mut line).expect("a line");
    assert_eq!(line, "hello\n");
    let stderr = child.stderr.take().expect("a pipe");
    assert_eq!(String::from_utf8(read_all(stderr)), Ok(String::new()));
    assert_eq!(child.wait().expect("an end").code(), Some(0));
    writing.join().expect("no panic");
}

#[test]
fn a_reader_of_the_trace_that_has_read_enough_ends_nothing() {
    let server = Server::start(&[]);
    let args = ["connect", &server.echo(), "--trace", "--exit-after", "3"];
    let mut child = start(&mut sockeye(&args));
    drop(child.stderr.take());
    let outcome = finish(child, "a\nb\nc\n").ends_with(0);
    assert_eq!(outcome.text(), "a\nb\nc\n");
}

fn signal(child: &Child, name: &str) {
    let status = Command::new("kill").args([&format!("-{name}"), &child.id().to_string()]).status();
    assert!(status.expect("kill is there").success());
}

#[test]
fn whoever_is_asked_to_stop_says_goodbye() {
    for name in ["INT", "TERM"] {
        let (told, telling) = mpsc::channel();
        let url = peer(async move |listener| {
            let mut ws = accept(&listener).await;
            ws.send("ready").await.expect("sent");
            let end = ws.recv().await.map(|_| ws.closed().map(ToString::to_string));
            told.send(end.expect("a clean end")).expect("a test");
        });
        let mut child = start(&mut sockeye(&["connect", &url, "--no-close"]));
        let mut stdout = BufReader::new(child.stdout.take().expect("a pipe"));
        stdout.read_line(&mut String::new()).expect("a line");
        signal(&child, name);
        let closed = telling.recv_timeout(PATIENCE).expect("an end");
        assert_eq!(closed.as_deref(), Some("closed by the peer: 1000"), "{name}");
        child.stdout = Some(stdout.into_inner());
        finish(child, "").ends_with(0);
    }
}

#[test]
fn whoever_is_asked_twice_does_not_wait_for_an_answer() {
    let (told, telling) = mpsc::channel();
    let url = peer(async move |listener| {
        let (stream, _) = listener.accept().await.expect("a client");
        let opening = sockeye::accept(stream).await.expect("a request");
        let options = sockeye::ServerOptions::default();
        let mut ws = opening.accept(&options).await.expect("a connection");
        ws.send("ready").await.expect("sent");
        // It never reads, so it never answers.
        told.send(()).expect("a test");
        std::future::pending::<()>().await;
    });
    let mut child = start(&mut sockeye(&["connect", &url, "--no-close", "--trace"]));
    telling.recv_timeout(PATIENCE).expect("a connection");
    let mut stderr = BufReader::new(child.stderr.take().expect("a pipe")).lines();
    let mut seen = |what: &str| {
        let line = stderr.find(|line| line.as_ref().is_ok_and(|line| line.contains(what)));
        assert!(line.is_some(), "{what}");
    };
    seen("< text");
    signal(&child, "INT");
    seen("> close");
    signal(&child, "INT");
    assert_eq!(child.wait().expect("an end").code(), Some(0));
}

#[test]
fn a_server_that_comes_back_is_connected_to_again() {
    let url = peer(async |listener| {
        let mut ws = accept(&listener).await;
        ws.send("one").await.expect("sent");
        drop(ws);
        let mut ws = accept(&listener).await;
        ws.send("two").await.expect("sent");
        let _ = ws.close(CloseCode::NORMAL).await;
    });
    let args = ["connect", &url, "--reconnect", "--no-close"];
    let outcome = run(&mut sockeye(&args), "").ends_with(0);
    assert_eq!(outcome.text(), "one\ntwo\n");
    let lost = "the transport ended without a close; again in ";
    assert!(outcome.stderr.starts_with(lost), "{}", outcome.stderr);
    assert_eq!(outcome.stderr.lines().count(), 1);
}

#[test]
fn what_is_said_while_nobody_hears_is_said_later() {
    let (lost, losing) = mpsc::channel();
    let (told, telling) = mpsc::channel();
    let url = peer(async move |listener| {
        drop(accept(&listener).await);
        lost.send(()).expect("a test");
        let mut ws = accept(&listener).await;
        while let Ok(Some(message)) = ws.recv().await {
            told.send(message).expect("a test");
        }
    });
    let args = ["connect", &url, "--reconnect", "--json", "--wait", "0"];
    let mut child = start(&mut sockeye(&args));
    losing.recv_timeout(PATIENCE).expect("a loss");
    let stdout = child.stdout.take().expect("a pipe");
    let mut lines = BufReader::new(stdout).lines().map(|line| line.expect("a line"));
    assert!(lines.any(|line| line.starts_with(r#"{"event":"lost","reason":"the transport"#)));
    let outcome = {
        child.stdout = None;
        let reading = thread::spawn(move || lines.count());
        let outcome = finish(child, "later\n");
        reading.join().expect("no panic");
        outcome
    };
    outcome.ends_with(0);
    let message = telling.recv_timeout(PATIENCE).expect("a message");
    assert_eq!(message, sockeye::Message::from("later"));
}

/// The most memory that a process ever had, while it runs.
#[cfg(target_os = "linux")]
fn peak_memory_kilobytes(child: &Child) -> u64 {
    let status =
        std::fs::read_to_string(format!("/proc/{}/status", child.id())).expect("a process");
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("a peak");
    line.trim_end_matches("kB").trim().parse().expect("a number")
}

#[cfg(target_os = "linux")]
#[test]
fn memory_stays_flat_whatever_passes() {
    const LINES: usize = 100_000;
    let server = Server::start(&[]);
    let args = ["connect", &server.echo(), "--no-close", "--deflate", "off"];
    let mut child = start(&mut sockeye(&args));
    let mut stdin = child.stdin.take().expect("a pipe");
    let line = [&[b'a'; 1000][..], b"\n"].concat();
    let writing = thread::spawn(move || {
        (0..LINES).for_each(|_| stdin.write_all(&line).expect("written"));
    });
    let stdout = BufReader::new(child.stdout.take().expect("a pipe"));
    assert_eq!(stdout.lines().take(LINES).count(), LINES);
    writing.join().expect("no panic");
    // 100 MB went through.
    let peak = peak_memory_kilobytes(&child);
    assert!(peak < 40_000, "{peak} kB");
    child.kill().expect("killed");
    child.wait().expect("an end");
}
