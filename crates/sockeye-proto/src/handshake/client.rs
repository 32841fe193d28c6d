//! The client's side: the request to send, and the judgement of the response (RFC 6455 4.1, RFC 8441 5).
//!
//! Dialling, TLS, redirects, cookies and logins are for the layer above; a response that is no success stays with it.

use http::{
    HeaderMap, HeaderName, HeaderValue, Method, Request, Response, Uri, Version, header,
    uri::{PathAndQuery, Scheme},
};

use super::{
    Carrier, HandshakeError, Host, Negotiated, RequestError, extension,
    header::{Single, quoted, single},
    key::Key,
    token,
};
use crate::{
    Text,
    deflate::{self, DeflateConfig},
};

/// What a client asks for.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct ClientOptions {
    /// The subprotocols that the client speaks, best first: none.
    pub protocols: Vec<Text>,
    /// How to compress.
    pub deflate: DeflateConfig,
    /// Further headers of the request. `Host` takes the place of ours; all else that a handshake writes is refused.
    pub headers: HeaderMap,
}

impl ClientOptions {
    /// Sets [`protocols`](Self::protocols).
    #[must_use]
    pub fn protocols(mut self, protocols: impl IntoIterator<Item = impl Into<Text>>) -> Self {
        self.protocols = protocols.into_iter().map(Into::into).collect();
        self
    }

    /// Sets [`deflate`](Self::deflate).
    #[must_use]
    pub fn deflate(mut self, deflate: DeflateConfig) -> Self {
        self.deflate = deflate;
        self
    }

    /// Adds one of [`headers`](Self::headers).
    #[must_use]
    pub fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.append(name, value);
        self
    }
}

/// A handshake under way: the request that was made, and what a response to it must say.
///
/// ```
/// use sockeye_proto::handshake::{ClientHandshake, ClientOptions};
///
/// let uri = "wss://example.com/chat".parse()?;
/// let key = *b"the sample nonce"; // 16 bytes from a secure source of randomness
/// let handshake = ClientHandshake::new(&uri, key, &ClientOptions::default())?;
/// assert_eq!(handshake.request().headers()["host"], "example.com");
///
/// let response = http::Response::builder()
///     .status(101)
///     .header("upgrade", "websocket")
///     .header("connection", "Upgrade")
///     .header("sec-websocket-accept", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")
///     .body(())?;
/// let negotiated = handshake.verify(&response)?;
/// assert_eq!(negotiated.protocol(), None);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct ClientHandshake {
    request: Request<()>,
    carrier: Carrier,
    protocols: Vec<Text>,
    deflate: DeflateConfig,
}

impl ClientHandshake {
    /// An upgrade over HTTP/1.1. The key is 16 random bytes, new for each connection (RFC 6455 4.1).
    ///
    /// A fragment is not sent, and neither is userinfo: the layer above makes a login of it.
    ///
    /// # Errors
    ///
    /// If the URL or an option cannot be put into a request.
    pub fn new(uri: &Uri, key: [u8; 16], options: &ClientOptions) -> Result<Self, RequestError> {
        let target = Target::new(uri)?;
        let key = Key::from_random(key);
        let mut request = Request::new(());
        *request.uri_mut() = Uri::from(target.path);
        let headers = request.headers_mut();
        headers.insert(header::HOST, host(&target.host, options)?);
        headers.insert(header::UPGRADE, HeaderValue::from_static("websocket"));
        headers.insert(header::CONNECTION, HeaderValue::from_static("Upgrade"));
        headers.insert(header::SEC_WEBSOCKET_KEY, key.to_header());
        Self::ask(request, Carrier::Http11(key), options)
    }

    /// An extended CONNECT over HTTP/2, or over HTTP/3 once its version is set. The caller adds the `:protocol`, which
    /// is `websocket`, in the way of his HTTP library.
    ///
    /// ```
    /// use sockeye_proto::handshake::{ClientHandshake, ClientOptions};
    ///
    /// let uri = "wss://example.com/chat".parse()?;
    /// let handshake = ClientHandshake::extended_connect(&uri, &ClientOptions::default())?;
    /// assert_eq!(handshake.request().method(), "CONNECT");
    /// assert_eq!(handshake.request().uri(), "https://example.com/chat");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// If the URL or an option cannot be put into a request.
    pub fn extended_connect(uri: &Uri, options: &ClientOptions) -> Result<Self, RequestError> {
        let target = Target::new(uri)?;
        let authority = host(&target.host, options)?;
        let uri = Uri::builder()
            .scheme(target.scheme)
            .authority(authority.as_bytes())
            .path_and_query(target.path)
            .build()
            .map_err(|_| RequestError::Host)?;
        let mut request = Request::new(());
        *request.method_mut() = Method::CONNECT;
        *request.version_mut() = Version::HTTP_2;
        *request.uri_mut() = uri;
        Self::ask(request, Carrier::ExtendedConnect, options)
    }

