//! The prompt: a line editor on the terminal, and what is printed above the line.
//!
//! rustyline edits in a thread of its own. What is to be printed meanwhile is handed to it, so that a message never
//! stands in the middle of a line.

use std::{
    io::{self, Write},
    path::PathBuf,
    sync::{
        Arc, Condvar, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    thread::{self, JoinHandle},
    time::Duration,
};

use rustix::process::{Signal, getpid, kill_process};
use rustyline::{
    Config, Editor, ExternalPrinter, Prompt, error::ReadlineError, history::DefaultHistory,
};
use tokio::sync::mpsc;

use super::{
    format::Format,
    input::{self, Said},
    screen::{Screen, Show},
};

/// Up and down again: a line to print that changes nothing, for rustyline ends each with a newline.
const NOTHING: &str = "\x1b[A\n";

/// As much as is printed at once.
const PRINTED_BYTES: usize = 64 * 1024;

/// How often the editor is told to end. It may have missed it between two lines.
const GLANCE: Duration = Duration::from_millis(10);

/// A terminal at which somebody types, until this is dropped.
#[derive(Debug)]
pub(super) struct Terminal {
    editing: JoinHandle<()>,
    gate: Arc<Gate>,
}

type Edits = Editor<(), DefaultHistory>;

/// Opens the prompt on standard input and output; none where the terminal cannot have one.
pub(super) fn open(
    format: Format,
    history: Option<PathBuf>,
) -> Option<(mpsc::Receiver<Said>, Screen, Terminal)> {
    let config = Config::builder().max_history_size(1000).ok()?.history_ignore_space(true);
    let mut editor = Edits::with_config(config.build()).ok()?;
    let printer = editor.create_external_printer().ok()?;
    if let Some(history) = &history {
        // There is none at first.
        let _ = editor.load_history(history);
    }
    let (said, saying) = mpsc::channel(input::AHEAD);
    let gate = Arc::new(Gate::default());
    let screen = {
        let gate = gate.clone();
        Screen::printing(move |shows| print(shows, printer, &gate).map_err(io::Error::other))
    };
    let editing = {
        let gate = gate.clone();
        thread::spawn(move || {
            edit(editor, history, format, &said, &gate);
            gate.set(Editing::Yes);
        })
    };
    Some((saying, screen, Terminal { editing, gate }))
}

impl Drop for Terminal {
    /// Ends the editor, which leaves the terminal as it found it, and wipes its prompt away.
    fn drop(&mut self) {
        self.gate.over.store(true, Ordering::SeqCst);
        while !self.editing.is_finished() {
            // While it waits for keys this is its signal; a key is the only other thing that wakes it.
            let _ = kill_process(getpid(), Signal::INT);
            thread::sleep(GLANCE);
        }
        let mut stdout = io::stdout().lock();
        let _ = stdout.write_all(b"\x1b[A\x1b[K").and_then(|()| stdout.flush());
    }
}

fn edit(
    mut editor: Edits,
    history: Option<PathBuf>,
    format: Format,
    said: &mpsc::Sender<Said>,
    gate: &Gate,
) {
    let mut text = "> ";
    while !gate.over.load(Ordering::SeqCst) {
        let line = editor.readline(&Asking { text, gate });
        gate.set(Editing::No);
        let next = match line {
            Ok(line) => {
                keep(&mut editor, history.as_ref(), &line);
                format
                    .decode(line.into_bytes())
                    .map_or_else(|e| Said::Unclear(e.into()), Said::Message)
            }
            Err(ReadlineError::Interrupted | ReadlineError::Eof) => {
                // What still comes is printed by an editor that waits for a key.
                text = "";
                Said::Leave
            }
            Err(error) => Said::Wrong(format!("the terminal: {error}")),
        };
        let is_last = matches!(next, Said::Wrong(_));
        // Nobody listens once the conversation is over, but its end is still to be printed.
        let _ = said.blocking_send(next);
        if is_last {
            return;
        }
    }
}

/// Written at once: the editor never learns of the end. A history that cannot be written is not worth a message.
fn keep(editor: &mut Edits, history: Option<&PathBuf>, line: &str) {
    let is_new = editor.add_history_entry(line);
    if let (Ok(true), Some(history)) = (is_new, history) {
        let _ = editor.append_history(history);
    }
}

fn print(
    mut shows: mpsc::Receiver<Show>,
    mut printer: impl ExternalPrinter,
    gate: &Gate,
) -> rustyline::Result<()> {
    let mut print = |text: String| {
        gate.pass();
        printer.print(text)
    };
    while let Some(show) = shows.blocking_recv() {
        let mut lines = line(show);
        while let Some(show) = shows.try_recv().ok().filter(|_| lines.len() < PRINTED_BYTES) {
            lines += &line(show);
        }
        print(lines)?;
    }
    // A printer holds one line at most: with the second of these in its hands, all before them are on the screen.
    print(NOTHING.into())?;
    print(NOTHING.into())
}

fn line(show: Show) -> String {
    match show {
        Show::Data(data) => String::from_utf8_lossy(&data).into_owned(),
        Show::Note(note) => note + "\n",
    }
}

/// The prompt. rustyline asks for its text when it is about to wait for keys.
struct Asking<'g> {
    text: &'static str,
    gate: &'g Gate,
}

impl Prompt for Asking<'_> {
    fn raw(&self) -> &str {
        self.gate.set(Editing::Yes);
        self.text
    }
}

/// Whether a line is being edited.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Editing {
    #[default]
    No,
    Yes,
}

/// Lets nobody print while the editor is between two lines: rustyline would print at once, into the next prompt.
#[derive(Debug, Default)]
struct Gate {
    editing: Mutex<Editing>,
    changed: Condvar,
    /// There will be no further line.
    over: AtomicBool,
}

impl Gate {
    fn set(&self, editing: Editing) {
        *self.lock() = editing;
        self.changed.notify_all();
    }

    fn pass(&self) {
        let mut editing = self.lock();
        while *editing == Editing::No {
            editing = self.changed.wait(editing).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Editing> {
        self.editing.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
