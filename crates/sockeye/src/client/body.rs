//! The body of a response that is no success: kept for the caller, within bounds, as it often tells why.

use std::{mem, time::Duration};

use bytes::Bytes;
use http::{HeaderMap, Response, StatusCode, header};
use tokio::time;

use crate::{transport::Transport, wire};

/// What is kept of a body; the rest is not read.
const MAX_BYTES: usize = 64 * 1024;

/// How long a body may take that the server is slow to send.
const PATIENCE: Duration = Duration::from_secs(2);

/// Reads what there is of the body within bounds; `unread` is what came with the head.
pub(super) async fn read<S: Transport>(
    transport: &mut S,
    response: &Response<()>,
    unread: &[u8],
) -> Bytes {
    let mut body = Body::new(response.status(), response.headers());
    body.push(unread);
    let rest = async {
        while !body.is_over() {
            match wire::read(transport, |bytes| body.push(bytes)).await {
                Ok(Some(())) => {}
                Ok(None) | Err(_) => break,
            }
        }
    };
    // However it ends, what came is what the caller gets.
    let _ = time::timeout(PATIENCE, rest).await;
    body.kept.into()
}

/// A body under way (RFC 9112 6.3).
#[derive(Debug)]
struct Body {
    framing: Framing,
    kept: Vec<u8>,
    /// Bytes that may still come, those of the framing among them.
    budget: usize,
}

/// What the next byte is.
#[derive(Debug, PartialEq, Eq)]
enum Framing {
    /// One of so many more bytes of the body.
    Length(u64),
    /// One of the body, which ends with the stream.
    UntilEnd,
    Chunked(Chunk),
    Over,
}

#[derive(Debug, PartialEq, Eq)]
enum Chunk {
    /// In the line that tells the size, which is so much by now.
    Size(u64),
    /// Behind the size, up to the end of the line.
    Extension(u64),
    /// One of so many more bytes of the chunk.
    Data(u64),
    /// In the end of the line behind a chunk.
    End,
}

impl Body {
    fn new(status: StatusCode, headers: &HeaderMap) -> Self {
        let framing = match (headers.get(header::TRANSFER_ENCODING), length(headers)) {
            _ if status.is_informational() || status == StatusCode::NO_CONTENT => Framing::Over,
            (Some(coding), _) if coding.as_bytes().eq_ignore_ascii_case(b"chunked") => {
                Framing::Chunked(Chunk::Size(0))
            }
            (None, Some(len)) => Framing::Length(len),
            _ => Framing::UntilEnd,
        };
        Self { framing, kept: Vec::new(), budget: 2 * MAX_BYTES }
    }

    fn is_over(&self) -> bool {
        matches!(self.framing, Framing::Over | Framing::Length(0))
            || self.kept.len() >= MAX_BYTES
            || self.budget == 0
    }

    fn push(&mut self, mut bytes: &[u8]) {
        self.budget = self.budget.saturating_sub(bytes.len());
        while !bytes.is_empty() && !matches!(self.framing, Framing::Over | Framing::Length(0)) {
            bytes = match mem::replace(&mut self.framing, Framing::Over) {
                Framing::UntilEnd => {
                    self.framing = Framing::UntilEnd;
                    self.keep(bytes, u64::MAX).1
                }
                Framing::Length(left) => {
                    let (left, rest) = self.keep(bytes, left);
                    self.framing = Framing::Length(left);
                    rest
                }
                Framing::Chunked(Chunk::Data(left)) => {
                    let (left, rest) = self.keep(bytes, left);
                    let next = if left == 0 { Chunk::End } else { Chunk::Data(left) };
                    self.framing = Framing::Chunked(next);
                    rest
                }
                Framing::Chunked(chunk) => self.step(chunk, bytes),
                Framing::Over => &[],
            };
        }
    }

