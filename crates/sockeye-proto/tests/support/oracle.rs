//! The slow and obvious reading of a stream of frames, to compare the connection with.

use std::str;

use super::{CloseFrame, Message, Seen};
use sockeye_proto::CloseCode;

/// What a stream of whole frames means: the events, and the code of the Close that answers it, if one does.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Reading {
    pub seen: Vec<Seen>,
    pub ended: Option<Option<u16>>,
}

/// Reads `bytes` as frames from a client (masked) or a server. The stream may end inside a payload, not inside a
/// header.
pub fn read(mut bytes: &[u8], masked: bool) -> Reading {
    let mut reading = Reading::default();
    let mut message: Option<(u8, Vec<u8>)> = None;
    while reading.ended.is_none() && bytes.len() >= 2 {
        let (first, second) = (bytes[0], bytes[1]);
        let (fin, opcode, control) = (first & 0x80 != 0, first & 0x0f, first & 0x08 != 0);
        let (extra, short) = match second & 0x7f {
            126 => (2, false),
            127 => (8, false),
            _ => (0, true),
        };
        let mask = if second & 0x80 != 0 { 4 } else { 0 };
        let wrong = ![0, 1, 2, 8, 9, 10].contains(&opcode)
            || first & 0x70 != 0
            || (control && (!fin || !short))
            || (mask != 0) != masked;
        if wrong {
            reading.ended = Some(Some(1002));
            break;
        }
        let mut len = u64::from(second & 0x7f);
        if !short {
            len = bytes[2..2 + extra].iter().fold(0, |len, byte| len << 8 | u64::from(*byte));
        }
        let minimal = match extra {
            2 => len >= 126,
            8 => (65_536..1 << 63).contains(&len),
            _ => true,
        };
        let misplaced = !control && (opcode == 0) == message.is_none();
        if !minimal || misplaced {
            reading.ended = Some(Some(1002));
            break;
        }
        let key: Vec<u8> = bytes[2 + extra..2 + extra + mask].to_vec();
        let rest = &bytes[2 + extra + mask..];
        let there = rest.len().min(len as usize);
        let complete = there == len as usize;
        let payload: Vec<u8> = rest[..there]
            .iter()
            .enumerate()
            .map(|(i, byte)| if masked { byte ^ key[i % 4] } else { *byte })
            .collect();
        bytes = &rest[there..];
        if control {
            if complete {
                reading.control(opcode, payload);
            }
        } else {
            let (kind, so_far) = message.get_or_insert((opcode, Vec::new()));
            so_far.extend(payload);
            let ends = complete && fin;
            if *kind == 1 && !could_be_text(so_far, ends) {
                reading.ended = Some(Some(1007));
            } else if ends {
                reading.message(message.take().expect("a message is under way"));
            }
        }
        if !complete {
            break;
        }
    }
    reading
}

fn could_be_text(bytes: &[u8], complete: bool) -> bool {
    match str::from_utf8(bytes) {
        Ok(_) => true,
        Err(error) => !complete && error.error_len().is_none(),
    }
}

impl Reading {
    fn message(&mut self, (kind, payload): (u8, Vec<u8>)) {
        self.seen.push(Seen::Message(match kind {
            1 => Message::from(String::from_utf8(payload).expect("checked")),
            _ => Message::from(payload),
        }));
    }

    fn control(&mut self, opcode: u8, payload: Vec<u8>) {
        match (opcode, payload.as_slice()) {
            (9, _) => self.seen.push(Seen::Ping(payload)),
            (10, _) => self.seen.push(Seen::Pong(payload)),
            (_, []) => {
                self.seen.push(Seen::Close(CloseFrame::EMPTY));
                self.ended = Some(None);
            }
            (_, [high, low, reason @ ..]) => {
                let code = u16::from_be_bytes([*high, *low]);
                let travels = matches!(code, 1000..=1003 | 1007..=1014 | 3000..=4999);
                match (travels, str::from_utf8(reason)) {
                    (false, _) => self.ended = Some(Some(1002)),
                    (true, Err(_)) => self.ended = Some(Some(1007)),
                    (true, Ok(reason)) => {
                        let code = CloseCode::new(code).expect("a code that travels");
                        self.seen.push(Seen::Close(CloseFrame::new(code, reason)));
                        self.ended = Some(Some(code.get()));
                    }
                }
            }
            (_, [_]) => self.ended = Some(Some(1002)),
        }
    }
}
