//! The closing handshake.

use super::super::{
    check::Check,
    ending::Ending,
    frame::{A_CLOSE, A_PING, FIRST_OF_TEXT, WHOLE_TEXT, close, frame},
    inbox::End,
    question::{Setup, fails, judge_failure},
    server::{Server, Trouble},
    verdict::{self, Verdict},
};

pub(super) const CHECKS: &[Check] = &[
    Check::must(
        "close-answered",
        "RFC 6455 5.5.1",
        "a Close without a code is answered with a Close",
        |server| {
            let goodbye = frame(A_CLOSE, b"");
            Box::pin(close_answered(server, goodbye))
        },
    ),
    Check::must(
        "close-in-message",
        "RFC 6455 5.4",
        "a Close between fragments is answered with a Close",
        |server| {
            let goodbye = [frame(FIRST_OF_TEXT, b"a"), close(1000)].concat();
            Box::pin(close_answered(server, goodbye))
        },
    ),
    Check::must(
        "close-codes",
        "RFC 6455 7.4",
        "codes that may travel are answered in kind: 1000 to 1011, 3000 to 4999",
        |server| {
            let codes =
                &[1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3999, 4000, 4999];
            Box::pin(codes_answered(server, codes))
        },
    ),
    Check::hardening(
        "close-codes-of-later",
        "RFC 6455 11.7",
        "codes that were registered later are answered in kind: 1012, 1013, 1014",
        |server| Box::pin(codes_answered(server, &[1012, 1013, 1014])),
    ),
    Check::must(
        "close-codes-reserved",
        "RFC 6455 7.4.1",
        "codes that no Close may have are not sent back: 1005, 1006, 1015",
        |server| Box::pin(codes_not_sent_back(server)),
    ),
    Check::hardening(
        "close-codes-undefined",
        "RFC 6455 7.4.2",
        "codes that mean nothing fail the connection: below 1000, 1004, 1016 to 2999, 5000 and more",
        |server| {
            let codes = [0, 999, 1004, 1016, 2999, 5000, 65535];
            Box::pin(fails(server, Setup::Plain, &[1002], codes.map(close)))
        },
    ),
    Check::must(
        "close-of-one-byte",
        "RFC 6455 5.5.1",
        "a Close of one byte fails the connection",
        |server| {
            let half_a_code = frame(A_CLOSE, b"\x03");
            Box::pin(fails(server, Setup::Plain, &[1002], [half_a_code]))
        },
    ),
    Check::must(
        "close-reason-not-utf8",
        "RFC 6455 5.5.1",
        "a reason that is no UTF-8 fails the connection",
        |server| Box::pin(reason_not_utf8(server)),
    ),
    Check::must(
        "nothing-after-close",
        "RFC 6455 5.5.1",
        "no data follows the server's Close",
        |server| Box::pin(nothing_after_close(server)),
    ),
    Check::must(
        "close-ends-stream",
        "RFC 6455 7.1.1",
        "after both Closes the server ends the stream, without waiting for us",
        |server| Box::pin(ends_stream(server, close(1000))),
    ),
    Check::hardening(
        "failure-ends-stream",
        "RFC 6455 7.1.7",
        "after a failure the server ends the stream, without waiting for us",
        |server| {
            // Wrong in its RSV bits, its opcode and its mask, so that no server lets it pass.
            Box::pin(ends_stream(server, vec![0xf3, 0x00]))
        },
    ),
    Check::hardening(
        "end-without-close",
        "RFC 6455 7.1.5",
        "when the client ends the stream without a Close, the server ends it too",
        |server| Box::pin(end_without_close(server)),
    ),
];

async fn close_answered(server: Server, goodbye: Vec<u8>) -> Result<Verdict, Trouble> {
    let mut wire = server.open().await?;
    wire.send(&goodbye).await;
    Ok(match wire.ending().await {
        Ending::Close(1000) | Ending::CloseWithoutCode => Verdict::Passed,
        ending @ Ending::Close(_) => Verdict::warned("Close 1000 or one without a code", ending),
        ending => Verdict::failed("a Close", ending),
    })
}

async fn codes_answered(server: Server, codes: &[u16]) -> Result<Verdict, Trouble> {
    let mut verdict = Verdict::Passed;
    for &code in codes {
        let mut wire = server.open().await?;
        wire.send(&close(code)).await;
        let expected = format!("Close {code}");
        verdict = verdict.and(match wire.ending().await {
            Ending::Close(got) if got == code => Verdict::Passed,
            // RFC 6455 5.5.1: it typically echoes the code.
            ending @ (Ending::Close(1000) | Ending::CloseWithoutCode) => {
                Verdict::warned(expected, ending)
            }
            ending => Verdict::failed(expected, ending),
        });
        if verdict.is_failed() {
            break;
        }
    }
    Ok(verdict)
}

async fn codes_not_sent_back(server: Server) -> Result<Verdict, Trouble> {
    let mut verdict = Verdict::Passed;
    for code in [1005, 1006, 1015] {
        let mut wire = server.open().await?;
        wire.send(&close(code)).await;
        verdict = verdict.and(match wire.ending().await {
            Ending::Close(got @ (1005 | 1006 | 1015)) => {
                Verdict::failed("Close 1002", format!("Close {got}"))
            }
            // Whether it fails is asked elsewhere.
            ending if ending.is_failure() => Verdict::Passed,
            ending => judge_failure(&[1002], ending),
        });
    }
    Ok(verdict)
}

async fn reason_not_utf8(server: Server) -> Result<Verdict, Trouble> {
    let mut wire = server.open().await?;
    wire.send(&frame(A_CLOSE, b"\x03\xe8\xff")).await;
    Ok(match wire.ending().await {
        ending @ Ending::Close(1000) => Verdict::failed("Close 1007", ending),
        ending => judge_failure(&[1007, 1002], ending),
    })
}

async fn nothing_after_close(server: Server) -> Result<Verdict, Trouble> {
    let mut wire = server.open().await?;
    let late = [close(1000), frame(WHOLE_TEXT, b"late"), frame(A_PING, b"late")];
    wire.send(&late.concat()).await;
    let ending = wire.ending().await;
    if !matches!(ending, Ending::Close(_) | Ending::CloseWithoutCode) {
        return Ok(Verdict::failed("a Close", ending));
    }
    while let Some(Ok(frame)) = wire.frame().await {
        if frame.is_data() {
            return Ok(Verdict::failed("nothing after the Close", "a message"));
        }
    }
    Ok(Verdict::Passed)
}

async fn ends_stream(server: Server, last_words: Vec<u8>) -> Result<Verdict, Trouble> {
    let mut wire = server.open().await?;
    wire.send(&last_words).await;
    judge_end(wire.end_within(server.patience()).await, &server)
}

async fn end_without_close(server: Server) -> Result<Verdict, Trouble> {
    let mut wire = server.open().await?;
    wire.finish().await;
    judge_end(wire.end_within(server.patience()).await, &server)
}

fn judge_end(end: Option<End>, server: &Server) -> Result<Verdict, Trouble> {
    Ok(match end {
        Some(End::Fin | End::Reset) => Verdict::Passed,
        Some(end) => Verdict::failed("the end of the stream", end),
        None => Verdict::failed("the end of the stream", verdict::no_end_within(server.patience())),
    })
}
