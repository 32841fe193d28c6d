//! The closing handshake.

use super::Fault;

/// What a Close is answered with.
pub(super) enum Goodbye {
    Close(Vec<u8>),
    /// The stream ends without a word.
    Silent,
}

/// The answer to a Close, or the code of what is wrong with it.
pub(super) fn answer(
    payload: &[u8],
    is_in_message: bool,
    fault: Fault<'_>,
) -> Result<Goodbye, u16> {
    if is_in_message && fault.is("close-in-message") {
        return Ok(Goodbye::Silent);
    }
    let [high, low, reason @ ..] = payload else {
        fault.first_broken(&[("close-of-one-byte", 1002, !payload.is_empty())])?;
        let is_silent = fault.is("close-answered");
        return Ok(if is_silent { Goodbye::Silent } else { Goodbye::Close(Vec::new()) });
    };
    let code = u16::from_be_bytes([*high, *low]);
    let is_reserved = matches!(code, 1005 | 1006 | 1015);
    let is_later = matches!(code, 1012..=1014);
    let is_registered = matches!(code, 1000..=1003 | 1007..=1011 | 3000..=4999);
    let is_undefined = !is_reserved && !is_later && !is_registered;
    fault.first_broken(&[
        ("close-codes-reserved", 1002, is_reserved),
        ("close-codes-undefined", 1002, is_undefined),
        ("close-reason-not-utf8", 1007, std::str::from_utf8(reason).is_err()),
    ])?;
    if is_later && fault.is("close-codes-of-later") || code == 3000 && fault.is("close-codes") {
        return Err(1002);
    }
    Ok(Goodbye::Close(code.to_be_bytes().to_vec()))
}
