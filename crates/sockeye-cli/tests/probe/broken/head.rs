//! `Head`: the head of a request, read within bounds.

use std::{io::Read, net::TcpStream, time::Instant};

use super::{DEADLINE, Fault};

const MAX_BYTES: usize = 16 << 10;
const MAX_HEADERS: usize = 64;

/// A head, taken apart.
#[derive(Debug)]
pub(super) struct Head {
    pub(super) method: String,
    pub(super) target: String,
    pub(super) version: String,
    headers: Vec<(String, String)>,
    /// Names count in the case that we write them in.
    needs_case: bool,
}

/// Why there is none.
pub(super) enum NoHead {
    Gone,
    Refused(u16),
}

impl Head {
    pub(super) fn all(&self, name: &str) -> Vec<&str> {
        let is_named = |other: &str| {
            if self.needs_case { other == name } else { other.eq_ignore_ascii_case(name) }
        };
        let named = self.headers.iter().filter(|(other, _)| is_named(other));
        named.map(|(_, value)| value.as_str()).collect()
    }

    pub(super) fn first(&self, name: &str) -> &str {
        self.all(name).first().copied().unwrap_or_default()
    }

    /// Whether one member of a list is this one.
    pub(super) fn has_token(&self, name: &str, token: &str) -> bool {
        let members = self.all(name).into_iter().flat_map(|value| value.split(','));
        members.into_iter().any(|member| member.trim().eq_ignore_ascii_case(token))
    }

    pub(super) fn body_len(&self) -> usize {
        self.first("Content-Length").parse().unwrap_or(0)
    }
}

/// Reads a head and leaves what is behind it.
pub(super) fn read(
    stream: &mut TcpStream,
    unread: &mut Vec<u8>,
    fault: Fault<'_>,
) -> Result<Head, NoHead> {
    let mut deadline = Instant::now() + DEADLINE;
    let mut searched = 0;
    let len = loop {
        let fresh = &unread[searched..];
        let found = |end: &[u8]| {
            let at = fresh.windows(end.len()).position(|window| window == end);
            at.map(|at| searched + at + end.len())
        };
        if let Some(at) = found(b"\r\n\r\n").or_else(|| found(b"\n\n")) {
            break at;
        }
        searched = unread.len().saturating_sub(3);
        if unread.len() > MAX_BYTES && !fault.is("long-header") && !fault.is("many-headers") {
            return Err(NoHead::Refused(431));
        }
        let waits_for_ever = fault.is("silent-connection") && unread.is_empty();
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(NoHead::Gone);
        }
        let _ = stream.set_read_timeout((!waits_for_ever).then_some(left));
        let mut scratch = [0; 16 << 10];
        match stream.read(&mut scratch) {
            Ok(len @ 1..) => unread.extend_from_slice(&scratch[..len]),
            _ => return Err(NoHead::Gone),
        }
        if fault.is("slow-head") {
            deadline = Instant::now() + DEADLINE;
        }
    };
    let head = unread.drain(..len).collect::<Vec<_>>();
    parse(&String::from_utf8_lossy(&head), fault).map_err(NoHead::Refused)
}

fn parse(head: &str, fault: Fault<'_>) -> Result<Head, u16> {
    let plain = head.replace("\r\n", "\n");
    let folds = plain.contains("\n ");
    let unfolded = plain.replace("\n ", " ");
    let mut lines = unfolded.trim_end_matches('\n').split('\n');
    let mut first = lines.next().unwrap_or_default().split(' ').map(str::to_owned);
    let headers = lines.filter_map(|line| line.split_once(':')).collect::<Vec<_>>();
    fault.first_broken(&[
        ("bare-line-feed", 400, plain.len() == head.len()),
        ("folded-line", 400, folds),
        ("control-in-value", 400, plain.contains(['\0', '\r'])),
        ("space-before-colon", 400, headers.iter().any(|(name, _)| name.ends_with(' '))),
        ("many-headers", 431, headers.len() > MAX_HEADERS),
        ("long-header", 431, headers.iter().any(|(_, value)| value.len() > MAX_BYTES)),
    ])?;
    let value = |value: &str| {
        let bare = if fault.is("any-space") { value.strip_prefix(' ') } else { Some(value.trim()) };
        bare.unwrap_or_default().to_owned()
    };
    let headers = headers.iter().map(|(name, text)| (name.trim().to_owned(), value(text)));
    Ok(Head {
        method: first.next().unwrap_or_default(),
        target: first.next().unwrap_or_default(),
        version: first.next().unwrap_or_default(),
        headers: headers.collect(),
        needs_case: fault.is("any-case"),
    })
}
