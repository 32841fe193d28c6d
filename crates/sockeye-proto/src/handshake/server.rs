//! The server's side: one judgement of an upgrade for every door (RFC 6455 4.2, RFC 8441 5).
//!
//! An [`Offer`] is a request that may become a WebSocket; accepting it gives the response and what was agreed on. Who is
//! let in (cookies, logins) is for the application, between the two.

use http::{
    HeaderMap, HeaderValue, Method, Request, Response, StatusCode, Version,
    header::{self, HeaderName},
};

use super::{
    Carrier, Extension, Host, Negotiated, Origins, Refusal, extension,
    header::{Single, quoted, single, spelling},
    key::Key,
    token,
};
use crate::{
    Text,
    deflate::{self, DeflateConfig},
};

/// Whether a request asks for a WebSocket over HTTP/1.1, rightly or not; any other is for the HTTP server on this port.
///
/// ```
/// use sockeye_proto::handshake::wants_upgrade;
///
/// let page = http::Request::get("/").header("connection", "keep-alive").body(())?;
/// assert!(!wants_upgrade(&page));
/// # Ok::<(), http::Error>(())
/// ```
#[must_use]
pub fn wants_upgrade<B>(request: &Request<B>) -> bool {
    // RFC 9110 7.8: an Upgrade over HTTP/1.0 must be ignored.
    request.version() == Version::HTTP_11
        && token::names(request.headers().get_all(header::UPGRADE), "websocket")
}

/// What a server chooses from an [`Offer`]. Safe as it stands: pages of this host alone, compression, no subprotocol.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Choice {
    /// The subprotocols that the server speaks, best first: none.
    pub protocols: Vec<Text>,
    /// How to compress.
    pub deflate: DeflateConfig,
    /// The pages that may connect: those of this host.
    pub origins: Origins,
}

impl Choice {
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

    /// Sets [`origins`](Self::origins).
    #[must_use]
    pub fn origins(mut self, origins: Origins) -> Self {
        self.origins = origins;
        self
    }
}

/// A request that obeys all that RFC 6455 4.2.1 asks of it.
///
/// ```
/// use sockeye_proto::handshake::{Choice, Offer};
///
/// let request = http::Request::get("/chat")
///     .header("host", "example.com")
///     .header("upgrade", "websocket")
///     .header("connection", "Upgrade")
///     .header("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ==")
///     .header("sec-websocket-version", "13")
///     .header("sec-websocket-protocol", "chat.v1, chat.v2")
///     .body(())?;
/// let offer = Offer::from_request(&request)?;
/// let acceptance = offer.accept(&Choice::default().protocols(["chat.v2", "chat.v1"]))?;
/// assert_eq!(acceptance.response.status(), 101);
/// assert_eq!(acceptance.response.headers()["sec-websocket-accept"], "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
/// assert_eq!(acceptance.negotiated.protocol(), Some("chat.v2"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Offer {
    carrier: Carrier,
    version: Version,
    host: Host,
    origin: Option<String>,
    protocols: Vec<HeaderValue>,
    extensions: Vec<HeaderValue>,
}

/// The response that makes a request a WebSocket, and what holds from then on.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Acceptance {
    /// 101, or 200 to an extended CONNECT. Headers of the application's own may be added.
    pub response: Response<()>,
    /// What both peers agreed on.
    pub negotiated: Negotiated,
}

impl Offer {
    /// Judges an upgrade over HTTP/1.1.
    ///
    /// # Errors
    ///
    /// The response to send, if the request is no upgrade that RFC 6455 4.2.1 allows.
    pub fn from_request<B>(request: &Request<B>) -> Result<Self, Refusal> {
        Self::judge_upgrade(request).map_err(|refusal| refusal.over(request.version()))
    }

