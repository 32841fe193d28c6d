//! HTTP and WebSockets on one port.
#![cfg(all(feature = "hyper", feature = "client"))]

mod support;

use std::time::Duration;

use http::{StatusCode, header};
use sockeye::{
    Answer, CloseCode, Closed, Config, Error, Listener, Peer, Server, ServerOptions, Timer, Timing,
    Upgrade, WebSocket,
};
use support::{
    PATIENCE,
    door::{self, Running, UPGRADE},
};
use tokio::{io::AsyncWriteExt, net::TcpStream, sync::mpsc, time::timeout};

async fn echo_server() -> Running {
    let server = Server::bind("127.0.0.1:0").await.expect("a free port");
    door::run(server.route("/echo", ServerOptions::default(), door::echo))
}

#[tokio::test]
async fn an_upgrade_is_served() {
    let server = echo_server().await;
    let mut ws = sockeye::connect(server.url("/echo")).await.expect("a connection");
    for text in ["", "hello", &"x".repeat(100_000)] {
        ws.send(text).await.expect("sent");
        let message = ws.recv().await.expect("open").expect("a message");
        assert_eq!(message.as_text(), Some(text));
    }
    ws.close(CloseCode::NORMAL).await.expect("a clean end");
    server.stop().await.expect("nobody is left");
}

#[tokio::test]
async fn frames_behind_the_head_are_not_lost() {
    let server = echo_server().await;
    let mut stream = TcpStream::connect(server.address).await.expect("a connection");
    let bytes = [UPGRADE.as_bytes(), b"\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58"].concat();
    stream.write_all(&bytes).await.expect("sent");
    let response = door::read_until(&mut stream, b"\x81\x05Hello").await;
    assert!(response.starts_with(b"HTTP/1.1 101 Switching Protocols\r\n"));
}

/// tokio lets a task read and write so often, and then has it wait: that is nothing the peer does.
#[tokio::test]
async fn as_many_echoes_as_are_asked_for_in_one_breath_leave_before_the_goodbye() {
    let hello = b"\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58";
    let server = echo_server().await;
    for echoes in 1..=300 {
        let bytes = [UPGRADE.as_bytes(), &hello.repeat(echoes), b"\x88\x80\0\0\0\0"].concat();
        let answer = door::exchange_bytes(server.address, &bytes).await;
        let came = answer.windows(7).filter(|frame| frame == b"\x81\x05Hello").count();
        assert_eq!((came, answer.ends_with(b"\x88\0")), (echoes, true));
    }
}

/// Sends back what comes until that fails.
async fn fail_to_echo(mut ws: WebSocket) -> Error {
    loop {
        let echoed = match ws.recv().await {
            Ok(message) => ws.send(message.expect("no goodbye")).await,
            Err(error) => Err(error),
        };
        if let Err(error) = echoed {
            return error;
        }
    }
}

#[tokio::test]
async fn a_peer_that_talks_and_never_listens_is_given_up_in_the_midst_of_an_answer() {
    let soon = Duration::from_millis(300);
    let timing = Timing::default().stall_timeout(soon).close_timeout(soon);
    let options = ServerOptions::default().config(Config::default().timing(timing));
    let (tell, mut told) = mpsc::unbounded_channel();
    let server = Server::bind("127.0.0.1:0").await.expect("a free port");
    let server = door::run(server.route("/echo", options, move |ws| {
        let tell = tell.clone();
        async move {
            let _ = tell.send(fail_to_echo(ws).await);
        }
    }));
    let mut stream = TcpStream::connect(server.address).await.expect("a connection");
    stream.write_all(UPGRADE.as_bytes()).await.expect("sent");
    let question = [&b"\x82\xfe\x03\xe8\0\0\0\0"[..], &[0; 1000]].concat();
    let talking = tokio::spawn(async move { while stream.write_all(&question).await.is_ok() {} });
    let error = timeout(PATIENCE, told.recv()).await.expect("in time").expect("a handler");
    talking.abort();
    assert!(matches!(error, Error::Closed(Closed::TimedOut(Timer::Stall))), "{error:?}");
}

