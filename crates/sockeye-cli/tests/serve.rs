//! `sockeye serve` as a process, spoken to over real sockets.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    process::{Child, Command, Stdio},
    time::Duration,
};

/// The server, on a free port; killed when the test ends.
struct Server {
    process: Child,
    address: String,
}

impl Server {
    fn start(args: &[&str]) -> Self {
        let mut process = Command::new(env!("CARGO_BIN_EXE_sockeye"))
            .args(["serve", "--listen", "127.0.0.1:0"])
            .args(args)
            .stdout(Stdio::piped())
            .spawn()
            .expect("the binary starts");
        let mut line = String::new();
        let stdout = process.stdout.take().expect("a pipe");
        BufReader::new(stdout).read_line(&mut line).expect("a line");
        let address = line.trim().strip_prefix("listening on http://").expect("an address");
        Self { address: address.to_owned(), process }
    }

    fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(&self.address).expect("the server accepts");
        stream.set_read_timeout(Some(Duration::from_secs(10))).expect("a timeout");
        stream
    }

    /// Sends bytes and reads until the server ends the connection.
    fn answer(&self, request: &str) -> String {
        let mut stream = self.connect();
        stream.write_all(request.as_bytes()).expect("written");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("read to the end");
        answer
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Without spaces after the colons, as some write it.
const UPGRADE: &str = "GET /echo HTTP/1.1\r\nHost:localhost\r\nUpgrade:websocket\r\nConnection:Upgrade\r\n\
    Sec-WebSocket-Key:dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version:13\r\n\r\n";

#[test]
fn a_message_is_echoed_and_a_goodbye_answered() {
    let server = Server::start(&[]);
    let mut stream = server.connect();
    // The masked "Hello" of RFC 6455 5.7 and a Close with 1000, in the same segment as the request.
    let frames = [
        &[0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58][..],
        &[0x88, 0x82, 0, 0, 0, 0, 0x03, 0xe8],
    ];
    stream.write_all(&[UPGRADE.as_bytes(), frames[0], frames[1]].concat()).expect("written");
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).expect("the server ends the connection");
    let head = answer.windows(4).position(|end| end == b"\r\n\r\n").expect("a head") + 4;
    let text = String::from_utf8_lossy(&answer[..head]);
    assert!(text.starts_with("HTTP/1.1 101 "), "{text}");
    assert!(text.contains("s3pPLMBiTxaQ9kYGzzhZRbK+xOo="), "{text}");
    assert_eq!(&answer[head..], b"\x81\x05Hello\x88\x02\x03\xe8");
}

#[test]
fn what_is_no_upgrade_is_told_why() {
    let server = Server::start(&[]);
    let answer = server.answer("GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    assert!(answer.ends_with("\r\n\r\nok"), "{answer}");
    let answer = server.answer("POST /echo HTTP/1.1\r\nHost: x\r\n\r\n");
    assert!(answer.starts_with("HTTP/1.1 405 ") && answer.contains("GET"), "{answer}");
    let answer = server.answer("GET /nothing HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    assert!(answer.starts_with("HTTP/1.1 404 "), "{answer}");
    let answer = server.answer("nonsense\r\n\r\n");
    assert!(answer.starts_with("HTTP/1.1 400 "), "{answer}");
    let wrong_version = UPGRADE.replace("Version:13", "Version:12");
    let answer = server.answer(&wrong_version).to_lowercase();
    assert!(answer.starts_with("http/1.1 426 "), "{answer}");
    assert!(answer.contains("sec-websocket-version: 13"), "{answer}");
}

#[test]
fn a_port_in_use_is_told_in_one_line() {
    let server = Server::start(&[]);
    let second = Command::new(env!("CARGO_BIN_EXE_sockeye"))
        .args(["serve", "--listen", &server.address])
        .output()
        .expect("the binary starts");
    let error = String::from_utf8_lossy(&second.stderr);
    assert_eq!(second.status.code(), Some(2));
    assert!(error.starts_with("sockeye: cannot listen on 127.0.0.1:"), "{error}");
    assert_eq!(error.lines().count(), 1);
}
