//! Arguments of more than one word, taken apart.

use std::time::Duration;

use http::{HeaderName, HeaderValue};
use sockeye::CloseCode;

use super::base64;
use crate::size;

/// No length prefix can say more than four times this, and no message held in memory should be larger.
const MAX_MESSAGE_BYTES: usize = 1 << 30;

/// Reads `64K` or `16M`.
pub(super) fn bytes(text: &str) -> Result<usize, String> {
    match size::parse(text)? {
        bytes if bytes > MAX_MESSAGE_BYTES => Err("expected at most 1024M".into()),
        bytes => Ok(bytes),
    }
}

/// Reads `5` or `0.25`.
pub(super) fn seconds(text: &str) -> Result<Duration, String> {
    let seconds = text.parse().ok().and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    seconds.ok_or_else(|| "expected a number of seconds such as 5 or 0.25".into())
}

/// As [`seconds`], for what would never end if it came again at once.
pub(super) fn interval(text: &str) -> Result<Duration, String> {
    match seconds(text)? {
        Duration::ZERO => Err("expected more than no time".into()),
        interval => Ok(interval),
    }
}

/// Reads `4000`, if it may travel.
pub(super) fn close_code(text: &str) -> Result<CloseCode, String> {
    let code = text.parse().ok().and_then(CloseCode::new);
    code.ok_or_else(|| {
        "expected a code that may travel: 1000 to 1003, 1007 to 1014, 3000 to 4999".into()
    })
}

/// Reads `name: value`.
pub(super) fn header(text: &str) -> Result<(HeaderName, HeaderValue), String> {
    let (name, value) = text.split_once(':').ok_or("expected a header such as `Name: value`")?;
    let name = name.trim().parse().map_err(|_| "expected a header's name before the colon")?;
    Ok((name, header_value(value.trim())?))
}

pub(super) fn header_value(text: &str) -> Result<HeaderValue, String> {
    text.parse().map_err(|_| "expected visible characters of ASCII for a header".into())
}

/// Makes the value of `Authorization` from `user:password` (RFC 7617).
pub(super) fn login(text: &str) -> Result<HeaderValue, String> {
    if !text.contains(':') {
        return Err("expected a login such as `user:password`".into());
    }
    header_value(&format!("Basic {}", base64::encode(text.as_bytes())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_are_a_number_that_time_can_hold() {
        for (text, millis) in [("5", Some(5000)), ("0.25", Some(250)), ("0", Some(0))] {
            assert_eq!(seconds(text).ok().map(|time| time.as_millis()), millis, "{text}");
        }
        for text in ["", "-1", "NaN", "inf", "1e300", "5s"] {
            assert!(seconds(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_header_is_a_name_and_a_value() {
        let (name, value) = header("X-Token:  a:b ").expect("a header");
        assert_eq!((name.as_str(), value.as_bytes()), ("x-token", b"a:b".as_slice()));
        for text in ["X-Token", "X Token: a", ": a", "X: a\r\nY: b"] {
            assert!(header(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_login_becomes_basic_authentication() {
        let value = login("Aladdin:open sesame").expect("a login");
        assert_eq!(value, "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
        assert!(login("Aladdin").is_err());
    }
}
