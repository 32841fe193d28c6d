//! `View`: what happens, as it is shown to a program, a file or a person.

use std::{fmt::Display, time::Duration};

use sockeye::{Closed, Disconnection, Message, WebSocket};

use super::{
    base64,
    format::{Format, hex},
    screen::Show,
    trace::Traced,
    words,
};
use crate::{escape, json::Value};

/// How many bytes of a binary message a person is shown.
const BINARY_BYTES: usize = 64;

/// Who looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reader {
    /// A file or a program that wants the messages alone.
    Pipe,
    /// A person who sees the output and types nothing.
    Terminal,
    /// A person at the prompt.
    Prompt,
    /// A program that wants to know what happens.
    Json,
}

/// How much is told beside the messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Detail {
    /// That a connection was lost and is opened anew.
    Losses,
    /// That it was opened and closed, too.
    Connections,
}

/// Whether what we say ourselves is set apart by colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Paint {
    Plain,
    Dim,
}

impl Paint {
    /// As the environment wishes (no-color.org).
    pub(super) fn of_environment() -> Self {
        let is_unwanted = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        if is_unwanted { Self::Plain } else { Self::Dim }
    }
}

/// What happens, as it is shown.
#[derive(Clone, Copy, Debug)]
pub(super) struct View {
    pub(super) reader: Reader,
    /// Of notes at the prompt, the only place where they stand between the lines of others.
    pub(super) paint: Paint,
    pub(super) format: Format,
    pub(super) detail: Detail,
}

impl View {
    pub(super) fn message(&self, message: &Message) -> Show {
        let line = match self.reader {
            Reader::Pipe => return Show::Data(self.format.encode(message)),
            Reader::Terminal => self.for_people(message),
            Reader::Prompt => format!("< {}", self.for_people(message)),
            Reader::Json => match message {
                Message::Text(text) => message_event("text", text.as_str().into()),
                Message::Binary(bytes) => message_event("binary", base64::encode(bytes).into()),
            },
        };
        data(line)
    }

    fn for_people(&self, message: &Message) -> String {
        match (self.format, message) {
            (Format::Base64, message) => base64::encode(message.as_bytes()),
            (Format::Text, Message::Text(text)) => escape::lines(text),
            (Format::Text, Message::Binary(bytes)) => {
                let (shown, rest) = bytes.split_at(bytes.len().min(BINARY_BYTES));
                let more = if rest.is_empty() { "" } else { "\u{2026}" };
                format!("binary, {} bytes: {}{more}", bytes.len(), hex(shown))
            }
            (Format::Hex | Format::LengthPrefixed, message) => hex(message.as_bytes()),
        }
    }

    pub(super) fn opened(&self, ws: &WebSocket) -> Option<Show> {
        let version = format!("{:?}", ws.http_version());
        if self.reader == Reader::Json {
            let deflate = ws.deflate().is_some();
            let mut members = vec![
                ("event", "open".into()),
                ("version", version.into()),
                ("deflate", deflate.into()),
            ];
            members.extend(ws.protocol().map(|name| ("protocol", name.into())));
            return Some(data(Value::Object(members)));
        }
        let deflate = ws.deflate().map(|_| ", permessage-deflate").unwrap_or_default();
        let protocol = ws.protocol().map(|name| format!(", {name}")).unwrap_or_default();
        self.of_connections(format!("connected: {version}{deflate}{}", escape::line(&protocol)))
    }

    pub(super) fn lost(&self, reason: &Disconnection, retry_in: Duration) -> Show {
        let (words, seconds) = (words::disconnection(reason), retry_in.as_secs_f64());
        if self.reader == Reader::Json {
            return data(Value::Object(vec![
                ("event", "lost".into()),
                ("reason", words.into()),
                ("retry_in", seconds.into()),
            ]));
        }
        self.note(format!("{words}; again in {seconds:.1} s"))
    }

    pub(super) fn closed(&self, closed: &Closed) -> Option<Show> {
        if self.reader != Reader::Json {
            return self.of_connections(words::ending(closed));
        }
        let mut members = vec![("event", "close".into()), ("words", words::ending(closed).into())];
        if let Closed::Clean { frame, .. } = closed {
            members.extend(frame.code().map(|code| ("code", u64::from(code.get()).into())));
            members.push(("reason", frame.reason().into()));
        }
        Some(data(Value::Object(members)))
    }

    pub(super) fn frame(&self, frame: Traced) -> Show {
        match self.reader {
            Reader::Json => data(frame.to_json()),
            _ => self.note(frame.to_string()),
        }
    }

    pub(super) fn note(&self, note: String) -> Show {
        Show::Note(match (self.reader, self.paint) {
            (Reader::Prompt, Paint::Dim) => format!("\x1b[2m  {note}\x1b[0m"),
            (Reader::Prompt, Paint::Plain) => format!("  {note}"),
            _ => note,
        })
    }

    fn of_connections(&self, note: String) -> Option<Show> {
        (self.detail == Detail::Connections).then(|| self.note(note))
    }
}

fn message_event(kind: &str, data: Value<'_>) -> String {
    let event = vec![("event", "message".into()), ("kind", kind.into()), ("data", data)];
    Value::Object(event).to_string()
}

fn data(line: impl Display) -> Show {
    Show::Data(format!("{line}\n").into_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(reader: Reader, format: Format, message: impl Into<Message>, expected: &str) {
        let view = View { reader, paint: Paint::Dim, format, detail: Detail::Losses };
        let Show::Data(data) = view.message(&message.into()) else { panic!("a note") };
        assert_eq!(String::from_utf8_lossy(&data), format!("{expected}\n"));
    }

    #[test]
    fn a_message_is_as_it_is_for_a_pipe_and_safe_for_a_person() {
        let (text, bytes) = ("a\u{1b}[2J\nb", vec![0, 27, 255]);
        check(Reader::Pipe, Format::Text, text, text);
        check(Reader::Pipe, Format::Hex, text, "611b5b324a0a62");
        check(Reader::Terminal, Format::Text, text, "a\\u{1b}[2J\n  b");
        check(Reader::Prompt, Format::Text, text, "< a\\u{1b}[2J\n  b");
        check(Reader::Terminal, Format::Text, bytes.clone(), "binary, 3 bytes: 001bff");
        check(Reader::Prompt, Format::Base64, bytes.clone(), "< ABv/");
        check(
            Reader::Json,
            Format::Hex,
            bytes,
            r#"{"event":"message","kind":"binary","data":"ABv/"}"#,
        );
        let long = format!("binary, 65 bytes: {}\u{2026}", "00".repeat(64));
        check(Reader::Terminal, Format::Text, vec![0; 65], &long);
        check(
            Reader::Terminal,
            Format::Text,
            vec![0; 64],
            &format!("binary, 64 bytes: {}", "00".repeat(64)),
        );
    }

    #[test]
    fn what_we_say_ourselves_is_set_apart_at_the_prompt_alone() {
        for (reader, paint, expected) in [
            (Reader::Prompt, Paint::Dim, "\x1b[2m  a\x1b[0m"),
            (Reader::Prompt, Paint::Plain, "  a"),
            (Reader::Terminal, Paint::Dim, "a"),
            (Reader::Pipe, Paint::Dim, "a"),
        ] {
            let view = View { reader, paint, format: Format::Text, detail: Detail::Losses };
            assert_eq!(view.note("a".into()), Show::Note(expected.into()));
        }
    }
}
