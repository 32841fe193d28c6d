//! An engine without file descriptors. Alone in its file, because it takes those of its process.
#![cfg(all(feature = "engine", feature = "client", target_os = "linux"))]

mod support;

use std::net::TcpStream as Blocking;

use rustix::process::{Resource, getrlimit, setrlimit};
use sockeye::{Server, ServerOptions};
use support::{
    PATIENCE,
    door::{self, UPGRADE},
};
use tokio::{io::AsyncWriteExt, net::TcpStream, sync::mpsc, time::timeout};

/// What the system says when a process has no file descriptor left.
const EMFILE: i32 = 24;

#[tokio::test]
async fn an_engine_without_file_descriptors_tells_and_tries_on() {
    let (tell, mut told) = mpsc::unbounded_channel();
    let server = Server::bind("127.0.0.1:0").await.expect("a free port");
    let server = server.route("/echo", ServerOptions::default(), door::echo).max_connections(1000);
    let server = door::with_engines(server, 1).on_trouble(move |error| {
        let _ = tell.send(error.raw_os_error());
    });
    let server = door::start(server);
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = Some(64);
    setrlimit(Resource::Nofile, limit).expect("less is always allowed");
    // Until there is none left, and one that waits to be accepted.
    let spare = std::fs::File::open("/dev/null").expect("a file");
    let mut taken = Vec::new();
    while let Ok(stream) = Blocking::connect(server.address) {
        taken.push(stream);
    }
    drop(spare);
    let last = loop {
        match Blocking::connect(server.address) {
            Ok(stream) => break stream,
            // The server was faster.
            Err(_) => drop(taken.pop()),
        }
    };
    let trouble = timeout(PATIENCE, told.recv()).await.expect("in time");
    assert_eq!(trouble, Some(Some(EMFILE)));
    // Those that end make room for it.
    drop(taken);
    last.set_nonblocking(true).expect("a socket");
    let mut last = TcpStream::from_std(last).expect("a socket");
    last.write_all(UPGRADE.as_bytes()).await.expect("sent");
    let response = door::read_until(&mut last, b"\r\n\r\n").await;
    assert!(response.starts_with(b"HTTP/1.1 101 "), "{}", response.escape_ascii());
}
