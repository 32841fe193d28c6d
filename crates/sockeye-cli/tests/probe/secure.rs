//! Over TLS it is the same.

use std::{env, fs, path::PathBuf, process, sync::Arc, thread};

use rcgen::{CertifiedKey, generate_simple_self_signed};
use sockeye::rustls::{
    ServerConfig,
    crypto::ring,
    pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer},
};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

use super::{broken::Broken, probe, told};

/// TLS in front of a server without a fault, and the certificate in a file.
struct Front {
    url: String,
    certificate: PathBuf,
}

impl Front {
    fn start() -> Self {
        let CertifiedKey { cert, signing_key } =
            generate_simple_self_signed(["localhost".to_owned()]).expect("a certificate");
        let name = format!("sockeye-probe-{}.pem", process::id());
        let certificate = env::temp_dir().join(name);
        fs::write(&certificate, cert.pem()).expect("written");
        let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(signing_key.serialize_der()));
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .expect("versions")
            .with_no_client_auth()
            .with_single_cert(vec![cert.der().clone()], key)
            .expect("a key for its certificate");
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
        let port = listener.local_addr().expect("an address").port();
        let acceptor = TlsAcceptor::from(Arc::new(config));
        thread::spawn(move || forward(listener, acceptor));
        Self { url: format!("wss://localhost:{port}/"), certificate }
    }
}

impl Drop for Front {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.certificate);
    }
}

#[tokio::main(flavor = "current_thread")]
async fn forward(listener: std::net::TcpListener, acceptor: TlsAcceptor) {
    listener.set_nonblocking(true).expect("a listener for tasks");
    let listener = TcpListener::from_std(listener).expect("a listener");
    let behind = Broken::start("none").address;
    while let Ok((stream, _)) = listener.accept().await {
        let acceptor = acceptor.clone();
        tokio::spawn(async move {
            let mut stream = acceptor.accept(stream).await?;
            let mut behind = TcpStream::connect(behind).await?;
            tokio::io::copy_bidirectional(&mut stream, &mut behind).await
        });
    }
}

#[test]
fn a_certificate_is_trusted_by_a_file_or_by_nobody() {
    let front = Front::start();
    let only = ["--only", "rsv-bits", "--only", "end-without-close"];
    let with = |trust: &[&str]| probe(&[&[&*front.url], trust, &only[..]].concat());
    let certificate = front.certificate.to_str().expect("a name in UTF-8");
    for trust in [&["--cacert", certificate][..], &["--insecure"]] {
        let output = with(trust);
        assert_eq!(told(&output, "passed "), ["rsv-bits", "end-without-close"], "{output:?}");
    }
    let output = with(&[]);
    let line = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2));
    assert!(line.contains("certificate") && line.lines().count() == 1, "{line}");
}
