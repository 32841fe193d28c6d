//! `Sec-WebSocket-Key` and the `Sec-WebSocket-Accept` that answers it (RFC 6455 1.3, 4.2.2).
//!
//! Proves that the server read this very handshake. Not a secret and no authentication. The client's 16 random bytes
//! come from outside.

use http::HeaderValue;
use sha1::{Digest, Sha1};

/// RFC 6455 1.3. The same for every server and client there is.
const GUID: &[u8] = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// The client's half: 16 bytes in base64.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Key([u8; 24]);

impl Key {
    pub(crate) fn from_random(bytes: [u8; 16]) -> Self {
        Self(base64(&bytes))
    }

    /// The key in a request, if it stands for 16 bytes.
    ///
    /// The four bits after the last whole byte may be anything: RFC 4648 3.5 lets a decoder choose, and RFC 6455 4.2.1
    /// asks for nothing but the length.
    pub(crate) fn parse(text: &[u8]) -> Option<Self> {
        let key: [u8; 24] = text.try_into().ok()?;
        let [digits @ .., b'=', b'='] = key.as_slice() else { return None };
        let is_digit = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/');
        digits.iter().all(is_digit).then_some(Self(key))
    }

    pub(crate) fn to_header(self) -> HeaderValue {
        header(&self.0)
    }

    /// The server's half: the hash of the key's text, not of the bytes that it stands for (RFC 6455 4.2.2).
    pub(crate) fn accept(self) -> Accept {
        let hash = Sha1::new().chain_update(self.0).chain_update(GUID).finalize();
        Accept(base64(&hash))
    }
}

/// The server's half: 20 bytes in base64.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Accept([u8; 28]);

impl Accept {
    pub(crate) fn to_header(self) -> HeaderValue {
        header(&self.0)
    }
}

fn header(text: &[u8]) -> HeaderValue {
    HeaderValue::from_bytes(text).expect("base64 is visible ASCII")
}

/// Base64 of RFC 4648 4, padded with `=`. `TEXT` is four for each three bytes begun.
fn base64<const TEXT: usize>(bytes: &[u8]) -> [u8; TEXT] {
    let mut text = [b'='; TEXT];
    for (three, four) in bytes.chunks(3).zip(text.chunks_mut(4)) {
        let bits = three
            .iter()
            .zip([16, 8, 0])
            .fold(0, |bits, (byte, shift)| bits | u32::from(*byte) << shift);
        for (slot, shift) in four.iter_mut().zip([18, 12, 6, 0]).take(three.len() + 1) {
            let digit = bits >> shift & 0x3f;
            *slot = ALPHABET.get(digit as usize).copied().expect("six bits are below 64");
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::{ALPHABET, Key, base64};

    fn check(text: &str, taken: bool) {
        assert_eq!(Key::parse(text.as_bytes()).is_some(), taken, "{text}");
    }

    #[test]
    fn the_handshake_of_rfc_6455_1_3_gives_its_accept_value() {
        let key = Key::from_random(*b"the sample nonce");
        assert_eq!(key.to_header(), "dGhlIHNhbXBsZSBub25jZQ==");
        assert_eq!(key.accept().to_header(), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
    }

    #[test]
    fn base64_is_that_of_rfc_4648_10() {
        assert_eq!(&base64::<4>(b"f"), b"Zg==");
        assert_eq!(&base64::<4>(b"fo"), b"Zm8=");
        assert_eq!(&base64::<8>(b"foobar"), b"Zm9vYmFy");
        assert_eq!(&base64::<4>(&[0xfb, 0xff, 0xfe]), b"+//+");
    }

    #[test]
    fn a_key_is_16_bytes_in_the_plain_alphabet_with_its_padding() {
        check("dGhlIHNhbXBsZSBub25jZQ==", true);
        check("AAAAAAAAAAAAAAAAAAAAAA==", true);
        check("++++++//////++++++////==", true);
        for wrong in [
            "",
            "==",
            "dGhlIHNhbXBsZSBub25jZQ",
            "dGhlIHNhbXBsZSBub25jZQ=",
            "dGhlIHNhbXBsZSBub25jZQ=A",
            "dGhlIHNhbXBsZSBub25jZQ===",
            "dGhlIHNhbXBsZSBub25jZWE=",
            "dGhlIHNhbXBsZSBub25jZWFh",
            "dGhlIHNhbXBsZSBub25j====",
            "dGhlIHNhbXBsZS-ub25_ZQ==",
            "dGhlIHNhbXBsZSBub25j Q==",
        ] {
            check(wrong, false);
        }
    }

    #[test]
    fn the_bits_behind_the_last_byte_of_a_key_may_be_anything() {
        for digit in ALPHABET {
            check(&format!("dGhlIHNhbXBsZSBub25jZ{}==", char::from(*digit)), true);
        }
        for other in (0..0x80).filter(|byte| !ALPHABET.contains(byte)) {
            check(&format!("dGhlIHNhbXBsZSBub25jZ{}==", char::from(other)), false);
        }
    }
}
