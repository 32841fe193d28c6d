//! What comes of `connect` when the peer is not a WebSocket, not there, or not honest.
#![cfg(all(feature = "client", feature = "server"))]

mod peers;
mod support;

use peers::{accept, answer, chain, connect, fail, header, listen, read_head};
use sockeye::{CloseCode, ConnectError, Message, ServerOptions, UrlError};
use sockeye_proto::handshake::{HandshakeError, HeadError};
use support::{PATIENCE, echo, serve};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    time::{Duration, timeout},
};

#[tokio::test]
async fn a_url_that_cannot_be_connected_to_is_refused_in_words() {
    for (url, expected) in [
        ("localhost:80", "expected a URL with a scheme such as wss://, got none"),
        ("ftp://a", "expected a URL of ws, wss, http or https, got one of \"ftp\""),
        ("ws://a/#b", "expected a URL without a fragment, got a #; as data, write %23"),
        ("ws://user:secret@\u{e4}", "expected a host in ASCII"),
    ] {
        let error = fail(sockeye::connect(url)).await;
        assert!(matches!(error, ConnectError::Url(_)), "{error:?}");
        assert!(chain(&error).contains(expected), "{}", chain(&error));
        assert!(!format!("{error:?}").contains("secret"));
    }
    let debug = format!("{:?}", sockeye::connect("ws://user:secret@a/?token=secret"));
    assert!(!debug.contains("secret"), "{debug}");
    assert!(debug.contains("ws://a:80/?.."), "{debug}");
    assert_eq!(UrlError::Port, "ws://a:0".parse::<sockeye::Proxy>().expect_err("no port"));
}

#[tokio::test]
async fn a_port_that_nobody_listens_on_is_named() {
    let (listener, address) = listen().await;
    drop(listener);
    let error = fail(sockeye::connect(format!("ws://{address}"))).await;
    let ConnectError::Dial { to, error } = &error else { panic!("{error:?}") };
    assert_eq!(*to, address.to_string());
    assert_eq!(error.kind(), std::io::ErrorKind::ConnectionRefused);
}

#[tokio::test]
async fn a_host_without_an_address_is_named() {
    let error = fail(sockeye::connect("ws://nowhere.invalid").no_proxy()).await;
    assert!(matches!(&error, ConnectError::Resolve { host, .. } if host == "nowhere.invalid"));
}

#[tokio::test]
async fn the_schemes_of_http_are_those_of_websockets() {
    let (url, _server) = serve(ServerOptions::default(), echo).await;
    let url = url.replace("ws://", "HTTP://");
    let ws = connect(sockeye::connect(url)).await.expect("a connection");
    assert!(ws.is_open());
}

#[tokio::test]
async fn a_login_in_the_url_is_sent_as_basic_authentication() {
    let (url, server) = answer(|head| accept(head, "")).await;
    let url = url.replace("ws://", "ws://Aladdin:open%20sesame@");
    let ws = connect(sockeye::connect(url)).await.expect("a connection");
    drop(ws);
    let head = server.await.expect("no panic");
    assert_eq!(header(&head, "Authorization"), Some("Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="));
    assert!(header(&head, "Host").is_some_and(|host| host.starts_with("127.0.0.1:")), "{head}");
}

#[tokio::test]
async fn a_header_of_the_caller_takes_the_place_of_the_login() {
    let (url, server) = answer(|head| accept(head, "")).await;
    let url = url.replace("ws://", "ws://a:b@");
    let token = "Bearer c".parse().expect("a value");
    let ws = sockeye::connect(url).header(http::header::AUTHORIZATION, token);
    drop(connect(ws).await.expect("a connection"));
    let head = server.await.expect("no panic");
    assert_eq!(header(&head, "Authorization"), Some("Bearer c"));
    assert_eq!(head.to_lowercase().matches("authorization").count(), 1);
}

#[tokio::test]
async fn the_response_is_there_for_its_cookies() {
    let (url, _server) = answer(|head| accept(head, "Set-Cookie: a=b\r\n")).await;
    let opening = sockeye::connect(url).with_response().into_future();
    let (ws, response) = timeout(PATIENCE, opening).await.expect("in time").expect("open");
    assert!(ws.is_open());
    assert_eq!(response.headers()["set-cookie"], "a=b");
    assert!(!format!("{response:?}").contains("a=b"), "a session is not printed");
}

#[tokio::test]
async fn bytes_behind_the_101_reach_the_websocket() {
    let (url, _server) = answer(|head| [&accept(head, ""), &b"\x81\x05hello"[..]].concat()).await;
    let mut ws = connect(sockeye::connect(url)).await.expect("a connection");
    assert_eq!(ws.recv().await.expect("open"), Some(Message::from("hello")));
}

