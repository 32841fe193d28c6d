//! `Upgrade` in handlers of axum's, behind axum's own server and behind ours.
#![cfg(all(feature = "axum", feature = "client"))]

mod support;

use axum::{
    Router,
    extract::Path,
    response::{IntoResponse, Response},
    routing::{any, get},
};
use http::{HeaderMap, StatusCode};
use sockeye::{Server, Upgrade};
use support::door::{self, UPGRADE};
use tokio::net::TcpListener;

async fn room(Path(room): Path<String>, headers: HeaderMap, upgrade: Upgrade) -> Response {
    let Some(cookie) = headers.get("cookie").and_then(|cookie| cookie.to_str().ok()) else {
        return (StatusCode::UNAUTHORIZED, "log in first").into_response();
    };
    let welcome = format!("{room} {cookie}");
    let answer = upgrade.protocols(["chat.v2"]).on_upgrade(|mut ws| async move {
        let _ = ws.send(welcome).await;
        door::echo(ws).await;
    });
    answer.into_response()
}

fn app() -> Router {
    Router::new().route("/page", get(|| async { "a page" })).route("/rooms/{room}", any(room))
}

/// Behind axum's own server.
async fn serve() -> std::net::SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async { axum::serve(listener, app()).await });
    address
}

async fn expect_a_room(address: std::net::SocketAddr) {
    let mut ws = sockeye::connect(format!("ws://{address}/rooms/blue"))
        .header(http::header::COOKIE, "id=7".parse().expect("a value"))
        .protocols(["chat.v1", "chat.v2"])
        .await
        .expect("a connection");
    assert_eq!(ws.protocol(), Some("chat.v2"));
    let welcome = ws.recv().await.expect("open").expect("a message");
    assert_eq!(welcome.as_text(), Some("blue id=7"));
    ws.send("hello").await.expect("sent");
    assert!(ws.recv().await.expect("open").is_some());
}

#[tokio::test]
async fn a_handler_takes_an_upgrade_beside_other_extractors() {
    expect_a_room(serve().await).await;
}

#[tokio::test]
async fn a_router_is_a_service_of_the_server() {
    let server = Server::bind("127.0.0.1:0").await.expect("a free port");
    let server = door::run(server.service(app()));
    expect_a_room(server.address).await;
    let page = door::get(server.address, "/page", "").await;
    assert!(page.ends_with("a page"), "{page}");
    server.stop().await.expect("nobody is left");
}

#[tokio::test]
async fn a_websocket_over_http2_reaches_a_handler() {
    let address = serve().await;
    let mut request = door::extended_connect(address, "/rooms/blue");
    request.headers_mut().insert("cookie", "id=7".parse().expect("a value"));
    let response = door::connect_http2(address, request).await;
    assert_eq!(response.status(), 200);
}

#[tokio::test]
async fn a_request_that_is_no_upgrade_is_refused_in_words() {
    let address = serve().await;
    let answer = door::get(address, "/rooms/blue", "").await;
    assert!(answer.starts_with("HTTP/1.1 426 Upgrade Required"), "{answer}");
    assert!(answer.ends_with("expected websocket in Upgrade, got none\n"), "{answer}");
    let request = UPGRADE.replace("/echo", "/rooms/blue").replace("13", "7");
    let answer = door::exchange(address, &request).await;
    assert!(answer.contains("sec-websocket-version: 13\r\n"), "{answer}");
}

#[tokio::test]
async fn a_handler_refuses_with_a_response_of_axum() {
    let address = serve().await;
    let request =
        UPGRADE.replace("/echo", "/rooms/blue").replace("Upgrade\r\n", "Upgrade, close\r\n");
    let answer = door::exchange(address, &request).await;
    assert!(answer.starts_with("HTTP/1.1 401 Unauthorized"), "{answer}");
}
