//! `connect`: what is to be opened, and how.

use std::{
    fmt,
    future::{Future, IntoFuture},
    pin::Pin,
    sync::Arc,
    time::Duration,
};

use http::{HeaderName, HeaderValue, Response, header};
use sockeye_proto::{Config, Text, handshake::ClientOptions};
use tokio::time;

use super::{
    ConnectError, Proxy, open,
    redirect::{Downgrade, Redirects},
    route::Route,
    tls::Tls,
    upgrade::Opened,
    url::Target,
    versions::Versions,
};
use crate::{Io, WebSocket, transport::Transport};

const TIMEOUT: Duration = Duration::from_secs(30);

/// What puts something between a WebSocket and its transport.
pub(super) type Wrap = Arc<dyn Fn(Io, &[u8]) -> Io + Send + Sync>;

/// A connection that is to be opened. Await it, after setting what is to be set.
#[derive(Clone)]
#[must_use = "nothing is opened until this is awaited"]
pub struct Connect {
    pub(super) url: String,
    pub(super) options: ClientOptions,
    pub(super) config: Arc<Config>,
    pub(super) route: Route,
    pub(super) tls: Tls,
    pub(super) versions: Versions,
    pub(super) redirects: Redirects,
    pub(super) wrap: Option<Wrap>,
    pub(super) timeout: Duration,
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
///
/// The URL is one of `ws`, `wss`, `http` or `https`; `https` means `wss`. A login in it is sent as Basic
/// authentication. A fragment and a host outside of ASCII are refused.
///
/// The proxy that the environment names is used, unless the server is this machine: `https_proxy` or `HTTPS_PROXY` for
/// `wss`, `http_proxy` (in lower case alone) for `ws`, else `all_proxy` or `ALL_PROXY`; `no_proxy` or `NO_PROXY` lists
/// exceptions. See [`no_proxy`](Connect::no_proxy) and [`proxy`](Connect::proxy).
///
/// Dropped while it is awaited, it closes whatever it has opened.
pub fn connect(url: impl Into<String>) -> Connect {
    Connect {
        url: url.into(),
        options: ClientOptions::default(),
        config: Arc::default(),
        route: Route::Environment,
        tls: Tls::default(),
        versions: Versions::default(),
        redirects: Redirects::default(),
        wrap: None,
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
    ///
    /// `Authorization` takes the place of the URL's login. Those that the handshake writes itself are refused when it
    /// is awaited.
    pub fn header(mut self, name: HeaderName, mut value: HeaderValue) -> Self {
        if matches!(name, header::AUTHORIZATION | header::COOKIE | header::PROXY_AUTHORIZATION) {
            value.set_sensitive(true);
        }
        self.options = self.options.header(name, value);
        self
    }

    /// How long all of it may take, from the name's resolution to the last redirect's response: 30 s.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Goes through this proxy, whatever the environment says and whoever the server is.
    ///
    /// ```no_run
    /// # async fn run() -> Result<(), Box<dyn std::error::Error>> {
    /// let proxy = "socks5://user:password@127.0.0.1:1080".parse()?;
    /// let ws = sockeye::connect("wss://example.com/feed").proxy(proxy).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn proxy(mut self, proxy: Proxy) -> Self {
        self.route = Route::Proxy(proxy);
        self
    }

    /// Goes to the server itself, whatever the environment says.
    pub fn no_proxy(mut self) -> Self {
        self.route = Route::Direct;
        self
    }

    /// Goes to this Unix socket. The URL's host is still what the request and TLS name.
    #[cfg(unix)]
    pub fn unix(mut self, path: impl Into<std::path::PathBuf>) -> Self {
        self.route = Route::Unix(path.into());
        self
    }

    /// Follows so many redirects (301, 302, 303, 307 and 308): none unless this is called.
    ///
    /// To another origin, which is another scheme, host or port, the login and the headers `Authorization`, `Cookie`,
    /// `Proxy-Authorization` and `Host` do not come along.
    pub fn redirects(mut self, allowed: usize) -> Self {
        self.redirects.allowed = allowed;
        self
    }

    /// Follows redirects from TLS to plain text as well, which anybody on the way can read and change.
    pub fn redirects_to_plain_text(mut self) -> Self {
        self.redirects.downgrade = Downgrade::Followed;
        self
    }

    /// Trusts this certificate, in DER, as well as those that the platform trusts.
    #[cfg(feature = "tls")]
    pub fn root_certificate(mut self, der: impl Into<Vec<u8>>) -> Self {
        self.tls.add_root(der.into());
        self
    }

    /// Takes this configuration of TLS as it is, but for its ALPN: for a client's certificate, pinned roots or another
    /// provider of cryptography. [`root_certificate`](Self::root_certificate) has no effect then.
    #[cfg(feature = "tls")]
    pub fn tls_config(mut self, config: impl Into<Arc<rustls::ClientConfig>>) -> Self {
        self.tls.set_config(config.into());
        self
    }

    /// Speaks HTTP/2 (RFC 8441) where the server chooses it by ALPN; without TLS there is no ALPN, and it stays with
    /// HTTP/1.1.
    #[cfg(feature = "http2")]
    pub fn http2(mut self) -> Self {
        self.versions = Versions::Http2OrHttp11;
        self
    }

    /// Speaks HTTP/2 (RFC 8441) without asking, with or without TLS.
    #[cfg(feature = "http2")]
    pub fn http2_prior_knowledge(mut self) -> Self {
        self.versions = Versions::Http2;
        self
    }

    /// Puts something of the caller's around the transport once the handshake is over, to watch or to slow down what
    /// passes: nothing but frames, outside of TLS and of HTTP/2.
    ///
    /// The bytes beside the transport are those that came behind the response; they are not read through it again.
    /// [`over`](Self::over) does not call it.
    ///
    /// ```no_run
    /// # async fn run() -> Result<(), sockeye::ConnectError> {
    /// # fn watched(io: sockeye::Io, read: &[u8]) -> sockeye::Io { io }
    /// let ws = sockeye::connect("wss://example.com/feed")
    ///     .wrap_transport(|io, read| sockeye::Io::boxed(watched(io, read)))
    ///     .await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn wrap_transport(
        mut self,
        wrap: impl Fn(Io, &[u8]) -> Io + Send + Sync + 'static,
    ) -> Self {
        self.wrap = Some(Arc::new(wrap));
        self
    }

