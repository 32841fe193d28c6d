//! WebSockets on streams of HTTP/2, against a server that says what a test wants it to.
#![cfg(all(feature = "client", feature = "server", feature = "http2"))]

mod peers;

use std::sync::Arc;

use bytes::Bytes;
use h2::{RecvStream, SendStream, ext::Protocol, server};
use http::{Request, Response};
use peers::{chain, connect, fail, listen};
use sockeye::{CloseCode, Config, ConnectError, Http2Error, Message, Negotiated, WebSocket};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, DuplexStream, duplex, split};

/// Serves one connection; each request is answered by `answer`, in a task of its own.
async fn serve<F, T>(builder: server::Builder, answer: F) -> String
where
    F: Fn(Request<RecvStream>, server::SendResponse<Bytes>) -> T + Send + 'static,
    T: Future<Output = ()> + Send + 'static,
{
    let (listener, address) = listen().await;
    tokio::spawn(async move {
        let (stream, _) = listener.accept().await.expect("a client");
        serve_on(stream, builder, answer).await;
    });
    format!("ws://{address}/chat?room=1")
}

async fn serve_on<S, F, T>(stream: S, builder: server::Builder, answer: F)
where
    S: AsyncRead + AsyncWrite + Unpin,
    F: Fn(Request<RecvStream>, server::SendResponse<Bytes>) -> T,
    T: Future<Output = ()> + Send + 'static,
{
    let mut connection = builder.handshake(stream).await.expect("a client of HTTP/2");
    while let Some(Ok((request, respond))) = connection.accept().await {
        tokio::spawn(answer(request, respond));
    }
}

fn with_extended_connect() -> server::Builder {
    let mut builder = server::Builder::new();
    builder.enable_connect_protocol();
    builder
}

/// Carries bytes between a stream of HTTP/2 and memory.
fn bridge(mut send: SendStream<Bytes>, mut recv: RecvStream) -> DuplexStream {
    let (near, far) = duplex(100_000);
    let (mut from, mut to) = split(far);
    tokio::spawn(async move {
        while let Some(Ok(bytes)) = recv.data().await {
            to.write_all(&bytes).await.expect("written");
            recv.flow_control().release_capacity(bytes.len()).expect("released");
        }
        let _ = to.shutdown().await;
    });
    tokio::spawn(async move {
        let mut buffer = vec![0; 10_000];
        loop {
            let read = from.read(&mut buffer).await.expect("read");
            let mut bytes = Bytes::copy_from_slice(&buffer[..read]);
            while !bytes.is_empty() {
                send.reserve_capacity(bytes.len());
                let room = std::future::poll_fn(|context| send.poll_capacity(context)).await;
                let Some(Ok(room)) = room else { return };
                send.send_data(bytes.split_to(room.min(bytes.len())), false).expect("sent");
            }
            if read == 0 {
                let _ = send.send_data(Bytes::new(), true);
                return;
            }
        }
    });
    near
}

/// Agrees, and sends back what comes.
async fn echo(request: Request<RecvStream>, mut respond: server::SendResponse<Bytes>) {
    assert_eq!(request.method(), "CONNECT");
    assert_eq!(request.uri().path_and_query().expect("a path"), "/chat?room=1");
    let protocol = request.extensions().get::<Protocol>().expect("a protocol");
    assert_eq!(protocol.as_str(), "websocket");
    assert_eq!(request.headers()["sec-websocket-version"], "13");
    assert!(!request.headers().contains_key("sec-websocket-key"));
    let send = respond.send_response(Response::new(()), false).expect("sent");
    let stream = bridge(send, request.into_body());
    let config = Arc::new(Config::default());
    let mut ws = WebSocket::server(stream, config, Negotiated::default(), &[]);
    while let Ok(Some(message)) = ws.recv().await {
        ws.send(message).await.expect("sent");
    }
}

#[tokio::test]
async fn a_stream_of_http2_carries_a_websocket() {
    let url = serve(with_extended_connect(), echo).await;
    let mut ws = connect(sockeye::connect(url).http2_prior_knowledge()).await.expect("connected");
    assert_eq!(ws.http_version(), http::Version::HTTP_2);
    for len in [0, 1, 1000, 65_535, 65_536, 300_000, 1 << 20] {
        let sent = Message::from(vec![7; len]);
        ws.send(sent.clone()).await.expect("sent");
        assert_eq!(ws.recv().await.expect("open"), Some(sent), "{len} bytes");
    }
    ws.close(CloseCode::NORMAL).await.expect("a clean end");
}

