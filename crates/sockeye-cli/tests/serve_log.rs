//! What `sockeye serve` tells: its log, and its counters.

mod serving;

use std::{io::Write, time::Instant};

use serving::{GOODBYE, HELLO, HELLO_BACK, PATIENCE, Server, UPGRADE, read_until};

#[test]
fn each_websocket_is_told_when_it_opens_and_when_it_ends() {
    let server = Server::start(&["--protocol", "chat.v1"]);
    let request = UPGRADE.replace("Host", "Sec-WebSocket-Protocol:chat.v2,chat.v1\r\nHost");
    server.exchange([request.as_bytes(), HELLO, GOODBYE].concat());
    let opened = server.logs(" opened ");
    assert!(opened.contains(" path=/echo peer=127.0.0.1:"), "{opened}");
    assert!(opened.ends_with(" http=HTTP/1.1 deflate=off protocol=chat.v1"), "{opened}");
    let closed = server.logs(" closed ");
    assert!(closed.contains(" code=1000 why=\"closed by the peer: 1000\" seconds="), "{closed}");
    assert!(closed.ends_with(" messages_in=1 bytes_in=5 messages_out=1 bytes_out=5"), "{closed}");
    server.answer(UPGRADE.replace("Version:13", "Version:12"));
    let refused = server.logs(" refused ");
    assert!(refused.ends_with(" status=426"), "{refused}");
}

#[test]
fn a_machine_reads_objects() {
    let server = Server::start(&["--log", "json"]);
    let told = |event: &str, inside: &str| {
        let line = server.logs(&format!("\"event\":\"{event}\""));
        assert!(line.starts_with("{\"time\":\"2") && line.ends_with('}'), "{line}");
        assert!(line.contains(inside), "{line}");
    };
    server.exchange([UPGRADE.as_bytes(), b"\x83\x80\0\0\0\0"].concat());
    told("opened", "\"path\":\"/echo\"");
    told("closed", "\"code\":1002");
    server.answer(UPGRADE.replace("GET", "PUT"));
    told("refused", "\"status\":405");
}

#[cfg(unix)]
#[test]
fn quiet_it_tells_nothing_of_what_happens_every_day() {
    let mut server = Server::start(&["--quiet"]);
    server.exchange([UPGRADE.as_bytes(), HELLO, GOODBYE].concat());
    server.answer(UPGRADE.replace("GET", "PUT"));
    server.signal("TERM");
    assert_eq!(server.rest_of_log(), [""; 0]);
    assert!(server.wait().success());
}

#[test]
fn a_log_that_nobody_reads_holds_up_nobody() {
    use std::process::{Command, Stdio};

    // Standard error is a pipe that is full after a few hundred lines.
    let mut process = Command::new(env!("CARGO_BIN_EXE_sockeye"))
        .args(["serve", "--listen", "127.0.0.1:0"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary starts");
    let mut line = String::new();
    let stdout = process.stdout.take().expect("a pipe");
    std::io::BufRead::read_line(&mut std::io::BufReader::new(stdout), &mut line).expect("a line");
    let address = line.trim().strip_prefix("listening on http://").expect("an address");
    for _ in 0..3000 {
        let mut stream = std::net::TcpStream::connect(address).expect("the server accepts");
        stream.set_read_timeout(Some(PATIENCE)).expect("a timeout");
        stream.write_all(&[UPGRADE.as_bytes(), GOODBYE].concat()).expect("written");
        read_until(&mut stream, b"\x88\x02\x03\xe8");
    }
    process.kill().expect("killed");
    process.wait().expect("a process of ours");
}

#[test]
fn counters_are_true_while_connections_last() {
    let server = Server::start(&[]);
    let mut stream = server.connect();
    stream.write_all(&[UPGRADE.as_bytes(), HELLO, HELLO].concat()).expect("written");
    read_until(&mut stream, &[HELLO_BACK, HELLO_BACK].concat());
    server.answer(UPGRADE.replace("Version:13", "Version:12"));
    server.answer(UPGRADE.replace("Host", "Origin:https://evil.example\r\nHost"));
    server.exchange([UPGRADE.as_bytes(), GOODBYE].concat());
    server.logs(" closed ");
    server.get("/nothing");
    // An answer may be here an instant before it is counted.
    let counted = "sockeye_messages_total{path=\"/echo\",direction=\"out\"} 2\n";
    let deadline = Instant::now() + PATIENCE;
    let mut page = server.get("/metrics");
    while !page.body().contains(counted) && Instant::now() < deadline {
        page = server.get("/metrics");
    }
    assert_eq!(page.header("content-type"), Some("text/plain; version=0.0.4; charset=utf-8"));
    for line in [
        "# TYPE sockeye_websockets gauge",
        "sockeye_websockets{path=\"/echo\"} 1",
        "sockeye_websockets{path=\"/broadcast\"} 0",
        "sockeye_websockets_opened_total{path=\"/echo\"} 2",
        "sockeye_messages_total{path=\"/echo\",direction=\"in\"} 2",
        "sockeye_messages_total{path=\"/echo\",direction=\"out\"} 2",
        "sockeye_message_bytes_total{path=\"/echo\",direction=\"in\"} 10",
        "sockeye_message_bytes_total{path=\"/echo\",direction=\"out\"} 10",
        "sockeye_closes_total{path=\"/echo\",code=\"1000\"} 1",
        "sockeye_closes_total{path=\"/echo\",code=\"1006\"} 0",
        "sockeye_refused_total{status=\"426\"} 1",
        "sockeye_refused_total{status=\"403\"} 1",
        "sockeye_answered_total{status=\"404\"} 1",
    ] {
        assert!(page.body().lines().any(|known| known == line), "expected {line} in\n{page}");
    }
    // Each line is a comment or a sample (Prometheus' text format).
    for line in page.body().lines() {
        let sample = line.rsplit_once("} ").is_some_and(|(name, value)| {
            name.starts_with("sockeye_") && value.parse::<u64>().is_ok()
        });
        assert!(sample || line.starts_with("# HELP ") || line.starts_with("# TYPE "), "{line}");
    }
}