    /// Judges an extended CONNECT over HTTP/2 or HTTP/3 (RFC 8441 5, RFC 9220 3), given its `:protocol`.
    ///
    /// ```
    /// use http::{Request, Version};
    /// use sockeye_proto::handshake::{Choice, Offer};
    ///
    /// let request = Request::connect("https://example.com/chat")
    ///     .version(Version::HTTP_2)
    ///     .header("sec-websocket-version", "13")
    ///     .body(())?;
    /// let acceptance = Offer::from_connect(&request, "websocket")?.accept(&Choice::default())?;
    /// assert_eq!(acceptance.response.status(), 200);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The response to send, if the request is no WebSocket's or lacks what it must have.
    pub fn from_connect<B>(request: &Request<B>, protocol: &str) -> Result<Self, Refusal> {
        Self::judge_connect(request, protocol).map_err(|refusal| refusal.over(request.version()))
    }

    fn judge_upgrade<B>(request: &Request<B>) -> Result<Self, Refusal> {
        let headers = request.headers();
        judge_first_line(request)?;
        judge_no_body(headers)?;
        let host = host_of_upgrade(request)?;
        judge_upgrade_headers(headers)?;
        judge_version(headers)?;
        let key = once(headers, &header::SEC_WEBSOCKET_KEY)?;
        let key = Key::parse(key.as_bytes()).ok_or_else(|| {
            let got = quoted(key);
            Refusal::bad_request(format!(
                "expected 16 bytes in base64 as Sec-WebSocket-Key, got {got}"
            ))
        })?;
        Self::new(request, Carrier::Http11(key), host)
    }

    fn judge_connect<B>(request: &Request<B>, protocol: &str) -> Result<Self, Refusal> {
        let headers = request.headers();
        if request.method() != Method::CONNECT || request.version() < Version::HTTP_2 {
            let got = quoted(request.method().as_str());
            let version = request.version();
            let reason =
                format!("expected CONNECT over HTTP/2 or HTTP/3, got {got} over {version:?}");
            return Err(Refusal::bad_request(reason));
        }
        // RFC 9220 3: an unknown protocol is answered with 501.
        if !protocol.eq_ignore_ascii_case("websocket") {
            let reason = format!("expected the protocol websocket, got {}", quoted(protocol));
            return Err(Refusal::new(StatusCode::NOT_IMPLEMENTED, reason));
        }
        // RFC 9113 8.2.2: a header about the connection makes a request malformed.
        for name in [header::CONNECTION, header::UPGRADE] {
            if headers.contains_key(&name) {
                let reason = format!("expected no {} over HTTP/2, got one", spelling(&name));
                return Err(Refusal::bad_request(reason));
            }
        }
        judge_no_body(headers)?;
        let host = host_of_connect(request)?;
        judge_version(headers)?;
        Self::new(request, Carrier::ExtendedConnect, host)
    }

    /// What both doors read alike.
    fn new<B>(request: &Request<B>, carrier: Carrier, host: Host) -> Result<Self, Refusal> {
        let headers = request.headers();
        let lines = |name: &HeaderName| headers.get_all(name).iter().cloned().collect();
        let offer = Self {
            carrier,
            version: request.version(),
            host,
            origin: origin(headers)?,
            protocols: lines(&header::SEC_WEBSOCKET_PROTOCOL),
            extensions: lines(&header::SEC_WEBSOCKET_EXTENSIONS),
        };
        if let Some(other) = token::list(&offer.protocols).find(|element| !token::is_token(element))
        {
            let got = quoted(other);
            let reason = format!("expected tokens as Sec-WebSocket-Protocol, got {got}");
            return Err(Refusal::bad_request(reason));
        }
        // RFC 6455 9.1: a header that is not in the grammar fails the connection. What it offers is only offered.
        extension::parse(&offer.extensions)
            .map_err(|error| Refusal::bad_request(error.to_string()))?;
        Ok(offer)
    }

    /// The host that the request is meant for: that of its target, else that of `Host` (RFC 9112 3.2.2).
    #[must_use]
    pub fn host(&self) -> &Host {
        &self.host
    }

    /// The page that asks, if one does.
    #[must_use]
    pub fn origin(&self) -> Option<&str> {
        self.origin.as_deref()
    }

