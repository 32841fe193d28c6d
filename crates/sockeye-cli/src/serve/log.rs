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
use crate::json;

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
        let also = (dropped > 0).then_some(("lines_dropped_before", Value::Number(dropped)));
        let fields = fields.iter().copied().chain(also);
        let line = match self.format {
            Format::Text => text(Moment::now(), what, fields),
            Format::Json => json(Moment::now(), what, fields),
        };
        if self.lines.try_send(Entry::Line(line + "\n")).is_err() {
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

fn text<'f>(now: Moment, what: &str, fields: impl Iterator<Item = (&'f str, Value<'f>)>) -> String {
    let mut line = format!("{now} {what}");
    for (name, value) in fields {
        let value = match value {
            Value::Text(text) => word(&text.to_string()),
            Value::Number(number) => number.to_string(),
            Value::Seconds(time) => format!("{:.3}", time.as_secs_f64()),
        };
        write!(line, " {name}={value}").expect("a String takes everything");
    }
    line
}

fn json<'f>(
    now: Moment,
    what: &'f str,
    fields: impl Iterator<Item = (&'f str, Value<'f>)>,
) -> String {
    let mut members = vec![("time", now.to_string().into()), ("event", what.into())];
    members.extend(fields.map(|(name, value)| match value {
        Value::Text(text) => (name, text.to_string().into()),
        Value::Number(number) => (name, number.into()),
        Value::Seconds(time) => (name, time.into()),
    }));
    json::Value::Object(members).to_string()
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

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Moment, Value, json, text};

    fn check(value: Value<'_>, in_text: &str, in_json: &str) {
        let (now, fields) = (Moment::now(), [("a", value)]);
        assert_eq!(text(now, "b", fields.into_iter()), format!("{now} b {in_text}"));
        let expected = format!("{{\"time\":\"{now}\",\"event\":\"b\",{in_json}}}");
        assert_eq!(json(now, "b", fields.into_iter()), expected);
    }

    #[test]
    fn what_strangers_say_stays_one_value_of_one_line() {
        check(Value::Number(7), "a=7", "\"a\":7");
        check(Value::Seconds(Duration::from_millis(1250)), "a=1.250", "\"a\":1.25");
        check(Value::Text(&"/echo"), "a=/echo", "\"a\":\"/echo\"");
        check(Value::Text(&""), "a=\"\"", "\"a\":\"\"");
        check(Value::Text(&"a b=c"), "a=\"a b=c\"", "\"a\":\"a b=c\"");
        check(
            Value::Text(&"\u{1b}[2J\n\"\\\u{fc}"),
            "a=\"\\u{1b}[2J\\n\\\"\\\\\u{fc}\"",
            "\"a\":\"\\u001b[2J\\n\\\"\\\\\u{fc}\"",
        );
    }
}
