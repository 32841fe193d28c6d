//! Ways through proxies of HTTP and of SOCKS, and their refusals.
#![cfg(all(feature = "client", feature = "server"))]

mod peers;
mod support;

use std::net::SocketAddr;

use peers::{chain, connect, fail, header, listen, read_head, splice};
use sockeye::{ConnectError, Message, Proxy, ProxyError, ServerOptions, SocksReply};
use support::{echo, serve};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    task::JoinHandle,
};

/// A proxy that does `serve` with its first client; gives the URL to reach it by, without a scheme.
async fn proxy<F, T>(serve: F) -> (SocketAddr, JoinHandle<T::Output>)
where
    F: FnOnce(TcpStream) -> T + Send + 'static,
    T: Future<Output: Send> + Send + 'static,
{
    let (listener, address) = listen().await;
    let task = tokio::spawn(async move {
        let (stream, _) = listener.accept().await.expect("a client");
        serve(stream).await
    });
    (address, task)
}

fn address(url: &str) -> SocketAddr {
    url.split('/').nth(2).expect("a host").parse().expect("an address")
}

fn parse(url: String) -> Proxy {
    url.parse().expect("a proxy")
}

/// What is sent through a way to the server comes back.
async fn check(connecting: sockeye::Connect) {
    let mut ws = connect(connecting).await.expect("a connection");
    ws.send("through").await.expect("sent");
    assert_eq!(ws.recv().await.expect("open"), Some(Message::from("through")));
    ws.close(sockeye::CloseCode::NORMAL).await.expect("a clean end");
}

#[tokio::test]
async fn a_proxy_of_http_joins_both_ends() {
    let (url, _server) = serve(ServerOptions::default(), echo).await;
    let to = address(&url);
    let (at, asked) = proxy(move |mut stream| async move {
        let head = read_head(&mut stream).await;
        stream.write_all(b"HTTP/1.0 200 Connection established\r\n\r\n").await.expect("written");
        splice(stream, to).await;
        head
    })
    .await;
    check(sockeye::connect(&url).proxy(parse(format!("http://user:p%40ss@{at}")))).await;
    let head = asked.await.expect("no panic");
    assert!(head.starts_with(&format!("CONNECT {to} HTTP/1.1\r\nHost: {to}\r\n")), "{head}");
    assert_eq!(header(&head, "Proxy-Authorization"), Some("Basic dXNlcjpwQHNz"));
}

#[tokio::test]
async fn a_refusal_of_a_proxy_of_http_is_kept() {
    let (at, _asked) = proxy(|mut stream| async move {
        read_head(&mut stream).await;
        let answer = "HTTP/1.1 407 Who are you\r\nContent-Length: 8\r\n\r\nlog in!\n";
        stream.write_all(answer.as_bytes()).await.expect("written");
        let _ = stream.read_to_end(&mut Vec::new()).await;
    })
    .await;
    let error = fail(sockeye::connect("ws://a").proxy(parse(format!("http://{at}")))).await;
    let words =
        "the proxy does not let us through: expected a status of success from the proxy, got 407";
    assert_eq!(chain(&error), words);
    let response = error.response().expect("the response is kept");
    assert_eq!((response.status().as_u16(), &response.body()[..]), (407, &b"log in!\n"[..]));
}

#[tokio::test]
async fn a_proxy_that_speaks_for_the_server_is_not_believed() {
    let (at, _asked) = proxy(|mut stream| async move {
        read_head(&mut stream).await;
        let answer = "HTTP/1.1 200 OK\r\n\r\nHTTP/1.1 101 Switching Protocols\r\n\r\n";
        stream.write_all(answer.as_bytes()).await.expect("written");
        let _ = stream.read_to_end(&mut Vec::new()).await;
    })
    .await;
    let error = fail(sockeye::connect("ws://a").proxy(parse(format!("http://{at}")))).await;
    assert!(matches!(error, ConnectError::Proxy(ProxyError::SpokeFirst { .. })), "{error:?}");
}

#[tokio::test]
async fn a_proxy_that_is_not_there_is_named() {
    let (listener, at) = listen().await;
    drop(listener);
    let error = fail(sockeye::connect("ws://a").proxy(parse(format!("socks5://{at}")))).await;
    assert!(matches!(&error, ConnectError::Dial { to, .. } if *to == at.to_string()), "{error:?}");
}

/// Reads what the client says and answers, in turns.
async fn script(mut stream: TcpStream, turns: &[(&[u8], &[u8])]) -> TcpStream {
    for (expected, answer) in turns {
        let mut got = vec![0; expected.len()];
        stream.read_exact(&mut got).await.expect("the client's turn");
        assert_eq!(got, *expected);
        stream.write_all(answer).await.expect("written");
    }
    stream
}

#[tokio::test]
async fn a_proxy_of_socks_resolves_the_name_and_joins_both_ends() {
    let (url, _server) = serve(ServerOptions::default(), echo).await;
    let to = address(&url);
    let (at, asked) = proxy(move |stream| async move {
        let port = to.port().to_be_bytes();
        let request = [&b"\x05\x01\x00\x03\x09a.invalid"[..], &port].concat();
        let reply = b"\x05\x00\x00\x03\x04name\x00\x50";
        splice(script(stream, &[(b"\x05\x01\x00", b"\x05\x00"), (&request, reply)]).await, to)
            .await;
    })
    .await;
    let url = format!("ws://a.invalid:{}/", to.port());
    check(sockeye::connect(url).proxy(parse(format!("socks5://{at}")))).await;
    asked.await.expect("no panic");
}