#[tokio::test]
async fn a_head_that_comes_byte_by_byte_is_the_same_head() {
    let page = door::service(|_| async { Answer::new("a page".into()) });
    let server = Server::bind("127.0.0.1:0").await.expect("a free port");
    let server = server.route("/echo", ServerOptions::default(), door::echo).service(page);
    let server = door::run(server);
    let hello = b"\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58".as_slice();
    // A client of HTTP/2 says its preface and its settings, and is answered with settings.
    let preface = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0".as_slice();
    for (bytes, end) in [
        ([UPGRADE.as_bytes(), hello].concat(), b"\x81\x05Hello".as_slice()),
        (b"PATCH / HTTP/1.1\r\nHost: example.com\r\n\r\n".to_vec(), b"a page"),
        (preface.to_vec(), b"\0\0\0\x04\x01\0\0\0\0"),
    ] {
        let mut stream = TcpStream::connect(server.address).await.expect("a connection");
        stream.set_nodelay(true).expect("a socket");
        for byte in bytes {
            stream.write_u8(byte).await.expect("sent");
            tokio::task::yield_now().await;
        }
        door::read_until(&mut stream, end).await;
    }
}

#[tokio::test]
async fn a_page_and_a_socket_share_a_port_and_a_path() {
    let page = door::service(|_| async { Answer::new("a page".into()) });
    let server = Server::bind("127.0.0.1:0").await.expect("a free port");
    let server = server.route("/", ServerOptions::default(), door::echo).service(page);
    let server = door::run(server);
    let page = door::get(server.address, "/", "").await;
    assert!(page.starts_with("HTTP/1.1 200 OK") && page.ends_with("a page"), "{page}");
    let mut ws = sockeye::connect(server.url("/")).await.expect("a connection");
    ws.send("hello").await.expect("sent");
    assert!(ws.recv().await.expect("open").is_some());
}

#[tokio::test]
async fn without_a_service_a_page_is_not_found_in_words() {
    let server = echo_server().await;
    let page = door::get(server.address, "/page", "").await;
    assert!(page.starts_with("HTTP/1.1 404 Not Found"), "{page}");
    assert!(page.ends_with("expected the path of a WebSocket, got another\n"), "{page}");
}

#[tokio::test]
async fn a_broken_upgrade_is_told_what_it_lacks_and_never_404() {
    let with_page = door::service(|_| async { Answer::new("a page".into()) });
    let server = Server::bind("127.0.0.1:0").await.expect("a free port");
    let server = server.route("/echo", ServerOptions::default(), door::echo).service(with_page);
    let server = door::run(server);
    for (request, status) in [
        (UPGRADE.replace("Upgrade: websocket\r\n", ""), "426"),
        (UPGRADE.replace("Connection: Upgrade\r\n", ""), "426"),
        (UPGRADE.replace("GET", "POST"), "405"),
        (UPGRADE.replace("Sec-WebSocket-Version: 13\r\n", ""), "426"),
        (UPGRADE.replace("dGhlIHNhbXBsZSBub25jZQ==", "short"), "400"),
        (UPGRADE.replace("HTTP/1.1", "HTTP/1.0"), "505"),
    ] {
        let answer = door::exchange(server.address, &request).await;
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{request}\n{answer}");
    }
}

#[tokio::test]
async fn a_later_request_of_a_connection_may_still_upgrade() {
    let page = door::service(|_| async { Answer::new("a page".into()) });
    let server = Server::bind("127.0.0.1:0").await.expect("a free port");
    let server = server.route("/echo", ServerOptions::default(), door::echo).service(page);
    let server = door::run(server);
    let mut stream = TcpStream::connect(server.address).await.expect("a connection");
    for _ in 0..2 {
        stream.write_all(b"GET / HTTP/1.1\r\nHost: example.com\r\n\r\n").await.expect("sent");
        door::read_until(&mut stream, b"a page").await;
    }
    let bytes = [UPGRADE.as_bytes(), b"\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58"].concat();
    stream.write_all(&bytes).await.expect("sent");
    let response = door::read_until(&mut stream, b"\x81\x05Hello").await;
    assert!(response.starts_with(b"HTTP/1.1 101 Switching Protocols\r\n"));
    drop(stream);
    server.stop().await.expect("nobody is left");
}

#[tokio::test]
async fn a_websocket_over_http2_without_tls_is_served_on_the_same_port() {
    let server = echo_server().await;
    let mut ws = door::http2(server.address, "/echo").await;
    ws.send("hello").await.expect("sent");
    let message = ws.recv().await.expect("open").expect("a message");
    assert_eq!(message.as_text(), Some("hello"));
    ws.send(vec![7; 300_000]).await.expect("sent");
    let message = ws.recv().await.expect("open").expect("a message");
    assert_eq!(message.as_bytes().len(), 300_000);
    ws.close(CloseCode::NORMAL).await.expect("a clean end");
}

