//! `Upgrade` behind servers of hyper's that are not ours.
#![cfg(all(feature = "hyper", feature = "client"))]

mod support;

use std::{convert::Infallible, net::SocketAddr};

use http::{Request, Version};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::{
    rt::{TokioExecutor, TokioIo},
    server::conn::auto,
};
use sockeye::{Answer, CloseCode, Upgrade, WebSocket};
use support::{
    PATIENCE,
    door::{self, UPGRADE},
};
use tokio::{
    io::AsyncWriteExt,
    net::{TcpListener, TcpStream},
    sync::mpsc,
    time::timeout,
};

async fn answer(mut request: Request<Incoming>) -> Result<Answer, Infallible> {
    Ok(match Upgrade::from_request(&mut request) {
        Ok(upgrade) => upgrade.on_upgrade(|ws| async move {
            // The stream that the server was given, not a box of hyper's, unless there is none.
            let told = format!("{:?}", ws.transport());
            assert_eq!(told.contains("Upgraded"), ws.http_version() == Version::HTTP_2, "{told}");
            door::echo(ws).await;
        }),
        Err(refusal) => refusal.into_response().map(Into::into),
    })
}

async fn serve_http1() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let connection = http1::Builder::new()
                .serve_connection(TokioIo::new(stream), service_fn(answer))
                .with_upgrades();
            tokio::spawn(connection);
        }
    });
    address
}

/// HTTP/1 and HTTP/2.
async fn serve_both() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                let mut builder = auto::Builder::new(TokioExecutor::new());
                builder.http2().enable_connect_protocol();
                let service = service_fn(answer);
                builder.serve_connection_with_upgrades(TokioIo::new(stream), service).await
            });
        }
    });
    address
}

async fn expect_an_echo<S: sockeye::Transport>(mut ws: WebSocket<S>) {
    for len in [0, 1, 70_000] {
        ws.send(vec![7; len]).await.expect("sent");
        let message = ws.recv().await.expect("open").expect("a message");
        assert_eq!(message.as_bytes().len(), len);
    }
    ws.close(CloseCode::NORMAL).await.expect("a clean end");
}

#[tokio::test]
async fn the_stream_below_is_the_one_that_the_server_was_given() {
    for address in [serve_http1().await, serve_both().await] {
        expect_an_echo(sockeye::connect(format!("ws://{address}/")).await.expect("open")).await;
    }
}

#[tokio::test]
async fn what_was_read_behind_the_head_is_not_lost() {
    for address in [serve_http1().await, serve_both().await] {
        let mut stream = TcpStream::connect(address).await.expect("a connection");
        let bytes = [UPGRADE.as_bytes(), b"\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58"].concat();
        stream.write_all(&bytes).await.expect("sent");
        door::read_until(&mut stream, b"\x81\x05Hello").await;
    }
}

#[tokio::test]
async fn a_websocket_over_http2_is_served() {
    expect_an_echo(door::http2(serve_both().await, "/").await).await;
}

#[tokio::test]
async fn a_websocket_can_be_awaited_instead_of_handled() {
    let (tell, mut told) = mpsc::channel(1);
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("an address");
    let service = service_fn(move |mut request| {
        let tell = tell.clone();
        async move {
            let upgrade = Upgrade::from_request(&mut request).expect("an upgrade");
            let (answer, upgrading) = upgrade.accept().expect("no page asks");
            tell.send(upgrading).await.expect("the test waits");
            Ok::<_, Infallible>(answer)
        }
    });
    tokio::spawn(async move {
        let (stream, _) = listener.accept().await.expect("a connection");
        http1::Builder::new().serve_connection(TokioIo::new(stream), service).with_upgrades().await
    });
    let mut ws = sockeye::connect(format!("ws://{address}/")).await.expect("a connection");
    let upgrading = told.recv().await.expect("the request came");
    let mut server = timeout(PATIENCE, upgrading).await.expect("in time").expect("a WebSocket");
    server.send("hello").await.expect("sent");
    assert!(ws.recv().await.expect("open").is_some());
}

#[tokio::test]
async fn an_answer_that_is_not_sent_leaves_no_websocket() {
    let request = Request::get("/").header("host", "example.com").header("upgrade", "websocket");
    let request = request.header("connection", "upgrade").header("sec-websocket-version", "13");
    let request = request.header("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ==");
    let mut request = request.body(()).expect("a request");
    let upgrade = Upgrade::from_request(&mut request).expect("an upgrade");
    let (_, upgrading) = upgrade.accept().expect("no page asks");
    upgrading.await.expect_err("hyper knows nothing of this request");
}
