//! The head of an HTTP/1.1 request or response, read as its bytes arrive.
//!
//! Bounded in bytes and headers, tolerant of nothing (RFC 9112 2.2, 5.1, 5.2), and linear: each byte is looked at once
//! when it comes, and the finished head is parsed once. Knows nothing of WebSocket. Bodies are the caller's. Called by
//! whoever reads a socket.

mod parse;
mod scan;

use std::{fmt, mem};

use bytes::Bytes;
use http::{Request, Response, StatusCode};

use self::scan::Scanner;
use super::Refusal;

/// More interim responses (100, 103) than this before the final one end a handshake.
const MAX_INTERIM_RESPONSES: usize = 8;

/// Bounds on a head.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct HeadLimits {
    /// Bytes, from the first line to the empty one: 16 KiB.
    pub max_bytes: usize,
    /// Header lines: 64.
    pub max_headers: usize,
}

impl Default for HeadLimits {
    fn default() -> Self {
        Self { max_bytes: 16 << 10, max_headers: 64 }
    }
}

impl HeadLimits {
    /// Sets [`max_bytes`](Self::max_bytes).
    #[must_use]
    pub fn bytes(mut self, bytes: usize) -> Self {
        self.max_bytes = bytes;
        self
    }

    /// Sets [`max_headers`](Self::max_headers).
    #[must_use]
    pub fn headers(mut self, headers: usize) -> Self {
        self.max_headers = headers;
        self
    }
}

/// Why a head cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum HeadError {
    /// A byte that may not stand where it stands.
    Malformed {
        /// What may stand there.
        expected: &'static str,
        /// How far into the head it stands.
        at: usize,
    },
    /// A part that is not what it should be, though each of its bytes may stand there.
    Unreadable {
        /// What it should be.
        expected: &'static str,
    },
    /// No version of HTTP that is spoken here.
    HttpVersion,
    /// More than [`HeadLimits::max_bytes`].
    TooManyBytes {
        /// The limit.
        allowed: usize,
    },
    /// More than [`HeadLimits::max_headers`].
    TooManyHeaders {
        /// The limit.
        allowed: usize,
    },
    /// Interim responses without an end.
    TooManyInterimResponses,
}

impl fmt::Display for HeadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Malformed { expected, at } => {
                write!(f, "expected {expected} at byte {at} of the head, got something else")
            }
            Self::Unreadable { expected } => {
                write!(f, "expected {expected}, got something else")
            }
            Self::HttpVersion => f.write_str("expected HTTP/1.1, got another version"),
            Self::TooManyBytes { allowed } => {
                write!(f, "expected at most {allowed} bytes in the head, got more")
            }
            Self::TooManyHeaders { allowed } => {
                write!(f, "expected at most {allowed} headers, got more")
            }
            Self::TooManyInterimResponses => {
                write!(f, "expected at most {MAX_INTERIM_RESPONSES} interim responses, got more")
            }
        }
    }
}

impl std::error::Error for HeadError {}

/// How far a head has come.
#[derive(Debug)]
pub enum Progress<T> {
    /// All bytes belong to the head, and more are to come.
    Unfinished,
    /// The head is whole.
    Finished {
        /// The head, parsed.
        head: T,
        /// How many of the bytes given last belong to it. What follows is the caller's: frames, or a body.
        used: usize,
    },
}

/// Reads the head of a request from bytes as they arrive.
///
/// ```
/// use sockeye_proto::handshake::{HeadLimits, Progress, RequestReader};
///
/// let mut reader = RequestReader::new(HeadLimits::default());
/// assert!(matches!(reader.read(b"GET /chat HTTP/1.1\r\nHost: exa"), Ok(Progress::Unfinished)));
/// let Ok(Progress::Finished { head, used }) = reader.read(b"mple.com\r\n\r\n\x81\x85") else {
///     panic!("the head ends here")
/// };
/// assert_eq!(head.headers()["host"], "example.com");
/// assert_eq!(used, 12);
/// ```
#[derive(Debug)]
pub struct RequestReader(HeadReader);

impl RequestReader {
    /// A reader that has read nothing.
    #[must_use]
    pub fn new(limits: HeadLimits) -> Self {
        Self(HeadReader::new(limits))
    }

    /// Takes the bytes that arrived. Once it has finished, the next call begins the next head.
    ///
    /// # Errors
    ///
    /// The answer to send before closing, if this is no request or passes a limit; from then on always the same one.
    pub fn read(&mut self, input: &[u8]) -> Result<Progress<Request<()>>, Refusal> {
        Ok(self.0.read(input, parse::request)?)
    }

