//! `Login`: a user and a password, out of the userinfo of a URL.

use std::fmt;

use http::HeaderValue;

use super::base64;

/// A user and a password. Never printed.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Login {
    pub(super) user: Vec<u8>,
    pub(super) password: Vec<u8>,
}

impl fmt::Debug for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Login(..)")
    }
}

impl Login {
    /// Reads the userinfo of a URL (RFC 3986 3.2.1).
    pub(super) fn parse(userinfo: &str) -> Option<Self> {
        let (user, password) = userinfo.split_once(':').unwrap_or((userinfo, ""));
        Some(Self { user: decode(user)?, password: decode(password)? })
    }

    /// As Basic authentication has it (RFC 7617). A user's name cannot hold a colon there.
    pub(super) fn to_basic(&self) -> HeaderValue {
        let plain = [self.user.as_slice(), b":", &self.password].concat();
        let text = format!("Basic {}", base64::encode(&plain));
        let mut value = HeaderValue::try_from(text).expect("base64 is visible ASCII");
        value.set_sensitive(true);
        value
    }
}

/// Resolves `%41` to `A`; none if a percent sign stands for itself.
fn decode(text: &str) -> Option<Vec<u8>> {
    let mut decoded = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        decoded.push(match byte {
            b'%' => hex(bytes.next()?)? << 4 | hex(bytes.next()?)?,
            byte => byte,
        });
    }
    Some(decoded)
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok())
}

#[cfg(test)]
mod tests {
    use super::Login;

    #[test]
    fn userinfo_is_decoded_before_it_becomes_a_header() {
        for (userinfo, expected) in [
            ("Aladdin:open%20sesame", "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="),
            ("a:b:c", "Basic YTpiOmM="),
            ("token", "Basic dG9rZW46"),
            ("", "Basic Og=="),
        ] {
            let login = Login::parse(userinfo).expect("userinfo");
            assert_eq!(login.to_basic(), expected, "{userinfo}");
            assert!(login.to_basic().is_sensitive());
        }
        assert_eq!(Login::parse("a%4"), None);
        assert_eq!(Login::parse("a%zz"), None);
    }

    #[test]
    fn a_login_is_not_printed() {
        let login = Login::parse("user:secret").expect("userinfo");
        assert_eq!(format!("{login:?}"), "Login(..)");
    }
}
