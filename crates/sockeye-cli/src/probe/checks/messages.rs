//! Messages: text has to be UTF-8.

use super::super::{
    check::Check,
    frame::{FIRST_OF_TEXT, LAST, WHOLE_TEXT, frame, masked},
    question::{Setup, fails, fails_early, lives},
};

pub(super) const CHECKS: &[Check] = &[
    Check::must(
        "text-not-utf8",
        "RFC 6455 8.1",
        "text that is no UTF-8 fails the connection",
        |server| {
            // Never a byte of UTF-8; overlong; a surrogate; above U+10FFFF; unfinished.
            let texts =
                [&b"a\xff"[..], b"\xc0\xaf", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xe2\x82"];
            Box::pin(fails(
                server,
                Setup::Plain,
                &[1007],
                texts.map(|text| frame(WHOLE_TEXT, text)),
            ))
        },
    ),
    Check::must(
        "character-in-two-frames",
        "RFC 6455 5.6",
        "a character may be cut by the border of two fragments",
        |server| {
            let euro = [frame(FIRST_OF_TEXT, b"\xe2\x82"), frame(LAST, b"\xac")].concat();
            Box::pin(lives(server, Setup::Plain, euro))
        },
    ),
    Check::hardening(
        "utf8-at-the-fragment",
        "RFC 6455 8.1",
        "text that is no UTF-8 fails the connection before its message ends",
        |server| {
            let begun = frame(FIRST_OF_TEXT, b"\xff");
            Box::pin(fails(server, Setup::Plain, &[1007], [begun]))
        },
    ),
    Check::hardening(
        "utf8-at-the-byte",
        "RFC 6455 8.1",
        "text that is no UTF-8 fails the connection before its frame ends",
        |server| {
            let mut begun = masked(&[WHOLE_TEXT, 0x80 | 126, 0x01, 0x00], &[0xff; 256]);
            begun.truncate(16);
            Box::pin(fails_early(server, Setup::Plain, &[1007], begun))
        },
    ),
];
