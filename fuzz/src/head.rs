//! Heads are read alike in whatever pieces they come, within their limits, and written so that they are read again.

use std::fmt::Debug;

use http::{HeaderMap, Request, Response, Uri, Version};
use sockeye_proto::handshake::{
    HeadError, HeadLimits, Progress, Refusal, RequestReader, ResponseReader, write_request,
    write_response,
};

use crate::script::{EACH_BYTE, Script, WHOLE, pieces};

/// Interim responses that a reader passes over, and the final one.
const MAX_RESPONSES: usize = 9;

/// What became of a head.
#[derive(Debug, PartialEq, Eq)]
enum Outcome<T, E> {
    Unfinished,
    /// The head, and how many bytes belong to it.
    Finished(T, usize),
    Failed(E),
}

/// A head as values that can be compared.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Head {
    /// The method or the status.
    first: String,
    target: Uri,
    version: Version,
    headers: HeaderMap,
}

impl From<&Request<()>> for Head {
    fn from(request: &Request<()>) -> Self {
        Self {
            first: request.method().to_string(),
            target: request.uri().clone(),
            version: request.version(),
            headers: request.headers().clone(),
        }
    }
}

impl From<&Response<()>> for Head {
    fn from(response: &Response<()>) -> Self {
        Self {
            first: response.status().as_str().to_owned(),
            target: Uri::default(),
            version: response.version(),
            headers: response.headers().clone(),
        }
    }
}

/// Reads what follows the limits and the pieces, as a request and as a response.
pub fn run(data: &[u8]) {
    let mut script = Script::new(data);
    let limits = HeadLimits::default()
        .bytes(script.pick(&[16 << 10, 1 << 10, 300, 64, 0]))
        .headers(script.pick(&[64, 1 << 14, 5, 1, 0]));
    let (cuts, bytes) = (script.cuts(), script.rest());
    judge_request(limits, bytes, cuts);
    judge_response(limits, bytes, cuts);
}

fn judge_request(limits: HeadLimits, bytes: &[u8], cuts: &[u8]) {
    let whole = read_request(limits, bytes, WHOLE);
    for cuts in [EACH_BYTE, cuts] {
        assert_eq!(read_request(limits, bytes, cuts), whole, "the pieces do not matter");
    }
    match &whole {
        Outcome::Unfinished => assert!(bytes.len() <= limits.max_bytes),
        Outcome::Failed(refusal) => judge_refusal(refusal),
        Outcome::Finished(head, used) => {
            assert!(*used <= limits.max_bytes && head.headers.len() <= limits.max_headers);
        }
    }
}

fn read_request(limits: HeadLimits, bytes: &[u8], cuts: &[u8]) -> Outcome<Head, Refusal> {
    let mut reader = RequestReader::new(limits);
    let outcome = read(bytes, cuts, |piece| {
        let progress = reader.read(piece);
        assert!(reader.received().len() <= limits.max_bytes);
        progress
    });
    outcome.map(|request| {
        judge_written(&request);
        Head::from(&request)
    })
}

/// Written in origin form and with our version, but otherwise the same.
fn judge_written(request: &Request<()>) {
    let written = write_request(request);
    let mut reader = RequestReader::new(HeadLimits::default().bytes(1 << 20).headers(1 << 14));
    let again = read(&written, WHOLE, |piece| reader.read(piece));
    let Outcome::Finished(again, used) = again else {
        panic!("expected a request in {}, got {again:?}", written.escape_ascii())
    };
    assert_eq!(used, written.len());
    let path = |request: &Request<()>| request.uri().path().to_owned();
    let query = |request: &Request<()>| request.uri().query().map(str::to_owned);
    if !path(request).is_empty() {
        assert_eq!((path(&again), query(&again)), (path(request), query(request)));
    }
    let expected =
        Head { target: again.uri().clone(), version: Version::HTTP_11, ..Head::from(request) };
    assert_eq!(Head::from(&again), expected);
}

/// A refusal is itself a response that can be read.
fn judge_refusal(refusal: &Refusal) {
    let bytes = refusal.clone().into_bytes();
    let mut reader = ResponseReader::new(HeadLimits::default());
    let outcome = read(&bytes, WHOLE, |piece| reader.read(piece));
    let Outcome::Finished(response, used) = outcome else {
        panic!("expected a response, got {outcome:?}")
    };
    assert_eq!(response.status(), refusal.status());
    let len = (bytes.len() - used).to_string();
    assert_eq!(response.headers().get("content-length"), len.parse().ok().as_ref());
}

fn judge_response(limits: HeadLimits, bytes: &[u8], cuts: &[u8]) {
    let whole = read_response(limits, bytes, WHOLE);
    for cuts in [EACH_BYTE, cuts] {
        assert_eq!(read_response(limits, bytes, cuts), whole, "the pieces do not matter");
    }
    match &whole {
        Outcome::Unfinished => assert!(bytes.len() <= MAX_RESPONSES * limits.max_bytes),
        Outcome::Failed(_) => {}
        Outcome::Finished(head, used) => {
            assert!(*used <= MAX_RESPONSES * limits.max_bytes);
            assert!(head.headers.len() <= limits.max_headers);
        }
    }
}

fn read_response(limits: HeadLimits, bytes: &[u8], cuts: &[u8]) -> Outcome<Head, HeadError> {
    let mut reader = ResponseReader::new(limits);
    let outcome = read(bytes, cuts, |piece| reader.read(piece));
    outcome.map(|response| {
        let written = write_response(&response);
        let mut reader = ResponseReader::new(HeadLimits::default().bytes(1 << 20).headers(1 << 14));
        let again = read(&written, WHOLE, |piece| reader.read(piece));
        let expected = Head { version: Version::HTTP_11, ..Head::from(&response) };
        let again = again.map(|response| Head::from(&response));
        assert_eq!(again, Outcome::Finished(expected, written.len()));
        Head::from(&response)
    })
}

/// Gives the pieces to a reader up to its first answer, and sees a failure repeated.
fn read<T, E: Debug + PartialEq>(
    bytes: &[u8],
    cuts: &[u8],
    mut reader: impl FnMut(&[u8]) -> Result<Progress<T>, E>,
) -> Outcome<T, E> {
    let mut before = 0;
    for piece in pieces(bytes, cuts) {
        match reader(piece) {
            Ok(Progress::Unfinished) => before += piece.len(),
            Ok(Progress::Finished { head, used }) => return Outcome::Finished(head, before + used),
            Err(error) => {
                let again = reader(b"GET / HTTP/1.1\r\n\r\n").err();
                assert_eq!(again.as_ref(), Some(&error), "a failure is for good");
                return Outcome::Failed(error);
            }
        }
    }
    Outcome::Unfinished
}

impl<T, E> Outcome<T, E> {
    fn map<U>(self, change: impl FnOnce(T) -> U) -> Outcome<U, E> {
        match self {
            Self::Unfinished => Outcome::Unfinished,
            Self::Finished(head, used) => Outcome::Finished(change(head), used),
            Self::Failed(error) => Outcome::Failed(error),
        }
    }
}