#[tokio::test]
async fn both_directions_are_full_at_once() {
    let url = serve(with_extended_connect(), echo).await;
    let ws = connect(sockeye::connect(url).http2_prior_knowledge()).await.expect("connected");
    let (mut receiver, sender) = ws.split();
    let sending = tokio::spawn(async move {
        for number in 0..200_u8 {
            sender.send(vec![number; 50_000]).await.expect("sent");
        }
    });
    for number in 0..200_u8 {
        let got = receiver.recv().await.expect("open");
        assert_eq!(got, Some(Message::from(vec![number; 50_000])));
    }
    sending.await.expect("no panic");
}

#[tokio::test]
async fn a_peer_without_extended_connect_is_told() {
    let url = serve(server::Builder::new(), echo).await;
    let error = fail(sockeye::connect(url).http2_prior_knowledge()).await;
    assert!(matches!(error, ConnectError::Http2(Http2Error::NoExtendedConnect)), "{error:?}");
    let words = "expected SETTINGS_ENABLE_CONNECT_PROTOCOL from the peer, got settings without it";
    assert!(chain(&error).ends_with(words), "{}", chain(&error));
}

#[tokio::test]
async fn a_refusal_keeps_its_status_and_its_body() {
    let url = serve(with_extended_connect(), |_, mut respond| async move {
        let response = Response::builder().status(403).header("x-why", "rules");
        let response = response.body(()).expect("a response");
        let mut body = respond.send_response(response, false).expect("sent");
        body.send_data(Bytes::from("not today"), true).expect("sent");
    })
    .await;
    let error = fail(sockeye::connect(url).http2_prior_knowledge()).await;
    let response = error.response().expect("the response is kept");
    assert_eq!(response.status(), 403);
    assert_eq!(response.headers()["x-why"], "rules");
    assert_eq!(response.body(), "not today");
}

#[tokio::test]
async fn a_stream_that_is_reset_is_a_loss() {
    let url = serve(with_extended_connect(), |request, mut respond| async move {
        let mut send = respond.send_response(Response::new(()), false).expect("sent");
        let mut body = request.into_body();
        body.data().await.expect("a frame").expect("bytes");
        send.send_reset(h2::Reason::CANCEL);
    })
    .await;
    let mut ws = connect(sockeye::connect(url).http2_prior_knowledge()).await.expect("connected");
    ws.send("hello").await.expect("sent");
    let error = ws.recv().await.expect_err("a loss");
    let sockeye::Error::Io(error) = error else { panic!("{error:?}") };
    assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset);
}

#[tokio::test]
async fn a_peer_that_speaks_no_http2_is_told() {
    let (listener, address) = listen().await;
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.expect("a client");
        stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await.expect("written");
        let _ = stream.read_to_end(&mut Vec::new()).await;
    });
    let error = fail(sockeye::connect(format!("ws://{address}")).http2_prior_knowledge()).await;
    assert!(matches!(error, ConnectError::Http2(Http2Error::Connection(_))), "{error:?}");
}

#[cfg(feature = "tls")]
#[tokio::test]
async fn the_server_chooses_http2_by_alpn_when_it_is_asked_for() {
    let certified = peers::secure::certificate(&["localhost"]);
    let acceptor = peers::secure::acceptor(&certified, &[b"h2", b"http/1.1"]);
    let (listener, address) = listen().await;
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let stream = acceptor.accept(stream).await.expect("a client that trusts us");
            if stream.get_ref().1.alpn_protocol() == Some(b"h2") {
                tokio::spawn(serve_on(stream, with_extended_connect(), echo));
                continue;
            }
            let opening = sockeye::accept(stream).await.expect("a request");
            opening.accept(&sockeye::ServerOptions::default()).await.expect("a connection");
        }
    });
    let url = format!("wss://localhost:{}/chat?room=1", address.port());
    let plain = sockeye::connect(url).root_certificate(certified.cert.der().to_vec());
    let ws = connect(plain.clone()).await.expect("connected");
    assert_eq!(ws.http_version(), http::Version::HTTP_11);
    for asking in [plain.clone().http2(), plain.http2_prior_knowledge()] {
        let mut ws = connect(asking).await.expect("connected");
        assert_eq!(ws.http_version(), http::Version::HTTP_2);
        ws.send("hello").await.expect("sent");
        assert_eq!(ws.recv().await.expect("open"), Some(Message::from("hello")));
    }
}
