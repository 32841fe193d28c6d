//! `connect`: from a URL to an open WebSocket.

use std::{
    future::{Future, IntoFuture, poll_fn},
    io,
    pin::Pin,
    sync::Arc,
    time::Duration,
};

use http::{HeaderName, HeaderValue, Response, Uri, Version};
use sockeye_proto::{
    Config, Text,
    handshake::{
        ClientHandshake, ClientOptions, HeadError, HeadLimits, Progress, ResponseReader,
        write_request,
    },
};
use tokio::{io::AsyncWriteExt, net::TcpStream, time};

use super::ConnectError;
use crate::{Io, WebSocket, random, scratch, transport::sealed::Sealed};

const TIMEOUT: Duration = Duration::from_secs(30);

/// A connection that is to be opened. Await it, after setting what is to be set.
#[derive(Clone, Debug)]
#[must_use = "nothing is opened until this is awaited"]
pub struct Connect {
    url: String,
    options: ClientOptions,
    config: Arc<Config>,
    timeout: Duration,
}

/// Opens a WebSocket.
///
/// ```no_run
/// # async fn run() -> Result<(), Box<dyn std::error::Error>> {
/// let mut ws = sockeye::connect("ws://127.0.0.1:8080/echo").await?;
/// ws.send("hello").await?;
/// while let Some(message) = ws.recv().await? {
///     println!("{message:?}");
/// }
/// # Ok(())
/// # }
/// ```
pub fn connect(url: impl Into<String>) -> Connect {
    Connect {
        url: url.into(),
        options: ClientOptions::default(),
        config: Arc::default(),
        timeout: TIMEOUT,
    }
}

impl Connect {
    /// The limits, the timing and the compression.
    pub fn config(mut self, config: impl Into<Arc<Config>>) -> Self {
        self.config = config.into();
        self.options.deflate = self.config.deflate;
        self
    }

    /// The subprotocols that are spoken, best first.
    pub fn protocols(mut self, protocols: impl IntoIterator<Item = impl Into<Text>>) -> Self {
        self.options = self.options.protocols(protocols);
        self
    }

    /// Adds a header to the request.
    pub fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.options = self.options.header(name, value);
        self
    }

    /// How long all of it may take: 30 s.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    async fn open(self) -> Result<WebSocket, ConnectError> {
        let uri: Uri = self.url.parse().map_err(|error| {
            ConnectError::Url(format!("expected a URL, got {:?}: {error}", self.url))
        })?;
        let handshake = ClientHandshake::new(&uri, random::bytes(), &self.options)
            .map_err(ConnectError::Request)?;
        let host = uri.host().unwrap_or_default().trim_matches(['[', ']']);
        let mut stream = TcpStream::connect((host, uri.port_u16().unwrap_or(80))).await?;
        stream.set_nodelay(true)?;
        stream.write_all(&write_request(handshake.request())).await?;
        let (response, unread) = read_head(&mut stream).await?;
        let negotiated = handshake.verify(&response).map_err(|error| ConnectError::Handshake {
            error,
            response: Box::new(response.map(|()| unread.clone())),
        })?;
        let io = Io::from(stream);
        Ok(WebSocket::new_client(io, self.config, negotiated, Version::HTTP_11, &unread))
    }
}

impl IntoFuture for Connect {
    type Output = Result<WebSocket, ConnectError>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move {
            let timeout = self.timeout;
            match time::timeout(timeout, self.open()).await {
                Ok(opened) => opened,
                Err(_) => Err(ConnectError::Timeout(timeout)),
            }
        })
    }
}

/// The head of a response, and what came behind it.
type Head = (Response<()>, Vec<u8>);

async fn read_head(stream: &mut TcpStream) -> Result<Head, ConnectError> {
    let mut reader = ResponseReader::new(HeadLimits::default());
    loop {
        let (read, head) = poll_fn(|context| {
            scratch::with(|scratch| {
                Sealed::poll_read(stream, context, scratch).map_ok(|read| {
                    (read, take(&mut reader, scratch.get(..read).unwrap_or_default()))
                })
            })
        })
        .await?;
        if read == 0 {
            return Err(ConnectError::Io(io::ErrorKind::UnexpectedEof.into()));
        }
        if let Some(finished) = head.map_err(ConnectError::Head)? {
            return Ok(finished);
        }
    }
}

/// The head, if it ends with these bytes.
fn take(reader: &mut ResponseReader, bytes: &[u8]) -> Result<Option<Head>, HeadError> {
    Ok(match reader.read(bytes)? {
        Progress::Unfinished => None,
        Progress::Finished { head, used } => {
            Some((head, bytes.get(used..).unwrap_or_default().to_vec()))
        }
    })
}
