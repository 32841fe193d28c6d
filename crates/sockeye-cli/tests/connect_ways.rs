//! `sockeye connect` by all the ways that lead to a server, and what its request says.

mod program;

use std::{
    fs,
    path::PathBuf,
    sync::{Arc, mpsc},
};

use program::{PATIENCE, Server, peer, run, sockeye};
use rcgen::{CertifiedKey, KeyPair, generate_simple_self_signed};
use sockeye::{
    Listener, ServerOptions, Tls,
    rustls::{
        RootCertStore, ServerConfig,
        crypto::ring,
        pki_types::{CertificateDer, PrivateKeyDer},
        server::WebPkiClientVerifier,
    },
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional},
    net::TcpStream,
};

/// A folder that is gone when the test ends.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("sockeye-{name}-{}", std::process::id()));
        fs::create_dir_all(&path).expect("a folder");
        Self(path)
    }

    fn file(&self, name: &str, text: impl AsRef<[u8]>) -> String {
        fs::write(self.0.join(name), text).expect("written");
        self.path(name)
    }

    fn path(&self, name: &str) -> String {
        self.0.join(name).to_str().expect("a path of text").to_owned()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Fails unless one message comes back by this way.
#[track_caller]
fn check_echo(url: &str, args: &[&str]) {
    let outcome = run(sockeye(&["connect", "--exit-after", "1", url]).args(args), "hello\n");
    assert_eq!((outcome.status, outcome.text()), (Some(0), "hello\n"), "{outcome:?}");
}

#[test]
fn the_request_says_what_it_was_told_to() {
    let (told, telling) = mpsc::channel();
    let url = peer(async move |listener| {
        let (stream, _) = listener.accept().await.expect("a client");
        let opening = sockeye::accept(stream).await.expect("a request");
        told.send(opening.request().headers().clone()).expect("a test");
        let options = ServerOptions::default().origins(sockeye::Origins::Any).protocols(["b"]);
        let mut ws = opening.accept(&options).await.expect("a connection");
        let _ = ws.recv().await;
    });
    let args = "--trace --wait 0 -H X-One:1 --header X-Two:2 --protocol a --protocol b";
    let more = ["--origin", "https://example.com", "--auth", "Aladdin:open sesame"];
    let mut command = sockeye(&["connect", &url]);
    let outcome = run(command.args(args.split(' ')).args(more), "").ends_with(0);
    let connected = outcome.stderr.lines().next();
    assert_eq!(connected, Some("connected: HTTP/1.1, permessage-deflate, b"));
    let headers = telling.recv_timeout(PATIENCE).expect("headers");
    for (name, value) in [
        ("x-one", "1"),
        ("x-two", "2"),
        ("sec-websocket-protocol", "a, b"),
        ("origin", "https://example.com"),
        ("authorization", "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="),
    ] {
        assert_eq!(headers.get(name).and_then(|value| value.to_str().ok()), Some(value), "{name}");
    }
}

#[test]
fn http2_carries_it_without_tls() {
    let server = Server::start(&[]);
    check_echo(&server.echo(), &["--http2"]);
    let args = ["connect", &server.echo(), "--http2", "--trace", "--wait", "0"];
    let outcome = run(&mut sockeye(&args), "").ends_with(0);
    assert!(outcome.stderr.starts_with("connected: HTTP/2.0, "), "{}", outcome.stderr);
}

#[test]
fn a_proxy_is_asked_to_join_both_ends() {
    let server = Server::start(&[]);
    let (told, telling) = mpsc::channel();
    let target = server.address.clone();
    let proxy = peer(async move |listener| {
        loop {
            let (mut client, _) = listener.accept().await.expect("a client");
            let mut head = Vec::new();
            while !head.ends_with(b"\r\n\r\n") {
                head.push(client.read_u8().await.expect("a head"));
            }
            told.send(String::from_utf8(head).expect("text")).expect("a test");
            client.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await.expect("written");
            let mut server = TcpStream::connect(&target).await.expect("the target");
            let _ = copy_bidirectional(&mut client, &mut server).await;
        }
    });
    let proxy = proxy.replace("ws://", "http://user:password@");
    check_echo("ws://a.example/echo", &["--proxy", &proxy]);
    let head = telling.recv_timeout(PATIENCE).expect("a head");
    assert!(head.starts_with("CONNECT a.example:80 HTTP/1.1\r\n"), "{head}");
    assert!(head.contains(": Basic dXNlcjpwYXNzd29yZA==\r\n"), "{head}");
    let environment = |args: &[&str]| {
        let mut command = sockeye(&["connect", "--exit-after", "1", "ws://nowhere.invalid/echo"]);
        run(command.args(args).env("http_proxy", &proxy), "hello\n")
    };
    environment(&[]).ends_with(0);
    environment(&["--no-proxy"]).fails_with(2, "expected an address of nowhere.invalid");
}

#[cfg(unix)]
#[test]
fn a_unix_socket_leads_there() {
    let folder = Folder::new("unix");
    let path = folder.path("a.sock");
    let (ready, waiting) = mpsc::channel();
    let listening = path.clone();
    peer(async move |_| {
        let listener = tokio::net::UnixListener::bind(listening).expect("a socket");
        ready.send(()).expect("a test");
        let (stream, _) = listener.accept().await.expect("a client");
        let opening = sockeye::accept(stream).await.expect("a request");
        let mut ws = opening.accept(&ServerOptions::default()).await.expect("a connection");
        while let Ok(Some(message)) = ws.recv().await {
            ws.send(message).await.expect("sent");
        }
    });
    waiting.recv_timeout(PATIENCE).expect("a listener");
    check_echo("ws://a.example", &["--unix", &path]);
}

/// An echo over TLS; `client` signs for those who may come, if anybody may not.
fn secure(certified: &CertifiedKey<KeyPair>, client: Option<&CertifiedKey<KeyPair>>) -> String {
    let provider = Arc::new(ring::default_provider());
    let chain = vec![CertificateDer::from(certified.cert.der().to_vec())];
    let key = PrivateKeyDer::try_from(certified.signing_key.serialize_der()).expect("a key");
    let builder = ServerConfig::builder_with_provider(provider.clone())
        .with_safe_default_protocol_versions()
        .expect("versions");
    let builder = match client {
        None => builder.with_no_client_auth(),
        Some(client) => {
            let mut roots = RootCertStore::empty();
            roots.add(client.cert.der().to_vec().into()).expect("a root");
            let verifier = WebPkiClientVerifier::builder_with_provider(roots.into(), provider);
            builder.with_client_cert_verifier(verifier.build().expect("a verifier"))
        }
    };
    let tls = Tls::from_config(Arc::new(builder.with_single_cert(chain, key).expect("a config")));
    let url = peer(async move |listener| {
        let listener = Listener::from(listener).tls(tls);
        let echo = async |mut ws: sockeye::WebSocket| {
            while let Ok(Some(message)) = ws.recv().await {
                ws.send(message).await.expect("sent");
            }
        };
        let server = sockeye::Server::new(listener);
        let server = server.route("/", ServerOptions::default(), echo);
        let _ = server.run(std::future::pending()).await;
    });
    url.replace("ws://127.0.0.1", "wss://localhost")
}

fn certificate(name: &str) -> CertifiedKey<KeyPair> {
    generate_simple_self_signed([name.to_owned()]).expect("a certificate")
}

#[test]
fn tls_trusts_whom_it_is_told_to() {
    let folder = Folder::new("tls");
    let (ours, other) = (certificate("localhost"), certificate("localhost"));
    let url = secure(&ours, None);
    let file = folder.file("ca.pem", ours.cert.pem());
    check_echo(&url, &["--cacert", &file]);
    check_echo(&url, &["--cacert", &file, "--http2"]);
    check_echo(&url, &["--insecure"]);
    let why = "expected a trusted certificate from localhost, got one that is not";
    run(&mut sockeye(&["connect", &url]), "").fails_with(2, why);
    let file = folder.file("other.pem", other.cert.pem());
    run(&mut sockeye(&["connect", &url, "--cacert", &file]), "").fails_with(2, why);
}

#[test]
fn tls_shows_who_we_are() {
    let folder = Folder::new("client");
    let (server, client) = (certificate("localhost"), certificate("client"));
    let url = secure(&server, Some(&client));
    let ca = folder.file("ca.pem", server.cert.pem());
    let cert = folder.file("cert.pem", client.cert.pem());
    let key = folder.file("key.pem", client.signing_key.serialize_pem());
    check_echo(&url, &["--cacert", &ca, "--cert", &cert, "--key", &key]);
    check_echo(&url, &["--insecure", "--cert", &cert, "--key", &key]);
    let outcome = run(&mut sockeye(&["connect", &url, "--cacert", &ca]), "");
    outcome.fails_with(2, "CertificateRequired");
    let args = ["connect", &url, "--cert", &cert, "--key", &ca];
    run(&mut sockeye(&args), "").fails_with(2, &ca);
}
