//! Servers that go away, and clients that are told to.

use std::{
    process::{Command, Stdio},
    thread,
};

use sockeye::{Answer, CloseCode, CloseFrame, Listener, ServerOptions};

use crate::support::{Count, Run, Running, bench, counting_echo, echo, run, wait_until};

/// Echoes so many messages on each connection, and then closes it.
fn closing_after(messages: u32) -> Running {
    Running::start(move |mut ws| async move {
        for _ in 0..messages {
            let Ok(Some(message)) = ws.recv().await else { return };
            let _ = ws.send(message).await;
        }
        let _ = ws.recv().await;
        let _ = ws.close(CloseCode::POLICY_VIOLATION).await;
    })
}

#[test]
fn a_run_in_which_nothing_was_measured_is_a_failure() {
    let server = closing_after(0);
    run(&format!("echo -c 4 -d 1s {}", server.url()))
        .failed(1, "got none: 4 of 4 connections failed, the first with: closed by the peer: 1008");
}

#[test]
fn a_goodbye_that_would_drive_a_terminal_is_shown_instead() {
    let server = Running::start(|mut ws| async move {
        let _ = ws.recv().await;
        let rude = CloseFrame::new(CloseCode::POLICY_VIOLATION, "\u{1b}[2J\nsockeye: done");
        let _ = ws.close(rude).await;
    });
    run(&format!("echo -c 1 -d 1s {}", server.url()))
        .failed(1, r"closed by the peer: 1008 (\u{1b}[2J\nsockeye: done)");
}

#[test]
fn connections_that_are_lost_are_told_and_the_rest_is_measured() {
    let server = closing_after(100);
    let run = run(&format!("echo --json -c 4 -d 10s --warmup 0s {}", server.url()));
    assert_eq!(run.0.status.code(), Some(0));
    assert_eq!(run.number("done"), 400.0);
    assert_eq!(run.number("lost"), 4.0);
    assert!(run.number("seconds") < 5.0, "a run without connections does not go on");
    assert!(run.stderr().starts_with("sockeye: 4 of 4 connections failed, "), "{}", run.stderr());
    assert_eq!(run.stderr().lines().count(), 1);
}

#[test]
fn a_server_that_says_nothing_is_told() {
    let server = Running::start(|mut ws| async move { while let Ok(Some(_)) = ws.recv().await {} });
    run(&format!("echo -c 4 -d 200ms --warmup 0s {}", server.url()))
        .failed(1, "expected messages to be measured, got none");
}

#[test]
fn connections_that_do_not_open_are_told_and_the_others_measured() {
    let count = Count::shared();
    let server = Running::serve(Listener::tcp("127.0.0.1:0"), move |server| {
        server.upgrade("/", move |upgrade, _| {
            let answer = match count.one() {
                // The first is opened to see that it can be done.
                0..4 => upgrade.on_upgrade(|ws| echo(ws, Count::shared())),
                _ => {
                    let mut full = Answer::new("full\n".into());
                    *full.status_mut() = http::StatusCode::SERVICE_UNAVAILABLE;
                    full
                }
            };
            async { answer }
        })
    });
    let run = run(&format!("echo --json -c 5 -d 200ms {}", server.url()));
    assert_eq!((run.number("opened"), run.number("not_opened")), (3.0, 2.0), "{}", run.stdout());
    assert!(run.number("done") > 0.0);
    let error = run.stderr();
    assert!(error.contains("2 of 5 connections did not open, the first with: "), "{error}");
    assert!(error.contains("503") && error.lines().count() == 1, "{error}");
}

#[test]
fn nonsense_from_the_server_ends_a_connection_and_is_told() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("an address");
    thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        runtime.expect("a runtime").block_on(async {
            listener.set_nonblocking(true).expect("a socket");
            let listener = tokio::net::TcpListener::from_std(listener).expect("a listener");
            while let Ok((stream, _)) = listener.accept().await {
                let options = ServerOptions::default();
                let Ok(opening) = sockeye::accept(stream).await else { continue };
                let Ok(mut ws) = opening.accept(&options).await else { continue };
                let _ = ws.recv().await;
                let _ = ws.transport().try_write(&[0xff; 65_536]);
            }
        });
    });
    run(&format!("echo -c 1 -d 10s --warmup 0s ws://{address}/"))
        .failed(1, "expected a known opcode, got the reserved 0xf");
}

#[test]
fn an_interrupt_ends_early_with_what_was_measured() {
    let count = Count::shared();
    let server = counting_echo(&count);
    let arguments = format!("echo --json -c 4 -d 10m --warmup 0s {}", server.url());
    let client = bench(&arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    let client = client.expect("the binary starts");
    wait_until(|| count.number() > 1000);
    let killed = Command::new("kill").args(["-INT", &client.id().to_string()]).status();
    assert!(killed.expect("a signal").success());
    let run = Run(client.wait_with_output().expect("it ends")).succeeded();
    assert!(run.stdout().contains("\"interrupted\":true"), "{}", run.stdout());
    assert!(run.number("done") > 0.0);
    assert!(run.number("seconds") < 60.0);
}
