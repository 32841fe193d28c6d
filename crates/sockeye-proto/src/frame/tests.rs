use super::{Header, Opcode, Parsed};
use crate::{error::Violation, mask::Mask};

fn check(bytes: &[u8], expected: Result<Parsed, Violation>) {
    assert_eq!(Header::parse(bytes), expected, "{bytes:02x?}");
}

fn header(opcode: Opcode, len: u64) -> Header {
    Header { fin: true, compressed: false, opcode, mask: None, len }
}

#[test]
fn every_header_that_is_written_reads_back_and_takes_the_shortest_form() {
    let lens = [0, 1, 125, 126, 127, 255, 256, 65_535, 65_536, 1 << 20, (1 << 63) - 1];
    let masks = [None, Some(Mask::new([0x37, 0xfa, 0x21, 0x3d]))];
    for opcode in [Opcode::Continuation, Opcode::Text, Opcode::Binary] {
        for (len, mask) in lens.into_iter().flat_map(|len| masks.map(|mask| (len, mask))) {
            for (fin, compressed) in [(true, false), (false, true)] {
                let header = Header { fin, compressed, opcode, mask, len };
                let mut bytes = Vec::new();
                header.encode(&mut bytes);
                let used = bytes.len();
                check(&bytes, Ok(Parsed::Header(header, used)));
                for cut in 2..used {
                    check(&bytes[..cut], Ok(Parsed::Unfinished(used)));
                }
            }
        }
    }
}

#[test]
fn the_frames_of_rfc_6455_5_7_are_read() {
    check(&[0x81, 0x05], Ok(Parsed::Header(header(Opcode::Text, 5), 2)));
    let first = Header { fin: false, ..header(Opcode::Text, 3) };
    check(&[0x01, 0x03], Ok(Parsed::Header(first, 2)));
    check(&[0x80, 0x02], Ok(Parsed::Header(header(Opcode::Continuation, 2), 2)));
    let masked =
        Header { mask: Some(Mask::new([0x37, 0xfa, 0x21, 0x3d])), ..header(Opcode::Pong, 5) };
    check(&[0x8a, 0x85, 0x37, 0xfa, 0x21, 0x3d], Ok(Parsed::Header(masked, 6)));
    check(&[0x82, 0x7e, 0x01, 0x00], Ok(Parsed::Header(header(Opcode::Binary, 256), 4)));
}

#[test]
fn reserved_opcodes_and_bits_are_refused_with_two_bytes() {
    for opcode in [3, 4, 5, 6, 7, 0xb, 0xc, 0xd, 0xe, 0xf] {
        check(&[0x80 | opcode, 0], Err(Violation::ReservedOpcode { opcode }));
    }
    for bits in [1, 2, 3, 5, 6, 7] {
        check(&[0x81 | bits << 4, 0], Err(Violation::ReservedBits { bits }));
    }
}

#[test]
fn control_frames_are_whole_and_short() {
    for (bits, opcode) in [(8, Opcode::Close), (9, Opcode::Ping), (0xa, Opcode::Pong)] {
        check(&[bits, 0], Err(Violation::FragmentedControl { opcode }));
        check(&[0x80 | bits, 0x7e], Err(Violation::ControlTooLong { opcode }));
        check(&[0x80 | bits, 0xff], Err(Violation::ControlTooLong { opcode }));
        check(&[0x80 | bits, 125], Ok(Parsed::Header(header(opcode, 125), 2)));
    }
}

#[test]
fn a_length_in_more_bytes_than_it_needs_is_refused() {
    let refused = |len| Err(Violation::NonMinimalLength { len });
    check(&[0x82, 126, 0, 125], refused(125));
    check(&[0x82, 127, 0, 0, 0, 0, 0, 0, 0xff, 0xff], refused(0xffff));
    check(&[0x82, 126, 0, 126], Ok(Parsed::Header(header(Opcode::Binary, 126), 4)));
    let wide = Parsed::Header(header(Opcode::Binary, 65_536), 10);
    check(&[0x82, 127, 0, 0, 0, 0, 0, 1, 0, 0], Ok(wide));
}

#[test]
fn a_length_with_its_top_bit_set_is_refused() {
    let len = 1 << 63;
    check(&[0x82, 127, 0x80, 0, 0, 0, 0, 0, 0, 0], Err(Violation::LengthOver63Bits { len }));
}