    /// What both carriers ask alike.
    fn ask(
        mut request: Request<()>,
        carrier: Carrier,
        options: &ClientOptions,
    ) -> Result<Self, RequestError> {
        let headers = request.headers_mut();
        headers.insert(header::SEC_WEBSOCKET_VERSION, HeaderValue::from_static("13"));
        if let Some(protocols) = protocols(&options.protocols)? {
            headers.insert(header::SEC_WEBSOCKET_PROTOCOL, protocols);
        }
        if let Some(offer) = deflate::offer(&options.deflate) {
            headers.insert(header::SEC_WEBSOCKET_EXTENSIONS, offer);
        }
        for (name, value) in &options.headers {
            if is_reserved(name) {
                return Err(RequestError::ReservedHeader { name: name.clone() });
            }
            if name == header::ORIGIN && headers.contains_key(name) {
                return Err(RequestError::RepeatedHeader { name: name.clone() });
            }
            if name != header::HOST {
                headers.append(name, value.clone());
            }
        }
        let protocols = options.protocols.clone();
        Ok(Self { request, carrier, protocols, deflate: options.deflate })
    }

    /// The request to send.
    #[must_use]
    pub fn request(&self) -> &Request<()> {
        &self.request
    }

    /// Judges the response; what comes after it are frames.
    ///
    /// # Errors
    ///
    /// If it is no success, or says anything that was not asked for. The connection is then of no use (RFC 6455 4.1).
    pub fn verify<B>(&self, response: &Response<B>) -> Result<Negotiated, HandshakeError> {
        let headers = response.headers();
        match self.carrier {
            Carrier::Http11(key) => verify_upgrade(response, key)?,
            Carrier::ExtendedConnect if response.status().is_success() => {}
            Carrier::ExtendedConnect => return Err(self.carrier.refused(response)),
        }
        let protocol = self.verify_protocol(headers)?;
        let extensions = extension::parse(headers.get_all(header::SEC_WEBSOCKET_EXTENSIONS))?;
        let mut deflate = None;
        for answer in extensions {
            if answer.name != deflate::NAME || !self.deflate.enabled || deflate.is_some() {
                return Err(HandshakeError::ExtensionNotOffered { got: quoted(answer.name) });
            }
            deflate = Some(deflate::check(&answer.params, &self.deflate)?);
        }
        Ok(Negotiated { protocol, deflate })
    }

    /// RFC 6455 4.1: one of those offered, or none.
    fn verify_protocol(&self, headers: &HeaderMap) -> Result<Option<Text>, HandshakeError> {
        let name = header::SEC_WEBSOCKET_PROTOCOL;
        let got = match single(headers, &name) {
            Single::Missing => return Ok(None),
            Single::Repeated => return Err(HandshakeError::RepeatedHeader { name }),
            Single::Once(got) => got.as_bytes(),
        };
        let chosen = self.protocols.iter().find(|offered| offered.as_bytes() == got);
        let not_offered = || HandshakeError::ProtocolNotOffered { got: quoted(got) };
        chosen.cloned().map(Some).ok_or_else(not_offered)
    }
}

/// RFC 6455 4.1, the response's rules 1 to 4.
fn verify_upgrade<B>(response: &Response<B>, key: Key) -> Result<(), HandshakeError> {
    let carrier = Carrier::Http11(key);
    if response.version() < Version::HTTP_11 {
        return Err(HandshakeError::HttpVersion { got: response.version() });
    }
    if response.status() != carrier.success() {
        return Err(carrier.refused(response));
    }
    let headers = response.headers();
    let upgrade = once(headers, header::UPGRADE)?;
    if !upgrade.as_bytes().eq_ignore_ascii_case(b"websocket") {
        return Err(wrong(header::UPGRADE, "websocket", upgrade));
    }
    let mut connection = headers.get_all(header::CONNECTION).iter().peekable();
    let first = connection.peek().copied();
    if !token::names(connection, "upgrade") {
        let name = header::CONNECTION;
        return Err(first.map_or(HandshakeError::MissingHeader { name: name.clone() }, |got| {
            wrong(name, "upgrade", got)
        }));
    }
    let expected = key.accept().to_header();
    let got = once(headers, header::SEC_WEBSOCKET_ACCEPT)?;
    if *got != expected {
        let expected = expected.to_str().unwrap_or_default();
        return Err(wrong(header::SEC_WEBSOCKET_ACCEPT, expected, got));
    }
    Ok(())
}

