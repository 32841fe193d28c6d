//! `Server`: whoever is asked; opens connections to it, a few at a time.

use std::{
    fmt, io,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use sockeye::Io;
use tokio::{
    net::{TcpSocket, TcpStream},
    sync::{OnceCell, Semaphore, SemaphorePermit},
    time::timeout,
};

use super::{
    options::Options,
    request::Request,
    response::{Reply, Response},
    search,
    target::{Security, Target},
    tls::Tls,
    wire::Wire,
};

/// Connections at once.
const PLACES: usize = 8;

/// The longest that one answer is waited for.
const MOST_PATIENCE: Duration = Duration::from_secs(10);

/// What is kept of the server's answers where it is not to get rid of them.
const NARROW_BYTES: u32 = 4 << 10;

/// Bytes in both directions.
#[derive(Debug, Default)]
pub(super) struct Traffic {
    sent: AtomicU64,
    received: AtomicU64,
}

impl Traffic {
    pub(super) fn count_sent(&self, bytes: usize) {
        self.sent.fetch_add(bytes as u64, Ordering::Relaxed);
    }

    pub(super) fn count_received(&self, bytes: usize) {
        self.received.fetch_add(bytes as u64, Ordering::Relaxed);
    }
}

/// Why a question could not be asked.
#[derive(Debug)]
pub(super) enum Trouble {
    Connect(io::Error),
    /// There is no WebSocket to ask it on.
    Unopened(Reply),
    /// Something that the question needs and the server has not.
    Lacking(String),
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Connect(error) => write!(f, "no connection: {error}"),
            Self::Unopened(reply) => write!(f, "no WebSocket: {reply}"),
            Self::Lacking(what) => f.write_str(what),
        }
    }
}

/// The server and what is known of it.
#[derive(Clone)]
pub(super) struct Server(Arc<Known>);

struct Known {
    target: Target,
    address: SocketAddr,
    tls: Option<Tls>,
    own_headers: Vec<String>,
    patience: Duration,
    told: Told,
    places: Arc<Semaphore>,
    /// What is heavy is done one after the other.
    weight: Semaphore,
    refused_size: OnceCell<Option<u64>>,
    traffic: Arc<Traffic>,
}

/// What the user says of the server.
#[derive(Clone, Copy, Debug)]
pub(super) struct Told {
    pub(super) max_message: Option<usize>,
    pub(super) max_fragments: Option<u32>,
    pub(super) handshake_timeout: Option<Duration>,
    pub(super) any_origin: bool,
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Server({})", self.0.target)
    }
}

impl Server {
    /// Finds the server, and makes sure that it may be asked and that WebSockets are there.
    pub(super) async fn find(target: Target, options: &Options) -> Result<Self, String> {
        let tls = match target.security {
            Security::Plain => None,
            Security::Tls => Some(Tls::of(&target.host, options)?),
        };
        let addresses = target
            .addresses()
            .await
            .map_err(|error| format!("expected an address of {}, got {error}", target.host))?;
        let stranger = addresses.iter().find(|address| !address.ip().to_canonical().is_loopback());
        if let Some(stranger) = stranger.filter(|_| !options.i_may) {
            return Err(format!(
                "expected a server on this machine, got {}; --i-may says that you may ask it",
                stranger.ip()
            ));
        }
        let address = reachable(&target, addresses).await?;
        let server = Self(Arc::new(Known {
            target,
            address,
            tls,
            own_headers: options.header.clone(),
            patience: options.patience.min(MOST_PATIENCE),
            told: Told {
                max_message: options.max_message,
                max_fragments: options.max_fragments,
                handshake_timeout: options.handshake_timeout,
                any_origin: options.any_origin,
            },
            places: Arc::new(Semaphore::new(PLACES)),
            weight: Semaphore::new(1),
            refused_size: OnceCell::new(),
            traffic: Arc::default(),
        }));
        let (url, opened) = (server.target().to_string(), server.open().await);
        match opened {
            Ok(_) => Ok(server),
            Err(Trouble::Unopened(reply)) => {
                Err(format!("expected a WebSocket at {url}, got {reply}"))
            }
            Err(trouble) => Err(format!("expected a WebSocket at {url}, got {trouble}")),
        }
    }

    pub(super) fn target(&self) -> &Target {
        &self.0.target
    }

    pub(super) fn told(&self) -> Told {
        self.0.told
    }

    pub(super) fn patience(&self) -> Duration {
        self.0.patience
    }