    /// Keeps up to `left` bytes; gives what is left then, of the number and of the bytes.
    fn keep<'b>(&mut self, bytes: &'b [u8], left: u64) -> (u64, &'b [u8]) {
        let len = usize::try_from(left).unwrap_or(usize::MAX).min(bytes.len());
        let (data, rest) = bytes.split_at(len);
        let room = MAX_BYTES.saturating_sub(self.kept.len()).min(len);
        self.kept.extend_from_slice(data.get(..room).unwrap_or_default());
        (left - len as u64, rest)
    }

    /// One byte of a chunk's framing. What is no chunk ends the body.
    fn step<'b>(&mut self, chunk: Chunk, bytes: &'b [u8]) -> &'b [u8] {
        let Some((byte, rest)) = bytes.split_first() else { return bytes };
        let next = match (chunk, byte) {
            (Chunk::Size(0) | Chunk::Extension(0), b'\n') => return &[],
            (Chunk::Size(len) | Chunk::Extension(len), b'\n') => Chunk::Data(len),
            (Chunk::Extension(len), _) | (Chunk::Size(len), b'\r' | b';' | b' ' | b'\t') => {
                Chunk::Extension(len)
            }
            (Chunk::Size(len), digit) => {
                let digit = char::from(*digit).to_digit(16);
                let len = digit.and_then(|digit| len.checked_mul(16)?.checked_add(digit.into()));
                let Some(len) = len else { return &[] };
                Chunk::Size(len)
            }
            (Chunk::End, b'\n') => Chunk::Size(0),
            (Chunk::End, b'\r') => Chunk::End,
            (Chunk::End | Chunk::Data(_), _) => return &[],
        };
        self.framing = Framing::Chunked(next);
        rest
    }
}

fn length(headers: &HeaderMap) -> Option<u64> {
    headers.get(header::CONTENT_LENGTH)?.to_str().ok()?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn body(status: u16, header: Option<(&str, &str)>) -> Body {
        let status = StatusCode::from_u16(status).expect("a status");
        let header = header.map(|(name, value)| {
            let name = http::HeaderName::try_from(name).expect("a name");
            (name, HeaderValue::try_from(value).expect("a value"))
        });
        Body::new(status, &header.into_iter().collect())
    }

    fn check(header: Option<(&str, &str)>, sent: &str, expected: &str, is_over: bool) {
        for step in [1, 2, 3, sent.len().max(1)] {
            let mut body = body(403, header);
            sent.as_bytes().chunks(step).for_each(|bytes| body.push(bytes));
            assert_eq!(str::from_utf8(&body.kept), Ok(expected), "{sent:?} in steps of {step}");
            assert_eq!(body.is_over(), is_over, "{sent:?} in steps of {step}");
        }
    }

    #[test]
    fn a_body_ends_where_its_framing_says() {
        let chunked = Some(("transfer-encoding", "Chunked"));
        check(Some(("content-length", "5")), "hello, world", "hello", true);
        check(Some(("content-length", "0")), "hello", "", true);
        check(Some(("content-length", "50")), "hello", "hello", false);
        check(None, "hello", "hello", false);
        check(Some(("transfer-encoding", "gzip")), "hello", "hello", false);
        check(chunked, "5\r\nhello\r\n1;a=b\r\n!\r\n0\r\n\r\nmore", "hello!", true);
        check(chunked, "5\r\nhel", "hel", false);
        check(chunked, "0\r\n\r\n", "", true);
        check(chunked, "5\nhello\n0\n\n", "hello", true);
        check(chunked, "x\r\nhello", "", true);
        check(chunked, "5\r\nhelloo", "hello", true);
        check(chunked, "fffffffffffffffff\r\nhello", "", true);
    }

    #[test]
    fn a_response_that_has_no_body_waits_for_none() {
        assert!(body(101, None).is_over());
        assert!(body(204, None).is_over());
        assert!(!body(200, None).is_over());
    }

    #[test]
    fn a_body_is_kept_up_to_a_limit() {
        let mut body = body(403, None);
        while !body.is_over() {
            body.push(&[b'a'; 1000]);
        }
        assert_eq!(body.kept.len(), MAX_BYTES);
    }

    #[test]
    fn extensions_of_chunks_without_end_are_not_read_for_ever() {
        let mut body = body(403, Some(("transfer-encoding", "chunked")));
        for _ in 0..MAX_BYTES {
            body.push(b"1;aaaaaaaaaaaaaa");
        }
        assert!(body.is_over());
    }
}
