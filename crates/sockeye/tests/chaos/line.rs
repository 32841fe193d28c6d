//! `line`: a transport in memory that takes and gives as much as it likes, when it likes.

use std::{
    collections::VecDeque,
    io::{self, IoSlice},
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard},
    task::{Context, Poll, Waker},
};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::chance::Chance;

/// One direction.
#[derive(Debug, Default)]
struct Pipe {
    bytes: VecDeque<u8>,
    room: usize,
    state: State,
    reader: Option<Waker>,
    writer: Option<Waker>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum State {
    #[default]
    Open,
    /// No more is written; what was can be read.
    Ended,
    /// Nothing comes through any more.
    Cut,
}

impl Pipe {
    fn wake(&mut self) {
        for waker in [self.reader.take(), self.writer.take()].into_iter().flatten() {
            waker.wake();
        }
    }
}

fn lock(pipe: &Mutex<Pipe>) -> MutexGuard<'_, Pipe> {
    pipe.lock().expect("nobody panics with it")
}

/// One end of a line.
#[derive(Debug)]
pub(crate) struct Line {
    input: Arc<Mutex<Pipe>>,
    output: Arc<Mutex<Pipe>>,
    chance: Chance,
    vectored: bool,
    /// How often of a hundred times it has somebody come again for nothing.
    moods: u64,
}

/// Cuts a line.
#[derive(Debug)]
pub(crate) struct Scissors([Arc<Mutex<Pipe>>; 2]);

impl Scissors {
    pub(crate) fn cut(&self) {
        for pipe in &self.0 {
            let mut pipe = lock(pipe);
            pipe.state = State::Cut;
            pipe.wake();
        }
    }

    pub(crate) fn is_cut(&self) -> bool {
        self.0.iter().any(|pipe| lock(pipe).state == State::Cut)
    }
}

pub(crate) fn line(chance: &mut Chance) -> (Line, Line, Scissors) {
    let mut pipe = || {
        let room = 1 + chance.len(10_000);
        Arc::new(Mutex::new(Pipe { room, ..Pipe::default() }))
    };
    let (up, down) = (pipe(), pipe());
    let mut end = |input: &Arc<Mutex<Pipe>>, output: &Arc<Mutex<Pipe>>| Line {
        input: input.clone(),
        output: output.clone(),
        vectored: chance.in_hundred(50),
        moods: chance.below(60),
        chance: chance.fork(),
    };
    (end(&down, &up), end(&up, &down), Scissors([up, down]))
}

impl Line {
    /// Sometimes nothing can be had for no reason.
    fn poll_mood(&mut self, context: &mut Context<'_>) -> Poll<()> {
        if self.chance.in_hundred(self.moods) {
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        Poll::Ready(())
    }
}

impl AsyncRead for Line {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        std::task::ready!(self.poll_mood(context));
        let Self { input, chance, .. } = &mut *self;
        let mut pipe = lock(input);
        match pipe.state {
            State::Cut => return Poll::Ready(Err(io::ErrorKind::ConnectionReset.into())),
            State::Ended if pipe.bytes.is_empty() => return Poll::Ready(Ok(())),
            State::Open if pipe.bytes.is_empty() => {
                pipe.reader = Some(context.waker().clone());
                return Poll::Pending;
            }
            State::Open | State::Ended => {}
        }
        let len = buffer.remaining().min(pipe.bytes.len()).min(1 + chance.len(70_000));
        for byte in pipe.bytes.drain(..len) {
            buffer.put_slice(&[byte]);
        }
        pipe.wake();
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Line {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.poll_write_vectored(context, &[IoSlice::new(bytes)])
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        std::task::ready!(self.poll_mood(context));
        let Self { output, chance, vectored, .. } = &mut *self;
        let mut pipe = lock(output);
        if pipe.state != State::Open {
            return Poll::Ready(Err(io::ErrorKind::BrokenPipe.into()));
        }
        let room = pipe.room - pipe.bytes.len().min(pipe.room);
        if room == 0 {
            pipe.writer = Some(context.waker().clone());
            return Poll::Pending;
        }
        let slices = if *vectored { slices } else { slices.get(..1).unwrap_or_default() };
        let wanted = 1 + chance.len(10_000);
        let before = pipe.bytes.len();
        let bytes = slices.iter().flat_map(|slice| slice.iter());
        pipe.bytes.extend(bytes.take(room.min(wanted)));
        let written = pipe.bytes.len() - before;
        pipe.wake();
        Poll::Ready(Ok(written))
    }

    fn is_write_vectored(&self) -> bool {
        self.vectored
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.poll_mood(context).map(Ok)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        std::task::ready!(self.poll_mood(context));
        let mut pipe = lock(&self.output);
        if pipe.state == State::Open {
            pipe.state = State::Ended;
        }
        pipe.wake();
        Poll::Ready(Ok(()))
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        for pipe in [&self.input, &self.output] {
            let mut pipe = lock(pipe);
            if pipe.state == State::Open {
                pipe.state = State::Ended;
            }
            pipe.wake();
        }
    }
}
