//! What an engine does that tasks of tokio's do not.
#![cfg(all(feature = "engine", feature = "client", target_os = "linux"))]

mod support;

use sockeye::{CloseCode, Server, ServerOptions};
use support::door;

async fn server() -> Server {
    Server::bind("127.0.0.1:0").await.expect("a free port").engines(2).expect("threads")
}

#[tokio::test]
async fn an_engine_echoes() {
    let server = door::run(server().await.route("/echo", ServerOptions::default(), door::echo));
    let mut ws = sockeye::connect(server.url("/echo")).await.expect("a connection");
    for text in ["", "hello", &"x".repeat(100_000)] {
        ws.send(text).await.expect("sent");
        let message = ws.recv().await.expect("open").expect("a message");
        assert_eq!(message.as_text(), Some(text));
    }
    ws.close(CloseCode::NORMAL).await.expect("a clean end");
    server.stop().await.expect("nobody is left");
}
