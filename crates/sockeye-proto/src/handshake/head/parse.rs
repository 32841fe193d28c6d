//! A head whose end is known, as values of `http`.
//!
//! `scan` has refused what may never be there; what is left is to tell the parts from each other.

use bytes::Bytes;
use http::{
    HeaderMap, HeaderName, HeaderValue, Method, Request, Response, StatusCode, Uri, Version,
};

use super::HeadError;

pub(super) fn request(head: &Bytes, headers: usize) -> Result<Request<()>, HeadError> {
    const EXPECTED: HeadError =
        HeadError::Unreadable { expected: "a first line of method, target and version" };
    let mut headers = vec![httparse::EMPTY_HEADER; headers];
    let mut parsed = httparse::Request::new(&mut headers);
    whole(parsed.parse(head), head.len(), EXPECTED)?;
    let (Some(method), Some(path), Some(version)) = (parsed.method, parsed.path, parsed.version)
    else {
        return Err(EXPECTED);
    };
    let mut request = Request::new(());
    *request.method_mut() = Method::from_bytes(method.as_bytes()).map_err(|_| EXPECTED)?;
    *request.uri_mut() = target(path)?;
    *request.version_mut() = http_version(version);
    *request.headers_mut() = header_map(head, parsed.headers)?;
    Ok(request)
}

pub(super) fn response(head: &Bytes, headers: usize) -> Result<Response<()>, HeadError> {
    const EXPECTED: HeadError =
        HeadError::Unreadable { expected: "a first line of version and status" };
    let mut headers = vec![httparse::EMPTY_HEADER; headers];
    let mut parsed = httparse::Response::new(&mut headers);
    whole(parsed.parse(head), head.len(), EXPECTED)?;
    let (Some(status), Some(version)) = (parsed.code, parsed.version) else { return Err(EXPECTED) };
    let mut response = Response::new(());
    *response.status_mut() = StatusCode::from_u16(status).map_err(|_| EXPECTED)?;
    *response.version_mut() = http_version(version);
    *response.headers_mut() = header_map(head, parsed.headers)?;
    Ok(response)
}

/// The scanner has seen the end of the head, so nothing is partial any more, and both must see the same end.
fn whole(
    parsed: httparse::Result<usize>,
    len: usize,
    expected: HeadError,
) -> Result<(), HeadError> {
    match parsed {
        Ok(httparse::Status::Complete(end)) if end == len => Ok(()),
        Err(httparse::Error::Version) => Err(HeadError::HttpVersion),
        Ok(_) | Err(_) => Err(expected),
    }
}

/// RFC 9112 3.2: a target is ASCII and has no fragment; `Uri` takes the one and drops the other.
fn target(path: &str) -> Result<Uri, HeadError> {
    let invalid = HeadError::Unreadable { expected: "a target without a fragment, in ASCII" };
    if !path.is_ascii() || path.contains('#') {
        return Err(invalid);
    }
    Uri::try_from(path).map_err(|_| invalid)
}

fn http_version(minor: u8) -> Version {
    if minor == 0 { Version::HTTP_10 } else { Version::HTTP_11 }
}

fn header_map(head: &Bytes, headers: &[httparse::Header<'_>]) -> Result<HeaderMap, HeadError> {
    let too_many = || HeadError::TooManyHeaders { allowed: headers.len() };
    let invalid = || HeadError::Unreadable { expected: "headers of a name and a value" };
    let mut map = HeaderMap::try_with_capacity(headers.len()).map_err(|_| too_many())?;
    for header in headers {
        let name = HeaderName::from_bytes(header.name.as_bytes()).map_err(|_| invalid())?;
        let value = HeaderValue::from_maybe_shared(head.slice_ref(header.value));
        map.try_append(name, value.map_err(|_| invalid())?).map_err(|_| too_many())?;
    }
    Ok(map)
}
