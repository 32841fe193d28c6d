//! Frames from a peer are read alike in whatever pieces they come, and as the slow and obvious reader does.

use std::{sync::Arc, time::Instant};

use sockeye_proto::{CloseCode, CloseFrame, Closed, Config, Connection, Message, Role};

use crate::{
    end::{End, Outcome, Seen},
    script::{EACH_BYTE, Script, WHOLE},
};

#[path = "../../crates/sockeye-proto/tests/support/oracle.rs"]
#[allow(
    unreachable_pub,
    clippy::cast_possible_truncation,
    clippy::manual_range_contains,
    reason = "written for the tests of another crate"
)]
mod oracle;

/// All pings and pongs that wait at a time, and a Close behind them.
const MAX_OUTPUT_BYTES: usize = 2 * 1024 + 2 * 139;

/// Reads the bytes behind the first few, which choose the role and the pieces.
pub fn run(data: &[u8]) {
    let mut script = Script::new(data);
    let role = if script.flip() { Role::Client } else { Role::Server };
    let cuts = script.cuts();
    let bytes = script.rest();
    let whole = read(role, bytes, WHOLE);
    assert!(whole.written.len() <= MAX_OUTPUT_BYTES);
    for cuts in [EACH_BYTE, cuts] {
        assert_eq!(read(role, bytes, cuts), whole, "the pieces do not matter");
    }
    compare(role, up_to_whole_header(bytes));
}

fn read(role: Role, bytes: &[u8], cuts: &[u8]) -> Outcome {
    let (config, now) = (Arc::new(Config::default()), Instant::now());
    let connection = match role {
        Role::Server => Connection::server(config, None, now),
        Role::Client => Connection::client(config, None, [7; 32], now),
    };
    let mut end = End::new(connection, now);
    end.feed(bytes, cuts);
    end.outcome()
}

/// The oracle knows no limits, so up to one is all that can be compared with it.
fn compare(role: Role, bytes: &[u8]) {
    let expected = oracle::read(bytes, role == Role::Server);
    let got = read(role, bytes, WHOLE);
    let code = match &got.closed {
        None => None,
        Some(Closed::Clean { frame, .. }) => Some(frame.code().map(CloseCode::get)),
        Some(Closed::Violation(violation)) => Some(Some(violation.close_code().get())),
        Some(Closed::Limit(_)) => {
            return assert!(expected.seen.starts_with(&got.seen), "nothing is read otherwise");
        }
        Some(other) => panic!("expected an ending by what was read, got {other}"),
    };
    assert_eq!((got.seen, code), (expected.seen, expected.ended));
}

/// The oracle wants no header that is cut off, so that is left out.
fn up_to_whole_header(bytes: &[u8]) -> &[u8] {
    let mut at = 0;
    while let [_, second, rest @ ..] = bytes.get(at..).unwrap_or_default() {
        let extra = match second & 0x7f {
            126 => 2,
            127 => 8,
            _ => 0,
        };
        let header = 2 + extra + if second & 0x80 == 0 { 0 } else { 4 };
        let Some(len) = rest.get(..extra).filter(|_| rest.len() + 2 >= header) else { break };
        let len = len.iter().fold(0, |len, byte| len << 8 | usize::from(*byte));
        let len = if extra == 0 { usize::from(second & 0x7f) } else { len };
        if len >= rest.len() {
            return bytes;
        }
        at += header + len;
    }
    bytes.get(..at).unwrap_or(bytes)
}
