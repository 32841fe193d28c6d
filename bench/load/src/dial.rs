//! Connections to the server, up to the first frame.

use std::{
    io::{Read, Write},
    net::{Ipv4Addr, TcpStream},
    sync::Arc,
    time::Duration,
};

use rustls::{
    ClientConfig, ClientConnection, DigitallySignedStruct, SignatureScheme, StreamOwned,
    client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    crypto::CryptoProvider,
    pki_types::{CertificateDer, ServerName, UnixTime},
};

use crate::{
    arguments::Arguments,
    deflate::{Agreed, Compression},
    stream::{self, Stream},
};

/// How long anything may take that is waited for.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// The key of every request, and what answers it (RFC 6455 1.3).
pub(crate) const KEY: &str = "dGhlIHNhbXBsZSBub25jZQ==";
pub(crate) const ACCEPT: &str = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

/// A response has fewer bytes than this before its first frame.
const HEAD_BYTES: usize = 16 << 10;

/// What is spoken on a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Framing {
    /// The bytes alone; they are those of the frames.
    Raw,
    WebSocket,
}

/// Where connections go, and how.
#[derive(Clone, Debug)]
pub(crate) struct Target {
    port: u16,
    pub(crate) framing: Framing,
    compression: Compression,
    tls: Option<Arc<ClientConfig>>,
}

/// A connection that frames may go through.
pub(crate) struct Opened {
    pub(crate) stream: Stream,
    pub(crate) agreed: Option<Agreed>,
}

impl Target {
    pub(crate) fn parse(arguments: &Arguments) -> Result<Self, String> {
        let framings = [("raw", Framing::Raw), ("websocket", Framing::WebSocket)];
        let tls = arguments.one_of("tls", &[("no", None), ("yes", Some(()))])?;
        Ok(Self {
            port: arguments.number("port")?,
            framing: arguments.one_of("framing", &framings)?,
            compression: arguments.one_of("compression", &Compression::ALL)?,
            tls: tls.map(|()| trusting()),
        })
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    pub(crate) fn open(&self) -> Result<Opened, String> {
        let socket = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)).and_then(|socket| {
            socket.set_nodelay(true)?;
            socket.set_read_timeout(Some(PATIENCE))?;
            socket.set_write_timeout(Some(PATIENCE))?;
            Ok(socket)
        });
        let socket = socket.map_err(|error| format!("expected a connection, got {error}"))?;
        let mut stream = match &self.tls {
            None => Stream::Plain(socket),
            Some(config) => Stream::Secure(Box::new(secure(config, socket)?)),
        };
        let agreed = match self.framing {
            Framing::Raw => None,
            Framing::WebSocket => self.upgrade(&mut stream)?,
        };
        Ok(Opened { stream, agreed })
    }

    /// All of them, one after the other.
    pub(crate) fn open_all(&self, connections: usize) -> Result<Vec<Opened>, String> {
        (0..connections).map(|_| self.open()).collect()
    }

    /// The request that opens a WebSocket.
    pub(crate) fn request(&self) -> String {
        format!(
            "GET / HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
             Sec-WebSocket-Key: {KEY}\r\nSec-WebSocket-Version: 13\r\n{}\r\n",
            self.port,
            self.compression.offer()
        )
    }

    fn upgrade(&self, connection: &mut Stream) -> Result<Option<Agreed>, String> {
        let wrong =
            |error| format!("expected a response to the upgrade, got {}", stream::why(&error));
        connection.write_all(self.request().as_bytes()).map_err(wrong)?;
        connection.flush().map_err(wrong)?;
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            // A byte at a time, so that no frame behind it is taken.
            let mut byte = [0];
            connection.read_exact(&mut byte).map_err(wrong)?;
            head.extend(byte);
            if head.len() > HEAD_BYTES {
                return Err(format!("expected a head of at most {HEAD_BYTES} bytes, got more"));
            }
        }
        self.judge(&String::from_utf8_lossy(&head))
    }

    /// Whether a response opens the WebSocket as it was asked for.
    pub(crate) fn judge(&self, head: &str) -> Result<Option<Agreed>, String> {
        let status = head.lines().next().unwrap_or_default();
        if !status.starts_with("HTTP/1.1 101") {
            return Err(format!("expected 101, got `{status}`"));
        }
        let header = |name: &str| {
            let fields = head.lines().filter_map(|line| line.split_once(':'));
            let mut same = fields.filter(|(field, _)| field.eq_ignore_ascii_case(name));
            same.next().map(|(_, value)| value.trim())
        };
        match header("Sec-WebSocket-Accept") {
            Some(ACCEPT) => {}
            other => return Err(format!("expected the answer to the key, got {other:?}")),
        }
        let agreed = header("Sec-WebSocket-Extensions").map(Agreed::parse).transpose()?;
        match (self.compression, agreed) {
            (Compression::None, None) => Ok(None),
            (Compression::Single, Some(agreed)) if !agreed.server_takeover => Ok(Some(agreed)),
            (Compression::Takeover, Some(agreed)) => Ok(Some(agreed)),
            (asked, got) => Err(format!("expected {asked:?}, got {got:?}")),
        }
    }
}

fn secure(
    config: &Arc<ClientConfig>,
    mut socket: TcpStream,
) -> Result<StreamOwned<ClientConnection, TcpStream>, String> {
    let wrong = |error: &dyn std::fmt::Display| format!("expected a TLS handshake, got {error}");
    let name = ServerName::try_from("localhost").map_err(|error| wrong(&error))?;
    let mut connection =
        ClientConnection::new(config.clone(), name).map_err(|error| wrong(&error))?;
    while connection.is_handshaking() {
        connection.complete_io(&mut socket).map_err(|error| wrong(&error))?;
    }
    Ok(StreamOwned::new(connection, socket))
}

fn trusting() -> Arc<ClientConfig> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider.clone())
        .with_safe_default_protocol_versions()
        .expect("ring has what the versions need")
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(Trusting(provider)))
        .with_no_client_auth();
    Arc::new(config)
}

/// Believes any certificate: both ends are on this machine, and only the time that it takes is asked for.
#[derive(Debug)]
struct Trusting(Arc<CryptoProvider>);

impl ServerCertVerifier for Trusting {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