/// What the handshake says about this answer, and the response that it keeps.
async fn refused(bytes: impl Into<Vec<u8>>) -> (HandshakeError, http::Response<bytes::Bytes>) {
    let bytes = bytes.into();
    let (url, _server) = answer(|_| bytes).await;
    match fail(sockeye::connect(url)).await {
        ConnectError::Handshake { error, response } => (error, *response),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_refusal_keeps_its_status_its_headers_and_its_body() {
    let answer = "HTTP/1.1 403 Forbidden\r\nX-Why: rules\r\nContent-Length: 9\r\n\r\nnot today";
    let (error, response) = refused(answer).await;
    assert_eq!(error.to_string(), "expected status 101, got 403");
    assert_eq!(response.status(), 403);
    assert_eq!(response.headers()["x-why"], "rules");
    assert_eq!(response.body(), "not today");
}

#[tokio::test]
async fn a_body_in_chunks_is_put_together() {
    let answer = "HTTP/1.1 403 Forbidden\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nnot\r\n6\r\n today\r\n0\r\n\r\n";
    assert_eq!(refused(answer).await.1.body(), "not today");
}

#[tokio::test(start_paused = true)]
async fn a_body_that_never_ends_is_kept_as_far_as_it_came() {
    let (_, response) = refused("HTTP/1.1 403 Forbidden\r\n\r\nnot today").await;
    assert_eq!(response.body(), "not today");
}

#[tokio::test]
async fn a_body_without_bounds_is_kept_up_to_64_kib() {
    let body = "a".repeat(100_000);
    let (_, response) = refused(format!("HTTP/1.1 403 Forbidden\r\n\r\n{body}")).await;
    assert_eq!(response.body().len(), 64 << 10);
}

#[tokio::test]
async fn a_page_instead_of_a_websocket_is_an_error() {
    let (error, response) = refused("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi").await;
    assert_eq!(error.to_string(), "expected status 101, got 200");
    assert_eq!(response.body(), "hi");
}

#[tokio::test]
async fn an_interim_response_is_passed_over() {
    let (url, _server) =
        answer(|head| [b"HTTP/1.1 103 Early Hints\r\n\r\n", &accept(head, "")[..]].concat()).await;
    connect(sockeye::connect(url)).await.expect("a connection");
}

#[tokio::test]
async fn a_101_must_prove_that_it_is_an_answer() {
    let start = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: upgrade\r\n";
    let (error, _) = refused(format!("{start}\r\n")).await;
    assert_eq!(error.to_string(), "expected Sec-WebSocket-Accept, got none");
    let (error, _) = refused(format!("{start}Sec-WebSocket-Accept: nonsense\r\n\r\n")).await;
    assert!(matches!(error, HandshakeError::WrongHeader { .. }), "{error}");
    assert!(error.to_string().ends_with("got \"nonsense\""), "{error}");
}

/// What is said of an answer that is right but for one line.
async fn refused_line(line: &'static str) -> HandshakeError {
    let (url, _server) = answer(move |head| accept(head, line)).await;
    match fail(sockeye::connect(url)).await {
        ConnectError::Handshake { error, .. } => error,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn what_nobody_offered_is_not_agreed_to() {
    let error = refused_line("Sec-WebSocket-Extensions: x-other\r\n").await;
    assert!(matches!(error, HandshakeError::ExtensionNotOffered { .. }), "{error}");
    let error = refused_line("Sec-WebSocket-Protocol: chat\r\n").await;
    assert!(matches!(error, HandshakeError::ProtocolNotOffered { .. }), "{error}");
}

#[tokio::test]
async fn a_head_that_is_too_large_is_not_read() {
    let lines = "X: y\r\n".repeat(1000);
    let (url, _server) = answer(move |_| format!("HTTP/1.1 101 A\r\n{lines}\r\n").into()).await;
    let error = fail(sockeye::connect(url)).await;
    assert!(matches!(error, ConnectError::Head(HeadError::TooManyHeaders { .. })), "{error:?}");
    let line = format!("HTTP/1.1 101 A\r\nX: {}\r\n\r\n", "y".repeat(20_000));
    let (url, _server) = answer(move |_| line.into()).await;
    let error = fail(sockeye::connect(url)).await;
    assert!(matches!(error, ConnectError::Head(HeadError::TooManyBytes { .. })), "{error:?}");
}

#[tokio::test]
async fn what_is_no_http_is_no_response() {
    let (url, _server) = answer(|_| b"SSH-2.0-OpenSSH\r\n\r\n".to_vec()).await;
    let error = fail(sockeye::connect(url)).await;
    assert!(matches!(error, ConnectError::Head(_)), "{error:?}");
}

#[tokio::test]
async fn a_stream_that_ends_in_the_head_is_told() {
    let (listener, address) = listen().await;
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.expect("a client");
        read_head(&mut stream).await;
        stream.write_all(b"HTTP/1.1 101 Swit").await.expect("written");
    });
    let error = fail(sockeye::connect(format!("ws://{address}"))).await;
    let words =
        "the transport failed in the handshake: expected a response, got the end of the stream";
    assert_eq!(chain(&error), words);
}

#[tokio::test(start_paused = true)]
async fn half_a_head_and_then_silence_ends_in_time() {
    let (near, mut far) = tokio::io::duplex(4096);
    let server = async {
        read_head(&mut far).await;
        far.write_all(b"HTTP/1.1 101 Switching Pro").await.expect("written");
        far.read_to_end(&mut Vec::new()).await
    };
    let client = sockeye::connect("ws://a").timeout(Duration::from_secs(7)).over(near);
    let start = tokio::time::Instant::now();
    let (opened, _) = tokio::join!(client, server);
    let error = opened.expect_err("no WebSocket");
    assert!(matches!(error, ConnectError::Timeout(limit) if limit == Duration::from_secs(7)));
    assert_eq!(start.elapsed().as_secs(), 7);
    assert_eq!(error.to_string(), "expected a connection within 7s, got none");
}

#[tokio::test]
async fn a_stream_of_the_callers_is_shaken_hands_over() {
    let (near, far) = tokio::io::duplex(4096);
    let server = tokio::spawn(async move {
        let opening = sockeye::accept(far).await.expect("a request");
        assert_eq!(opening.request().headers()["host"], "a.example");
        let mut ws = opening.accept(&ServerOptions::default()).await.expect("a connection");
        ws.send("hello").await.expect("sent");
        ws.recv().await.expect("a clean end")
    });
    let mut ws = sockeye::connect("wss://a.example").over(near).await.expect("a connection");
    assert_eq!(ws.recv().await.expect("open"), Some(Message::from("hello")));
    ws.close(CloseCode::NORMAL).await.expect("a clean end");
    assert_eq!(server.await.expect("no panic"), None);
}

#[tokio::test]
async fn what_is_put_around_the_transport_carries_the_frames_behind_those_that_were_read() {
    let hello = b"\x81\x05Hello";
    let (url, _server) = answer(move |head| [&accept(head, ""), &hello[..]].concat()).await;
    let (near, mut far) = tokio::io::duplex(4096);
    let near = std::sync::Mutex::new(Some(near));
    let wrapped = sockeye::connect(url).wrap_transport(move |_, read| {
        assert_eq!(read, hello);
        sockeye::Io::boxed(near.lock().expect("not poisoned").take().expect("one connection"))
    });
    let mut ws = connect(wrapped).await.expect("a connection");
    assert_eq!(ws.recv().await.expect("open"), Some(Message::from("Hello")));
    far.write_all(b"\x81\x02hi").await.expect("written");
    assert_eq!(ws.recv().await.expect("open"), Some(Message::from("hi")));
    ws.send("!").await.expect("sent");
    assert_eq!(far.read_u16().await.expect("a header"), 0x8181);
}

#[cfg(unix)]
#[tokio::test]
async fn a_unix_socket_is_connected_to() {
    let folder = std::env::temp_dir().join(format!("sockeye-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    let path = folder.join("a.sock");
    let _ = std::fs::remove_file(&path);
    let listener = tokio::net::UnixListener::bind(&path).expect("a socket");
    let server = tokio::spawn(async move {
        let (stream, _) = listener.accept().await.expect("a client");
        let opening = sockeye::accept(stream).await.expect("a request");
        opening.accept(&ServerOptions::default()).await.expect("a connection").recv().await
    });
    let mut ws = connect(sockeye::connect("ws://a").unix(&path)).await.expect("a connection");
    ws.send("hello").await.expect("sent");
    let received = server.await.expect("no panic").expect("open");
    assert_eq!(received, Some(Message::from("hello")));
    std::fs::remove_dir_all(&folder).expect("removed");
    let error = fail(sockeye::connect("ws://a").unix(&path)).await;
    assert!(matches!(&error, ConnectError::Dial { to, .. } if to.ends_with("a.sock")), "{error:?}");
}

#[cfg(not(feature = "tls"))]
#[tokio::test]
async fn a_secure_url_in_a_build_without_tls_is_refused() {
    let (_listener, address) = listen().await;
    let error = fail(sockeye::connect(format!("wss://{address}"))).await;
    let words =
        "expected the feature `tls` for a secure connection to 127.0.0.1, got a build without it";
    assert!(chain(&error).ends_with(words), "{}", chain(&error));
}
