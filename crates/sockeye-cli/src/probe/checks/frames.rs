//! Frames of data: their headers and their order.

use std::time::Duration;

use super::super::{
    check::Check,
    frame::{
        FIRST_OF_BINARY, FIRST_OF_TEXT, LAST, MORE, WHOLE_BINARY, WHOLE_TEXT, frame,
        header_of_64_bits, marker, masked,
    },
    question::{Setup, fails, fails_early, judge_life, lives},
    server::{Server, Trouble},
    verdict::{self, Verdict},
    wire::Sent,
};

pub(super) const CHECKS: &[Check] = &[
    Check::must("no-mask-back", "RFC 6455 5.1", "the server's frames are not masked", |server| {
        Box::pin(no_mask_back(server))
    }),
    Check::must(
        "unmasked-frame",
        "RFC 6455 5.1",
        "a frame without a mask fails the connection",
        |server| {
            let unmasked = b"\x81\x05Hello".to_vec();
            Box::pin(fails(server, Setup::Plain, &[1002], [unmasked]))
        },
    ),
    Check::must(
        "rsv-bits",
        "RFC 6455 5.2",
        "RSV bits that mean nothing fail the connection",
        |server| {
            let frames = [0x40, 0x20, 0x10].map(|rsv| frame(WHOLE_TEXT | rsv, b"a"));
            Box::pin(fails(server, Setup::Plain, &[1002], frames))
        },
    ),
    Check::must(
        "reserved-opcodes",
        "RFC 6455 5.2",
        "a reserved opcode fails the connection",
        |server| {
            let opcodes = [0x3, 0x4, 0x5, 0x6, 0x7, 0xb, 0xc, 0xd, 0xe, 0xf];
            let frames = opcodes.map(|opcode| frame(0x80 | opcode, b"a"));
            Box::pin(fails(server, Setup::Plain, &[1002], frames))
        },
    ),
    Check::hardening(
        "shortest-length",
        "RFC 6455 5.2",
        "a length that is not in its shortest form fails the connection",
        |server| {
            let of_16_bits = masked(b"\x82\xfe\x00\x05", b"Hello");
            let of_64_bits = masked(&header_of_64_bits(WHOLE_BINARY, 5), b"Hello");
            Box::pin(fails(server, Setup::Plain, &[1002], [of_16_bits, of_64_bits]))
        },
    ),
    Check::hardening(
        "top-bit-of-length",
        "RFC 6455 5.2",
        "a length of 2^63 and more fails the connection at once",
        |server| {
            let claim = masked(&header_of_64_bits(WHOLE_BINARY, 1 << 63), b"");
            Box::pin(fails_early(server, Setup::Plain, &[1002, 1009], claim))
        },
    ),
    Check::must(
        "lone-continuation",
        "RFC 6455 5.4",
        "a continuation of nothing fails the connection",
        |server| {
            let frames = [frame(LAST, b"a"), frame(MORE, b"a")];
            Box::pin(fails(server, Setup::Plain, &[1002], frames))
        },
    ),
    Check::must(
        "message-in-message",
        "RFC 6455 5.4",
        "a message inside another fails the connection",
        |server| {
            let nested = [frame(FIRST_OF_TEXT, b"a"), frame(WHOLE_TEXT, b"b")].concat();
            Box::pin(fails(server, Setup::Plain, &[1002], [nested]))
        },
    ),
    Check::must(
        "empty-fragments",
        "RFC 6455 5.4",
        "fragments may be empty, and so may a message",
        |server| {
            let message = [frame(FIRST_OF_BINARY, b""), frame(MORE, b"a"), frame(LAST, b"")];
            let input = [message.concat(), frame(WHOLE_TEXT, b"")].concat();
            Box::pin(lives(server, Setup::Plain, input))
        },
    ),
    Check::must("byte-by-byte", "RFC 6455 5.2", "frames may come a byte at a time", |server| {
        Box::pin(byte_by_byte(server))
    }),
];

async fn no_mask_back(server: Server) -> Result<Verdict, Trouble> {
    let mut wire = server.open().await?;
    wire.send(&marker()).await;
    let expected = "a frame without a mask";
    Ok(match wire.frame().await {
        Some(Ok(frame)) if frame.mask.is_none() => Verdict::Passed,
        Some(Ok(_)) => Verdict::failed(expected, "one with a mask"),
        Some(Err(end)) => Verdict::failed(expected, end),
        None => Verdict::failed(expected, verdict::nothing_within(wire.patience())),
    })
}

async fn byte_by_byte(server: Server) -> Result<Verdict, Trouble> {
    let mut wire = server.open().await?;
    let message = frame(WHOLE_BINARY, &[b'a'; 200]);
    // The header so slowly that each byte of it is read by itself.
    let pauses = [20; 10].into_iter().chain(std::iter::repeat(1)).map(Duration::from_millis);
    for (byte, pause) in message.into_iter().zip(pauses) {
        if wire.send(&[byte]).await != Sent::All || wire.stirs_within(pause).await {
            break;
        }
    }
    wire.send(&marker()).await;
    Ok(judge_life(wire.ending().await))
}
