//! Files that are opened are closed. Alone in its file, because it counts those of its process.
#![cfg(all(feature = "hyper", feature = "client", target_os = "linux"))]

mod support;

use sockeye::{Server, ServerOptions};
use support::{
    PATIENCE,
    door::{self, UPGRADE},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

fn open_files() -> usize {
    std::fs::read_dir("/proc/self/fd").expect("procfs").count()
}

#[tokio::test]
async fn twenty_thousand_connections_leave_no_file_open() {
    const AT_ONCE: usize = 20;
    let server = Server::bind("127.0.0.1:0").await.expect("a free port");
    let server = door::run(server.route("/echo", ServerOptions::default(), door::echo));
    let before = open_files();
    for _ in 0..20_000 / AT_ONCE {
        let clients: Vec<_> =
            (0..AT_ONCE).map(|_| tokio::spawn(connect_echo_close(server.address))).collect();
        for client in clients {
            timeout(PATIENCE, client).await.expect("in time").expect("no panic");
        }
    }
    server.stop().await.expect("nobody is left");
    assert!(open_files() <= before, "expected at most {before}, got {}", open_files());
}

async fn connect_echo_close(address: std::net::SocketAddr) {
    let mut stream = TcpStream::connect(address).await.expect("a connection");
    let hello = b"\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58";
    let bytes = [UPGRADE.as_bytes(), hello, b"\x88\x80\0\0\0\0"].concat();
    stream.write_all(&bytes).await.expect("sent");
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.expect("a clean end");
    assert!(answer.ends_with(b"\x81\x05Hello\x88\x00"), "{}", answer.escape_ascii());
}