fn once(headers: &HeaderMap, name: HeaderName) -> Result<&HeaderValue, HandshakeError> {
    match single(headers, &name) {
        Single::Once(value) => Ok(value),
        Single::Missing => Err(HandshakeError::MissingHeader { name }),
        Single::Repeated => Err(HandshakeError::RepeatedHeader { name }),
    }
}

fn wrong(name: HeaderName, expected: &str, got: &HeaderValue) -> HandshakeError {
    HandshakeError::WrongHeader { name, expected: expected.to_owned(), got: quoted(got) }
}

/// The parts of a URL that a request is made of.
struct Target {
    scheme: Scheme,
    /// Without the port that the scheme implies.
    host: Host,
    path: PathAndQuery,
}

impl Target {
    fn new(uri: &Uri) -> Result<Self, RequestError> {
        // RFC 8441 5: what is ws in a URL is http in a request.
        let scheme = match uri.scheme_str() {
            Some("ws" | "http") => Scheme::HTTP,
            Some("wss" | "https") => Scheme::HTTPS,
            _ => return Err(RequestError::Scheme),
        };
        let authority = uri.authority().ok_or(RequestError::Host)?.as_str();
        let host = authority.rsplit_once('@').map_or(authority, |(_userinfo, host)| host);
        let host =
            Host::parse(host).ok_or(RequestError::Host)?.without_default_port(scheme.as_str());
        let path = uri.path_and_query().cloned().unwrap_or_else(|| PathAndQuery::from_static("/"));
        // A query may follow the host at once; a target begins with a slash all the same (RFC 9112 3.2.1).
        let path = match path.as_str() {
            path if !path.is_ascii() => return Err(RequestError::Path),
            query if query.starts_with('?') => {
                PathAndQuery::try_from(format!("/{query}")).map_err(|_| RequestError::Path)?
            }
            _ => path,
        };
        Ok(Self { scheme, host, path })
    }
}

/// The caller's `Host`, else the URL's.
fn host(target: &Host, options: &ClientOptions) -> Result<HeaderValue, RequestError> {
    match single(&options.headers, header::HOST) {
        Single::Missing => {}
        Single::Repeated => return Err(RequestError::RepeatedHeader { name: header::HOST }),
        Single::Once(given) => return Ok(given.clone()),
    }
    HeaderValue::try_from(target.to_string()).map_err(|_| RequestError::Host)
}

/// RFC 6455 4.1: tokens, each of them once.
fn protocols(protocols: &[Text]) -> Result<Option<HeaderValue>, RequestError> {
    for (index, protocol) in protocols.iter().enumerate() {
        let got = || protocol.as_str().to_owned();
        if !token::is_token(protocol.as_bytes()) {
            return Err(RequestError::Protocol { got: got() });
        }
        if protocols.iter().take(index).any(|earlier| earlier == protocol) {
            return Err(RequestError::RepeatedProtocol { got: got() });
        }
    }
    if protocols.is_empty() {
        return Ok(None);
    }
    let list: Vec<_> = protocols.iter().map(Text::as_str).collect();
    Ok(Some(HeaderValue::try_from(list.join(", ")).expect("tokens are visible ASCII")))
}

/// What would change the handshake, or give the request a body that none expects.
fn is_reserved(name: &HeaderName) -> bool {
    matches!(
        *name,
        header::CONNECTION
            | header::UPGRADE
            | header::SEC_WEBSOCKET_ACCEPT
            | header::SEC_WEBSOCKET_EXTENSIONS
            | header::SEC_WEBSOCKET_KEY
            | header::SEC_WEBSOCKET_PROTOCOL
            | header::SEC_WEBSOCKET_VERSION
            | header::CONTENT_LENGTH
            | header::TRANSFER_ENCODING
    )
}
