//! `sockeye connect` between pipes: what goes through, how it ends, and what is said of it.

mod program;

use program::{Server, accept, peer, run, sockeye};
use sockeye::{CloseCode, CloseFrame, Event};

fn connect(url: &str, args: &[&str], input: impl AsRef<[u8]>) -> program::Outcome {
    run(sockeye(&["connect", url]).args(args), input)
}

#[test]
fn lines_come_back_before_the_goodbye() {
    let server = Server::start(&[]);
    let input = "hello\n\nw\u{f6}rld\nwithout a newline";
    let outcome = connect(&server.echo(), &["--wait", "0.2"], input).ends_with(0);
    assert_eq!((outcome.text(), outcome.stderr.as_str()), (&*format!("{input}\n"), ""));
    let outcome = connect(&server.echo(), &["--exit-after", "2"], input).ends_with(0);
    assert_eq!(outcome.text(), "hello\n\n");
    let outcome = connect(&server.echo(), &["--wait", "0"], "").ends_with(0);
    assert_eq!(outcome.text(), "");
}

#[test]
fn bytes_pass_in_every_format() {
    let server = Server::start(&[]);
    for (format, input, output) in [
        ("hex", "00 FF\n\n", "00ff\n\n"),
        ("base64", "AP8=\nCg", "AP8=\nCg==\n"),
        ("length-prefixed", "\0\0\0\x02\x01\n\0\0\0\0", "\0\0\0\x02\x01\n\0\0\0\0"),
    ] {
        let args = ["--format", format, "--exit-after", "2"];
        let outcome = connect(&server.echo(), &args, input).ends_with(0);
        assert_eq!(outcome.text(), output, "{format}");
    }
}

#[test]
fn a_large_message_passes_and_a_larger_one_is_not_sent() {
    let server = Server::start(&["--max-message", "16M"]);
    let large = "large ".repeat(1 << 20);
    for deflate in ["on", "off"] {
        let args = ["--exit-after", "1", "--deflate", deflate];
        let outcome = connect(&server.echo(), &args, &large).ends_with(0);
        assert_eq!(outcome.stdout.len(), large.len() + 1);
    }
    let args = ["--max-message", "1M"];
    connect(&server.echo(), &args, &large)
        .fails_with(1, "message 1: expected at most 1048576 bytes");
}

#[test]
fn what_cannot_be_sent_is_told_after_what_could() {
    let server = Server::start(&[]);
    let why = "standard input, message 2: expected text in UTF-8, got other bytes";
    for args in [&[][..], &["--exit-after", "3"]] {
        let outcome = connect(&server.echo(), args, b"fine\n\xff\nlate\n");
        assert_eq!(outcome.text(), "fine\n", "{args:?}");
        outcome.fails_with(1, why);
    }
}

#[test]
fn programs_are_told_in_json() {
    let server = Server::start(&[]);
    let outcome =
        connect(&server.echo(), &["--json", "--exit-after", "1"], "a\"\u{1b}").ends_with(0);
    let lines: Vec<&str> = outcome.text().lines().collect();
    let expected = [
        r#"{"event":"open","version":"HTTP/1.1","deflate":true}"#,
        r#"{"event":"message","kind":"text","data":"a\"\u001b"}"#,
        r#"{"event":"close","words":"closed by us: 1000","code":1000,"reason":""}"#,
    ];
    assert_eq!(lines, expected);
    assert_eq!(outcome.stderr, "");
}

#[test]
fn a_trace_has_every_frame_and_both_sizes_of_a_compressed_one() {
    let server = Server::start(&[]);
    let long = "a".repeat(1000);
    let args = ["--trace", "--exit-after", "2"];
    let outcome = connect(&server.echo(), &args, format!("hi\n{long}\n")).ends_with(0);
    let without_time = |line: &str| match line.split_once(['<', '>']) {
        Some((time, frame)) => {
            assert!(time.trim().parse::<f64>().is_ok(), "{line}");
            let at = time.len();
            let frame = frame.split("compressed, ").next().unwrap_or(frame).to_owned();
            let inflated = line.split_once(" bytes, ").map_or("", |(_, inflated)| inflated);
            format!("{}{frame}{inflated}", &line[at..=at])
        }
        None => line.to_owned(),
    };
    let mut lines: Vec<String> = outcome.stderr.lines().map(without_time).collect();
    // Messages may cross.
    lines[1..5].sort();
    let expected = [
        "connected: HTTP/1.1, permessage-deflate",
        "< text, 2 bytes",
        "< text, inflated 1000",
        "> text, 2 bytes",
        "> text, inflated 1000",
        "> close, 2 bytes",
        "< close, 2 bytes",
        "closed by us: 1000",
    ];
    assert_eq!(lines, expected, "{}", outcome.stderr);
}

