//! `wss`: whom it trusts, and what it says about the others.
#![cfg(all(feature = "client", feature = "server", feature = "tls"))]

mod peers;

use std::sync::Arc;

use peers::{
    chain, connect, fail, listen,
    secure::{acceptor, certificate},
};
use rcgen::{CertifiedKey, KeyPair};
use rustls::crypto::ring;
use sockeye::{ConnectError, Message, ServerOptions, TlsError};

/// An echo behind TLS; gives its port.
async fn serve(certified: &CertifiedKey<KeyPair>, alpn: &[&[u8]]) -> u16 {
    let (listener, address) = listen().await;
    let acceptor = acceptor(certified, alpn);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            // A client that does not trust us has gone by now.
            let Ok(stream) = acceptor.accept(stream).await else { continue };
            let opening = sockeye::accept(stream).await.expect("a request");
            let mut ws = opening.accept(&ServerOptions::default()).await.expect("a connection");
            while let Ok(Some(message)) = ws.recv().await {
                ws.send(message).await.expect("sent");
            }
        }
    });
    address.port()
}

#[tokio::test]
async fn a_root_of_the_callers_is_trusted() {
    let certified = certificate(&["localhost", "127.0.0.1"]);
    let port = serve(&certified, &[b"http/1.1"]).await;
    for host in ["localhost", "127.0.0.1"] {
        let root = certified.cert.der().to_vec();
        let connecting = sockeye::connect(format!("wss://{host}:{port}")).root_certificate(root);
        let mut ws = connect(connecting).await.expect("a connection");
        let sent = Message::from(vec![7; 300_000]);
        ws.send(sent.clone()).await.expect("sent");
        assert_eq!(ws.recv().await.expect("open"), Some(sent));
        ws.close(sockeye::CloseCode::NORMAL).await.expect("a clean end");
    }
}

#[tokio::test]
async fn a_certificate_for_another_name_is_refused_in_words() {
    let certified = certificate(&["example.com"]);
    let port = serve(&certified, &[]).await;
    let root = certified.cert.der().to_vec();
    let connecting = sockeye::connect(format!("wss://localhost:{port}")).root_certificate(root);
    let error = fail(connecting).await;
    assert!(matches!(error, ConnectError::Tls(TlsError::Name { .. })), "{error:?}");
    let words = "the connection is not secure: expected a certificate for localhost, got one for another name";
    assert!(chain(&error).starts_with(words), "{}", chain(&error));
    assert!(chain(&error).contains("example.com"), "{}", chain(&error));
}

#[tokio::test]
async fn an_unknown_root_is_refused_in_words() {
    let port = serve(&certificate(&["localhost"]), &[]).await;
    let stranger = certificate(&["localhost"]).cert.der().to_vec();
    let connecting = sockeye::connect(format!("wss://localhost:{port}")).root_certificate(stranger);
    let error = fail(connecting).await;
    assert!(matches!(error, ConnectError::Tls(TlsError::Certificate { .. })), "{error:?}");
    let words = "expected a trusted certificate from localhost, got one that is not";
    assert!(chain(&error).contains(words), "{}", chain(&error));
}

#[tokio::test]
async fn a_root_that_is_no_certificate_is_refused() {
    let error = fail(sockeye::connect("wss://localhost:1").root_certificate(*b"nonsense")).await;
    // The port is closed, and nobody is asked before the roots are read.
    assert!(matches!(error, ConnectError::Dial { .. } | ConnectError::Tls(TlsError::Roots(_))));
}

#[tokio::test]
async fn a_peer_without_tls_is_told_from_one_that_is_not_trusted() {
    let (listener, address) = listen().await;
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.expect("a client");
        let answer = b"HTTP/1.1 400 Bad Request\r\n\r\n";
        tokio::io::AsyncWriteExt::write_all(&mut stream, answer).await.expect("written");
        let _ = tokio::io::AsyncReadExt::read_to_end(&mut stream, &mut Vec::new()).await;
    });
    let root = certificate(&["localhost"]).cert.der().to_vec();
    let error = fail(sockeye::connect(format!("wss://{address}")).root_certificate(root)).await;
    assert!(matches!(error, ConnectError::Tls(TlsError::Handshake { .. })), "{error:?}");
}

#[tokio::test]
async fn a_configuration_of_the_callers_is_taken_as_it_is() {
    let certified = certificate(&["localhost"]);
    let port = serve(&certified, &[b"http/1.1"]).await;
    let mut roots = rustls::RootCertStore::empty();
    roots.add(certified.cert.der().clone()).expect("a root");
    let config = rustls::ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_root_certificates(roots)
        .with_no_client_auth();
    let connecting = sockeye::connect(format!("wss://localhost:{port}")).tls_config(config);
    connect(connecting).await.expect("a connection");
}

#[cfg(feature = "http2")]
#[tokio::test]
async fn a_server_without_http2_is_spoken_to_in_http11() {
    let certified = certificate(&["localhost"]);
    let port = serve(&certified, &[b"http/1.1"]).await;
    let root = certified.cert.der().to_vec();
    let connecting = sockeye::connect(format!("wss://localhost:{port}")).root_certificate(root);
    let ws = connect(connecting.http2()).await.expect("a connection");
    assert_eq!(ws.http_version(), http::Version::HTTP_11);
}
