//! `Cell`: one thing to measure, and the cells that are measured.

use std::fmt;

/// Bytes that may be under way at once, in both directions together.
const IN_FLIGHT_BYTES: usize = 64 << 20;

/// One thing to measure. Its name has all of it: `echo:32c:16B:d1`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Cell {
    pub(super) kind: Kind,
    pub(super) connections: usize,
    /// Of a message.
    pub(super) bytes: usize,
    /// Messages that leave together.
    pub(super) depth: usize,
    pub(super) content: Content,
}

/// What is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Batches, each when the one before it was answered.
    Echo,
    /// Single messages by the clock, at half of what the server can do.
    Latency,
    /// One sends, and all get it.
    Fanout,
    /// Connections that open and close.
    Handshake,
    /// Compressed messages, each for itself.
    Deflate,
    /// Compressed messages that refer to those before.
    Takeover,
    /// Batches as in an echo, over TLS.
    Tls,
    /// Connections that say nothing.
    Idle,
}

/// What messages are made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Content {
    Binary,
    Ascii,
    Mixed,
    Json,
}

/// What a server is started for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Job {
    Echo,
    Broadcast,
    Deflate,
    Tls,
}

const KINDS: [(&str, Kind); 8] = [
    ("echo", Kind::Echo),
    ("latency", Kind::Latency),
    ("fanout", Kind::Fanout),
    ("handshake", Kind::Handshake),
    ("deflate", Kind::Deflate),
    ("takeover", Kind::Takeover),
    ("tls", Kind::Tls),
    ("idle", Kind::Idle),
];

const CONTENTS: [(&str, Content); 4] = [
    ("binary", Content::Binary),
    ("ascii", Content::Ascii),
    ("mixed", Content::Mixed),
    ("json", Content::Json),
];

const UNITS: [(&str, usize); 3] = [("MiB", 1 << 20), ("KiB", 1 << 10), ("B", 1)];

impl Kind {
    pub(super) fn job(self) -> Job {
        match self {
            Self::Echo | Self::Latency | Self::Handshake | Self::Idle => Job::Echo,
            Self::Fanout => Job::Broadcast,
            Self::Deflate | Self::Takeover => Job::Deflate,
            Self::Tls => Job::Tls,
        }
    }

    /// What one of those is called that are counted.
    pub(super) fn unit(self) -> &'static str {
        match self {
            Self::Fanout => "delivery",
            Self::Handshake => "connection",
            _ => "message",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let found = KINDS.iter().find(|(_, kind)| kind == self);
        f.write_str(found.map_or("", |(name, _)| name))
    }
}

impl fmt::Display for Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let found = CONTENTS.iter().find(|(_, content)| content == self);
        f.write_str(found.map_or("", |(name, _)| name))
    }
}

impl Job {
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Echo => "echo",
            Self::Broadcast => "broadcast",
            Self::Deflate => "deflate",
            Self::Tls => "tls",
        }
    }
}

impl fmt::Display for Cell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kind, connections, bytes, depth, content } = self;
        write!(f, "{kind}:{connections}c")?;
        if *kind == Kind::Handshake {
            return Ok(());
        }
        write!(f, ":{}", Bytes(*bytes))?;
        if *content != kind.ordinary_content() {
            write!(f, ":{content}")?;
        }
        match kind {
            Kind::Latency | Kind::Idle => Ok(()),
            _ => write!(f, ":d{depth}"),
        }
    }
}

/// A number of bytes in the unit that divides it.
struct Bytes(usize);

impl fmt::Display for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let fits = |(_, size): &&(&str, usize)| self.0 >= *size && self.0.is_multiple_of(*size);
        let (unit, size) = UNITS.iter().find(fits).unwrap_or(&("B", 1));
        write!(f, "{}{unit}", self.0 / size)
    }
}

impl Kind {
    fn ordinary_content(self) -> Content {
        match self {
            Self::Deflate | Self::Takeover => Content::Json,
            _ => Content::Binary,
        }
    }
}

impl Cell {
    /// Reads a name; what it leaves out is as small as can be.
    pub(super) fn parse(name: &str) -> Result<Self, String> {
        let mut parts = name.split(':');
        let first = parts.next().unwrap_or_default();
        let kind = KINDS.iter().find(|(word, _)| *word == first);
        let (_, kind) = kind.ok_or(format!("expected what to measure, got `{first}`"))?;
        let content = kind.ordinary_content();
        let mut cell = Self { kind: *kind, connections: 1, bytes: 16, depth: 1, content };
        for part in parts {
            cell.take(part).ok_or(format!("expected 32c, 16B, d1 or a content, got `{part}`"))?;
        }
        Ok(cell)
    }

    fn take(&mut self, part: &str) -> Option<()> {
        if let Some((_, content)) = CONTENTS.iter().find(|(word, _)| *word == part) {
            self.content = *content;
        } else if let Some(number) = part.strip_suffix('c') {
            self.connections = number.parse().ok().filter(|number| *number > 0)?;
        } else if let Some(number) = part.strip_prefix('d') {
            self.depth = number.parse().ok().filter(|number| *number > 0)?;
        } else {
            let with_unit = |(unit, size): &(&str, usize)| {
                Some(part.strip_suffix(unit)?.parse::<usize>().ok()? * size)
            };
            self.bytes = UNITS.iter().find_map(with_unit)?;
        }
        Some(())
    }

