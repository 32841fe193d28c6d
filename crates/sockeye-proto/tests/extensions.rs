//! What hostile and odd `Sec-WebSocket-Extensions` headers do to a handshake.

#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use http::{HeaderValue, Request};
use sockeye_proto::handshake::{Choice, Offer};

/// The answer to these lines of the header, or the reason for a refusal.
fn answered(lines: &[&[u8]]) -> Result<Option<String>, String> {
    let mut request = Request::get("/")
        .header("host", "a")
        .header("upgrade", "websocket")
        .header("connection", "upgrade")
        .header("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ==")
        .header("sec-websocket-version", "13")
        .body(())
        .unwrap();
    for line in lines {
        let value = HeaderValue::from_bytes(line).unwrap();
        request.headers_mut().append("sec-websocket-extensions", value);
    }
    let refused = |refusal: sockeye_proto::handshake::Refusal| {
        assert_eq!(refusal.status(), 400);
        refusal.reason().to_owned()
    };
    let accepted = Offer::from_request(&request).map_err(refused)?;
    let accepted = accepted.accept(&Choice::default()).map_err(refused)?;
    let answer = accepted.response.headers().get("sec-websocket-extensions");
    assert_eq!(answer.is_some(), accepted.negotiated.deflate.is_some());
    Ok(answer.map(|answer| answer.to_str().unwrap().to_owned()))
}

fn check_answered(lines: &[&str], expected: Option<&str>) {
    let bytes: Vec<_> = lines.iter().map(|line| line.as_bytes()).collect();
    assert_eq!(answered(&bytes), Ok(expected.map(str::to_owned)), "{lines:?}");
}

const BROWSER: &str = "permessage-deflate; client_max_window_bits";
const ANSWER: &str = "permessage-deflate; server_max_window_bits=12; client_max_window_bits=12";

#[test]
fn a_browsers_offer_is_answered_among_any_others() {
    check_answered(&[BROWSER], Some(ANSWER));
    check_answered(&["x-webkit-deflate-frame", BROWSER, "mux"], Some(ANSWER));
    check_answered(&[&format!("permessage-bzip2; level=9, {BROWSER}")], Some(ANSWER));
    check_answered(&[" , ,", BROWSER], Some(ANSWER));
}

#[test]
fn offers_that_nobody_here_knows_are_ignored() {
    for name in ["__proto__", "constructor", "toString", "hasOwnProperty", "Permessage-Deflate"] {
        check_answered(&[name], None);
        check_answered(&[name, BROWSER], Some(ANSWER));
    }
}

#[test]
fn windows_that_are_none_only_spoil_their_offer() {
    for bits in ["7", "16", "007", "08", "0", "99999999999", "1.0", "-9", "__proto__"] {
        let spoilt = format!("permessage-deflate; client_max_window_bits={bits}");
        check_answered(&[&spoilt], None);
        check_answered(&[&spoilt, BROWSER], Some(ANSWER));
        let spoilt = format!("permessage-deflate; server_max_window_bits={bits}");
        check_answered(&[&spoilt, BROWSER], Some(ANSWER));
    }
}

#[test]
fn a_header_outside_of_the_grammar_is_refused_in_words() {
    for line in [
        &b"permessage-deflate; client_max_window_bits="[..],
        b"permessage-deflate; client_max_window_bits=\"",
        b"permessage-deflate; client_max_window_bits=\"12",
        b"permessage-deflate; client_max_window_bits=\"12\\",
        b"permessage-deflate; client_max_window_bits=\"\"",
        b"permessage-deflate client_max_window_bits",
        b"permessage-deflate;",
        b"permessage-d\xc3\xa9flate",
        b"=",
        b"\"",
    ] {
        let reason = answered(&[BROWSER.as_bytes(), line]).unwrap_err();
        assert!(reason.starts_with("expected ") && reason.contains("got "), "{reason}");
    }
}

#[test]
fn a_thousand_offers_are_refused_and_64_are_not() {
    check_answered(&["mux"; 64], None);
    let many = [b"permessage-deflate; server_max_window_bits=8".as_slice(); 1000];
    let reason = answered(&many).unwrap_err();
    assert_eq!(reason, "expected at most 64 elements in Sec-WebSocket-Extensions, got more");
    let one_line = many.join(&b", "[..]);
    assert_eq!(answered(&[&one_line]), Err(reason));
    let params = format!("{BROWSER}{}", "; x".repeat(1000));
    let reason = answered(&[params.as_bytes()]).unwrap_err();
    assert_eq!(reason, "expected at most 16 parameters on an extension, got more");
}

/// 64 KiB of each byte that means something, alone and inside an offer: an answer comes, and soon.
#[test]
fn floods_end_with_an_answer() {
    for unit in
        [&b" "[..], b"\t", b",", b";", b"=", b"\"", b"\\", b"\\c", b"a", b"\xff", b"a,", b";a"]
    {
        let flood = unit.repeat((64 << 10) / unit.len());
        for start in [&b""[..], b"a", b"a;", b"a;b=", b"a;b=\"", b"a;b=\"c\""] {
            let line = [start, &flood].concat();
            match answered(&[&line]) {
                Ok(answer) => assert_eq!(answer, None, "{start:?} {unit:?}"),
                Err(reason) => assert!(reason.len() < 200, "{reason}"),
            }
        }
    }
}
