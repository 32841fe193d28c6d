//! `Format`: how messages stand on standard input and output.

use std::io::{self, BufRead, Read};

use sockeye::Message;

use super::base64;

/// How messages stand on standard input and output.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Format {
    /// A line of input is a text message; a message is its bytes and a newline
    Text,
    /// A line is a binary message in hexadecimal digits
    Hex,
    /// A line is a binary message in base64
    Base64,
    /// Four bytes of length, big end first, and so many bytes of a binary message
    LengthPrefixed,
}

impl Format {
    /// The next message of the input, none at its end.
    ///
    /// # Errors
    ///
    /// When the input cannot be read, or holds what is no message; the line is the caller's to tell.
    pub(super) fn read(
        self,
        input: &mut impl BufRead,
        max_bytes: usize,
    ) -> io::Result<Option<Message>> {
        if self == Self::LengthPrefixed {
            return read_length_prefixed(input, max_bytes);
        }
        // What is longer than this is too large in every format, white space between digits not counted.
        let max_line = max_bytes.saturating_mul(2).saturating_add(2);
        let mut line = Vec::new();
        input.take(max_line as u64).read_until(b'\n', &mut line)?;
        if line.is_empty() {
            return Ok(None);
        }
        if line.last() == Some(&b'\n') {
            line.pop();
        } else if line.len() == max_line {
            return Err(too_large(max_bytes));
        }
        let message = self.decode(line).map_err(wrong)?;
        if message.as_bytes().len() > max_bytes {
            return Err(too_large(max_bytes));
        }
        Ok(Some(message))
    }

    /// The message on a line.
    ///
    /// # Errors
    ///
    /// What was expected.
    pub(super) fn decode(self, line: Vec<u8>) -> Result<Message, &'static str> {
        match self {
            Self::Text | Self::LengthPrefixed => {
                let text = String::from_utf8(line);
                text.map(Message::from).map_err(|_| "expected text in UTF-8, got other bytes")
            }
            Self::Hex => {
                let bytes = from_hex(&line).ok_or("expected pairs of hexadecimal digits")?;
                Ok(Message::from(bytes))
            }
            Self::Base64 => {
                let bytes = base64::decode(line.trim_ascii()).ok_or("expected base64")?;
                Ok(Message::from(bytes))
            }
        }
    }

    /// The message as it is written.
    pub(super) fn encode(self, message: &Message) -> Vec<u8> {
        let bytes = message.as_bytes();
        match self {
            Self::Text => [bytes, b"\n"].concat(),
            Self::Hex => (hex(bytes) + "\n").into_bytes(),
            Self::Base64 => (base64::encode(bytes) + "\n").into_bytes(),
            Self::LengthPrefixed => {
                let len = u32::try_from(bytes.len()).expect("--max-message is 1 GiB at most");
                [&len.to_be_bytes(), bytes].concat()
            }
        }
    }
}

fn read_length_prefixed(input: &mut impl BufRead, max_bytes: usize) -> io::Result<Option<Message>> {
    if input.fill_buf()?.is_empty() {
        return Ok(None);
    }
    let mut prefix = [0; 4];
    input.read_exact(&mut prefix)?;
    let len = u32::from_be_bytes(prefix);
    if usize::try_from(len).is_ok_and(|len| len > max_bytes) {
        return Err(too_large(max_bytes));
    }
    // Memory grows with what comes, not with what the prefix claims.
    let mut bytes = Vec::new();
    input.take(len.into()).read_to_end(&mut bytes)?;
    if bytes.len() as u64 != u64::from(len) {
        return Err(wrong(format!("expected {len} bytes behind the length, got {}", bytes.len())));
    }
    Ok(Some(Message::from(bytes)))
}

fn wrong(what: impl Into<String>) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what.into())
}

fn too_large(max_bytes: usize) -> io::Error {
    wrong(format!("expected at most {max_bytes} bytes in a message, got more; see --max-message"))
}

/// Two digits a byte.
pub(super) fn hex(bytes: &[u8]) -> String {
    let digit = |value: u8| char::from_digit(value.into(), 16).expect("four bits are a digit");
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

fn from_hex(text: &[u8]) -> Option<Vec<u8>> {
    let digits = text.iter().filter(|byte| !byte.is_ascii_whitespace());
    let values = digits.map(|digit| char::from(*digit).to_digit(16));
    let values = values.collect::<Option<Vec<u32>>>()?;
    let (pairs, []) = values.as_chunks::<2>() else { return None };
    pairs.iter().map(|[high, low]| u8::try_from(high << 4 | low).ok()).collect()
}

#[cfg(test)]
mod tests;
