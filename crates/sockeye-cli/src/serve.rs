//! `sockeye serve`: a thread for each connection, bounded in number.

use std::{
    fmt, io,
    net::{TcpListener, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::Duration,
};

use sockeye_proto::{Config, DeflateConfig, Limits};

use crate::{
    args::{Deflate, ServeOptions},
    output, socket,
};

/// Each connection has a thread; what is over this waits in the listener's queue.
const MAX_CONNECTIONS: usize = 1024;

/// How long to wait when a connection cannot be accepted or given a thread.
const BACK_OFF: Duration = Duration::from_millis(50);

/// Why the server did not start.
#[derive(Debug)]
pub(crate) struct ServeError {
    listen: String,
    cause: io::Error,
}

impl fmt::Display for ServeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cannot listen on {}: {}", self.listen, self.cause)
    }
}

pub(crate) fn run(options: &ServeOptions) -> Result<(), ServeError> {
    let cannot = |cause| ServeError { listen: options.listen.clone(), cause };
    let listener = TcpListener::bind(&options.listen).map_err(cannot)?;
    let address = listener.local_addr().map_err(cannot)?;
    output::line(format_args!("listening on http://{address}"));
    accept(&listener, &Arc::new(config(options)));
    Ok(())
}

fn config(options: &ServeOptions) -> Config {
    let limits = Limits::default()
        .message_bytes(options.max_message)
        .frame_bytes(options.max_message)
        .fragments(options.max_fragments);
    let deflate = match options.deflate {
        Deflate::On => DeflateConfig::default(),
        Deflate::Off => DeflateConfig::disabled(),
    };
    Config::default().limits(limits).deflate(deflate)
}

fn accept(listener: &TcpListener, config: &Arc<Config>) {
    let connections = Arc::new(AtomicUsize::new(0));
    loop {
        if connections.load(Ordering::Relaxed) >= MAX_CONNECTIONS {
            thread::sleep(BACK_OFF);
            continue;
        }
        match listener.accept() {
            Ok((stream, _)) => serve(stream, config.clone(), &connections),
            Err(error) => {
                // No file descriptor is left, or the peer is gone already: the next one may do.
                output::error(format_args!("cannot accept a connection: {error}"));
                thread::sleep(BACK_OFF);
            }
        }
    }
}

fn serve(stream: TcpStream, config: Arc<Config>, connections: &Arc<AtomicUsize>) {
    let place = Place::take(connections.clone());
    let started = thread::Builder::new().name("connection".into()).spawn(move || {
        let _place = place;
        // What ends a connection is the peer's or the network's; the server goes on.
        let _ = socket::serve(&stream, config);
    });
    if let Err(error) = started {
        output::error(format_args!("cannot start a thread: {error}"));
    }
}

/// One of the places for connections; given back when the connection ends, however it ends.
struct Place(Arc<AtomicUsize>);

impl Place {
    fn take(connections: Arc<AtomicUsize>) -> Self {
        connections.fetch_add(1, Ordering::Relaxed);
        Self(connections)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}