#[tokio::test]
async fn a_proxy_of_socks_is_told_the_login_if_it_asks() {
    let (url, _server) = serve(ServerOptions::default(), echo).await;
    let to = address(&url);
    let (at, asked) = proxy(move |stream| async move {
        let port = to.port().to_be_bytes();
        let request = [&b"\x05\x01\x00\x01\x7f\x00\x00\x01"[..], &port].concat();
        let turns: [(&[u8], &[u8]); 3] = [
            (b"\x05\x02\x00\x02", b"\x05\x02"),
            (b"\x01\x04user\x04p@ss", b"\x01\x00"),
            (&request, b"\x05\x00\x00\x01\x7f\x00\x00\x01\x00\x50"),
        ];
        splice(script(stream, &turns).await, to).await;
    })
    .await;
    check(sockeye::connect(&url).proxy(parse(format!("socks5h://user:p%40ss@{at}")))).await;
    asked.await.expect("no panic");
}

/// What comes of a proxy of SOCKS that answers like this.
async fn refusal(login: &str, turns: &'static [(&'static [u8], &'static [u8])]) -> ProxyError {
    let (at, _asked) = proxy(move |stream| async move {
        let _ = script(stream, turns).await.read_to_end(&mut Vec::new()).await;
    })
    .await;
    let proxy = parse(format!("socks5://{login}{at}"));
    match fail(sockeye::connect("ws://1.2.3.4").proxy(proxy)).await {
        ConnectError::Proxy(error) => error,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn refusals_of_a_proxy_of_socks_are_told_apart() {
    let request: &[u8] = b"\x05\x01\x00\x01\x01\x02\x03\x04\x00\x50";
    let hello: &[u8] = b"\x05\x01\x00";
    let error = refusal("", &[(b"\x05\x01\x00", b"\x05\xff")]).await;
    assert!(matches!(error, ProxyError::LoginNeeded), "{error:?}");
    let error = refusal("", &[(b"\x05\x01\x00", b"HTTP/1.1 400 Bad")]).await;
    assert!(matches!(error, ProxyError::NotSocks5), "{error:?}");
    let turns: &[(&[u8], &[u8])] =
        &[(b"\x05\x02\x00\x02", b"\x05\x02"), (b"\x01\x01a\x01b", b"\x01\x01")];
    let error = refusal("a:b@", Box::leak(turns.to_vec().into())).await;
    assert!(matches!(error, ProxyError::LoginRefused), "{error:?}");
    let turns = vec![(hello, &b"\x05\x00"[..]), (request, b"\x05\x05\x00\x01\0\0\0\0\0\0")];
    let error = refusal("", turns.leak()).await;
    assert!(matches!(error, ProxyError::SocksRefused(SocksReply::ConnectionRefused)), "{error:?}");
    assert_eq!(error.to_string(), "expected success from the proxy, got that the server refused");
}

#[tokio::test]
async fn this_machine_is_reached_without_a_proxy_of_the_environment() {
    let (url, _server) = serve(ServerOptions::default(), echo).await;
    check(sockeye::connect(&url)).await;
    check(sockeye::connect(&url).no_proxy()).await;
}

#[cfg(feature = "tls")]
#[tokio::test]
async fn tls_to_the_server_goes_through_tls_to_the_proxy() {
    use peers::secure::{acceptor, certificate};
    let (at_server, at_proxy) = (certificate(&["server.invalid"]), certificate(&["localhost"]));
    let (server, to) = listen().await;
    let accepting = acceptor(&at_server, &[]);
    tokio::spawn(async move {
        let (stream, _) = server.accept().await.expect("a client");
        let stream = accepting.accept(stream).await.expect("a client that trusts us");
        let opening = sockeye::accept(stream).await.expect("a request");
        let mut ws = opening.accept(&ServerOptions::default()).await.expect("a connection");
        while let Ok(Some(message)) = ws.recv().await {
            ws.send(message).await.expect("sent");
        }
    });
    let accepting = acceptor(&at_proxy, &[]);
    let (at, asked) = proxy(move |stream| async move {
        let mut stream = accepting.accept(stream).await.expect("a client that trusts us");
        let head = read_head(&mut stream).await;
        stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await.expect("written");
        stream.flush().await.expect("flushed");
        let mut target = TcpStream::connect(to).await.expect("the server");
        let _ = tokio::io::copy_bidirectional(&mut stream, &mut target).await;
        head
    })
    .await;
    let connecting = sockeye::connect("wss://server.invalid:444/")
        .root_certificate(at_server.cert.der().to_vec())
        .root_certificate(at_proxy.cert.der().to_vec())
        .proxy(parse(format!("https://localhost:{}", at.port())));
    check(connecting).await;
    assert!(asked.await.expect("no panic").starts_with("CONNECT server.invalid:444 HTTP/1.1\r\n"));
}
