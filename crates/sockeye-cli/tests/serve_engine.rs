//! Who moves the bytes: every engine serves the same.
#![cfg(target_os = "linux")]

mod serving;

use std::{
    fs,
    io::{Write, stderr},
    net::TcpListener,
};

use serving::Server;
use sockeye::{CloseCode, Closed, Config, DeflateConfig, Message, Polling};

/// How many of its files are rings.
fn rings(server: &Server) -> usize {
    let files = fs::read_dir(format!("/proc/{}/fd", server.process.id())).expect("Linux");
    let links = files.filter_map(|file| fs::read_link(file.ok()?.path()).ok());
    links.filter(|link| link.ends_with("anon_inode:[io_uring]")).count()
}

async fn check(arguments: &[&str], engines: usize, expected_rings: usize) {
    let mut server = Server::start(arguments);
    assert_eq!(rings(&server), expected_rings, "{arguments:?}");
    let threads = fs::read_dir(format!("/proc/{}/task", server.process.id())).expect("Linux");
    let name = |task: fs::DirEntry| fs::read_to_string(task.path().join("comm")).expect("a name");
    let named = threads.map(|task| name(task.expect("a thread")));
    let found = named.filter(|name| name.starts_with("engine-")).count();
    assert_eq!(found, engines, "{arguments:?}");
    assert_eq!(server.get("/healthz").status(), 200, "{arguments:?}");
    let config = Config::default().deflate(DeflateConfig::disabled());
    let connecting = sockeye::connect(server.url("/broadcast")).config(config);
    let mut ws = connecting.await.expect("a connection");
    for len in [0, 10, 100_000, 1 << 20] {
        let message = Message::from(vec![b'x'; len]);
        ws.send(message.clone()).await.expect("sent");
        assert_eq!(ws.recv().await.expect("open"), Some(message), "{arguments:?}");
    }
    server.signal("TERM");
    assert_eq!(ws.recv().await.expect("a clean end"), None);
    let Some(Closed::Clean { frame, .. }) = ws.closed() else {
        panic!("expected a goodbye, got {:?}", ws.closed());
    };
    assert_eq!(frame.code(), Some(CloseCode::GOING_AWAY), "{arguments:?}");
    assert!(server.wait().success(), "{arguments:?}");
}

/// Whether the system has io_uring for us, or why not.
async fn try_ring() -> Result<(), String> {
    let probe = sockeye::Server::bind("127.0.0.1:0").await.expect("a free port");
    probe.engines_by(Polling::IoUring, 1).map(drop).map_err(|error| error.to_string())
}

#[tokio::test]
async fn every_engine_serves_and_leaves() {
    let rings = try_ring().await.is_ok().into();
    check(&["--engine", "tokio"], 0, 0).await;
    check(&["--engine", "tokio", "--threads", "1"], 0, 0).await;
    check(&["--engine", "epoll", "--threads", "1"], 1, 0).await;
    check(&["--engine", "auto", "--threads", "1"], 1, rings).await;
    check(&["--engine", "auto", "--threads", "3"], 3, 3 * rings).await;
    check(&["--threads", "2"], 2, 2 * rings).await;
}

#[tokio::test]
async fn io_uring_serves_those_who_ask_for_it() {
    match try_ring().await {
        Ok(()) => {
            check(&["--engine", "io-uring", "--threads", "2"], 2, 2).await;
            check(&["--engine", "uring", "--threads", "1"], 1, 1).await;
        }
        Err(error) => expect_refusal(&error),
    }
}

#[test]
fn the_port_of_a_server_that_was_killed_is_free_for_the_next() {
    for engine in ["epoll", "auto"] {
        let mut server = Server::start(&["--engine", engine, "--threads", "2"]);
        let address = server.address.clone();
        let _clients = [server.connect(), server.connect()];
        server.process.kill().expect("it runs");
        server.process.wait().expect("it ends");
        // As the next server does, and without a second attempt.
        TcpListener::bind(&address).unwrap_or_else(|error| panic!("{engine}: {error}"));
    }
}

/// Where there is no io_uring, asking for it is an error that says so.
fn expect_refusal(error: &str) {
    // Past the harness, which shows what is printed only of tests that fail.
    let _ = writeln!(stderr(), "SKIPPED but for the refusal: {error}");
    let output = serving::command()
        .args(["--listen", "127.0.0.1:0", "--engine", "io-uring"])
        .output()
        .expect("the binary starts");
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success() && told.contains(error), "{told}");
}
