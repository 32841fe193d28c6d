use super::*;

/// Reads all messages, through a buffer of each size.
fn check(format: Format, input: &[u8], expected: &[Message]) {
    for size in [1, 2, 3, 4096] {
        let mut reader = io::BufReader::with_capacity(size, input);
        let mut messages = Vec::new();
        while let Some(message) = format.read(&mut reader, 10).expect("messages") {
            messages.push(message);
        }
        assert_eq!(messages, expected, "{format:?} of {input:?} through {size} bytes");
    }
}

fn check_wrong(format: Format, mut input: &[u8], expected: &str) {
    let error = format.read(&mut input, 10).expect_err("no message").to_string();
    assert!(error.starts_with(expected), "{format:?} of {input:?}: {error}");
}

fn bytes(bytes: &[u8]) -> Message {
    Message::from(bytes.to_vec())
}

#[test]
fn a_line_is_a_message() {
    let text = ["hello", "", "w\u{f6}rld\r", "end"].map(Message::from);
    check(Format::Text, "hello\n\nw\u{f6}rld\r\nend".as_bytes(), &text);
    check(Format::Text, b"", &[]);
    check(Format::Text, b"\n", &[Message::from("")]);
    check(Format::Text, b"0123456789\n", &[Message::from("0123456789")]);
    check(Format::Hex, b"00ff\n\n 0 0 f f \r\n", &[bytes(&[0, 255]), bytes(b""), bytes(&[0, 255])]);
    check(
        Format::Hex,
        b"0123456789abcdefABCD",
        &[bytes(&[1, 35, 69, 103, 137, 171, 205, 239, 171, 205])],
    );
    check(Format::Base64, b"AP8=\r\nAP8", &[bytes(&[0, 255]), bytes(&[0, 255])]);
}

#[test]
fn a_length_is_followed_by_a_message() {
    check(Format::LengthPrefixed, b"\0\0\0\x02a\n\0\0\0\0", &[bytes(b"a\n"), bytes(b"")]);
    check(Format::LengthPrefixed, b"", &[]);
}

#[test]
fn what_is_no_message_is_told() {
    check_wrong(Format::Text, b"\xff\n", "expected text in UTF-8");
    check_wrong(Format::Text, b"01234567890\n", "expected at most 10 bytes in a message");
    check_wrong(Format::Text, &[b'a'; 100], "expected at most 10 bytes in a message");
    check_wrong(Format::Hex, b"abc\n", "expected pairs of hexadecimal digits");
    check_wrong(Format::Hex, b"0x00\n", "expected pairs of hexadecimal digits");
    check_wrong(Format::Hex, &[b'0'; 30], "expected at most 10 bytes in a message");
    check_wrong(Format::Base64, b"A\n", "expected base64");
    check_wrong(Format::LengthPrefixed, b"\0\0\0\x0bx", "expected at most 10 bytes in a message");
    check_wrong(
        Format::LengthPrefixed,
        b"\0\0\0\x05xyz",
        "expected 5 bytes behind the length, got 3",
    );
    check_wrong(Format::LengthPrefixed, b"\0\0", "failed to fill whole buffer");
}

#[test]
fn what_is_written_can_be_read() {
    let messages = [bytes(b""), bytes(&[0, 10, 255]), bytes(b"0123456789")];
    for format in [Format::Hex, Format::Base64, Format::LengthPrefixed] {
        let written =
            messages.iter().flat_map(|message| format.encode(message)).collect::<Vec<_>>();
        check(format, &written, &messages);
    }
    assert_eq!(Format::Text.encode(&Message::from("a")), b"a\n");
}
