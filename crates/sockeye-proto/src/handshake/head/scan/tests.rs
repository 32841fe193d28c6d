use super::{Scanner, State, is_text, plain_len};
use crate::handshake::head::HeadError;

const STATES: [State; 9] = [
    State::Start,
    State::StartLine,
    State::StartLineCr,
    State::LineStart,
    State::Name,
    State::Value,
    State::ValueCr,
    State::EndCr,
    State::Done,
];

/// What a scanner makes of bytes that come one at a time: no run is longer than one of them.
fn by_steps(bytes: &[u8], max_headers: usize) -> (Scanner, Result<(), HeadError>) {
    let mut scanner = Scanner::new();
    let result = bytes.iter().try_for_each(|byte| scanner.scan(&[*byte], max_headers));
    (scanner, result)
}

fn check(bytes: &[u8], max_headers: usize) {
    let (expected, expected_result) = by_steps(bytes, max_headers);
    for cut in 0..=bytes.len() {
        let mut scanner = Scanner::new();
        let (first, second) = bytes.split_at(cut);
        let result = scanner.scan(first, max_headers);
        let result = result.and_then(|()| scanner.scan(second, max_headers));
        assert_eq!(result, expected_result, "{} cut at {cut}", bytes.escape_ascii());
        let [got, expected] =
            [&scanner, &expected].map(|each| (each.state, each.scanned, each.headers));
        assert_eq!(got, expected, "{} cut at {cut}", bytes.escape_ascii());
    }
}

#[test]
fn a_run_is_of_bytes_that_change_nothing() {
    for state in STATES {
        for byte in 0..=u8::MAX {
            for (len, place) in [(1, 0), (7, 6), (8, 0), (8, 7), (13, 8), (13, 12), (40, 21)] {
                let mut bytes = vec![b'a'; len];
                bytes[place] = byte;
                let run = state.run(&bytes);
                assert!(bytes[..run].iter().all(|byte| state.after(*byte) == Some(state)));
                let goes_on = [State::StartLine, State::Name, State::Value].contains(&state);
                assert!(run >= place || !goes_on, "{state:?}: {byte:#x} at {place} of {len}");
            }
        }
    }
}

#[test]
fn plain_bytes_end_where_the_first_other_one_stands_whatever_stands_around_it() {
    // The bytes beside those that a borrow or a carry could confuse with them.
    let edges = [0x00, 0x01, 0x09, 0x1f, 0x20, 0x21, 0x7e, 0x7f, 0x80, 0x81, 0x9f, 0xa0, 0xff];
    for first in edges {
        for second in edges {
            for place in 0..15 {
                let mut bytes = [b' '; 16];
                bytes[place..place + 2].copy_from_slice(&[first, second]);
                let plain = bytes.iter().take_while(|byte| is_text(**byte) && **byte != b'\t');
                assert_eq!(plain_len(&bytes), plain.count(), "{bytes:02x?}");
            }
        }
    }
}

#[test]
fn a_head_cut_anywhere_is_scanned_as_byte_by_byte() {
    let heads: [&[u8]; 7] = [
        b"GET /chat HTTP/1.1\r\nHost: example.com\r\nA: \t b\tc \r\nD:\r\n\r\nframes",
        b"GET /chat HTTP/1.1\r\nHost: example.com\r\nCookie: 0123456789\x00abc\r\n\r\n",
        b"GET /chat HTTP/1.1\r\nHost: example.com\r\nCookie: 0123456789abc\n\r\n",
        b"GET /chat HTTP/1.1\r\nHost : example.com\r\n\r\n",
        b"GET /0123456789abcdef\x7f HTTP/1.1\r\n\r\n",
        b"GET /chat HTTP/1.1\r\nA:\r\nB:\r\nC:\r\nD:\r\n\r\n",
        b"\x16\x03\x01\x02\x00",
    ];
    for head in heads {
        for max_headers in [3, 64] {
            check(head, max_headers);
        }
    }
}

#[test]
fn a_head_with_any_byte_anywhere_is_scanned_as_byte_by_byte() {
    let head = b"GET /a HTTP/1.1\r\nHost: example\r\nC:d\r\n\r\n";
    for place in 0..head.len() {
        for byte in 0..=u8::MAX {
            let mut bytes = *head;
            bytes[place] = byte;
            check(&bytes, 64);
        }
    }
}
