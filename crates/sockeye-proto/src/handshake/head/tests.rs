use super::{HeadError, HeadLimits, HeadReader, Progress, parse::request};

const REQUEST: &[u8] = b"GET /chat HTTP/1.1\r\nHost: example.com\r\nCookie: a=b\r\n\r\n";

/// Feeds a head in pieces of this many bytes; gives back the reader as it stands at the end.
fn fed(pieces: usize, head: &[u8], limits: HeadLimits) -> (HeadReader, Option<HeadError>) {
    let mut reader = HeadReader::new(limits);
    for piece in head.chunks(pieces) {
        match reader.read(piece, request) {
            Ok(Progress::Unfinished) => {}
            Ok(Progress::Finished { .. }) => return (reader, None),
            Err(error) => return (reader, Some(error)),
        }
    }
    (reader, None)
}

#[test]
fn each_byte_is_looked_at_once_however_it_arrives() {
    for pieces in 1..=REQUEST.len() {
        let (reader, error) = fed(pieces, REQUEST, HeadLimits::default());
        assert_eq!(error, None);
        assert_eq!(reader.scanner.scanned(), REQUEST.len());
        assert_eq!(reader.received(), REQUEST);
    }
}

#[test]
fn what_is_kept_grows_with_what_arrived_and_stops_at_the_limit() {
    let limits = HeadLimits::default();
    let endless = [b"GET / HTTP/1.1\r\nCookie: ".as_slice(), &[b'a'; 1 << 20]].concat();
    for pieces in [1, 7, 4096, endless.len()] {
        let (reader, error) = fed(pieces, &endless, limits);
        assert_eq!(error, Some(HeadError::TooManyBytes { allowed: 16 << 10 }));
        assert!(reader.scanner.scanned() <= 16 << 10);
        assert!(reader.buf.capacity() <= 32 << 10, "{}", reader.buf.capacity());
    }
    let (reader, _) = fed(1, b"GET", limits);
    assert!(reader.buf.capacity() <= 16, "{}", reader.buf.capacity());
}

#[test]
fn a_head_of_exactly_the_limit_is_read() {
    let limits = HeadLimits::default();
    for pieces in [1, REQUEST.len()] {
        assert_eq!(fed(pieces, REQUEST, limits.bytes(REQUEST.len())).1, None);
        let allowed = REQUEST.len() - 1;
        let error = fed(pieces, REQUEST, limits.bytes(allowed)).1;
        assert_eq!(error, Some(HeadError::TooManyBytes { allowed }));
        assert_eq!(fed(pieces, REQUEST, limits.headers(2)).1, None);
        let error = fed(pieces, REQUEST, limits.headers(1)).1;
        assert_eq!(error, Some(HeadError::TooManyHeaders { allowed: 1 }));
    }
}

#[test]
fn an_error_stays_whatever_follows() {
    let mut reader = HeadReader::new(HeadLimits::default());
    let error = reader.read(b"\nGET / HTTP/1.1", request).unwrap_err();
    assert_eq!(error, HeadError::Malformed { expected: "a visible character", at: 0 });
    assert_eq!(reader.read(REQUEST, request).unwrap_err(), error);
    assert!(reader.buf.is_empty());
}
