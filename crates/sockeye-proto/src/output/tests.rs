use std::io::IoSlice;

use bytes::Bytes;

use super::{GATHER_BYTES, Output};
use crate::frame::{Header, Opcode};

fn header(opcode: Opcode, len: usize) -> Header {
    Header { fin: true, compressed: false, opcode, mask: None, len: len as u64 }
}

fn text(output: &mut Output, payload: &str) {
    output.frame(&header(Opcode::Text, payload.len()), payload.as_bytes());
}

fn pong(output: &mut Output, payload: &[u8]) {
    output.pong(&header(Opcode::Pong, payload.len()), payload);
}

fn waiting(output: &Output) -> Vec<u8> {
    let mut slices = [IoSlice::new(&[]); 16];
    let filled = output.slices(&mut slices);
    slices[..filled].iter().flat_map(|slice| slice.to_vec()).collect()
}

/// Writes `step` bytes at a time until all has left.
fn drain(output: &mut Output, step: usize) -> Vec<u8> {
    let mut written = Vec::new();
    while !output.is_empty() {
        let next = waiting(output);
        assert_eq!(next.len(), output.len());
        let step = step.min(next.len());
        written.extend_from_slice(&next[..step]);
        output.advance(step);
    }
    written
}

#[test]
fn frames_leave_in_order_however_they_are_cut() {
    for step in [1, 2, 3, 7, 100, 100_000] {
        let mut output = Output::default();
        text(&mut output, "one");
        let large = Bytes::from(vec![b'x'; GATHER_BYTES]);
        output.shared_frame(&header(Opcode::Binary, large.len()), large.clone());
        text(&mut output, "two");
        let expected = [b"\x81\x03one\x82\x7e\x20\x00".as_slice(), &large, b"\x81\x03two"].concat();
        assert_eq!(drain(&mut output, step), expected, "step {step}");
    }
}

#[test]
fn a_pong_goes_ahead_of_data_but_never_into_a_frame() {
    let frame = b"\x81\x03one";
    for begun in 0..=frame.len() * 2 {
        let mut output = Output::default();
        text(&mut output, "one");
        text(&mut output, "one");
        text(&mut output, "one");
        let mut written = waiting(&output)[..begun].to_vec();
        output.advance(begun);
        pong(&mut output, b"p");
        written.extend(drain(&mut output, 2));
        let before = begun.div_ceil(frame.len());
        let expected = [frame.repeat(before), b"\x8a\x01p".to_vec(), frame.repeat(3 - before)];
        assert_eq!(written, expected.concat(), "{begun} bytes had left");
    }
}

#[test]
fn a_cut_keeps_the_frame_that_has_begun_to_leave() {
    let large = Bytes::from(vec![b'x'; GATHER_BYTES]);
    for (begun, kept) in [(0, 0), (1, 5), (5, 5), (6, 5 + 4 + GATHER_BYTES)] {
        let mut output = Output::default();
        text(&mut output, "one");
        output.shared_frame(&header(Opcode::Binary, large.len()), large.clone());
        text(&mut output, "two");
        output.advance(begun);
        output.cut();
        assert_eq!(output.len(), kept - begun, "{begun} bytes had left");
        assert_eq!(waiting(&output).len(), kept - begun);
    }
}

#[test]
fn ten_pongs_of_full_size_leave_in_order_and_a_flood_keeps_the_newest() {
    let mut output = Output::default();
    for number in 0..10 {
        pong(&mut output, &[number; 125]);
    }
    let sent = drain(&mut output, 1000);
    let numbers: Vec<u8> = sent.chunks(127).map(|frame| frame[2]).collect();
    assert_eq!(numbers, (0..10).collect::<Vec<u8>>());

    for number in 0..200_000_u32 {
        pong(&mut output, &number.to_be_bytes());
    }
    assert!(output.len() <= 2048, "{}", output.len());
    assert!(drain(&mut output, 999).ends_with(&199_999_u32.to_be_bytes()));
}

#[test]
fn a_full_lane_refuses_our_ping() {
    let mut output = Output::default();
    let pings = (0..100).take_while(|_| output.ping(&header(Opcode::Ping, 100), &[0; 100])).count();
    assert_eq!(pings, 18, "room for a pong is left");
    pong(&mut output, &[0; 125]);
    assert!(drain(&mut output, 7).ends_with(&[0; 125]));
}