    /// Whether it has all that a word of a filter asks for.
    fn fits(&self, word: &str) -> bool {
        let name = self.to_string();
        word.split(':').all(|wanted| name.split(':').any(|part| part == wanted))
    }
}

/// For each word of the filter the cell of that name, else all that have its parts, else the cell that it describes.
pub(super) fn chosen(filter: &str) -> Result<Vec<Cell>, String> {
    let all = all();
    let mut chosen: Vec<Cell> = Vec::new();
    for word in filter.split(',') {
        let named = all.iter().find(|cell| cell.to_string() == word);
        let fitting: Vec<Cell> = match named {
            Some(cell) => vec![*cell],
            None => all.iter().filter(|cell| cell.fits(word)).copied().collect(),
        };
        let fitting = if fitting.is_empty() { vec![Cell::parse(word)?] } else { fitting };
        chosen.extend(fitting.iter().filter(|cell| !chosen.contains(cell)).collect::<Vec<_>>());
    }
    Ok(chosen)
}

/// Every cell.
pub(super) fn all() -> Vec<Cell> {
    let mut cells = Vec::new();
    for connections in [1, 32, 500, 5000] {
        for bytes in [16, 128, 1 << 10, 16 << 10, 256 << 10, 1 << 20] {
            for depth in [1, 32] {
                let cell =
                    Cell { kind: Kind::Echo, connections, bytes, depth, content: Content::Binary };
                if connections * bytes * depth <= IN_FLIGHT_BYTES {
                    cells.push(cell);
                }
            }
        }
    }
    cells.extend(named(&[
        "echo:32c:1KiB:ascii:d32",
        "echo:32c:16KiB:ascii:d1",
        "echo:32c:16KiB:mixed:d1",
        "echo:32c:1KiB:mixed:d32",
        "echo:100c:128B:d1",
        "echo:8000c:128B:d1",
        "latency:32c:128B",
        "latency:500c:1KiB",
        "fanout:100c:128B:d1",
        "fanout:1000c:128B:d1",
        "fanout:100c:128B:d16",
        "fanout:1000c:128B:d16",
        "fanout:1000c:16KiB:d1",
        "handshake:64c",
        "deflate:32c:1KiB:d4",
        "deflate:32c:16KiB:ascii:d1",
        "takeover:32c:1KiB:d4",
        "takeover:32c:16KiB:ascii:d1",
        "tls:32c:128B:d1",
        "tls:32c:1KiB:d32",
        "tls:32c:16KiB:d1",
        "idle:10000c:1KiB",
    ]));
    cells
}

/// The cells of a short run.
pub(super) fn quick() -> Vec<Cell> {
    named(&[
        "echo:32c:16B:d1",
        "echo:32c:16B:d32",
        "echo:500c:1KiB:d1",
        "echo:32c:16KiB:d1",
        "fanout:100c:128B:d16",
        "handshake:64c",
        "idle:2000c:1KiB",
    ])
}

/// Something of everything, small.
pub(super) fn smoke() -> Vec<Cell> {
    named(&[
        "echo:4c:1KiB:mixed:d4",
        "echo:2c:256KiB:d2",
        "latency:4c:128B",
        "fanout:8c:128B:d4",
        "handshake:8c",
        "deflate:4c:1KiB:d2",
        "takeover:4c:1KiB:d2",
        "tls:4c:1KiB:d2",
        "idle:16c:1KiB",
    ])
}

fn named(names: &[&str]) -> Vec<Cell> {
    let parse =
        |name: &&str| Cell::parse(name).expect("a cell of ours has a name that can be read");
    names.iter().map(parse).collect()
}

#[cfg(test)]
mod tests {
    use super::{Cell, all, chosen, quick, smoke};

    #[test]
    fn every_cell_is_read_back_from_its_name() {
        for cell in all().into_iter().chain(quick()).chain(smoke()) {
            assert_eq!(Cell::parse(&cell.to_string()), Ok(cell), "{cell}");
        }
        for wrong in ["", "echoes", "echo:32", "echo:0c", "echo:d0", "echo:16XB", "echo::d1"] {
            assert!(Cell::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_filter_chooses_by_parts_or_names_a_cell_of_its_own() {
        let names = |filter: &str| {
            chosen(filter).map(|cells| cells.iter().map(ToString::to_string).collect::<Vec<_>>())
        };
        assert_eq!(names("handshake"), Ok(vec!["handshake:64c".to_owned()]));
        assert_eq!(names("echo:16B:d32:1c,echo:32c:16B:d32").map(|names| names.len()), Ok(2));
        assert_eq!(names("echo:7c:64B:d8"), Ok(vec!["echo:7c:64B:d8".to_owned()]));
        assert_eq!(names("idle,idle").map(|names| names.len()), Ok(1));
        assert!(names("everything").is_err());
    }
}
