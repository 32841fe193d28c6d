//! The program as a process, and servers that it meets.
#![allow(dead_code, reason = "each test file uses some of it")]

use std::{
    future::Future,
    io::{BufRead, BufReader, Read, Write},
    net::SocketAddr,
    process::{Child, Command, Stdio},
    sync::mpsc,
    thread,
    time::Duration,
};

use sockeye::{ServerOptions, WebSocket};
use tokio::net::{TcpListener, TcpStream};

/// How long anything may take before a test gives up.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// The program with these arguments, and nothing of the environment that changes what it does.
pub(crate) fn sockeye(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sockeye"));
    command.args(args).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    for name in ["http_proxy", "https_proxy", "all_proxy", "ALL_PROXY", "HTTPS_PROXY", "NO_COLOR"] {
        command.env_remove(name);
    }
    command
}

/// What became of a process.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Outcome {
    pub(crate) status: Option<i32>,
    pub(crate) stdout: Vec<u8>,
    pub(crate) stderr: String,
}

impl Outcome {
    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.stdout).expect("text")
    }

    /// Fails unless it ended with this status.
    #[track_caller]
    pub(crate) fn ends_with(self, status: i32) -> Self {
        assert_eq!(self.status, Some(status), "{self:?}");
        self
    }

    /// Fails unless it ended with this status and one line, which says why.
    #[track_caller]
    pub(crate) fn fails_with(self, status: i32, why: &str) {
        let outcome = self.ends_with(status);
        let stderr = &outcome.stderr;
        assert!(stderr.starts_with("sockeye: ") && stderr.contains(why), "{why}: {stderr}");
        assert_eq!(stderr.lines().count(), 1, "{stderr}");
    }
}

/// Runs a command to its end with this input.
pub(crate) fn run(command: &mut Command, input: impl AsRef<[u8]>) -> Outcome {
    finish(start(command), input)
}

pub(crate) fn start(command: &mut Command) -> Child {
    command.stdin(Stdio::piped()).spawn().expect("the binary starts")
}

/// Gives a process its input and waits for its end.
pub(crate) fn finish(mut child: Child, input: impl AsRef<[u8]>) -> Outcome {
    let mut stdin = child.stdin.take().expect("a pipe");
    let input = input.as_ref().to_vec();
    // Beside the output, or both wait for each other. Whoever ends without reading all of it may.
    let writing = thread::spawn(move || drop(stdin.write_all(&input)));
    let (ended, ending) = mpsc::channel();
    let pid = child.id();
    thread::spawn(move || ended.send(child.wait_with_output().expect("an end")));
    let Ok(output) = ending.recv_timeout(PATIENCE) else { panic!("process {pid} does not end") };
    writing.join().expect("no panic");
    Outcome {
        status: output.status.code(),
        stdout: output.stdout,
        stderr: String::from_utf8(output.stderr).expect("text"),
    }
}

/// `sockeye serve` on a free port; killed when the test ends.
pub(crate) struct Server {
    process: Child,
    pub(crate) address: String,
}

impl Server {
    pub(crate) fn start(args: &[&str]) -> Self {
        let mut command = sockeye(&["serve", "--listen", "127.0.0.1:0"]);
        let mut process =
            command.args(args).stderr(Stdio::inherit()).spawn().expect("the binary starts");
        let mut line = String::new();
        let stdout = process.stdout.take().expect("a pipe");
        BufReader::new(stdout).read_line(&mut line).expect("a line");
        let address = line.trim().strip_prefix("listening on http://").expect("an address");
        Self { address: address.to_owned(), process }
    }

    pub(crate) fn echo(&self) -> String {
        format!("ws://{}/echo", self.address)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// A server that does what a test wants, in a thread of its own that ends with the test.
pub(crate) fn peer<T: Future<Output = ()> + 'static>(
    serve: impl FnOnce(TcpListener) -> T + Send + 'static,
) -> String {
    let (told, telling) = mpsc::channel::<SocketAddr>();
    thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        runtime.expect("a runtime").block_on(async {
            let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
            told.send(listener.local_addr().expect("an address")).expect("a test");
            serve(listener).await;
        });
    });
    format!("ws://{}", telling.recv_timeout(PATIENCE).expect("an address"))
}

/// The next client's WebSocket.
pub(crate) async fn accept(listener: &TcpListener) -> WebSocket<TcpStream> {
    let (stream, _) = listener.accept().await.expect("a client");
    let opening = sockeye::accept(stream).await.expect("a request");
    opening.accept(&ServerOptions::default()).await.expect("a connection")
}

/// Reads to the end, from something that may not end.
pub(crate) fn read_all(mut from: impl Read + Send + 'static) -> Vec<u8> {
    let (told, telling) = mpsc::channel();
    thread::spawn(move || {
        let mut bytes = Vec::new();
        let _ = from.read_to_end(&mut bytes);
        told.send(bytes)
    });
    telling.recv_timeout(PATIENCE).expect("an end")
}
