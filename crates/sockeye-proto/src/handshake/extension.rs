//! `Sec-WebSocket-Extensions`: its grammar (RFC 6455 9.1), read once from left to right.
//!
//! Knows no extension by name; what an offer means is for `deflate::offer`. Bounded: an element is read or the whole
//! header is refused.

use std::{borrow::Cow, fmt};

use http::HeaderValue;

use super::token::{is_space, is_token, is_token_byte};

/// More elements than this are refused. Browsers send one.
const MAX_EXTENSIONS: usize = 64;

/// More parameters than this on one element are refused. permessage-deflate knows four.
const MAX_PARAMS: usize = 16;

/// One element of the list: an extension's name and its parameters, as they were sent.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Extension<'a> {
    /// The name.
    pub name: &'a str,
    /// The parameters, in order, repeated ones too.
    pub params: Vec<Param<'a>>,
}

/// A parameter of an [`Extension`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Param<'a> {
    /// The name.
    pub name: &'a str,
    /// The value, if there is one, without the quotes and escapes that it may have been sent in.
    pub value: Option<Cow<'a, str>>,
}

/// Why a list of extensions cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ExtensionsError {
    /// Not in the grammar of RFC 6455 9.1.
    Malformed {
        /// What the grammar wants.
        expected: &'static str,
        /// How far into the header's line it is missing.
        at: usize,
    },
    /// More extensions than anyone needs.
    TooManyExtensions,
    /// More parameters on one extension than anyone needs.
    TooManyParams,
}

impl fmt::Display for ExtensionsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Malformed { expected, at } => {
                write!(
                    f,
                    "expected {expected} at byte {at} of Sec-WebSocket-Extensions, got something else"
                )
            }
            Self::TooManyExtensions => {
                write!(
                    f,
                    "expected at most {MAX_EXTENSIONS} elements in Sec-WebSocket-Extensions, got more"
                )
            }
            Self::TooManyParams => {
                write!(f, "expected at most {MAX_PARAMS} parameters on an extension, got more")
            }
        }
    }
}

impl std::error::Error for ExtensionsError {}

/// Reads the list over all lines of the header; empty elements count as nothing (RFC 9110 5.6.1.2).
pub(crate) fn parse<'a>(
    lines: impl IntoIterator<Item = &'a HeaderValue>,
) -> Result<Vec<Extension<'a>>, ExtensionsError> {
    let mut extensions = Vec::new();
    for line in lines {
        let mut cursor = Cursor::new(line.as_bytes());
        while cursor.skip_empty_elements() {
            if extensions.len() == MAX_EXTENSIONS {
                return Err(ExtensionsError::TooManyExtensions);
            }
            extensions.push(cursor.extension()?);
        }
    }
    Ok(extensions)
}

/// What is left of a line. Each method takes what it names from the front, and only ever moves on.
struct Cursor<'a> {
    rest: &'a [u8],
    whole: usize,
}

impl<'a> Cursor<'a> {
    fn new(line: &'a [u8]) -> Self {
        Self { rest: line, whole: line.len() }
    }

    /// Tells whether an element follows.
    fn skip_empty_elements(&mut self) -> bool {
        self.take_while(|byte| is_space(byte) || byte == b',');
        !self.rest.is_empty()
    }

    /// `extension-token *( ";" extension-param )`, up to the comma or the end behind it.
    fn extension(&mut self) -> Result<Extension<'a>, ExtensionsError> {
        let name = self.token("the name of an extension")?;
        let mut params = Vec::new();
        while self.eat(b';') {
            if params.len() == MAX_PARAMS {
                return Err(ExtensionsError::TooManyParams);
            }
            params.push(self.param()?);
        }
        match self.rest {
            [] | [b',', ..] => Ok(Extension { name, params }),
            _ => Err(self.malformed("a semicolon, a comma or the end")),
        }
    }

    /// `token [ "=" (token | quoted-string) ]`
    fn param(&mut self) -> Result<Param<'a>, ExtensionsError> {
        self.skip_space();
        let name = self.token("the name of a parameter")?;
        if !self.eat(b'=') {
            return Ok(Param { name, value: None });
        }
        self.skip_space();
        let value = match self.rest {
            [b'"', rest @ ..] => {
                self.rest = rest;
                self.quoted_token()?
            }
            _ => Cow::Borrowed(self.token("the value of a parameter")?),
        };
        Ok(Param { name, value: Some(value) })
    }

    /// A quoted string behind its first quote. RFC 6455 9.1: without its escapes it must be a token.
    fn quoted_token(&mut self) -> Result<Cow<'a, str>, ExtensionsError> {
        const EXPECTED: &str = "a token in quotes";
        let inside = self.take_while(|byte| !matches!(byte, b'"' | b'\\'));
        let mut value = Cow::Borrowed(inside);
        while let [b'\\', escaped, rest @ ..] = self.rest {
            value.to_mut().push(*escaped);
            self.rest = rest;
            let inside = self.take_while(|byte| !matches!(byte, b'"' | b'\\'));
            value.to_mut().extend_from_slice(inside);
        }
        let [b'"', rest @ ..] = self.rest else { return Err(self.malformed("a closing quote")) };
        if !is_token(&value) {
            return Err(self.malformed(EXPECTED));
        }
        self.rest = rest;
        match value {
            Cow::Borrowed(bytes) => std::str::from_utf8(bytes).ok().map(Cow::Borrowed),
            Cow::Owned(bytes) => String::from_utf8(bytes).ok().map(Cow::Owned),
        }
        .ok_or_else(|| self.malformed(EXPECTED))
    }

    fn token(&mut self, expected: &'static str) -> Result<&'a str, ExtensionsError> {
        let token = std::str::from_utf8(self.take_while(is_token_byte)).unwrap_or_default();
        if token.is_empty() { Err(self.malformed(expected)) } else { Ok(token) }
    }

    /// Takes this separator, and the white space before it, if it is next. RFC 2616 2.1, which RFC 6455 builds on,
    /// allows white space between any two parts.
    fn eat(&mut self, separator: u8) -> bool {
        self.skip_space();
        match self.rest.split_first() {
            Some((first, rest)) if *first == separator => {
                self.rest = rest;
                true
            }
            _ => false,
        }
    }

    fn skip_space(&mut self) {
        self.take_while(is_space);
    }

    fn take_while(&mut self, belongs: impl Fn(u8) -> bool) -> &'a [u8] {
        let len = self.rest.iter().take_while(|byte| belongs(**byte)).count();
        let (taken, rest) = self.rest.split_at_checked(len).unwrap_or((self.rest, &[]));
        self.rest = rest;
        taken
    }

    fn malformed(&self, expected: &'static str) -> ExtensionsError {
        ExtensionsError::Malformed { expected, at: self.whole - self.rest.len() }
    }
}

#[cfg(test)]
mod tests;