    /// What was sent and received.
    pub(super) fn traffic(&self) -> (u64, u64) {
        let Traffic { sent, received } = &*self.0.traffic;
        (sent.load(Ordering::Relaxed), received.load(Ordering::Relaxed))
    }

    /// To be held by whatever makes the server work hard.
    pub(super) async fn weight(&self) -> SemaphorePermit<'_> {
        self.0.weight.acquire().await.expect("it is never closed")
    }

    /// The least size of a message that is known to be refused.
    pub(super) async fn refused_size(&self) -> Option<u64> {
        *self.0.refused_size.get_or_init(|| search::refused_size(self)).await
    }

    /// A right request.
    pub(super) fn request(&self) -> Request {
        Request::new(&self.0.target, &self.0.own_headers)
    }

    /// A connection on which nothing has been said.
    pub(super) async fn connect(&self) -> Result<Wire, Trouble> {
        self.wire(TcpStream::connect(self.0.address)).await
    }

    /// One on which the server is soon stuck with what we do not read.
    pub(super) async fn connect_narrow(&self) -> Result<Wire, Trouble> {
        let socket = match self.0.address {
            SocketAddr::V4(_) => TcpSocket::new_v4(),
            SocketAddr::V6(_) => TcpSocket::new_v6(),
        };
        let socket = socket.map_err(Trouble::Connect)?;
        socket.set_recv_buffer_size(NARROW_BYTES).map_err(Trouble::Connect)?;
        self.wire(socket.connect(self.0.address)).await
    }

    async fn wire(
        &self,
        connecting: impl Future<Output = io::Result<TcpStream>>,
    ) -> Result<Wire, Trouble> {
        let place = self.0.places.clone().acquire_owned().await.expect("it is never closed");
        let opening = async {
            let stream = connecting.await?;
            stream.set_nodelay(true)?;
            match &self.0.tls {
                Some(tls) => tls.connect(stream).await,
                None => Ok(Io::from(stream)),
            }
        };
        let opened = timeout(self.0.patience, opening).await;
        let io = opened.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()));
        let io = io.map_err(Trouble::Connect)?;
        Ok(Wire::new(io, self.0.patience, self.0.traffic.clone(), place))
    }

    /// Sends a head and reads the answer.
    pub(super) async fn exchange(&self, head: impl fmt::Display) -> Result<(Wire, Reply), Trouble> {
        let mut wire = self.connect().await?;
        wire.send(head.to_string().as_bytes()).await;
        let reply = wire.reply().await;
        Ok((wire, reply))
    }

    /// An open WebSocket.
    pub(super) async fn open(&self) -> Result<Wire, Trouble> {
        let (wire, _) = opened(self.exchange(self.request()).await?)?;
        Ok(wire)
    }

    /// An open WebSocket over a narrow connection.
    pub(super) async fn open_narrow(&self) -> Result<Wire, Trouble> {
        let mut wire = self.connect_narrow().await?;
        wire.send(self.request().to_string().as_bytes()).await;
        let reply = wire.reply().await;
        let (wire, _) = opened((wire, reply))?;
        Ok(wire)
    }

    /// An open WebSocket with permessage-deflate, offered as browsers do, and what was agreed.
    pub(super) async fn open_deflate(&self) -> Result<(Wire, Response), Trouble> {
        const OFFER: &str = "permessage-deflate; client_max_window_bits";
        let request = self.request().with_instead("Sec-WebSocket-Extensions", OFFER);
        let (wire, response) = opened(self.exchange(request).await?)?;
        if response.deflate().is_none() {
            return Err(Trouble::Lacking("the server does not agree to permessage-deflate".into()));
        }
        Ok((wire, response))
    }
}

/// The first address that accepts.
async fn reachable(target: &Target, addresses: Vec<SocketAddr>) -> Result<SocketAddr, String> {
    let mut last = "none".to_owned();
    for address in addresses {
        match timeout(MOST_PATIENCE, TcpStream::connect(address)).await {
            Ok(Ok(_)) => return Ok(address),
            Ok(Err(error)) => last = error.to_string(),
            Err(_) => last = format!("no answer within {} s", MOST_PATIENCE.as_secs()),
        }
    }
    Err(format!("expected a connection to {}, got {last}", target.authority()))
}

fn opened((wire, reply): (Wire, Reply)) -> Result<(Wire, Response), Trouble> {
    match reply {
        Reply::Response(response) if response.status == 101 => Ok((wire, response)),
        other => Err(Trouble::Unopened(other)),
    }
}
