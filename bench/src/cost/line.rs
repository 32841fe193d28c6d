//! `Line`: a stream in memory that its other end fills and empties by hand, and whoever plays a task on it.

use std::{
    future::Future,
    io::{self, IoSlice},
    pin::{Pin, pin},
    sync::{Arc, Mutex, MutexGuard},
    task::{Context, Poll, Waker},
};

use sockeye::bytes::{Buf, Bytes};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    runtime::{Builder, Runtime},
};

/// A handle to the stream; clones are the same stream.
#[derive(Clone, Debug, Default)]
pub(super) struct Line(Arc<Mutex<Ends>>);

#[derive(Debug, Default)]
struct Ends {
    arrived: Bytes,
    written: Vec<u8>,
    reader: Reader,
}

/// What is known of whoever reads.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Reader {
    #[default]
    Busy,
    /// Has read all that arrived, and wants more.
    Waiting,
}

impl Line {
    pub(super) fn new(arrived: Bytes) -> Self {
        Self(Arc::new(Mutex::new(Ends { arrived, ..Ends::default() })))
    }

    /// Brings what the next reads find; what was written until now is forgotten.
    pub(super) fn arrive(&self, bytes: &Bytes) {
        let mut ends = self.lock();
        ends.arrived = bytes.clone();
        ends.written.clear();
        ends.reader = Reader::Busy;
    }

    /// Whether all was read and more is wanted.
    pub(super) fn is_awaited(&self) -> bool {
        self.lock().reader == Reader::Waiting
    }

    pub(super) fn written(&self) -> usize {
        self.lock().written.len()
    }

    /// What was written, taken away.
    pub(super) fn take_written(&self) -> Vec<u8> {
        std::mem::take(&mut self.lock().written)
    }

    fn lock(&self) -> MutexGuard<'_, Ends> {
        self.0.lock().expect("nothing panics behind it")
    }
}

impl AsyncRead for Line {
    fn poll_read(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let mut ends = self.lock();
        if ends.arrived.is_empty() {
            ends.reader = Reader::Waiting;
            return Poll::Pending;
        }
        let len = ends.arrived.len().min(buffer.remaining());
        buffer.put_slice(&ends.arrived[..len]);
        ends.arrived.advance(len);
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
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let mut ends = self.lock();
        let before = ends.written.len();
        slices.iter().for_each(|slice| ends.written.extend_from_slice(slice));
        Poll::Ready(Ok(ends.written.len() - before))
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

/// A runtime to be entered, for the timers and tasks that a socket asks for. It never runs, so nothing of what it does
/// by the clock is counted.
pub(super) fn idle_runtime() -> io::Result<Runtime> {
    Builder::new_current_thread().enable_time().build()
}

/// Polls what waits for nothing but this program.
pub(super) fn finish<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("expected an end at the first poll, got a task that waits"),
    }
}

/// A task that works on one line for ever.
pub(super) struct Player {
    line: Line,
    task: Pin<Box<dyn Future<Output = ()>>>,
}

/// As often as a task may be polled for one arrival: it gives way after a number of reads.
const POLLS: usize = 64;

impl Player {
    pub(super) fn new(line: Line, task: impl Future<Output = ()> + 'static) -> Self {
        let mut player = Self { line, task: Box::pin(task) };
        player.poll();
        player
    }

    /// Has the task work through what arrives; tells how many bytes it wrote.
    pub(super) fn play(&mut self, arrival: &Bytes) -> usize {
        self.line.arrive(arrival);
        self.poll();
        self.line.written()
    }

    fn poll(&mut self) {
        for _ in 0..POLLS {
            let polled = self.task.as_mut().poll(&mut Context::from_waker(Waker::noop()));
            assert!(polled.is_pending(), "expected a task that goes on, got its end");
            if self.line.is_awaited() {
                return;
            }
        }
        panic!("expected a task that reads on, got none within {POLLS} polls");
    }
}
