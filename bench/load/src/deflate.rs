//! permessage-deflate (RFC 7692), as far as a client needs it whose messages were compressed before the run.

use zlib_rs::{Deflate, DeflateFlush, Inflate, InflateFlush, Status};

/// What ends every flush and is not sent (RFC 7692 7.2.1).
const TAIL: [u8; 4] = [0, 0, 0xff, 0xff];

/// Room that any message of ours fits into, inflated and with what came before it in the batch.
const ROOM: usize = 64 << 10;

/// zlib's ordinary level, which most clients have.
const LEVEL: i32 = 6;

/// What is offered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Compression {
    None,
    /// Each message for itself.
    Single,
    /// Each message may refer to those before it.
    Takeover,
}

impl Compression {
    pub(crate) const ALL: [(&str, Self); 3] =
        [("none", Self::None), ("single", Self::Single), ("takeover", Self::Takeover)];

    /// The header of the request.
    pub(crate) fn offer(self) -> &'static str {
        match self {
            Self::None => "",
            Self::Single => {
                "Sec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover; \
                 client_no_context_takeover\r\n"
            }
            Self::Takeover => {
                "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n"
            }
        }
    }
}

/// What was agreed to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Agreed {
    client_bits: u8,
    client_takeover: bool,
    pub(crate) server_takeover: bool,
}

impl Agreed {
    /// Reads the value of the response's header.
    pub(crate) fn parse(value: &str) -> Result<Self, String> {
        let mut agreed = Self { client_bits: 15, client_takeover: true, server_takeover: true };
        let mut words = value.split(';').map(str::trim);
        if words.next() != Some("permessage-deflate") {
            return Err(format!("expected permessage-deflate, got `{value}`"));
        }
        for word in words {
            match word.split_once('=').unwrap_or((word, "")) {
                ("server_no_context_takeover", _) => agreed.server_takeover = false,
                ("client_no_context_takeover", _) => agreed.client_takeover = false,
                ("server_max_window_bits", _) => {}
                ("client_max_window_bits", bits) => {
                    let wrong = |_| format!("expected 9 to 15 bits, got `{bits}`");
                    agreed.client_bits = bits.trim_matches('"').parse().map_err(wrong)?;
                }
                _ => return Err(format!("expected what was offered, got `{word}`")),
            }
        }
        Ok(agreed)
    }

    /// Compresses messages in order, twice over: the second lap can follow itself for ever, since what it refers to is
    /// then the end of a lap like it.
    pub(crate) fn two_laps(self, messages: &[Vec<u8>]) -> Result<[Vec<Vec<u8>>; 2], String> {
        let mut deflate = Deflate::new(LEVEL, false, self.client_bits);
        let mut lap = || {
            let squeeze = |message: &Vec<u8>| {
                if !self.client_takeover {
                    deflate = Deflate::new(LEVEL, false, self.client_bits);
                }
                squeeze(&mut deflate, message)
            };
            messages.iter().map(squeeze).collect::<Result<Vec<_>, _>>()
        };
        Ok([lap()?, lap()?])
    }
}

fn squeeze(deflate: &mut Deflate, message: &[u8]) -> Result<Vec<u8>, String> {
    let mut out = vec![0; message.len() + ROOM];
    let before = deflate.total_out();
    let status = deflate.compress(message, &mut out, DeflateFlush::SyncFlush);
    let len = (deflate.total_out() - before) as usize;
    out.truncate(len);
    match status {
        Ok(Status::Ok) if out.ends_with(&TAIL) => {
            out.truncate(len - TAIL.len());
            Ok(out)
        }
        other => Err(format!("expected a compressed message, got {other:?}")),
    }
}

/// Inflates what a server sends, message by message.
pub(crate) struct Inflater {
    inflate: Inflate,
    takeover: bool,
}

impl Inflater {
    pub(crate) fn new(agreed: Agreed) -> Self {
        Self { inflate: Inflate::new(false, 15), takeover: agreed.server_takeover }
    }

    pub(crate) fn message(&mut self, payload: &[u8]) -> Result<Vec<u8>, String> {
        if !self.takeover {
            self.inflate.reset(false);
        }
        let mut out = vec![0; ROOM];
        let before = self.inflate.total_out();
        let whole = [payload, &TAIL].concat();
        let status = self.inflate.decompress(&whole, &mut out, InflateFlush::SyncFlush);
        out.truncate((self.inflate.total_out() - before) as usize);
        match status {
            Ok(Status::Ok | Status::BufError) => Ok(out),
            other => Err(format!("expected a message that inflates, got {other:?}")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Agreed, Inflater};
    use crate::content::{Content, Random};

    #[test]
    fn the_second_lap_follows_itself() {
        let mut random = Random::new();
        let messages: Vec<Vec<u8>> =
            (0..64).map(|_| Content::Json.message(1024, &mut random)).collect();
        for value in ["permessage-deflate", "permessage-deflate; client_max_window_bits=10"] {
            let agreed = Agreed::parse(value).expect("an answer");
            let [first, then] = agreed.two_laps(&messages).expect("compressed");
            let mut inflater = Inflater::new(agreed);
            for lap in [&first, &then, &then, &then] {
                for (payload, message) in lap.iter().zip(&messages) {
                    assert_eq!(inflater.message(payload).as_ref(), Ok(message), "{value}");
                }
            }
        }
    }

    #[test]
    fn answers_are_read_and_what_was_not_offered_is_refused() {
        let bits = "permessage-deflate; server_max_window_bits=12; client_max_window_bits=\"11\"";
        let agreed = Agreed { client_bits: 11, client_takeover: true, server_takeover: true };
        assert_eq!(Agreed::parse(bits), Ok(agreed));
        let single = "permessage-deflate;server_no_context_takeover; client_no_context_takeover";
        let agreed = Agreed { client_bits: 15, client_takeover: false, server_takeover: false };
        assert_eq!(Agreed::parse(single), Ok(agreed));
        assert!(Agreed::parse("permessage-deflate; shared").is_err());
        assert!(Agreed::parse("deflate-frame").is_err());
    }
}