    /// The subprotocols offered, the client's favourite first.
    pub fn protocols(&self) -> impl Iterator<Item = &str> {
        token::list(&self.protocols).filter_map(|protocol| str::from_utf8(protocol).ok())
    }

    /// The extensions offered, the client's favourite first.
    #[must_use]
    pub fn extensions(&self) -> Vec<Extension<'_>> {
        // Already read once in `new`.
        extension::parse(&self.extensions).unwrap_or_default()
    }

    /// Agrees, as far as the choice goes: a subprotocol or an extension that does not fit is left out.
    ///
    /// # Errors
    ///
    /// The response to send, if the request comes from a page that may not connect.
    pub fn accept(&self, choice: &Choice) -> Result<Acceptance, Refusal> {
        choice
            .origins
            .judge(self.origin(), &self.host)
            .map_err(|refusal| refusal.over(self.version))?;
        let mut response = Response::new(());
        *response.version_mut() = self.version;
        let headers = response.headers_mut();
        if let Carrier::Http11(key) = self.carrier {
            headers.insert(header::UPGRADE, HeaderValue::from_static("websocket"));
            headers.insert(header::CONNECTION, HeaderValue::from_static("Upgrade"));
            headers.insert(header::SEC_WEBSOCKET_ACCEPT, key.accept().to_header());
        }
        let protocol = self.choose(&choice.protocols);
        if let Some(protocol) = protocol {
            let value = HeaderValue::from_str(protocol).expect("equal to a token of the offer");
            headers.insert(header::SEC_WEBSOCKET_PROTOCOL, value);
        }
        let mut negotiated = Negotiated { protocol: protocol.cloned(), deflate: None };
        if let Some((params, answer)) = deflate::answer(&self.extensions(), &choice.deflate) {
            headers.insert(header::SEC_WEBSOCKET_EXTENSIONS, answer);
            negotiated.deflate = Some(params);
        }
        *response.status_mut() = self.carrier.success();
        Ok(Acceptance { response, negotiated })
    }

    /// RFC 6455 4.2.2: one of those offered, compared byte by byte, or none.
    fn choose<'a>(&self, spoken: &'a [Text]) -> Option<&'a Text> {
        spoken.iter().find(|spoken| self.protocols().any(|offered| **spoken == *offered))
    }
}

fn judge_first_line<B>(request: &Request<B>) -> Result<(), Refusal> {
    let (method, version, uri) = (request.method(), request.version(), request.uri());
    if version < Version::HTTP_11 {
        let reason = format!("expected HTTP/1.1, got {version:?}");
        return Err(Refusal::new(StatusCode::HTTP_VERSION_NOT_SUPPORTED, reason));
    }
    if version > Version::HTTP_11 {
        let got = quoted(method.as_str());
        let reason = format!("expected an extended CONNECT over {version:?}, got {got}");
        return Err(Refusal::bad_request(reason));
    }
    if method != Method::GET {
        let got = method.as_str();
        let got = if token::is_token(got.as_bytes()) && got.len() < 16 { got } else { "another" };
        return Err(Refusal::method(format!("expected GET, got {got}")));
    }
    // RFC 9112 3.2: origin form, or absolute form.
    let absolute =
        uri.scheme_str().is_none_or(|scheme| matches!(scheme, "http" | "https" | "ws" | "wss"));
    if !absolute
        || uri.scheme().is_some() != uri.authority().is_some()
        || !uri.path().starts_with('/')
    {
        return Err(Refusal::bad_request("expected a path as the target, got something else"));
    }
    Ok(())
}

/// A body would be read as frames by the one and as a body by the other.
fn judge_no_body(headers: &HeaderMap) -> Result<(), Refusal> {
    let no_len = match single(headers, header::CONTENT_LENGTH) {
        Single::Missing => true,
        Single::Once(len) => len == "0",
        Single::Repeated => false,
    };
    if no_len && !headers.contains_key(header::TRANSFER_ENCODING) {
        return Ok(());
    }
    Err(Refusal::bad_request("expected no body, got one"))
}

