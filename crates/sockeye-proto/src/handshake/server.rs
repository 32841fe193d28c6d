//! The server's side: one judgement of an upgrade for every door (RFC 6455 4.2, RFC 8441 5).
//!
//! An [`Offer`] is a request that may become a WebSocket; accepting it gives the response and what was agreed on. Who
//! is let in (cookies, logins) is for the application, between the two.

mod judge;

use http::{HeaderValue, Request, Response, Version, header};

use super::{Carrier, Extension, Host, Negotiated, Origins, Refusal, extension, token};
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
    /// The offer of compression that is to be answered.
    deflate: Option<deflate::Terms>,
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
        judge::upgrade(request)
            .and_then(|(key, host)| Self::new(request, Carrier::Http11(key), host))
            .map_err(|refusal| refusal.over(request.version()))
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
        judge::connect(request, protocol)
            .and_then(|host| Self::new(request, Carrier::ExtendedConnect, host))
            .map_err(|refusal| refusal.over(request.version()))
    }

    /// What both doors read alike.
    fn new<B>(request: &Request<B>, carrier: Carrier, host: Host) -> Result<Self, Refusal> {
        let headers = request.headers();
        let lines = |name| headers.get_all(name).iter().cloned().collect::<Vec<_>>();
        let protocols = lines(&header::SEC_WEBSOCKET_PROTOCOL);
        judge::protocols(&protocols)?;
        let extensions = lines(&header::SEC_WEBSOCKET_EXTENSIONS);
        let deflate = deflate::valid(&judge::extensions(&extensions)?);
        let (version, origin) = (request.version(), judge::origin(headers)?);
        Ok(Self { carrier, version, host, origin, protocols, extensions, deflate })
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
        let answer = self.deflate.and_then(|offer| deflate::answer(offer, &choice.deflate));
        if let Some((params, answer)) = answer {
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
