//! `sockeye serve` as a process, on free ports.
#![allow(dead_code, reason = "each file of tests uses some of it")]

use std::{
    fmt,
    io::{BufRead, BufReader, ErrorKind, Read, Write},
    net::TcpStream,
    process::{Child, Command, ExitStatus, Output, Stdio},
    sync::mpsc::{self, Receiver},
    thread,
    time::Duration,
};

/// How long anything may take; on a machine that is busy it takes a while.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// The request of RFC 6455 1.3, without spaces after the colons, as some write it.
pub(crate) const UPGRADE: &str = "GET /echo HTTP/1.1\r\nHost:localhost\r\nUpgrade:websocket\r\nConnection:Upgrade\r\n\
    Sec-WebSocket-Key:dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version:13\r\n\r\n";

/// The masked "Hello" of RFC 6455 5.7, and what comes back for it.
pub(crate) const HELLO: &[u8] = b"\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58";
pub(crate) const HELLO_BACK: &[u8] = b"\x81\x05Hello";

/// A masked Close with 1000, and the answer to it.
pub(crate) const GOODBYE: &[u8] = b"\x88\x82\0\0\0\0\x03\xe8";
pub(crate) const GOODBYE_BACK: &[u8] = b"\x88\x02\x03\xe8";

/// The server; killed when the test ends.
pub(crate) struct Server {
    pub(crate) process: Child,
    /// Where it listens first.
    pub(crate) address: String,
    /// What it printed when it began.
    pub(crate) places: Vec<String>,
    log: Receiver<String>,
}

impl Server {
    /// Starts it on a free port.
    pub(crate) fn start(args: &[&str]) -> Self {
        Self::start_on(&["--listen", "127.0.0.1:0"], args)
    }

    /// Starts it where these arguments say: in as many places as there are pairs of them.
    pub(crate) fn start_on(places: &[&str], args: &[&str]) -> Self {
        let mut process = command()
            .args(places)
            .args(args)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the binary starts");
        let log = lines(process.stderr.take().expect("a pipe"));
        let printed = lines(process.stdout.take().expect("a pipe"));
        let line = |_| printed.recv_timeout(PATIENCE).expect("a line that tells where");
        let places: Vec<String> = (0..places.len() / 2).map(line).collect();
        let place = places.first().and_then(|place| place.strip_prefix("listening on "));
        let place = place.expect("a place");
        let address = place.rsplit_once("://").map_or(place, |(_, address)| address).to_owned();
        Self { process, address, places, log }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("ws://{}{path}", self.address)
    }

    pub(crate) fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(&self.address).expect("the server accepts");
        stream.set_read_timeout(Some(PATIENCE)).expect("a timeout");
        stream
    }

    /// Sends bytes and reads until the server ends the connection. A reset is an end too: it says that the server has
    /// not read all of it.
    pub(crate) fn exchange(&self, request: impl AsRef<[u8]>) -> Vec<u8> {
        let mut stream = self.connect();
        stream.write_all(request.as_ref()).expect("written");
        let mut answer = Vec::new();
        if let Err(error) = stream.read_to_end(&mut answer) {
            assert_eq!(error.kind(), ErrorKind::ConnectionReset, "{error}");
        }
        answer
    }

    pub(crate) fn answer(&self, request: impl AsRef<[u8]>) -> Answer {
        Answer(String::from_utf8_lossy(&self.exchange(request)).into_owned())
    }

    /// The answer to a request without a body, on a connection of its own.
    pub(crate) fn ask(&self, method: &str, path: &str) -> Answer {
        self.answer(format!("{method} {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"))
    }

    pub(crate) fn get(&self, path: &str) -> Answer {
        self.ask("GET", path)
    }

    /// The next line of its log with these words.
    pub(crate) fn logs(&self, words: &str) -> String {
        loop {
            let line = self.log.recv_timeout(PATIENCE).expect("a line of the log");
            if line.contains(words) {
                return line;
            }
        }
    }

    /// Whether such a line has come by now.
    pub(crate) fn has_logged(&self, words: &str) -> bool {
        self.log.try_iter().any(|line| line.contains(words))
    }

    /// What of the log has not been read, up to its end.
    pub(crate) fn rest_of_log(&self) -> Vec<String> {
        let mut lines = Vec::new();
        while let Ok(line) = self.log.recv_timeout(PATIENCE) {
            lines.push(line);
        }
        lines
    }

    #[cfg(unix)]
    pub(crate) fn signal(&self, name: &str) {
        let id = self.process.id().to_string();
        let killed = Command::new("kill").args(["-s", name, &id]).status().expect("a shell's kill");
        assert!(killed.success());
    }

    /// Waits for its end.
    pub(crate) fn wait(&mut self) -> ExitStatus {
        // The end of its standard error is the end of the process, and can be waited for.
        let _ = self.rest_of_log();
        self.process.wait().expect("a process of ours")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

pub(crate) fn command() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sockeye"));
    command.arg("serve").stdin(Stdio::null());
    command
}

/// What becomes of it with these arguments, which do not let it serve.
pub(crate) fn output(args: &[&str]) -> Output {
    command().args(args).output().expect("the binary starts")
}

fn lines(pipe: impl Read + Send + 'static) -> Receiver<String> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        for line in BufReader::new(pipe).lines().map_while(Result::ok) {
            if sender.send(line).is_err() {
                break;
            }
        }
    });
    receiver
}

/// A response of HTTP/1.1, as text.
pub(crate) struct Answer(String);

impl Answer {
    pub(crate) fn status(&self) -> u16 {
        let status = self.0.split(' ').nth(1).and_then(|status| status.parse().ok());
        status.unwrap_or_else(|| panic!("expected a response, got {self}"))
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let (head, _) = self.0.split_once("\r\n\r\n")?;
        let headers = head.lines().skip(1).filter_map(|line| line.split_once(':'));
        let mut named = headers.filter(|(known, _)| known.eq_ignore_ascii_case(name));
        named.next().map(|(_, value)| value.trim())
    }

    pub(crate) fn body(&self) -> &str {
        self.0.split_once("\r\n\r\n").map_or("", |(_, body)| body)
    }
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Reads until the bytes have come, and gives all that came.
pub(crate) fn read_until(stream: &mut impl Read, end: &[u8]) -> Vec<u8> {
    let (mut read, mut looked_at) = (Vec::new(), 0_usize);
    while !read[looked_at..].windows(end.len()).any(|window| window == end) {
        // The bytes may have come in part.
        looked_at = read.len().saturating_sub(end.len());
        let mut buffer = [0; 4096];
        let len = stream.read(&mut buffer).expect("a stream that goes on");
        let got = read[read.len().saturating_sub(200)..].escape_ascii();
        assert!(len > 0, "expected {}, got {got}", end.escape_ascii());
        read.extend_from_slice(&buffer[..len]);
    }
    read
}

/// A folder for one test, gone when that ends.
pub(crate) struct Folder(pub(crate) std::path::PathBuf);

impl Folder {
    pub(crate) fn new(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("sockeye-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("a folder");
        Self(folder)
    }

    pub(crate) fn path(&self, name: &str) -> String {
        self.0.join(name).to_str().expect("UTF-8").to_owned()
    }

    pub(crate) fn write(&self, name: &str, text: impl AsRef<[u8]>) -> String {
        let path = self.0.join(name);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        std::fs::write(&path, text).expect("written");
        self.path(name)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
