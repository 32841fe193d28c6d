//! Frames as a connection sees them: which are accepted, which end it, with which code (RFC 6455 5.1 to 5.5).

mod support;

use sockeye_proto::{Closed, Message, Opcode, Violation};
use support::{End, Seen, binary, close_body, hex, masked, text, to_hex, unmasked};

/// Feeds a server bytes that break the protocol, whole and byte by byte.
fn check_violation(bytes: &[u8], violation: Violation) {
    let code = violation.close_code().get();
    for chunk in [bytes.len(), 1] {
        let mut server = End::server();
        let seen = server.feed_in(bytes, vec![chunk; bytes.len() / chunk]);
        assert_eq!(seen, [], "{}", to_hex(bytes));
        assert_eq!(server.closed(), Some(&Closed::Violation(violation.clone())));
        let written = server.written();
        assert_eq!(written[0], 0x88, "a close frame for {}", to_hex(bytes));
        assert_eq!(written[2..4], code.to_be_bytes(), "{violation}");
        assert!(server.connection.poll_shutdown());
    }
}

#[test]
fn the_examples_of_rfc_6455_5_7_are_understood() {
    let mut client = End::client();
    assert_eq!(client.feed(&hex("81 05 48656c6c6f")), [text("Hello")]);
    assert_eq!(client.feed(&hex("01 03 48656c 80 02 6c6f")), [text("Hello")]);
    assert_eq!(client.feed(&hex("89 05 48656c6c6f")), [Seen::Ping(b"Hello".to_vec())]);
    assert_eq!(client.feed(&unmasked(0x82, &[7; 256])), [binary(&[7; 256])]);
    assert_eq!(client.feed(&unmasked(0x82, &[7; 65_536])), [binary(&[7; 65_536])]);

    let mut server = End::server();
    assert_eq!(server.feed(&hex("81 85 37fa213d 7f9f4d5158")), [text("Hello")]);
    assert_eq!(server.feed(&hex("8a 85 37fa213d 7f9f4d5158")), [Seen::Pong(b"Hello".to_vec())]);
}

#[test]
fn a_server_refuses_a_frame_without_a_mask() {
    check_violation(&unmasked(0x81, b"Hello"), Violation::UnmaskedFrame);
    check_violation(&unmasked(0x89, b""), Violation::UnmaskedFrame);
}

#[test]
fn a_client_refuses_a_masked_frame() {
    let mut client = End::client();
    assert_eq!(client.feed(&masked(0x81, b"Hello")), []);
    assert_eq!(client.closed(), Some(&Closed::Violation(Violation::MaskedFrame)));
}

#[test]
fn reserved_bits_without_an_extension_are_refused() {
    for bits in 1..=7_u8 {
        check_violation(&masked(0x81 | bits << 4, b"x"), Violation::ReservedBits { bits });
        check_violation(&masked(0x89 | bits << 4, b"x"), Violation::ReservedBits { bits });
    }
}

#[test]
fn reserved_opcodes_are_refused() {
    for opcode in [3, 4, 5, 6, 7, 0xb, 0xc, 0xd, 0xe, 0xf] {
        check_violation(&masked(0x80 | opcode, b""), Violation::ReservedOpcode { opcode });
    }
}

#[test]
fn control_frames_are_never_fragments_nor_long() {
    for (bits, opcode) in [(8, Opcode::Close), (9, Opcode::Ping), (0xa, Opcode::Pong)] {
        check_violation(&masked(bits, b""), Violation::FragmentedControl { opcode });
        check_violation(&masked(0x80 | bits, &[0; 126]), Violation::ControlTooLong { opcode });
        check_violation(&masked(0x80 | bits, &[0; 70_000]), Violation::ControlTooLong { opcode });
    }
}

#[test]
fn a_length_in_a_longer_form_than_needed_is_refused() {
    let refused = |len| Violation::NonMinimalLength { len };
    check_violation(&hex("81 fe 0005 00000000 48656c6c6f"), refused(5));
    check_violation(&hex("81 ff 0000000000000005 00000000 48656c6c6f"), refused(5));
    check_violation(&hex("82 ff 000000000000ffff 00000000"), refused(0xffff));
    let len = 1 << 63;
    check_violation(&hex("82 ff 8000000000000000"), Violation::LengthOver63Bits { len });
}

