//! What cannot be asked is told in one line, and what was found in the exit status.

use std::{
    io::{Read, Write},
    net::TcpListener,
    thread,
};

use super::{broken::Broken, probe};

/// The line and the exit status.
fn complaint(arguments: &[&str]) -> (String, Option<i32>) {
    let output = probe(arguments);
    let line = String::from_utf8(output.stderr).expect("text");
    assert_eq!(line.lines().count(), 1, "{line}");
    assert_eq!(String::from_utf8_lossy(&output.stdout), "", "{arguments:?}");
    (line, output.status.code())
}

#[test]
fn wrong_arguments_are_told_in_one_line() {
    for (arguments, expected) in [
        (&[][..], "the following required arguments were not provided: <URL>"),
        (&["nonsense"], "expected a URL such as ws://127.0.0.1:8080/echo, got no scheme"),
        (&["ftp://localhost/"], "got the scheme `ftp`"),
        (&["ws://localhost/#a"], "got a fragment (RFC 6455 3)"),
        (&["ws://localhost/", "--only", "nothing"], "expected a check, got `nothing`"),
        (&["ws://localhost/", "--max-message", "1G"], "expected a size such as"),
        (&["ws://localhost/", "--patience", "0"], "expected seconds such as"),
        (&["ws://localhost/", "--header", "no colon"], "expected a header such as `Name: value`"),
        (&["wss://localhost/", "--cacert", "nothing.pem"], "expected certificates in nothing.pem"),
    ] {
        let (line, status) = complaint(arguments);
        assert!(line.contains(expected), "{arguments:?}: {line}");
        assert_eq!(status, Some(2), "{arguments:?}");
    }
}

#[test]
fn another_machine_is_not_asked_without_a_word_for_it() {
    // An address of RFC 5737, which nobody has; it is not tried.
    let (line, status) = complaint(&["ws://192.0.2.1/"]);
    assert!(line.contains("expected a server on this machine, got 192.0.2.1; --i-may"), "{line}");
    assert_eq!(status, Some(2));
}

#[test]
fn nobody_there_is_told() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("an address").to_string();
    drop(listener);
    let (line, status) = complaint(&[&format!("ws://{address}/")]);
    assert!(line.contains(&format!("expected a connection to {address}, got ")), "{line}");
    assert_eq!(status, Some(2));
}

/// What is said of a server that reads something and says this.
fn of_answer(answer: &'static [u8]) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let url = format!("ws://{}/", listener.local_addr().expect("an address"));
    thread::spawn(move || {
        for mut stream in listener.incoming().map_while(Result::ok) {
            let _ = stream.read(&mut [0; 1000]).and_then(|_| stream.write_all(answer));
        }
    });
    let (line, status) = complaint(&[&url]);
    assert_eq!(status, Some(2));
    let beginning = format!("sockeye: expected a WebSocket at {url}, got ");
    line.trim_end().strip_prefix(&beginning).expect("the URL").to_owned()
}

#[test]
fn a_server_without_a_websocket_is_told() {
    assert_eq!(of_answer(b"HTTP/1.1 404 Not Found\r\n\r\n"), "status 404");
    assert_eq!(of_answer(b""), "the end of the stream without a response");
    let nonsense = "something that is no response of HTTP/1.1";
    assert_eq!(of_answer(b"220 mail.example\r\n\r\n"), nonsense);
    assert_eq!(of_answer(b"\x1b[31mHTTP\r\n\r\n"), nonsense);
    assert_eq!(of_answer(&[b'a'; 100 << 10]), nonsense);
}

#[test]
fn a_server_that_floods_us_is_left() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let url = format!("ws://{}/", listener.local_addr().expect("an address"));
    thread::spawn(move || {
        for mut stream in listener.incoming().map_while(Result::ok) {
            let message = [&[0x82, 126, 0xff, 0xff][..], &[0; 0xffff]].concat();
            let _ = stream.write_all(b"HTTP/1.1 101 Switching Protocols\r\n\r\n");
            thread::spawn(move || while stream.write_all(&message).is_ok() {});
        }
    });
    let output = probe(&[&url, "--only", "rsv-bits", "--patience", "10"]);
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(text.contains("got more than 32 MiB without a Close"), "{text}");
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn a_failure_is_told_by_the_status_and_a_warning_under_strict_alone() {
    for (fault, strict, expected) in [
        ("rsv-bits", "--strict", 1),
        ("rsv-bits", "--json", 1),
        ("shortest-length", "--strict", 1),
        ("shortest-length", "--json", 0),
        ("none", "--strict", 0),
    ] {
        let server = Broken::start(fault);
        let url = format!("ws://{}/", server.address);
        let output = probe(&[&url, strict, "--only", "rsv-bits", "--only", "shortest-length"]);
        assert_eq!(output.status.code(), Some(expected), "{fault} {strict}");
        let complaints = String::from_utf8_lossy(&output.stderr).lines().count();
        assert_eq!(complaints, usize::from(expected == 1), "{fault} {strict}");
    }
}
