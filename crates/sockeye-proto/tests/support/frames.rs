//! Random streams of frames: mostly right, wrong in every way that a frame can be.

use super::{Role, close_body, masked, random::Random, unmasked};

/// A stream of frames for an end in `role`, cut at most inside a payload.
pub fn stream(random: &mut Random, role: Role) -> Vec<u8> {
    let mut stream = Vec::new();
    for _ in 0..1 + random.below(6) {
        message(random, role, &mut stream);
        if random.one_in(12) {
            stream.extend(wrong(random, role));
        }
    }
    if random.one_in(8) {
        let len = random.len();
        let payload = payload(random, len);
        let whole = frame(role, 0x82, &payload);
        let cut = whole.len() - random.below(len + 1);
        stream.extend(&whole[..cut]);
    }
    stream
}

pub fn frame(role: Role, first: u8, payload: &[u8]) -> Vec<u8> {
    match role {
        Role::Server => masked(first, payload),
        Role::Client => unmasked(first, payload),
    }
}

/// One message in one or more fragments, with control frames in between.
fn message(random: &mut Random, role: Role, stream: &mut Vec<u8>) {
    let len = random.len();
    let payload = payload(random, len);
    let mut opcode = 1 + random.below(2) as u8;
    let fragments = if random.one_in(3) { 1 + random.below(5) } else { 1 };
    let mut rest = payload.as_slice();
    for number in 1..=fragments {
        let last = number == fragments;
        let take = if last { rest.len() } else { random.below(rest.len() + 1) };
        let (piece, after) = rest.split_at(take);
        let fin = if last { 0x80 } else { 0 };
        stream.extend(frame(role, fin | opcode, piece));
        (rest, opcode) = (after, 0);
        if random.one_in(4) {
            stream.extend(control(random, role));
        }
    }
}

fn payload(random: &mut Random, len: usize) -> Vec<u8> {
    let mut payload = random.text(len).into_bytes();
    if random.one_in(10) && !payload.is_empty() {
        let at = random.below(payload.len());
        payload[at] = random.next() as u8;
    }
    payload
}

fn control(random: &mut Random, role: Role) -> Vec<u8> {
    let len = random.below(126);
    match random.below(12) {
        0 => {
            let code = random.pick(&[1000, 1001, 1005, 1015, 3000, 4999, 5000]);
            let reason = random.text(random.clone().below(100));
            frame(role, 0x88, &close_body(code, &reason))
        }
        1 => frame(role, 0x88, &random.bytes(random.clone().below(4))),
        2..=6 => frame(role, 0x89, &random.bytes(len)),
        _ => frame(role, 0x8a, &random.bytes(len)),
    }
}

fn wrong(random: &mut Random, role: Role) -> Vec<u8> {
    let other = if role == Role::Server { Role::Client } else { Role::Server };
    let any = 0x80 | random.below(128) as u8;
    match random.below(6) {
        0 => frame(other, 0x81, b"wrong mask"),
        1 => frame(role, any, b"any bits"),
        2 => frame(role, 0x80, b"no message to go on with"),
        3 => frame(role, random.pick(&[0x08, 0x09, 0x0a]), b"fragment"),
        4 => frame(role, random.pick(&[0x88, 0x89, 0x8a]), &[b'x'; 126]),
        _ => {
            let mut long = frame(role, 0x82, &[b'x'; 126]);
            long[3] = 125;
            long
        }
    }
}
