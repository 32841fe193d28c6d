//! `Screen`: what is printed, in order, without keeping the conversation waiting longer than a full pipe makes it.

use std::{
    io::{self, Write},
    thread::{self, JoinHandle},
};

use tokio::{sync::mpsc, task};

use crate::output;

/// Lines that were shown and not printed yet.
const BEHIND: usize = 8;

/// Something to print.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Show {
    /// What was asked for.
    Data(Vec<u8>),
    /// What is told about it, one line without its newline.
    Note(String),
}

/// Nobody reads any more.
#[derive(Debug)]
pub(super) struct Gone;

/// A thread that prints.
#[derive(Debug)]
pub(super) struct Screen {
    shows: mpsc::Sender<Show>,
    printing: JoinHandle<io::Result<()>>,
}

impl Screen {
    /// Data to standard output, notes to standard error.
    pub(super) fn pipes() -> Self {
        Self::printing(print_to_pipes)
    }

    /// In a thread of its own, because a pipe that is full can only be waited for there.
    pub(super) fn printing(
        print: impl FnOnce(mpsc::Receiver<Show>) -> io::Result<()> + Send + 'static,
    ) -> Self {
        let (shows, shown) = mpsc::channel(BEHIND);
        Self { shows, printing: thread::spawn(move || print(shown)) }
    }

    /// Prints, after what was shown before. Cancel safe: it is printed whole or not at all.
    pub(super) async fn show(&self, show: Show) -> Result<(), Gone> {
        self.shows.send(show).await.map_err(|_| Gone)
    }

    /// Waits until all of it is printed.
    ///
    /// # Errors
    ///
    /// When it could not be; that a reader has read enough is none.
    pub(super) async fn finish(self) -> io::Result<()> {
        drop(self.shows);
        let printed = task::spawn_blocking(move || self.printing.join());
        match printed.await.map_err(io::Error::other)?.expect("printing does not panic") {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
            printed => printed,
        }
    }
}

fn print_to_pipes(mut shows: mpsc::Receiver<Show>) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    while let Some(show) = shows.blocking_recv() {
        print(show, &mut stdout)?;
        // What is here already leaves in one piece.
        while let Ok(show) = shows.try_recv() {
            print(show, &mut stdout)?;
        }
        stdout.flush()?;
    }
    Ok(())
}

fn print(show: Show, stdout: &mut impl Write) -> io::Result<()> {
    match show {
        Show::Data(data) => stdout.write_all(&data),
        Show::Note(note) => {
            stdout.flush()?;
            output::note(note);
            Ok(())
        }
    }
}
