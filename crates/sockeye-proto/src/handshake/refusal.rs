//! `Refusal`: the response to a request that will not become a WebSocket.

use std::{borrow::Cow, fmt};

use http::{HeaderMap, HeaderValue, Response, StatusCode, Version, header};

use super::{HeadError, write_response};

/// Why a request is refused, as the response that says so.
///
/// On HTTP/1.1 the connection closes after it. A proxy that took the upgrade for done would pass on whatever follows,
/// so nothing that follows may be read as a request.
///
/// ```
/// use sockeye_proto::handshake::{Offer, Refusal};
///
/// let request = http::Request::post("/chat").header("upgrade", "websocket").body(())?;
/// let refusal = Offer::from_request(&request).unwrap_err();
/// let response = refusal.into_response();
/// assert_eq!(response.status(), 405);
/// assert_eq!(response.headers()["allow"], "GET");
/// assert_eq!(response.body(), "expected GET, got \"POST\"\n");
/// # Ok::<(), http::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    status: StatusCode,
    remedy: Remedy,
    version: Version,
    reason: Cow<'static, str>,
}

/// What the headers tell the client to do instead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Remedy {
    None,
    /// RFC 9110 15.5.6.
    Get,
    /// RFC 9110 15.5.22 and RFC 6455 4.4.
    Upgrade,
}

impl Refusal {
    /// A refusal over HTTP/1.1, for reasons of the caller's own: a deadline, a missing login.
    ///
    /// The reason is sent to the client as one plain sentence.
    #[must_use]
    pub fn new(status: StatusCode, reason: impl Into<Cow<'static, str>>) -> Self {
        let reason = reason.into();
        Self { status, remedy: Remedy::None, version: Version::HTTP_11, reason }
    }

    pub(crate) fn bad_request(reason: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, reason)
    }

    pub(crate) fn method(reason: String) -> Self {
        Self { remedy: Remedy::Get, ..Self::new(StatusCode::METHOD_NOT_ALLOWED, reason) }
    }

    pub(crate) fn upgrade(reason: impl Into<Cow<'static, str>>) -> Self {
        Self { remedy: Remedy::Upgrade, ..Self::new(StatusCode::UPGRADE_REQUIRED, reason) }
    }

    /// The same over this version of HTTP. A status of 426 asks for an `Upgrade`, which HTTP/2 does not have.
    pub(crate) fn over(self, version: Version) -> Self {
        let status = match self.status {
            StatusCode::UPGRADE_REQUIRED if version >= Version::HTTP_2 => StatusCode::BAD_REQUEST,
            status => status,
        };
        Self { status, version: version.max(Version::HTTP_11), ..self }
    }

    /// The status of the response.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// What was expected and what came instead.
    #[must_use]
    pub fn reason(&self) -> &str {
        &self.reason
    }

    /// The whole response, its body the reason in words.
    #[must_use]
    pub fn into_response(self) -> Response<String> {
        let body = format!("{}\n", self.reason);
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
        headers.insert(header::CONTENT_LENGTH, HeaderValue::from(body.len()));
        if self.remedy == Remedy::Get {
            headers.insert(header::ALLOW, HeaderValue::from_static("GET"));
        }
        if self.remedy == Remedy::Upgrade {
            headers.insert(header::SEC_WEBSOCKET_VERSION, HeaderValue::from_static("13"));
        }
        // RFC 9113 8.2.2: only HTTP/1.1 has headers about the connection.
        if self.version == Version::HTTP_11 {
            headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
            if self.remedy == Remedy::Upgrade {
                // RFC 9110 7.8: whoever sends Upgrade names it in Connection.
                headers.insert(header::CONNECTION, HeaderValue::from_static("close, upgrade"));
                headers.insert(header::UPGRADE, HeaderValue::from_static("websocket"));
            }
        }
        let mut response = Response::new(body);
        *response.status_mut() = self.status;
        *response.version_mut() = self.version;
        *response.headers_mut() = headers;
        response
    }

    /// The whole response as HTTP/1.1 writes it.
    #[must_use]
    pub fn into_bytes(self) -> Vec<u8> {
        let response = self.into_response();
        let mut bytes = write_response(&response);
        bytes.extend_from_slice(response.body().as_bytes());
        bytes
    }
}

impl From<HeadError> for Refusal {
    fn from(error: HeadError) -> Self {
        let status = match error {
            HeadError::TooManyBytes { .. } | HeadError::TooManyHeaders { .. } => {
                StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE
            }
            HeadError::HttpVersion => StatusCode::HTTP_VERSION_NOT_SUPPORTED,
            HeadError::Malformed { .. }
            | HeadError::Unreadable { .. }
            | HeadError::TooManyInterimResponses => StatusCode::BAD_REQUEST,
        };
        Self::new(status, error.to_string())
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "refused with {}: {}", self.status.as_str(), self.reason)
    }
}

impl std::error::Error for Refusal {}
