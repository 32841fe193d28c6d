//! What was written behind the command's name.

use std::fmt;

pub(crate) const HELP: &str = "\
sockeye: a WebSocket server for trying things out

Usage: sockeye serve [OPTIONS]

  GET /echo      a WebSocket that sends every message back
  GET /healthz   ok

Options:
  --listen ADDR:PORT    where to listen [127.0.0.1:8080]; port 0 takes a free one
  --max-message BYTES   the largest message; K and M multiply by 1024 and 1024 x 1024 [1M]
  --max-fragments N     the most frames in a message [16384]
  --deflate on|off      whether messages may be compressed [on]
  -h, --help            this text

Examples:
  sockeye serve
  sockeye serve --listen 127.0.0.1:0 --max-message 16M

Exit status: 0 done, 1 the server could not start, 2 the arguments were wrong.";

/// What is to be done.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Command {
    Help,
    Serve(ServeOptions),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ServeOptions {
    pub(crate) listen: String,
    pub(crate) max_message: usize,
    pub(crate) max_fragments: u32,
    pub(crate) deflate: Deflate,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Deflate {
    On,
    Off,
}

impl Default for ServeOptions {
    fn default() -> Self {
        Self {
            listen: "127.0.0.1:8080".into(),
            max_message: 1 << 20,
            max_fragments: 16_384,
            deflate: Deflate::On,
        }
    }
}

/// Arguments that make no sense.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Misuse {
    expected: String,
    got: String,
}

impl fmt::Display for Misuse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "expected {}, got {}; `sockeye --help` shows the rest", self.expected, self.got)
    }
}

pub(crate) fn parse(args: impl IntoIterator<Item = String>) -> Result<Command, Misuse> {
    let mut args = args.into_iter();
    match args.next().as_deref() {
        None => Err(misuse("a command", "none")),
        Some("-h" | "--help" | "help") => Ok(Command::Help),
        Some("serve") => parse_serve(args),
        Some(other) => Err(misuse("the command serve", &format!("`{other}`"))),
    }
}

fn parse_serve(mut args: impl Iterator<Item = String>) -> Result<Command, Misuse> {
    let mut options = ServeOptions::default();
    while let Some(name) = args.next() {
        if name == "-h" || name == "--help" {
            return Ok(Command::Help);
        }
        let known = ["--listen", "--max-message", "--max-fragments", "--deflate"];
        if !known.contains(&name.as_str()) {
            return Err(misuse("an option of serve", &format!("`{name}`")));
        }
        let value = args.next().ok_or_else(|| misuse(&format!("a value for {name}"), "none"))?;
        let wrong =
            |expected: &str| misuse(&format!("{expected} for {name}"), &format!("`{value}`"));
        match name.as_str() {
            "--listen" => options.listen = value,
            "--max-message" => {
                options.max_message =
                    bytes(&value).ok_or_else(|| wrong("a size such as 4096, 64K or 16M"))?;
            }
            "--max-fragments" => {
                options.max_fragments = value.parse().map_err(|_| wrong("a number"))?;
            }
            _ => {
                options.deflate = match value.as_str() {
                    "on" => Deflate::On,
                    "off" => Deflate::Off,
                    _ => return Err(wrong("on or off")),
                };
            }
        }
    }
    Ok(Command::Serve(options))
}

fn bytes(value: &str) -> Option<usize> {
    let (digits, unit) = match value.strip_suffix(['K', 'k']) {
        Some(digits) => (digits, 1 << 10),
        None => match value.strip_suffix(['M', 'm']) {
            Some(digits) => (digits, 1 << 20),
            None => (value, 1),
        },
    };
    digits.parse::<usize>().ok()?.checked_mul(unit).filter(|bytes| *bytes > 0)
}

fn misuse(expected: &str, got: &str) -> Misuse {
    Misuse { expected: expected.into(), got: got.into() }
}

#[cfg(test)]
mod tests {
    use super::{Command, Deflate, ServeOptions, parse};

    fn check(line: &str, expected: Result<Command, &str>) {
        let got = parse(line.split_whitespace().map(str::to_owned));
        let expected =
            expected.map_err(|text| format!("expected {text}; `sockeye --help` shows the rest"));
        assert_eq!(got.map_err(|misuse| misuse.to_string()), expected, "{line}");
    }

    #[test]
    fn options_are_read() {
        check("serve", Ok(Command::Serve(ServeOptions::default())));
        let options = ServeOptions {
            listen: "[::1]:0".into(),
            max_message: 16 << 20,
            max_fragments: 70_000,
            deflate: Deflate::Off,
        };
        let line = "serve --listen [::1]:0 --max-message 16M --max-fragments 70000 --deflate off";
        check(line, Ok(Command::Serve(options)));
        check("serve --help", Ok(Command::Help));
    }

    #[test]
    fn mistakes_are_told_with_what_was_expected() {
        check("", Err("a command, got none"));
        check("listen", Err("the command serve, got `listen`"));
        check("serve --port 1", Err("an option of serve, got `--port`"));
        check("serve --listen", Err("a value for --listen, got none"));
        check(
            "serve --max-message 0",
            Err("a size such as 4096, 64K or 16M for --max-message, got `0`"),
        );
        check("serve --deflate yes", Err("on or off for --deflate, got `yes`"));
    }
}