    /// Shakes hands over a stream of the caller's, in HTTP/1.1, instead of opening one.
    ///
    /// The stream leads to the server already, through TLS if that is wanted: nothing is resolved, dialled or wrapped.
    /// Redirects are not followed. Dropped before it is done, it drops the stream.
    ///
    /// # Errors
    ///
    /// As awaiting it.
    pub async fn over<S: Transport>(self, stream: S) -> Result<WebSocket<S>, ConnectError> {
        self.with_response().over(stream).await.map(|(ws, _)| ws)
    }

    /// Gives the response beside the WebSocket, for its headers and cookies.
    ///
    /// ```no_run
    /// # async fn run() -> Result<(), sockeye::ConnectError> {
    /// let (ws, response) = sockeye::connect("wss://example.com/feed").with_response().await?;
    /// for cookie in response.headers().get_all("set-cookie") {
    ///     println!("a cookie of {} bytes", cookie.len());
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn with_response(self) -> ConnectWithResponse {
        ConnectWithResponse(self)
    }
}

/// The login, the headers and the URL's query stay out of it.
impl fmt::Debug for Connect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let target = Target::parse(&self.url).map(|target| target.to_string());
        f.debug_struct("Connect")
            .field("target", &target)
            .field("route", &self.route)
            .field("tls", &self.tls)
            .field("versions", &self.versions)
            .field("redirects", &self.redirects)
            .field("timeout", &self.timeout)
            .finish_non_exhaustive()
    }
}

impl IntoFuture for Connect {
    type Output = Result<WebSocket, ConnectError>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        let opening = self.with_response().into_future();
        Box::pin(async move { opening.await.map(|(ws, _)| ws) })
    }
}

/// A [`Connect`] that gives the response as well. Await it.
#[derive(Clone, Debug)]
#[must_use = "nothing is opened until this is awaited"]
pub struct ConnectWithResponse(Connect);

impl ConnectWithResponse {
    /// As [`Connect::over`].
    ///
    /// # Errors
    ///
    /// As there.
    pub async fn over<S: Transport>(
        self,
        stream: S,
    ) -> Result<(WebSocket<S>, Response<()>), ConnectError> {
        within(self.0.timeout, open::over(&self.0, stream)).await
    }
}

impl IntoFuture for ConnectWithResponse {
    type Output = Result<(WebSocket, Response<()>), ConnectError>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move { within(self.0.timeout, open::open(&self.0)).await })
    }
}

async fn within<S>(
    timeout: Duration,
    opening: impl Future<Output = Result<Opened<S>, ConnectError>>,
) -> Result<Opened<S>, ConnectError> {
    match time::timeout(timeout, opening).await {
        Ok(opened) => opened,
        Err(_) => Err(ConnectError::Timeout(timeout)),
    }
}
