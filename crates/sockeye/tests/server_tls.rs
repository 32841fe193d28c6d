//! TLS in front of HTTP and WebSockets, by certificates that change while the server runs.
#![cfg(all(feature = "hyper", feature = "client", feature = "tls"))]

mod support;

use std::sync::Arc;

use rustls::{
    ClientConfig, RootCertStore,
    pki_types::{CertificateDer, ServerName, pem::PemObject},
};
use sockeye::{Answer, Listener, Peer, Server, ServerOptions, Tls};
use support::door::{self, UPGRADE};
use tokio::{io::AsyncWriteExt, net::TcpStream};
use tokio_rustls::{TlsConnector, client::TlsStream};

/// A certificate for `localhost` and its key, in PEM.
fn certificate() -> (String, String) {
    let signed =
        rcgen::generate_simple_self_signed(["localhost".to_owned()]).expect("a certificate");
    (signed.cert.pem(), signed.signing_key.serialize_pem())
}

async fn server(tls: &Tls) -> door::Running {
    let listener = Listener::tcp("127.0.0.1:0").await.expect("a free port").tls(tls.clone());
    let page = door::service(|request| async move {
        let peer = request.extensions().get::<Peer>().expect("the peer is known");
        Answer::new(format!("secure: {}", peer.is_secure()).into())
    });
    let server = Server::new(listener).route("/echo", ServerOptions::default(), door::echo);
    door::run(server.service(page))
}

/// Connects as somebody who trusts this certificate alone.
async fn connect(
    server: &door::Running,
    certificate: &str,
    protocols: &[&[u8]],
) -> std::io::Result<TlsStream<TcpStream>> {
    let mut roots = RootCertStore::empty();
    let der = CertificateDer::from_pem_slice(certificate.as_bytes()).expect("a certificate");
    roots.add(der).expect("a root");
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = protocols.iter().map(|protocol| protocol.to_vec()).collect();
    let stream = TcpStream::connect(server.address).await?;
    let name = ServerName::try_from("localhost").expect("a name");
    TlsConnector::from(Arc::new(config)).connect(name, stream).await
}

#[tokio::test]
async fn pages_and_sockets_are_served_behind_tls() {
    let (chain, key) = certificate();
    let tls = Tls::from_pem(chain.as_bytes(), key.as_bytes()).expect("a certificate");
    let server = server(&tls).await;
    let mut stream = connect(&server, &chain, &[b"http/1.1"]).await.expect("a connection");
    stream.write_all(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n").await.expect("sent");
    door::read_until(&mut stream, b"secure: true").await;
    // On the same connection, through hyper, and on a connection of its own.
    let mut fresh = connect(&server, &chain, &[]).await.expect("a connection");
    for stream in [&mut stream, &mut fresh] {
        let bytes = [UPGRADE.as_bytes(), b"\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58"].concat();
        stream.write_all(&bytes).await.expect("sent");
        door::read_until(stream, b"\x81\x05Hello").await;
    }
}

#[tokio::test]
async fn http2_is_agreed_on_where_the_client_has_it() {
    let (chain, key) = certificate();
    let tls = Tls::from_pem(chain.as_bytes(), key.as_bytes()).expect("a certificate");
    let server = server(&tls).await;
    let stream = connect(&server, &chain, &[b"http/1.1", b"h2"]).await.expect("a connection");
    assert_eq!(stream.get_ref().1.alpn_protocol(), Some(&b"h2"[..]));
    let mut ws = door::http2_over(stream, "localhost", "/echo").await;
    ws.send("hello").await.expect("sent");
    assert!(ws.recv().await.expect("open").is_some());
}

#[tokio::test]
async fn a_new_certificate_is_taken_while_old_connections_go_on() {
    let (old, key) = certificate();
    let tls = Tls::from_pem(old.as_bytes(), key.as_bytes()).expect("a certificate");
    let server = server(&tls).await;
    let mut stream = connect(&server, &old, &[]).await.expect("a connection");
    stream.write_all(UPGRADE.as_bytes()).await.expect("sent");
    door::read_until(&mut stream, b"\r\n\r\n").await;
    let (new, key) = certificate();
    tls.reload_pem(new.as_bytes(), key.as_bytes()).expect("a certificate");
    connect(&server, &new, &[]).await.expect("the new certificate is shown");
    connect(&server, &old, &[]).await.expect_err("the old certificate is gone");
    let (other, _) = certificate();
    tls.reload_pem(other.as_bytes(), key.as_bytes()).expect_err("not its key");
    tls.reload_pem(b"", b"").expect_err("no certificate");
    connect(&server, &new, &[]).await.expect("the new certificate is still shown");
    stream.write_all(b"\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58").await.expect("sent");
    door::read_until(&mut stream, b"\x81\x05Hello").await;
}

#[tokio::test]
async fn whoever_does_not_speak_tls_is_closed() {
    let (chain, key) = certificate();
    let tls = Tls::from_pem(chain.as_bytes(), key.as_bytes()).expect("a certificate");
    let server = server(&tls).await;
    let answer = door::exchange_bytes(server.address, UPGRADE.as_bytes()).await;
    assert!(!answer.starts_with(b"HTTP"), "{}", answer.escape_ascii());
}
