//! `sockeye serve` over TLS, and HTTP/2 in both ways.
#![cfg(unix)]

mod serving;

use std::sync::Arc;

use serving::{Folder, Server};
use sockeye::{
    CloseCode, Connect, WebSocket,
    rustls::{
        ClientConfig, RootCertStore,
        crypto::ring,
        pki_types::{CertificateDer, pem::PemObject},
    },
};

/// A certificate for `localhost` in the folder; its own text.
fn certificate(folder: &Folder) -> String {
    let signed =
        rcgen::generate_simple_self_signed(["localhost".to_owned()]).expect("a certificate");
    folder.write("chain.pem", signed.cert.pem());
    folder.write("key.pem", signed.signing_key.serialize_pem());
    signed.cert.pem()
}

fn start(folder: &Folder) -> Server {
    let (chain, key) = (folder.path("chain.pem"), folder.path("key.pem"));
    Server::start(&["--tls-cert", &chain, "--tls-key", &key, "--origin", "any"])
}

/// A connection of one who trusts this certificate alone.
fn connect(server: &Server, certificate: &str) -> Connect {
    let mut roots = RootCertStore::empty();
    let der = CertificateDer::from_pem_slice(certificate.as_bytes()).expect("a certificate");
    roots.add(der).expect("a root");
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_root_certificates(roots)
        .with_no_client_auth();
    let (_, port) = server.address.rsplit_once(':').expect("a port");
    sockeye::connect(format!("wss://localhost:{port}/echo")).tls_config(Arc::new(config))
}

async fn echoes(mut ws: WebSocket) {
    ws.send("hello").await.expect("sent");
    let message = ws.recv().await.expect("open").expect("a message");
    assert_eq!(message.as_text(), Some("hello"));
    ws.close(CloseCode::NORMAL).await.expect("a clean end");
}

#[tokio::test]
async fn it_speaks_both_versions_of_http_behind_tls() {
    let folder = Folder::new("tls");
    let certificate = certificate(&folder);
    let server = start(&folder);
    assert!(server.places[0].starts_with("listening on https://127.0.0.1:"), "{:?}", server.places);
    let ws = connect(&server, &certificate).await.expect("a connection");
    assert_eq!(ws.http_version(), http::Version::HTTP_11);
    echoes(ws).await;
    let ws = connect(&server, &certificate).http2().await.expect("a connection");
    assert_eq!(ws.http_version(), http::Version::HTTP_2);
    echoes(ws).await;
}

#[tokio::test]
async fn it_speaks_http2_without_tls_on_the_same_port() {
    let server = Server::start(&[]);
    let ws =
        sockeye::connect(server.url("/echo")).http2_prior_knowledge().await.expect("a connection");
    assert_eq!(ws.http_version(), http::Version::HTTP_2);
    echoes(ws).await;
    assert!(server.logs(" opened ").contains(" http=HTTP/2.0 "));
    for path in ["/", "/nothing"] {
        let url = server.url(path);
        let error =
            sockeye::connect(url).http2_prior_knowledge().await.expect_err("no WebSocket is there");
        assert!(format!("{error:?}").contains("404"), "{path}: {error:?}");
    }
}

#[tokio::test]
async fn a_hangup_brings_new_certificates_and_wrong_ones_change_nothing() {
    let folder = Folder::new("reload");
    let old = certificate(&folder);
    let server = start(&folder);
    let mut lasting = connect(&server, &old).await.expect("a connection");
    let new = certificate(&folder);
    server.signal("HUP");
    server.logs(" reloaded");
    connect(&server, &old).await.expect_err("the old certificate is gone");
    echoes(connect(&server, &new).await.expect("a connection")).await;
    folder.write("key.pem", "nonsense");
    server.signal("HUP");
    let told = server.logs(" not_reloaded ");
    assert!(told.contains("expected a private key"), "{told}");
    echoes(connect(&server, &new).await.expect("a connection")).await;
    lasting.send("still here").await.expect("sent");
    assert!(lasting.recv().await.expect("open").is_some());
}
