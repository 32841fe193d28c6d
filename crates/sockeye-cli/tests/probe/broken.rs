//! `Broken`: a small server of threads that does everything right but for one fault, named for the check that sees it.
//!
//! It shares no code with the library, and it sends nothing compressed. `head` reads requests, `handshake` judges them,
//! `socket` speaks frames, `message` puts them together, `goodbye` closes.

mod goodbye;
mod handshake;
mod head;
mod message;
mod socket;

use std::{
    io::{Read, Write},
    net::{Shutdown, SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use handshake::Agreement;
use head::{Head, NoHead};
use socket::Socket;

/// What the probe is told of it.
pub(super) const MAX_MESSAGE: usize = 64 << 10;
pub(super) const MAX_FRAGMENTS: usize = 100;
pub(super) const DEADLINE: Duration = Duration::from_millis(1500);

/// How long the peer may take to read the last words.
const LINGER: Duration = Duration::from_secs(1);

/// The name of the check that is to fail.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fault<'a>(&'a str);

impl Fault<'_> {
    fn is(self, name: &str) -> bool {
        self.0 == name
    }

    /// The status or code of the first rule that is broken, unless not to see that is the fault.
    fn first_broken(self, rules: &[(&str, u16, bool)]) -> Result<(), u16> {
        let is_seen = |(name, _, broken): &&(&str, u16, bool)| *broken && !self.is(name);
        rules.iter().find(is_seen).map_or(Ok(()), |(_, answer, _)| Err(*answer))
    }
}

/// The server; its threads end with the process.
pub(super) struct Broken {
    pub(super) address: SocketAddr,
}

impl Broken {
    pub(super) fn start(fault: &str) -> Self {
        let fault: &'static str = fault.to_owned().leak();
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("an address");
        let served = Arc::new(AtomicUsize::new(0));
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let served = served.fetch_add(1, Ordering::Relaxed);
                // The first two are those of a probe that looks who is there.
                if fault == "still-serves" && served > 2 {
                    continue;
                }
                thread::spawn(move || serve(stream, Fault(fault)));
            }
        });
        Self { address }
    }
}

fn serve(mut stream: TcpStream, fault: Fault<'_>) {
    let mut unread = Vec::new();
    let status = match head::read(&mut stream, &mut unread, fault) {
        Err(NoHead::Gone) => return,
        Err(NoHead::Refused(status)) => status,
        Ok(head) => match handshake::judge(&head, fault) {
            Ok(agreement) => return open(stream, unread, &agreement, fault),
            Err(status) => {
                refuse(&mut stream, status, fault);
                return serve_on(stream, unread, &head, fault);
            }
        },
    };
    refuse(&mut stream, status, fault);
    end(stream);
}

fn open(mut stream: TcpStream, unread: Vec<u8>, agreement: &Agreement, fault: Fault<'_>) {
    if stream.write_all(agreement.response(fault).as_bytes()).is_ok() {
        Socket::new(stream, unread, agreement.deflate.is_some(), fault).run();
    }
}

fn refuse(stream: &mut TcpStream, status: u16, fault: Fault<'_>) {
    let version = if fault.is("version-told") { "" } else { "Sec-WebSocket-Version: 13\r\n" };
    let response = format!("HTTP/1.1 {status} No\r\n{version}Content-Length: 0\r\n\r\n");
    let _ = stream.write_all(response.as_bytes());
}

/// A stream ends after a refusal, unless the fault is that it does not.
fn serve_on(mut stream: TcpStream, mut unread: Vec<u8>, refused: &Head, fault: Fault<'_>) {
    let body_len = refused.body_len();
    let reads_body_as_request = fault.is("body-is-no-request") && body_len > 0;
    if fault.is("refusal-ends-stream") {
        unread.drain(..body_len.min(unread.len()));
    } else if !reads_body_as_request {
        return end(stream);
    }
    if head::read(&mut stream, &mut unread, fault).is_ok() {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    }
    if reads_body_as_request {
        end(stream);
    } else {
        linger(&mut stream, Duration::from_secs(20));
    }
}

/// Ends the stream once the peer has read the last words, so that no reset takes them away.
fn end(mut stream: TcpStream) {
    let _ = stream.shutdown(Shutdown::Write);
    linger(&mut stream, LINGER);
}

fn linger(stream: &mut TcpStream, time: Duration) {
    let end = Instant::now() + time;
    let mut scratch = [0; 4096];
    while let Some(left) = end.checked_duration_since(Instant::now()).filter(|left| !left.is_zero())
    {
        let _ = stream.set_read_timeout(Some(left));
        if !matches!(stream.read(&mut scratch), Ok(1..)) {
            return;
        }
    }
}
