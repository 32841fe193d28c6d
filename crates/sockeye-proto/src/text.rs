//! `Text`: bytes that are proven to be UTF-8.

use std::{fmt, ops::Deref, str};

use bytes::Bytes;

use crate::utf8::{self, InvalidUtf8};

/// The payload of a text message: shared bytes that are known to be UTF-8.
///
/// Cloning shares the bytes. A `Text` that was received is exactly as large as what it holds.
///
/// ```
/// use sockeye_proto::Text;
///
/// let text = Text::from("grüezi");
/// assert_eq!(text, "grüezi");
/// assert_eq!(text.as_bytes().len(), 7);
/// ```
#[derive(Clone, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Text(Bytes);

impl Text {
    /// An empty text.
    #[must_use]
    pub const fn new() -> Self {
        Self(Bytes::new())
    }

    /// Text of a constant, without a copy.
    #[must_use]
    pub const fn from_static(text: &'static str) -> Self {
        Self(Bytes::from_static(text.as_bytes()))
    }

    /// Wraps bytes that a [`Validator`](crate::utf8::Validator) has accepted to their end.
    pub(crate) fn from_validated(bytes: Bytes) -> Self {
        debug_assert!(str::from_utf8(&bytes).is_ok(), "a validator accepted these bytes");
        Self(bytes)
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        #[expect(
            unsafe_code,
            reason = "validating each text again would cost more than the first time"
        )]
        // SAFETY: every constructor takes a `str`, checks the bytes, or is given bytes that the validator accepted to
        // their end; `Bytes` cannot be changed through a shared handle, and no method hands out a mutable view.
        unsafe {
            str::from_utf8_unchecked(&self.0)
        }
    }

    /// The bytes of the text.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The bytes of the text, shared.
    #[must_use]
    pub fn into_bytes(self) -> Bytes {
        self.0
    }
}

impl Deref for Text {
    type Target = str;

    fn deref(&self) -> &str {
        self.as_str()
    }
}

impl AsRef<str> for Text {
    fn as_ref(&self) -> &str {
        self.as_str()
    }
}

impl From<&str> for Text {
    fn from(text: &str) -> Self {
        Self(Bytes::copy_from_slice(text.as_bytes()))
    }
}

impl From<String> for Text {
    fn from(text: String) -> Self {
        Self(Bytes::from(text))
    }
}

impl From<Text> for Bytes {
    fn from(text: Text) -> Self {
        text.0
    }
}

/// The bytes given were not UTF-8; holds them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotUtf8(pub Bytes);

impl fmt::Display for NotUtf8 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "expected UTF-8, got {} bytes that are not", self.0.len())
    }
}

impl std::error::Error for NotUtf8 {}

impl TryFrom<Bytes> for Text {
    type Error = NotUtf8;

    fn try_from(bytes: Bytes) -> Result<Self, NotUtf8> {
        match utf8::from_utf8(&bytes) {
            Ok(_) => Ok(Self(bytes)),
            Err(InvalidUtf8) => Err(NotUtf8(bytes)),
        }
    }
}

impl PartialEq<str> for Text {
    fn eq(&self, other: &str) -> bool {
        self.as_bytes() == other.as_bytes()
    }
}

impl PartialEq<&str> for Text {
    fn eq(&self, other: &&str) -> bool {
        self == *other
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}
