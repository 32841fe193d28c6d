//! Arguments of more than one word, taken apart.

use std::time::Duration;

use http::HeaderValue;
use sockeye::CloseCode;

use super::base64;
use crate::{header, seconds, size};

/// No length prefix can say more than four times this, and no message held in memory should be larger.
const MAX_MESSAGE_BYTES: usize = 1 << 30;

/// Reads `64K` or `16M`.
pub(super) fn bytes(text: &str) -> Result<usize, String> {
    match size::parse(text)? {
        bytes if bytes > MAX_MESSAGE_BYTES => Err("expected at most 1024M".into()),
        bytes => Ok(bytes),
    }
}

/// Reads seconds, and `0` for not at all.
pub(super) fn wait(text: &str) -> Result<Duration, String> {
    match text {
        "0" => Ok(Duration::ZERO),
        text => seconds::parse(text),
    }
}

/// Reads `4000`, if it may travel.
pub(super) fn close_code(text: &str) -> Result<CloseCode, String> {
    let code = text.parse().ok().and_then(CloseCode::new);
    code.ok_or_else(|| {
        "expected a code that may travel: 1000 to 1003, 1007 to 1014, 3000 to 4999".into()
    })
}

/// Makes the value of `Authorization` from `user:password` (RFC 7617).
pub(super) fn login(text: &str) -> Result<HeaderValue, String> {
    if !text.contains(':') {
        return Err("expected a login such as `user:password`".into());
    }
    header::value(&format!("Basic {}", base64::encode(text.as_bytes())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_may_be_none() {
        assert_eq!(wait("0"), Ok(Duration::ZERO));
        assert_eq!(wait("0.25"), Ok(Duration::from_millis(250)));
        assert!(wait("-1").is_err());
    }

    #[test]
    fn a_login_becomes_basic_authentication() {
        let value = login("Aladdin:open sesame").expect("a login");
        assert_eq!(value, "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
        assert!(login("Aladdin").is_err());
    }
}