#[tokio::test]
async fn the_request_reaches_the_handler_and_its_headers_the_client() {
    let server = Server::bind("127.0.0.1:0").await.expect("a free port");
    let server = door::run(server.upgrade("/rooms/*", |upgrade: Upgrade, request| async move {
        let peer = request.extensions().get::<Peer>().expect("the peer is known");
        let told = format!(
            "{} {} {} {}",
            request.uri(),
            request.headers()["cookie"].to_str().expect("ASCII"),
            peer.ip().expect("TCP"),
            upgrade.offer().host(),
        );
        let name = header::SET_COOKIE;
        upgrade.header(name, "seen=1".parse().expect("a value")).on_upgrade(|mut ws| async move {
            let _ = ws.send(told).await;
            let _ = ws.recv().await;
        })
    }));
    let request = UPGRADE
        .replace("/echo", "/rooms/blue?seat=4")
        .replace("Host: example.com", "Host: example.com\r\nCookie: id=7");
    let mut stream = TcpStream::connect(server.address).await.expect("a connection");
    stream.write_all(request.as_bytes()).await.expect("sent");
    let told = b"/rooms/blue?seat=4 id=7 127.0.0.1 example.com";
    let response = door::read_until(&mut stream, told).await;
    let response = String::from_utf8_lossy(&response).to_lowercase();
    assert!(response.contains("set-cookie: seen=1\r\n"), "{response}");
}

#[tokio::test]
async fn a_handler_refuses_with_any_response_and_the_connection_closes() {
    let server = Server::bind("127.0.0.1:0").await.expect("a free port");
    let server = server.upgrade("/echo", |_, _| async {
        let mut answer = Answer::new("log in first\n".into());
        *answer.status_mut() = StatusCode::UNAUTHORIZED;
        answer
    });
    let page = door::service(|_| async { Answer::new("a page".into()) });
    let server = door::run(server.service(page));
    // What follows a refused upgrade is not read as a request.
    let request = format!("{UPGRADE}GET /echo HTTP/1.1\r\nHost: example.com\r\n\r\n");
    let page = "GET / HTTP/1.1\r\nHost: example.com\r\n\r\n";
    for request in [request.clone(), format!("{page}{request}")] {
        let answer = door::exchange(server.address, &request).await;
        let (_, answer) = answer.rsplit_once("HTTP/1.1 ").expect("an answer");
        assert!(answer.starts_with("401 Unauthorized\r\n"), "{answer}");
        assert!(answer.ends_with("\r\n\r\nlog in first\n"), "{answer}");
        assert!(answer.to_lowercase().contains("connection: close\r\n"), "{answer}");
    }
}

#[tokio::test]
async fn a_foreign_page_is_refused() {
    let server = echo_server().await;
    let request = UPGRADE.replace("Host", "Origin: https://evil.example\r\nHost");
    let answer = door::exchange(server.address, &request).await;
    assert!(answer.starts_with("HTTP/1.1 403 Forbidden\r\n"), "{answer}");
}

#[cfg(unix)]
#[tokio::test]
async fn several_listeners_serve_the_same() {
    let folder = std::env::temp_dir().join(format!("sockeye-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    let path = folder.join("socket");
    let server = Server::bind("127.0.0.1:0").await.expect("a free port");
    let server = server
        .listen(Listener::unix(&path).expect("a socket"))
        .listen(Listener::tcp("127.0.0.1:0").await.expect("a free port"))
        .route("/echo", ServerOptions::default(), door::echo);
    let addresses = server.addresses();
    let server = door::run(server);
    for address in addresses {
        let url = format!("ws://{address}/echo");
        let ws = sockeye::connect(url).await.expect("a connection");
        assert!(ws.is_open());
    }
    let mut stream = tokio::net::UnixStream::connect(&path).await.expect("a connection");
    let bytes = [UPGRADE.as_bytes(), b"\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58"].concat();
    stream.write_all(&bytes).await.expect("sent");
    door::read_until(&mut stream, b"\x81\x05Hello").await;
    drop((stream, server));
    std::fs::remove_dir_all(folder).expect("the folder is ours");
}
