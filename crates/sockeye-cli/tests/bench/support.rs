//! Servers in this process, and the client as another one.

use std::{
    future::Future,
    net::SocketAddr,
    process::{Command, Output},
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
        mpsc,
    },
    thread,
    time::{Duration, Instant},
};

use sockeye::{Config, Limits, Listener, Server, ServerOptions, WebSocket};
use tokio::{runtime, sync::oneshot};

/// A server on a thread of its own; gone when it is dropped.
pub(crate) struct Running {
    pub(crate) address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
}

impl Running {
    /// Serves WebSockets at `/` by this handler, all of them on one thread.
    pub(crate) fn start<F, T>(handler: F) -> Self
    where
        F: Fn(WebSocket) -> T + Clone + Send + Sync + 'static,
        T: Future<Output = ()> + Send + 'static,
    {
        let limits = Limits::default().message_bytes(4 << 20).frame_bytes(4 << 20);
        let options = ServerOptions::default().config(Config::default().limits(limits));
        Self::serve(Listener::tcp("127.0.0.1:0"), |server| server.route("/", options, handler))
    }

    pub(crate) fn serve(
        listener: impl Future<Output = std::io::Result<Listener>> + Send + 'static,
        routes: impl FnOnce(Server) -> Server + Send + 'static,
    ) -> Self {
        let ((tell, told), (stop, stopped)) = (mpsc::channel(), oneshot::channel::<()>());
        thread::spawn(move || {
            let runtime = runtime::Builder::new_current_thread().enable_all().build();
            runtime.expect("a runtime").block_on(async {
                let server = routes(Server::new(listener.await.expect("a free port")));
                tell.send(server.addresses().first().copied()).expect("the test waits");
                tokio::select! {
                    _ = server.run(std::future::pending::<()>()) => {}
                    _ = stopped => {}
                }
            });
        });
        let address = told.recv().expect("a server").expect("a TCP port");
        Self { address, stop: Some(stop) }
    }

    pub(crate) fn url(&self) -> String {
        format!("ws://{}/", self.address)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.stop.take();
    }
}

/// What a server counted by itself.
#[derive(Default)]
pub(crate) struct Count {
    number: AtomicU64,
    span: Mutex<Option<(Instant, Instant)>>,
}

impl Count {
    pub(crate) fn shared() -> Arc<Self> {
        Arc::default()
    }

    /// Counts one more, and tells how many were before.
    pub(crate) fn one(&self) -> u64 {
        let now = Instant::now();
        let mut span = self.span.lock().expect("no panic");
        *span = Some((span.map_or(now, |(first, _)| first), now));
        self.number.fetch_add(1, Ordering::SeqCst)
    }

    pub(crate) fn number(&self) -> u64 {
        self.number.load(Ordering::SeqCst)
    }

    /// So many a second, from the first to the last.
    pub(crate) fn rate(&self) -> f64 {
        let (first, last) = self.span.lock().expect("no panic").expect("something was counted");
        self.number() as f64 / (last - first).as_secs_f64()
    }
}

/// Echoes, and counts what it echoed.
pub(crate) fn counting_echo(count: &Arc<Count>) -> Running {
    let count = count.clone();
    Running::start(move |ws| echo(ws, count.clone()))
}

pub(crate) async fn echo(mut ws: WebSocket, count: Arc<Count>) {
    let echo = |message: sockeye::MessageRef<'_>, out: &mut sockeye::Out<'_>| {
        count.one();
        out.try_send(message).is_ok()
    };
    while let Ok(Some(true)) = ws.recv_with(echo).await {}
}

/// The client with these arguments, which are one line.
pub(crate) fn bench(arguments: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sockeye"));
    command.arg("bench").args(arguments.split_whitespace());
    command
}

/// Runs the client to its end.
pub(crate) fn run(arguments: &str) -> Run {
    Run(bench(arguments).output().expect("the binary starts"))
}

/// What a client said.
pub(crate) struct Run(pub(crate) Output);

impl Run {
    pub(crate) fn stdout(&self) -> String {
        String::from_utf8_lossy(&self.0.stdout).into_owned()
    }

    pub(crate) fn stderr(&self) -> String {
        String::from_utf8_lossy(&self.0.stderr).into_owned()
    }

    /// It measured, and nothing went wrong.
    #[track_caller]
    pub(crate) fn succeeded(self) -> Self {
        assert_eq!(self.0.status.code(), Some(0), "{}{}", self.stdout(), self.stderr());
        assert_eq!(self.stderr(), "");
        self
    }

    /// It ended with this status and said why in one line.
    #[track_caller]
    pub(crate) fn failed(self, status: i32, why: &str) {
        let error = self.stderr();
        assert_eq!(self.0.status.code(), Some(status), "{error}");
        assert!(error.starts_with("sockeye: ") && error.contains(why), "{error}");
        assert_eq!(error.lines().count(), 1, "{error}");
    }

    /// The first number of this name in the JSON.
    #[track_caller]
    pub(crate) fn number(&self, name: &str) -> f64 {
        let json = self.stdout();
        let (_, rest) =
            json.split_once(&format!("\"{name}\":")).unwrap_or_else(|| panic!("{json}"));
        let end = rest.find([',', '}', ']']).expect("a value ends");
        rest[..end].parse().unwrap_or_else(|_| panic!("{name} in {json}"))
    }

    pub(crate) fn millis(&self, name: &str) -> f64 {
        self.number(name) / 1e6
    }
}

/// Two measurements of the same, which must be within a tenth of each other in one of a few attempts: between two
/// readings, a machine with other work to do may stand still.
#[track_caller]
pub(crate) fn agree(measure: impl Fn() -> (f64, f64)) {
    attempts(|| {
        let (one, other) = measure();
        ((one / other - 1.0).abs() < 0.1, format!("{one} and {other}"))
    });
}

/// What must hold in one of a few attempts; the text is of the last one.
#[track_caller]
pub(crate) fn attempts(check: impl Fn() -> (bool, String)) {
    let mut failed = Vec::new();
    for _ in 0..5 {
        match check() {
            (true, _) => return,
            (false, text) => failed.push(text),
        }
    }
    panic!("{}", failed.join("; "));
}

/// Waits for something that another thread brings about.
pub(crate) fn wait_until(condition: impl Fn() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(60);
    while !condition() {
        assert!(Instant::now() < deadline, "expected it within a minute");
        thread::yield_now();
    }
}
