use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};

use super::*;

fn seen(log: &Log) -> Vec<(Direction, String, u64)> {
    let frames = log.frames().drain(..).collect::<Vec<_>>();
    let seen = |frame: Frame| (frame.direction, frame.header.opcode.to_string(), frame.header.len);
    frames.into_iter().map(seen).collect()
}

#[tokio::test]
async fn frames_are_seen_both_ways_and_bytes_pass_as_they_are() {
    let (near, mut far) = duplex(4096);
    let log = Log::default();
    let mut tap = Tap::new(near, b"\x81\x02hi\x82", log.clone());
    assert_eq!(seen(&log), [(Direction::Received, "text".into(), 2)]);
    far.write_all(b"\x01\x01\x89\x00").await.expect("written");
    assert_eq!(tap.read_u32().await.expect("read"), 0x0101_8900);
    let expected = [("binary", 1), ("ping", 0)];
    let expected = expected.map(|(opcode, len)| (Direction::Received, opcode.into(), len));
    assert_eq!(seen(&log), expected);
    let slices = [b"\x88\x82ma".as_slice(), b"sk\x03\xe8", b"\x8a\x80mask"];
    let written = tap.write_vectored(&slices.map(IoSlice::new)).await.expect("written");
    tap.write_all(slices.concat().get(written..).unwrap_or_default()).await.expect("written");
    let expected = [("close", 2), ("pong", 0)];
    assert_eq!(seen(&log), expected.map(|(opcode, len)| (Direction::Sent, opcode.into(), len)));
    drop(tap);
    let mut passed = Vec::new();
    far.read_to_end(&mut passed).await.expect("read");
    assert_eq!(passed, slices.concat());
}

#[tokio::test]
async fn only_what_the_transport_took_was_sent() {
    let (near, _far) = duplex(3);
    let log = Log::default();
    let mut tap = Tap::new(near, &[], log.clone());
    assert_eq!(tap.write(b"\x8a\x80mask").await.expect("written"), 3);
    assert_eq!(seen(&log), []);
}
