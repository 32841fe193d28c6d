//! What the servers stand on that run on tokio: one thread, a listener, a task for each connection, and a certificate
//! where TLS is asked for. The same for all, so that a difference is theirs.

mod certificate;

use std::{fmt, io, net::Ipv4Addr, process::ExitCode};

use tokio::{
    net::{TcpListener, TcpStream},
    runtime::Builder,
};

pub use certificate::config;
use tokio_rustls::{TlsAcceptor, server::TlsStream};

/// What a server is asked for, as its arguments tell: `[VARIANT…] JOB PORT`.
#[derive(Clone, Debug)]
pub struct Order {
    /// What stands before the job.
    pub variant: String,
    pub job: String,
    pub port: u16,
}

impl Order {
    /// Reads the arguments of the program.
    ///
    /// # Errors
    ///
    /// What was expected and what stood there.
    pub fn parse() -> Result<Self, String> {
        let words: Vec<String> = std::env::args().skip(1).collect();
        let [variant @ .., job, port] = words.as_slice() else {
            return Err(format!("expected JOB PORT, got `{}`", words.join(" ")));
        };
        let port = port.parse().map_err(|_| format!("expected a port, got `{port}`"))?;
        Ok(Self { variant: variant.join(" "), job: job.clone(), port })
    }

    /// What is said of a job that a server does not do.
    #[must_use]
    pub fn unknown(&self) -> String {
        format!("expected a job that this server does, got `{} {}`", self.variant, self.job)
    }
}

/// Ends the program with what it came to.
pub fn finish(served: Result<(), String>) -> ExitCode {
    match served {
        Ok(()) => ExitCode::SUCCESS,
        Err(trouble) => {
            eprintln!("{trouble}");
            ExitCode::FAILURE
        }
    }
}

/// Runs a future on one thread.
///
/// # Errors
///
/// When the system has no runtime to give, or as the future ends.
pub fn block_on<E: fmt::Display>(
    future: impl Future<Output = Result<(), E>>,
) -> Result<(), String> {
    let runtime = Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| format!("expected a runtime, got {error}"))?;
    runtime.block_on(future).map_err(|error| error.to_string())
}

/// Serves each connection in a task, for ever.
///
/// # Errors
///
/// When the port cannot be listened on.
pub fn serve<T>(port: u16, handler: impl Fn(TcpStream) -> T) -> Result<(), String>
where
    T: Future<Output = ()> + Send + 'static,
{
    block_on(accept(port, handler))
}

async fn accept<T>(port: u16, handler: impl Fn(TcpStream) -> T) -> io::Result<()>
where
    T: Future<Output = ()> + Send + 'static,
{
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        tokio::spawn(handler(stream));
    }
}

/// Serves each connection in a task, for ever, over TLS.
///
/// # Errors
///
/// When the port cannot be listened on, or no certificate can be made.
pub fn serve_tls<T>(
    port: u16,
    handler: impl Fn(TlsStream<TcpStream>) -> T + Clone + Send + 'static,
) -> Result<(), String>
where
    T: Future<Output = ()> + Send + 'static,
{
    let acceptor = TlsAcceptor::from(config()?);
    serve(port, move |stream| {
        let (acceptor, handler) = (acceptor.clone(), handler.clone());
        async move {
            if let Ok(stream) = acceptor.accept(stream).await {
                handler(stream).await;
            }
        }
    })
}
