use super::{CloseCode, CloseFrame};
use crate::error::Violation;

#[test]
fn only_the_codes_of_the_registry_may_travel() {
    for code in 0..=u16::MAX {
        let may = matches!(code, 1000..=1003 | 1007..=1014 | 3000..=4999);
        assert_eq!(CloseCode::new(code).is_some(), may, "{code}");
    }
}

#[test]
fn a_close_body_is_empty_or_starts_with_a_code() {
    assert_eq!(CloseFrame::parse(&[]), Ok(CloseFrame::EMPTY));
    assert_eq!(CloseFrame::parse(&[0x03]), Err(Violation::CloseBodyOfOneByte));
    let normal = CloseFrame::from(CloseCode::NORMAL);
    assert_eq!(CloseFrame::parse(&[0x03, 0xe8]), Ok(normal));
    let reserved = Err(Violation::ReservedCloseCode { code: 1005 });
    assert_eq!(CloseFrame::parse(&[0x03, 0xed]), reserved);
}

#[test]
fn a_close_reason_is_utf8() {
    assert_eq!(CloseFrame::parse(&[0x03, 0xe8, 0xff]), Err(Violation::CloseReasonNotUtf8));
    let frame = CloseFrame::new(CloseCode::NORMAL, "tschüss");
    let mut body = Vec::new();
    frame.encode(&mut body);
    assert_eq!(CloseFrame::parse(&body), Ok(frame));
}

#[test]
fn a_long_reason_is_cut_at_a_character() {
    let frame = CloseFrame::new(CloseCode::NORMAL, "ü".repeat(100));
    assert_eq!(frame.reason().len(), 122);
    let mut body = Vec::new();
    frame.encode(&mut body);
    assert!(body.len() <= 125, "{}", body.len());
}
