//! Frames as a client sends them, written by the book (RFC 6455 5.2) and not by the code under test.

/// Appends a masked frame; `first` holds FIN, the reserved bits and the opcode.
pub(crate) fn masked(first: u8, payload: &[u8], into: &mut Vec<u8>) {
    const KEY: [u8; 4] = [0x37, 0xfa, 0x21, 0x3d];
    into.push(first);
    let len = u64::try_from(payload.len()).expect("64 bits are enough");
    match (u8::try_from(len), u16::try_from(len)) {
        (Ok(len @ ..=125), _) => into.push(0x80 | len),
        (_, Ok(len)) => {
            into.push(0x80 | 126);
            into.extend(len.to_be_bytes());
        }
        _ => {
            into.push(0x80 | 127);
            into.extend(len.to_be_bytes());
        }
    }
    into.extend(KEY);
    into.extend(payload.iter().zip(KEY.iter().cycle()).map(|(byte, key)| byte ^ key));
}
