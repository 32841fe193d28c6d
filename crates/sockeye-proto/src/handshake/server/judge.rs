//! What a request must be to become a WebSocket, rule by rule; each refuses in words.

use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, StatusCode, Version, header};

use crate::handshake::{
    Extension, Host, Refusal, extension,
    header::{Single, quoted, single, spelling},
    key::Key,
    token,
};

/// RFC 6455 4.2.1.
pub(super) fn upgrade<B>(request: &Request<B>) -> Result<(Key, Host), Refusal> {
    let headers = request.headers();
    first_line(request)?;
    no_body(headers)?;
    let host = host_of_upgrade(request)?;
    upgrade_headers(headers)?;
    version(headers)?;
    let key = once(headers, &header::SEC_WEBSOCKET_KEY)?;
    let key = Key::parse(key.as_bytes()).ok_or_else(|| {
        let got = quoted(key);
        Refusal::bad_request(format!("expected 16 bytes in base64 as Sec-WebSocket-Key, got {got}"))
    })?;
    Ok((key, host))
}

/// RFC 8441 5 and RFC 9220 3.
pub(super) fn connect<B>(request: &Request<B>, protocol: &str) -> Result<Host, Refusal> {
    let headers = request.headers();
    if request.method() != Method::CONNECT || request.version() < Version::HTTP_2 {
        let got = quoted(request.method().as_str());
        let version = request.version();
        let reason = format!("expected CONNECT over HTTP/2 or HTTP/3, got {got} over {version:?}");
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
    no_body(headers)?;
    let host = host_of_connect(request)?;
    version(headers)?;
    Ok(host)
}

fn first_line<B>(request: &Request<B>) -> Result<(), Refusal> {
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
        return Err(Refusal::method(format!("expected GET, got {}", quoted(method.as_str()))));
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
fn no_body(headers: &HeaderMap) -> Result<(), Refusal> {
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

fn upgrade_headers(headers: &HeaderMap) -> Result<(), Refusal> {
    if !token::names(headers.get_all(header::UPGRADE), "websocket") {
        return Err(Refusal::upgrade("expected websocket in Upgrade, got none"));
    }
    if !token::names(headers.get_all(header::CONNECTION), "upgrade") {
        return Err(Refusal::upgrade("expected upgrade in Connection, got none"));
    }
    Ok(())
}

/// RFC 6455 4.4: any other version is answered with the list of ours.
fn version(headers: &HeaderMap) -> Result<(), Refusal> {
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
        if !host(value.as_bytes())?.is_same(&target, scheme) {
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

/// RFC 6455 4.2.1: a list of tokens.
pub(super) fn protocols(lines: &[HeaderValue]) -> Result<(), Refusal> {
    match token::list(lines).find(|element| !token::is_token(element)) {
        None => Ok(()),
        Some(other) => {
            let got = quoted(other);
            Err(Refusal::bad_request(format!(
                "expected tokens as Sec-WebSocket-Protocol, got {got}"
            )))
        }
    }
}

/// RFC 6455 9.1: a header that is not in the grammar fails the connection. What it offers is only offered.
pub(super) fn extensions(lines: &[HeaderValue]) -> Result<Vec<Extension<'_>>, Refusal> {
    extension::parse(lines).map_err(|error| Refusal::bad_request(error.to_string()))
}

/// RFC 6454 7.3: one, in ASCII. A second could be the one that is judged, or the one that is not.
pub(super) fn origin(headers: &HeaderMap) -> Result<Option<String>, Refusal> {
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
