//! A proxy of HTTP, asked by `CONNECT` (RFC 9110 9.3.6).

use http::Response;

use super::ProxyError;
use crate::{
    Io,
    client::{
        ConnectError, body,
        exchange::exchange,
        login::Login,
        url::{Target, bracketed},
    },
};

/// Asks for a tunnel; from then on the stream is the target's.
pub(super) async fn reach(
    io: &mut Io,
    target: &Target,
    login: Option<&Login>,
) -> Result<(), ConnectError> {
    let (response, unread) = exchange(io, &request(target, login)).await?;
    if !response.status().is_success() {
        let body = body::read(io, &response, &unread).await;
        return Err(refused(response, body).into());
    }
    // In every protocol that goes through here the client speaks first: the proxy made this up, or lost its place.
    if !unread.is_empty() {
        return Err(ProxyError::SpokeFirst { bytes: unread.len() }.into());
    }
    Ok(())
}

fn request(target: &Target, login: Option<&Login>) -> Vec<u8> {
    let authority = format!("{}:{}", bracketed(&target.host), target.port);
    let mut request = format!("CONNECT {authority} HTTP/1.1\r\nHost: {authority}\r\n").into_bytes();
    if let Some(login) = login {
        let value = login.to_basic();
        request.extend([b"Proxy-Authorization: ", value.as_bytes(), b"\r\n"].concat());
    }
    request.extend(b"\r\n");
    request
}

fn refused(response: Response<()>, body: bytes::Bytes) -> ProxyError {
    ProxyError::Refused(Box::new(response.map(|()| body)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_request_names_the_target_and_nothing_else_of_it() {
        let target = Target::parse("wss://user:secret@[::1]/path?query").expect("a URL");
        let expected = b"CONNECT [::1]:443 HTTP/1.1\r\nHost: [::1]:443\r\n\r\n";
        assert_eq!(request(&target, None), expected);
    }

    #[test]
    fn a_login_is_the_proxys_own() {
        let target = Target::parse("ws://example.com").expect("a URL");
        let login = Login::parse("user:password").expect("a login");
        let expected = b"CONNECT example.com:80 HTTP/1.1\r\nHost: example.com:80\r\n\
                         Proxy-Authorization: Basic dXNlcjpwYXNzd29yZA==\r\n\r\n";
        assert_eq!(
            String::from_utf8_lossy(&request(&target, Some(&login))),
            String::from_utf8_lossy(expected)
        );
    }
}
