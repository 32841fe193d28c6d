//! What ten thousand idle connections cost `sockeye serve` on one thread, and that it gives the room back.
#![cfg(all(feature = "jemalloc", target_os = "linux", target_env = "gnu"))]
#![allow(clippy::print_stdout, reason = "the figures are worth as much as the verdict")]

mod serving;

use std::{fs, sync::Arc, time::Duration};

use serving::Server;
use sockeye::{Config, Message, WebSocket};

const CONNECTIONS: u64 = 10_000;

/// Connections that are there before anything is measured: they have what the process needs once.
const WARM: u64 = 100;

/// What may be left of a crowd that has gone.
const LEFT: u64 = 5 << 20;

impl Server {
    /// Bytes that the process holds in memory.
    fn resident(&self) -> u64 {
        let rollup = format!("/proc/{}/smaps_rollup", self.process.id());
        let rollup = fs::read_to_string(rollup).expect("Linux");
        let line = rollup.lines().find(|line| line.starts_with("Rss:")).expect("a size");
        let size = line.split_whitespace().nth(1).and_then(|size| size.parse::<u64>().ok());
        size.expect("a number") * 1024
    }
}

async fn crowd(server: &Server, size: u64, config: &Arc<Config>) -> Vec<WebSocket> {
    let mut sockets = Vec::new();
    for _ in 0..size {
        let connecting = sockeye::connect(server.url("/echo")).config(config.clone());
        sockets.push(connecting.await.expect("a connection"));
    }
    sockets
}

async fn speak(sockets: &mut [WebSocket], rounds: usize, message: &Message) {
    for _ in 0..rounds {
        for ws in &mut *sockets {
            ws.send(message.clone()).await.expect("sent");
            assert_eq!(ws.recv().await.expect("open").as_ref(), Some(message));
        }
    }
}

async fn check(server: &Server, config: Config, rounds: usize, message: &Message, budget: u64) {
    let config = Arc::new(config);
    let mut warm = crowd(server, WARM, &config).await;
    speak(&mut warm, rounds, message).await;
    let before = server.resident();
    let mut sockets = crowd(server, CONNECTIONS, &config).await;
    let idle = server.resident().saturating_sub(before) / CONNECTIONS;
    speak(&mut sockets, rounds, message).await;
    let spoke = server.resident().saturating_sub(before) / CONNECTIONS;
    println!("{idle} B a connection, {spoke} B after {rounds} messages of each");
    assert!(
        idle <= budget && spoke <= budget,
        "expected {budget} B at most, got {idle} and {spoke}"
    );
    drop(sockets);
    let started = std::time::Instant::now();
    while server.resident() > before + LEFT {
        assert!(started.elapsed() < serving::PATIENCE, "{} B are left", server.resident() - before);
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    println!("{} KiB are left", server.resident().saturating_sub(before) / 1024);
    drop(warm);
}

fn serve(args: &[&str]) -> Server {
    let calm = ["--threads", "1", "--quiet"];
    Server::start(&[&calm, args].concat())
}

/// One after the other: there are not files enough for two crowds.
#[tokio::test]
async fn idle_connections_take_little_and_give_it_back() {
    let server = serve(&["--deflate", "off"]);
    let message = Message::from(vec![b'x'; 1024]);
    check(&server, Config::default(), 1, &message, 1_100).await;
    drop(server);

    let server = serve(&[]);
    // Eight of these are more than a window of 12 bits holds.
    let text: String = (0..60).map(|number| format!("{{\"id\":{number}}},")).collect();
    check(&server, Config::default(), 8, &Message::from(text), 10 * 1024).await;
}
