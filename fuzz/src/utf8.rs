//! Text is what the standard library calls UTF-8, and comes back as the bytes that went in.

use bytes::Bytes;
use sockeye_proto::{NotUtf8, Text};

/// Builds a [`Text`] from `data` and compares it with the standard library's answer.
pub fn run(data: &[u8]) {
    let text = Text::try_from(Bytes::copy_from_slice(data));
    match std::str::from_utf8(data) {
        Ok(expected) => {
            let text = text.expect("the standard library takes these bytes");
            assert_eq!(text, expected);
            assert_eq!(text.into_bytes(), data);
        }
        Err(_) => {
            assert_eq!(text, Err(NotUtf8(Bytes::copy_from_slice(data))));
        }
    }
}
