//! `Log`: lines on standard error about what happens, for people or for machines.
//!
//! A thread of its own writes them, so that whoever does not read them holds up nobody: what is over its queue is
//! counted, and the count is told with the next line.

use std::{
    fmt::{self, Write as _},
    io::{self, Write as _},
    sync::{
        atomic::{AtomicU64, Ordering},
        mpsc::{self, Receiver, SyncSender},
    },
    thread,
    time::Duration,
};

use super::moment::Moment;

/// Lines that wait to be written.
const QUEUE: usize = 1_024;

/// How long the last lines may take.
const LAST_LINES: Duration = Duration::from_secs(1);

/// How a line is written. Its variants have no documentation: clap would make two pages of help of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Format {
    Text,
    Json,
}

/// How much is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Volume {
    Everything,
    /// What somebody has to look at.
    Trouble,
}

/// A value in a line.
#[derive(Clone, Copy)]
pub(super) enum Value<'v> {
    Text(&'v dyn fmt::Display),
    Number(u64),
    Seconds(Duration),
}

/// What a line says beside what happened.
pub(super) type Fields<'f> = [(&'f str, Value<'f>)];

#[derive(Debug)]
pub(super) struct Log {
    format: Format,
    volume: Volume,
    lines: SyncSender<Entry>,
    dropped: AtomicU64,
}

#[derive(Debug)]
enum Entry {
    Line(String),
    /// Asks to be told once all before it is written.
    End(SyncSender<()>),
}

impl Log {
    pub(super) fn new(format: Format, volume: Volume) -> io::Result<Self> {
        let (lines, entries) = mpsc::sync_channel(QUEUE);
        thread::Builder::new().name("log".into()).spawn(move || write(&entries))?;
        Ok(Self { format, volume, lines, dropped: AtomicU64::new(0) })
    }

    /// Something that happens every day.
    pub(super) fn event(&self, what: &str, fields: &Fields<'_>) {
        if self.volume == Volume::Everything {
            self.line(what, fields);
        }
    }

    /// Something that somebody has to look at.
    pub(super) fn trouble(&self, what: &str, fields: &Fields<'_>) {
        self.line(what, fields);
    }

    fn line(&self, what: &str, fields: &Fields<'_>) {
        let dropped = self.dropped.swap(0, Ordering::Relaxed);
        let mut line = Line::new(self.format, what);
        fields.iter().for_each(|(name, value)| line.field(name, *value));
        if dropped > 0 {
            line.field("lines_dropped_before", Value::Number(dropped));
        }
        if self.lines.try_send(Entry::Line(line.end())).is_err() {
            self.dropped.fetch_add(dropped + 1, Ordering::Relaxed);
        }
    }

    /// Waits until the lines are written, but not for a reader that never reads.
    pub(super) fn finish(&self) {
        let (done, written) = mpsc::sync_channel(1);
        if self.lines.try_send(Entry::End(done)).is_ok() {
            let _ = written.recv_timeout(LAST_LINES);
        }
    }
}

fn write(entries: &Receiver<Entry>) {
    for entry in entries {
        match entry {
            // Whoever closed the pipe has read enough.
            Entry::Line(line) => drop(io::stderr().write_all(line.as_bytes())),
            Entry::End(done) => drop(done.send(())),
        }
    }
}

/// A line under way.
struct Line {
    format: Format,
    text: String,
}

impl Line {
    fn new(format: Format, what: &str) -> Self {
        let now = Moment::now();
        let text = match format {
            Format::Text => format!("{now} {what}"),
            Format::Json => format!("{{\"time\":\"{now}\",\"event\":\"{what}\""),
        };
        Self { format, text }
    }

    fn field(&mut self, name: &str, value: Value<'_>) {
        let value = match (value, self.format) {
            (Value::Number(number), _) => number.to_string(),
            (Value::Seconds(time), _) => format!("{:.3}", time.as_secs_f64()),
            (Value::Text(text), Format::Text) => word(&text.to_string()),
            (Value::Text(text), Format::Json) => json(&text.to_string()),
        };
        // Writing to a string cannot fail.
        let _ = match self.format {
            Format::Text => write!(self.text, " {name}={value}"),
            Format::Json => write!(self.text, ",\"{name}\":{value}"),
        };
    }

    fn end(mut self) -> String {
        self.text.push_str(match self.format {
            Format::Text => "\n",
            Format::Json => "}\n",
        });
        self.text
    }
}

/// A text as it is, or in quotes where it could be taken for more than one word or drive a terminal.
fn word(text: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_graphic() && !b"\"\\=".contains(&byte);
    if !text.is_empty() && text.bytes().all(is_plain) {
        text.to_owned()
    } else {
        format!("{text:?}")
    }
}

/// A string of JSON (RFC 8259 7), in ASCII.
fn json(text: &str) -> String {
    let mut quoted = String::from('"');
    for unit in text.encode_utf16() {
        match u8::try_from(unit) {
            Ok(byte @ (b'"' | b'\\')) => quoted.extend(['\\', char::from(byte)]),
            Ok(byte @ b' '..=b'~') => quoted.push(char::from(byte)),
            _ => drop(write!(quoted, "\\u{unit:04x}")),
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Format, Line, Value};

    fn check(value: Value<'_>, text: &str, json: &str) {
        for (format, expected) in [(Format::Text, text), (Format::Json, json)] {
            let mut line = Line { format, text: String::new() };
            line.field("a", value);
            assert_eq!(line.end().trim_end(), expected);
        }
    }

    #[test]
    fn what_strangers_say_stays_one_value_of_one_line() {
        check(Value::Number(7), " a=7", ",\"a\":7}");
        check(Value::Seconds(Duration::from_millis(1250)), " a=1.250", ",\"a\":1.250}");
        check(Value::Text(&"/echo"), " a=/echo", ",\"a\":\"/echo\"}");
        check(Value::Text(&""), " a=\"\"", ",\"a\":\"\"}");
        check(Value::Text(&"a b=c"), " a=\"a b=c\"", ",\"a\":\"a b=c\"}");
        check(
            Value::Text(&"\u{1b}[2J\n\"\\ü💧"),
            r#" a="\u{1b}[2J\n\"\\ü💧""#,
            r#","a":"\u001b[2J\u000a\"\\\u00fc\ud83d\udca7"}"#,
        );
    }
}