    /// The bytes of the head so far, for handing a request that is no upgrade to an HTTP server.
    #[must_use]
    pub fn received(&self) -> &[u8] {
        self.0.received()
    }
}

/// Reads the head of a response from bytes as they arrive, passing over interim ones (RFC 9110 15.2) but 101.
///
/// ```
/// use sockeye_proto::handshake::{HeadLimits, Progress, ResponseReader};
///
/// let mut reader = ResponseReader::new(HeadLimits::default());
/// let bytes = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n\x81\x05hello";
/// let Ok(Progress::Finished { head, used }) = reader.read(bytes) else { panic!("the head is whole") };
/// assert_eq!(head.status(), 101);
/// assert_eq!(&bytes[used..], b"\x81\x05hello");
/// ```
#[derive(Debug)]
pub struct ResponseReader {
    reader: HeadReader,
    interim: usize,
}

impl ResponseReader {
    /// A reader that has read nothing.
    #[must_use]
    pub fn new(limits: HeadLimits) -> Self {
        Self { reader: HeadReader::new(limits), interim: 0 }
    }

    /// Takes the bytes that arrived.
    ///
    /// # Errors
    ///
    /// If this is no response or passes a limit; from then on always the same.
    pub fn read(&mut self, input: &[u8]) -> Result<Progress<Response<()>>, HeadError> {
        let mut passed = 0;
        loop {
            let rest = input.get(passed..).unwrap_or_default();
            let Progress::Finished { head, used } = self.reader.read(rest, parse::response)? else {
                return Ok(Progress::Unfinished);
            };
            passed += used;
            if !is_interim(head.status()) {
                return Ok(Progress::Finished { head, used: passed });
            }
            self.interim += 1;
            if self.interim > MAX_INTERIM_RESPONSES {
                return Err(self.reader.fail(HeadError::TooManyInterimResponses));
            }
        }
    }
}

fn is_interim(status: StatusCode) -> bool {
    status.is_informational() && status != StatusCode::SWITCHING_PROTOCOLS
}

/// What both readers share: the bytes so far, which grow as they arrive, and how far they have been looked at.
#[derive(Debug)]
struct HeadReader {
    limits: HeadLimits,
    buf: Vec<u8>,
    /// All of it, once it is there.
    whole: Bytes,
    scanner: Scanner,
    failed: Option<HeadError>,
}

impl HeadReader {
    fn new(limits: HeadLimits) -> Self {
        let (buf, whole, scanner) = (Vec::new(), Bytes::new(), Scanner::new());
        Self { limits, buf, whole, scanner, failed: None }
    }

    fn read<T>(
        &mut self,
        input: &[u8],
        parse: impl FnOnce(&Bytes, usize) -> Result<T, HeadError>,
    ) -> Result<Progress<T>, HeadError> {
        if let Some(error) = &self.failed {
            return Err(error.clone());
        }
        let used = self.take(input).map_err(|error| self.fail(error))?;
        if !self.scanner.is_done() {
            return Ok(Progress::Unfinished);
        }
        // The values of all headers share it, so it is cut to the head's size.
        self.whole = mem::take(&mut self.buf).into_boxed_slice().into();
        match parse(&self.whole, self.scanner.headers()) {
            Ok(head) => Ok(Progress::Finished { head, used }),
            Err(error) => Err(self.fail(error)),
        }
    }

    /// Takes what belongs to the head; tells how much that is.
    fn take(&mut self, input: &[u8]) -> Result<usize, HeadError> {
        if self.scanner.is_done() {
            self.whole = Bytes::new();
            self.scanner = Scanner::new();
        }
        let before = self.scanner.scanned();
        let room = self.limits.max_bytes.saturating_sub(before).min(input.len());
        let within = input.get(..room).unwrap_or_default();
        self.scanner.scan(within, self.limits.max_headers)?;
        let used = self.scanner.scanned() - before;
        self.buf.extend_from_slice(input.get(..used).unwrap_or_default());
        if used < input.len() && !self.scanner.is_done() {
            return Err(HeadError::TooManyBytes { allowed: self.limits.max_bytes });
        }
        Ok(used)
    }

    fn received(&self) -> &[u8] {
        if self.scanner.is_done() { &self.whole } else { &self.buf }
    }

    /// What was smuggled past an error would be read as something else.
    fn fail(&mut self, error: HeadError) -> HeadError {
        self.failed.insert(error).clone()
    }
}

#[cfg(test)]
mod tests;
