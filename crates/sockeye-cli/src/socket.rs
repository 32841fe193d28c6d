//! One connection on a blocking socket: the handshake, then the echo.

use std::{
    io::{self, ErrorKind, IoSlice, Read, Write},
    net::{Shutdown, TcpStream},
    sync::Arc,
    time::{Duration, Instant},
};

use http::{Method, Request, StatusCode};
use sockeye_proto::{
    Config, Connection, Event, Input,
    handshake::{
        Acceptance, Choice, HeadLimits, Offer, Progress, Refusal, RequestReader, wants_upgrade,
        write_response,
    },
};

/// How long the head of a request may take, all of it.
const HEAD_TIMEOUT: Duration = Duration::from_secs(10);

/// How long a peer may take nothing of what is written.
const WRITE_TIMEOUT: Duration = Duration::from_secs(20);

const READ_BYTES: usize = 64 * 1024;

pub(crate) fn serve(mut stream: &TcpStream, config: Arc<Config>) -> io::Result<()> {
    stream.set_nodelay(true)?;
    stream.set_write_timeout(Some(WRITE_TIMEOUT))?;
    let mut read = vec![0; READ_BYTES];
    match open(stream, &mut read, &config)? {
        Ok((acceptance, rest)) => {
            stream.write_all(&write_response(&acceptance.response))?;
            let deflate = acceptance.negotiated.deflate;
            let connection = Connection::server(config, deflate, Instant::now());
            Echo { stream, connection, read }.run(rest)
        }
        Err(response) => {
            stream.write_all(&response)?;
            stream.shutdown(Shutdown::Write)
        }
    }
}

/// Reads the head of a request and answers it: the agreement and where in `read` the bytes after the head stand, or the
/// response that says why not.
fn open(
    mut stream: &TcpStream,
    read: &mut [u8],
    config: &Config,
) -> io::Result<Result<(Acceptance, Rest), Vec<u8>>> {
    let deadline = Instant::now() + HEAD_TIMEOUT;
    let mut reader = RequestReader::new(HeadLimits::default());
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        stream.set_read_timeout(Some(left.max(Duration::from_millis(1))))?;
        let len = stream.read(read)?;
        if len == 0 {
            return Err(ErrorKind::UnexpectedEof.into());
        }
        let progress = match reader.read(read.get(..len).unwrap_or_default()) {
            Ok(progress) => progress,
            Err(refusal) => return Ok(Err(refusal.into_bytes())),
        };
        let Progress::Finished { head, used } = progress else { continue };
        let choice = Choice::default().deflate(config.deflate);
        return Ok(
            answer(&head, &choice).map(|accepted| (accepted, Rest { start: used, end: len }))
        );
    }
}

/// Bytes that came behind the head, in the buffer that it was read into.
struct Rest {
    start: usize,
    end: usize,
}

fn answer(request: &Request<()>, choice: &Choice) -> Result<Acceptance, Vec<u8>> {
    match request.uri().path() {
        "/echo" => Offer::from_request(request)
            .and_then(|offer| offer.accept(choice))
            .map_err(Refusal::into_bytes),
        "/healthz" if request.method() == Method::GET && !wants_upgrade(request) => {
            Err(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 3\r\n\r\nok\n".to_vec())
        }
        path => {
            let reason = format!("expected /echo or /healthz, got {path}");
            Err(Refusal::new(StatusCode::NOT_FOUND, reason).into_bytes())
        }
    }
}

struct Echo<'s> {
    stream: &'s TcpStream,
    connection: Connection,
    read: Vec<u8>,
}

impl Echo<'_> {
    /// The loop of an adapter, as the documentation of [`Connection`] has it.
    fn run(mut self, rest: Rest) -> io::Result<()> {
        self.handle_input(rest.start, rest.end)?;
        loop {
            write(self.stream, &mut self.connection)?;
            if self.connection.poll_shutdown() {
                // RFC 6455 7.1.1: the server ends first; what still comes is read so that no reset takes the goodbye
                // away.
                let _ = self.stream.shutdown(Shutdown::Write);
            }
            if self.connection.is_done() {
                return Ok(());
            }
            match self.read()? {
                Some(0) => self.connection.handle_eof(),
                Some(len) => self.handle_input(0, len)?,
                None => self.connection.handle_timeout(Instant::now()),
            }
        }
    }

    fn handle_input(&mut self, start: usize, end: usize) -> io::Result<()> {
        let Some(bytes) = self.read.get_mut(start..end) else { return Ok(()) };
        let mut input = Input::new(bytes, Instant::now());
        while let Some(event) = self.connection.handle_input(&mut input) {
            let Event::Message(message) = event else { continue };
            if let Err(unsent) = self.connection.send(message) {
                // The output is full, or the connection is closing, and then nobody waits for this.
                write(self.stream, &mut self.connection)?;
                let _ = self.connection.send(unsent.message);
            }
        }
        Ok(())
    }

    /// Waits for bytes until the next deadline; `None` when that passed.
    fn read(&mut self) -> io::Result<Option<usize>> {
        let now = Instant::now();
        let wait = self.connection.poll_timeout().map(|at| at.saturating_duration_since(now));
        if wait.is_some_and(|wait| wait.is_zero()) {
            return Ok(None);
        }
        self.stream.set_read_timeout(wait)?;
        match self.stream.read(&mut self.read) {
            Ok(len) => Ok(Some(len)),
            Err(error) => match error.kind() {
                ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::Interrupted => Ok(None),
                _ => Err(error),
            },
        }
    }
}

fn write(mut stream: &TcpStream, connection: &mut Connection) -> io::Result<()> {
    while connection.queued() > 0 {
        let mut slices = [IoSlice::new(&[]); 64];
        let filled = connection.poll_output(&mut slices);
        let written = stream.write_vectored(slices.get(..filled).unwrap_or_default())?;
        connection.handle_written(written);
    }
    Ok(())
}