fn judge_upgrade_headers(headers: &HeaderMap) -> Result<(), Refusal> {
    if !token::names(headers.get_all(header::UPGRADE), "websocket") {
        return Err(Refusal::upgrade("expected websocket in Upgrade, got none"));
    }
    if !token::names(headers.get_all(header::CONNECTION), "upgrade") {
        return Err(Refusal::upgrade("expected upgrade in Connection, got none"));
    }
    Ok(())
}

/// RFC 6455 4.4: any other version is answered with the list of ours.
fn judge_version(headers: &HeaderMap) -> Result<(), Refusal> {
    const EXPECTED: &str = "expected Sec-WebSocket-Version 13, got";
    match single(headers, header::SEC_WEBSOCKET_VERSION) {
        Single::Once(version) if version == "13" => Ok(()),
        Single::Once(version) => Err(Refusal::upgrade(format!("{EXPECTED} {}", quoted(version)))),
        Single::Missing => Err(Refusal::upgrade(format!("{EXPECTED} none"))),
        Single::Repeated => Err(Refusal::bad_request(format!("{EXPECTED} several"))),
    }
}

/// RFC 9112 3.2: one valid `Host`, even where the target names another, which then wins.
fn host_of_upgrade<B>(request: &Request<B>) -> Result<Host, Refusal> {
    let value = once(request.headers(), &header::HOST)?;
    let named = host(value.as_bytes())?;
    request.uri().authority().map_or(Ok(named), |target| host(target.as_str().as_bytes()))
}

/// RFC 8441 4: the target has a scheme, an authority and a path. RFC 9113 8.3.1: a `Host` may not name another.
fn host_of_connect<B>(request: &Request<B>) -> Result<Host, Refusal> {
    let uri = request.uri();
    let (Some(scheme @ ("http" | "https")), Some(authority), Some(path)) =
        (uri.scheme_str(), uri.authority(), uri.path_and_query())
    else {
        return Err(Refusal::bad_request("expected :scheme, :authority and :path, got less"));
    };
    if !path.as_str().starts_with('/') {
        return Err(Refusal::bad_request("expected a :path from the root, got something else"));
    }
    let target = host(authority.as_str().as_bytes())?;
    if request.headers().contains_key(header::HOST) {
        let value = once(request.headers(), &header::HOST)?;
        let named = host(value.as_bytes())?.without_default_port(scheme);
        if named != target.clone().without_default_port(scheme) {
            return Err(Refusal::bad_request(
                "expected Host and :authority to agree, got two hosts",
            ));
        }
    }
    Ok(target)
}

fn host(text: &[u8]) -> Result<Host, Refusal> {
    let parsed = str::from_utf8(text).ok().and_then(Host::parse);
    parsed.ok_or_else(|| Refusal::bad_request(format!("expected a host, got {}", quoted(text))))
}

/// RFC 6454 7.3: one, in ASCII. A second could be the one that is judged, or the one that is not.
fn origin(headers: &HeaderMap) -> Result<Option<String>, Refusal> {
    let forbidden = |got| {
        Refusal::new(StatusCode::FORBIDDEN, format!("expected one Origin in ASCII, got {got}"))
    };
    match single(headers, header::ORIGIN) {
        Single::Missing => Ok(None),
        Single::Repeated => Err(forbidden("several".to_owned())),
        Single::Once(origin) => match origin.to_str() {
            Ok(origin) => Ok(Some(origin.to_owned())),
            Err(_) => Err(forbidden(quoted(origin))),
        },
    }
}

fn once<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Result<&'a HeaderValue, Refusal> {
    let got = match single(headers, name) {
        Single::Once(value) => return Ok(value),
        Single::Missing => "none",
        Single::Repeated => "several",
    };
    Err(Refusal::bad_request(format!("expected one {}, got {got}", spelling(name))))
}