/// How it ends when the server does this with the connection.
fn goodbye(frame: impl Into<CloseFrame> + Send + 'static) -> program::Outcome {
    let url = peer(async move |listener| {
        let mut ws = accept(&listener).await;
        ws.send("first").await.expect("sent");
        let _ = ws.close(frame).await;
    });
    let outcome = connect(&url, &["--no-close"], "");
    assert_eq!(outcome.text(), "first\n");
    outcome
}

#[test]
fn the_servers_goodbye_decides_the_status() {
    for code in [CloseCode::NORMAL, CloseCode::GOING_AWAY] {
        assert_eq!(goodbye(code).ends_with(0).stderr, "");
    }
    goodbye(CloseFrame::EMPTY).ends_with(0);
    let rude = CloseFrame::new(CloseCode::new(4001).expect("a code"), "bye\u{1b}[2J\n");
    goodbye(rude).fails_with(1, r"closed by the peer: 4001 (bye\u{1b}[2J\n)");
}

#[test]
fn a_connection_that_breaks_is_a_failure_unless_all_was_had() {
    let breaking = || {
        peer(async |listener| {
            let mut ws = accept(&listener).await;
            ws.send("first").await.expect("sent");
            drop(ws);
        })
    };
    connect(&breaking(), &["--no-close"], "").fails_with(1, "the transport ended without a close");
    let why = "expected 2 messages, got 1: the transport ended without a close";
    connect(&breaking(), &["--exit-after", "2"], "").fails_with(1, why);
    connect(&breaking(), &["--exit-after", "1"], "").ends_with(0);
    let url = peer(async |listener| {
        let _ = accept(&listener).await.close(CloseCode::NORMAL).await;
    });
    connect(&url, &["--exit-after", "1"], "").fails_with(1, "expected 1 messages, got 0");
}

#[test]
fn our_goodbye_says_what_it_was_told_to() {
    let (told, telling) = std::sync::mpsc::channel();
    let url = peer(async move |listener| {
        let mut ws = accept(&listener).await;
        let end = ws.recv().await.map(|_| ws.closed().map(ToString::to_string));
        told.send(end.expect("a clean end")).expect("a test");
    });
    let args = ["--wait", "0", "--close-code", "4000", "--close-reason", "enough"];
    connect(&url, &args, "").ends_with(0);
    let closed = telling.recv_timeout(program::PATIENCE).expect("an end");
    assert_eq!(closed.as_deref(), Some("closed by the peer: 4000 (enough)"));
}

#[test]
fn time_that_runs_out_is_a_failure() {
    let url = peer(async |listener| {
        let mut ws = accept(&listener).await;
        let _ = ws.recv().await;
    });
    let why = "expected the end within 0.3 s, got none";
    connect(&url, &["--timeout", "0.3", "--no-close"], "").fails_with(1, why);
    let silent = || {
        peer(async |listener| drop((listener.accept().await, std::future::pending::<()>().await)))
    };
    connect(&silent(), &["--timeout", "0.3"], "").fails_with(2, why);
    let why = "expected a connection within 300ms, got none";
    connect(&silent(), &["--connect-timeout", "0.3"], "").fails_with(2, why);
}

#[test]
fn silence_is_waited_for_from_the_last_message_on() {
    let url = peer(async |listener| {
        let mut ws = accept(&listener).await;
        let mut texts = ["one", "two", "three"].into_iter();
        // The client's heartbeat is the clock.
        while let Ok(Some(event)) = ws.recv_event().await {
            if let Event::Ping(_) = event
                && let Some(text) = texts.next()
            {
                ws.send(text).await.expect("sent");
            }
        }
    });
    let outcome = connect(&url, &["--ping", "0.2", "--wait", "0.5"], "subscribe\n").ends_with(0);
    assert_eq!(outcome.text(), "one\ntwo\nthree\n");
}