#[test]
fn a_continuation_needs_a_message_and_a_message_needs_its_continuation() {
    check_violation(&masked(0x80, b"x"), Violation::UnexpectedContinuation);
    check_violation(&masked(0x00, b"x"), Violation::UnexpectedContinuation);
    let inside = [masked(0x01, b"a"), masked(0x81, b"b")].concat();
    check_violation(&inside, Violation::ExpectedContinuation { opcode: Opcode::Text });
    let inside = [masked(0x02, b"a"), masked(0x02, b"b")].concat();
    check_violation(&inside, Violation::ExpectedContinuation { opcode: Opcode::Binary });
}

#[test]
fn close_codes_that_may_not_travel_are_refused() {
    for code in [0, 999, 1004, 1005, 1006, 1015, 1016, 2000, 2999, 5000, 65_535] {
        let bytes = masked(0x88, &close_body(code, ""));
        check_violation(&bytes, Violation::ReservedCloseCode { code });
    }
    check_violation(&masked(0x88, &[0x03]), Violation::CloseBodyOfOneByte);
    let reason = [&1000_u16.to_be_bytes(), [0xff].as_slice()].concat();
    check_violation(&masked(0x88, &reason), Violation::CloseReasonNotUtf8);
}

#[test]
fn close_codes_that_may_travel_are_echoed() {
    for code in [1000, 1001, 1002, 1003, 1007, 1011, 1012, 1013, 1014, 3000, 3999, 4000, 4999] {
        let mut server = End::server();
        server.feed(&masked(0x88, &close_body(code, "bye")));
        assert_eq!(server.written(), unmasked(0x88, &code.to_be_bytes()));
        assert!(matches!(server.closed(), Some(Closed::Clean { .. })));
    }
}

#[test]
fn text_is_refused_at_its_first_bad_byte() {
    let mut server = End::server();
    // A frame of ten bytes whose third is wrong; nothing after it has arrived.
    let frame = masked(0x81, b"ab\xffdefghij");
    assert_eq!(server.feed(&frame[..8]), []);
    assert_eq!(server.closed(), None);
    server.feed(&frame[8..9]);
    assert_eq!(server.closed(), Some(&Closed::Violation(Violation::TextNotUtf8)));
    assert_eq!(server.written()[2..4], 1007_u16.to_be_bytes());
}

#[test]
fn text_that_ends_inside_a_character_is_refused() {
    check_violation(&masked(0x81, b"\xce"), Violation::TextNotUtf8);
    let inside = [masked(0x01, b"\xce"), masked(0x80, b"")].concat();
    check_violation(&inside, Violation::TextNotUtf8);
    let mut server = End::server();
    assert_eq!(server.feed(&[masked(0x01, b"\xce"), masked(0x80, b"\xba")].concat()), [text("κ")]);
}

#[test]
fn a_header_ends_the_connection_at_the_byte_that_makes_it_wrong() {
    for (bytes, violation) in [
        ("82 ff 8000000000000000", Violation::LengthOver63Bits { len: 1 << 63 }),
        ("82 fe 0001", Violation::NonMinimalLength { len: 1 }),
        ("83 80", Violation::ReservedOpcode { opcode: 3 }),
    ] {
        check_violation(&hex(bytes), violation);
    }
}

#[test]
fn messages_before_an_error_are_delivered() {
    let mut server = End::server();
    let bytes = [masked(0x81, b"one"), masked(0x82, b"two"), masked(0x83, b"")].concat();
    assert_eq!(server.feed(&bytes), [text("one"), binary(b"two")]);
    let violation = Violation::ReservedOpcode { opcode: 3 };
    assert_eq!(server.closed(), Some(&Closed::Violation(violation)));
}

#[test]
fn nothing_after_an_error_is_delivered() {
    let mut server = End::server();
    assert_eq!(server.feed(&[masked(0x83, b""), masked(0x81, b"late")].concat()), []);
    assert_eq!(server.feed(&masked(0x81, b"later")), []);
}

#[test]
fn a_message_of_one_frame_is_lent_from_the_input() {
    let mut server = End::server();
    let mut bytes = [masked(0x82, b"lent"), masked(0x81, b"")].concat();
    let range = bytes.as_ptr_range();
    let mut input = sockeye_proto::Input::new(&mut bytes, server.now);
    let event = server.connection.handle_input(&mut input).expect("a message");
    let sockeye_proto::Event::Message(message) = event else { panic!("expected a message") };
    assert!(range.contains(&message.as_bytes().as_ptr()));
    assert_eq!(message.into_owned(), Message::from(&b"lent"[..]));
    // The caller may stop here; the rest is still there.
    assert_eq!(input.remaining(), masked(0x81, b""));
}
