use super::{InvalidUtf8, Validator};

fn push_all(pieces: &[&[u8]]) -> Result<(), InvalidUtf8> {
    let mut validator = Validator::default();
    for piece in pieces {
        validator.push(piece)?;
    }
    validator.finish()
}

fn check(text: &[u8]) {
    let expected = std::str::from_utf8(text).map(|_| ()).map_err(|_| InvalidUtf8);
    let bytes: Vec<&[u8]> = text.chunks(1).collect();
    assert_eq!(push_all(&bytes), expected, "byte by byte {text:02x?}");
    for split in 0..=text.len() {
        let (head, tail) = text.split_at(split);
        assert_eq!(push_all(&[head, tail]), expected, "{text:02x?} split at {split}");
    }
}

/// How many bytes a validator takes before it refuses; `None` when it takes all.
fn refused_at(text: &[u8]) -> Option<usize> {
    let mut validator = Validator::default();
    text.chunks(1).position(|byte| validator.push(byte).is_err())
}

#[test]
fn every_split_of_valid_and_invalid_text_agrees_with_the_standard_library() {
    let long = "κόσμε — ".repeat(20);
    let noncharacter = "\u{ffff}\u{1fffe}";
    for text in ["", "a", "Hello-µ@ßöäüàá-UTF-8!!", "κόσμε", "\u{10ffff}", &long, noncharacter]
    {
        check(text.as_bytes());
    }
    let invalid: [&[u8]; 9] = [
        &[0x80],
        &[0xc0, 0xaf],
        &[0xed, 0xa0, 0x80],
        &[0xf4, 0x90, 0x80, 0x80],
        &[0xf8, 0x88, 0x80, 0x80, 0x80],
        &[0xce],
        &[0xe2, 0x82],
        &[0xf0, 0x9f, 0x98],
        &[b'a', 0xff, b'b'],
    ];
    for text in invalid {
        check(text);
        check(&[long.as_bytes(), text].concat());
        check(&[text, long.as_bytes()].concat());
    }
}

#[test]
fn refusal_comes_at_the_first_byte_that_cannot_be_right() {
    let cases: [(&[u8], usize); 5] = [
        (&[0x61, 0xff, 0x62], 1),
        (&[0xed, 0xa0, 0x80], 1),
        (&[0xf4, 0x90, 0x80, 0x80], 1),
        (&[0xe0, 0x80, 0x80], 1),
        (&[0xf0, 0x9f, 0x98, 0x41], 3),
    ];
    for (text, at) in cases {
        assert_eq!(refused_at(text), Some(at), "{text:02x?}");
    }
}
