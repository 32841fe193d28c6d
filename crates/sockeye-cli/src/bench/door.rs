//! `Door`: how connections to the server are opened.
//!
//! The library opens the first one, for it knows every URL and says best what is wrong. Those under load take the fast
//! path, if the URL is `ws`: plain TCP, with requests that were written before.

use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    sync::Arc,
    time::{Duration, Instant},
};

use http::Uri;
use sockeye::{CloseCode, Config, Connect, DeflateParams, connect};
use sockeye_proto::{
    Connection, Delivery,
    handshake::{
        ClientHandshake, ClientOptions, HeadLimits, Progress, ResponseReader, write_request,
    },
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpSocket, TcpStream, lookup_host},
    time::timeout,
};

use super::{
    plan::Plan,
    socket::{Library, Raw, Socket},
    trouble::Trouble,
};
use crate::failure::Failure;

/// How long a connection may take to open, and a goodbye to be answered.
pub(super) const PATIENCE: Duration = Duration::from_secs(10);

/// Requests that are written before; each key is used by many connections, which nobody minds but a cache.
const REQUESTS: usize = 64;

/// Connections from one address of this machine: there are some 28,000 ports, and others need some of them.
const CONNECTIONS_PER_ADDRESS: usize = 20_000;

/// How connections to one server are opened.
#[derive(Debug)]
pub(super) struct Door {
    way: Way,
    config: Arc<Config>,
    deflate: Option<DeflateParams>,
    delivery: Delivery,
}

#[derive(Debug)]
enum Way {
    Raw { address: SocketAddr, requests: Vec<(ClientHandshake, Vec<u8>)> },
    Library(Box<Connect>),
}

impl Door {
    /// Opens one connection to see that it can be done.
    pub(super) async fn find(plan: &Plan) -> Result<Self, Failure> {
        let config = plan.config();
        let mut template = connect(&plan.url).config(config.clone()).no_proxy().timeout(PATIENCE);
        let mut options = ClientOptions::default().deflate(config.deflate);
        for (name, value) in &plan.headers {
            template = template.header(name.clone(), value.clone());
            options = options.header(name.clone(), value.clone());
        }
        for root in &plan.roots {
            template = template.root_certificate(root.to_vec());
        }
        let mut first = template.clone().await.map_err(|error| unusable(plan, &error.into()))?;
        let deflate = first.deflate().copied();
        let _ = timeout(PATIENCE, first.close(CloseCode::NORMAL)).await;
        if config.deflate.enabled && deflate.is_none() {
            return Err(Failure::unusable(
                "expected the server to compress, got no agreement to it",
            ));
        }
        let delivery =
            if plan.message.comes_in_parts() { Delivery::Parts } else { Delivery::Whole };
        let way = Way::Library(Box::new(template));
        let mut door = Self { way, config, deflate, delivery };
        if let Some((uri, host, port)) = plain(&plan.url)? {
            door.way = Way::Raw {
                address: door.address(plan, &host, port).await?,
                requests: requests(&uri, &options)?,
            };
        }
        Ok(door)
    }

    /// What was agreed on with the first connection, and must be with every other.
    pub(super) fn deflate(&self) -> Option<DeflateParams> {
        self.deflate
    }

    pub(super) fn config(&self) -> &Arc<Config> {
        &self.config
    }

    pub(super) fn is_fast(&self) -> bool {
        matches!(self.way, Way::Raw { .. })
    }

    /// Opens the connection of this number.
    pub(super) async fn open(&self, number: usize) -> Result<Socket, Trouble> {
        match &self.way {
            Way::Raw { address, requests } => {
                let request = requests.get(number % REQUESTS).expect("there are as many");
                let opening = self.open_raw(*address, number, request);
                let opened = timeout(PATIENCE, opening).await;
                opened.unwrap_or(Err(Trouble::Silence(PATIENCE)))
            }
            Way::Library(template) => {
                let ws = Connect::clone(template).await?;
                self.judge(ws.deflate().copied())?;
                Ok(Socket::Library(Library::new(ws)))
            }
        }
    }

    async fn open_raw(
        &self,
        address: SocketAddr,
        number: usize,
        (handshake, request): &(ClientHandshake, Vec<u8>),
    ) -> Result<Socket, Trouble> {
        let mut stream = dial(address, number).await?;
        stream.set_nodelay(true)?;
        stream.write_all(request).await?;
        let mut reader = ResponseReader::new(HeadLimits::default());
        let mut buf = [0; 1024];
        let (response, unread) = loop {
            let len = stream.read(&mut buf).await?;
            if len == 0 {
                return Err(Trouble::Ended(sockeye::Closed::Lost));
            }
            let read = buf.get(..len).unwrap_or_default();
            if let Progress::Finished { head, used } = reader.read(read)? {
                break (head, read.get(used..).unwrap_or_default().to_vec());
            }
        };
        self.judge(handshake.verify(&response)?.deflate)?;
        let seed = random()?;
        let mut core = Connection::client(self.config.clone(), self.deflate, seed, Instant::now());
        core.set_delivery(self.delivery);
        Ok(Socket::Raw(Box::new(Raw::new(stream, core, unread))))
    }

    /// The frames that lie ready are of use under the same terms only.
    fn judge(&self, deflate: Option<DeflateParams>) -> Result<(), Trouble> {
        if deflate == self.deflate { Ok(()) } else { Err(Trouble::Terms) }
    }

    /// The first address of the host that takes a connection.
    async fn address(&self, plan: &Plan, host: &str, port: u16) -> Result<SocketAddr, Failure> {
        let found = lookup_host((host, port)).await;
        let mut trouble = Trouble::Silence(PATIENCE);
        for address in found.map_err(|error| unusable(plan, &error.into()))? {
            match timeout(PATIENCE, dial(address, 0)).await {
                Ok(Ok(_)) => return Ok(address),
                Ok(Err(error)) => trouble = error.into(),
                Err(_) => {}
            }
        }
        Err(unusable(plan, &trouble))
    }
}

fn unusable(plan: &Plan, trouble: &Trouble) -> Failure {
    // The query stays out of it: it may hold a token.
    let url = plan.url.split(['?', '#']).next().unwrap_or_default();
    Failure::unusable(format_args!("cannot connect to {url}: {trouble}"))
}

/// The parts of a URL that the fast path leads to.
fn plain(url: &str) -> Result<Option<(Uri, String, u16)>, Failure> {
    let uri: Uri = url.parse().map_err(Failure::unusable)?;
    let Some(("ws" | "http", authority)) = uri.scheme_str().zip(uri.authority()) else {
        return Ok(None);
    };
    if authority.as_str().contains('@') {
        // The library makes a header of it.
        return Ok(None);
    }
    let host = authority.host().trim_start_matches('[').trim_end_matches(']').to_owned();
    let port = authority.port_u16().unwrap_or(80);
    Ok(Some((uri, host, port)))
}

fn requests(
    uri: &Uri,
    options: &ClientOptions,
) -> Result<Vec<(ClientHandshake, Vec<u8>)>, Failure> {
    let request = |_| {
        let handshake = ClientHandshake::new(uri, random().map_err(Failure::unusable)?, options)
            .map_err(Failure::unusable)?;
        let bytes = write_request(handshake.request());
        Ok((handshake, bytes))
    };
    (0..REQUESTS).map(request).collect()
}

/// On this machine there are more addresses to come from than one.
async fn dial(address: SocketAddr, number: usize) -> std::io::Result<TcpStream> {
    let Some(from) = source(address, number) else { return TcpStream::connect(address).await };
    let socket = TcpSocket::new_v4()?;
    socket.bind(SocketAddr::new(from.into(), 0))?;
    socket.connect(address).await
}

/// Where the connection of this number comes from, if that has to be said.
fn source(address: SocketAddr, number: usize) -> Option<Ipv4Addr> {
    let IpAddr::V4(ip) = address.ip() else { return None };
    let block = u8::try_from(number / CONNECTIONS_PER_ADDRESS).ok()?;
    (ip.is_loopback() && block > 0).then(|| Ipv4Addr::new(127, 0, 1, block))
}

pub(super) fn random<const N: usize>() -> std::io::Result<[u8; N]> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(std::io::Error::other)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::{plain, source};

    #[test]
    fn the_fast_path_is_for_plain_urls_without_a_login() {
        for (url, expected) in [
            ("ws://localhost:8080/echo", Some(("localhost", 8080))),
            ("http://localhost/echo?a=b", Some(("localhost", 80))),
            ("ws://[::1]:9/", Some(("::1", 9))),
            ("wss://localhost/echo", None),
            ("ws://user:password@localhost/", None),
            ("localhost", None),
        ] {
            let got = plain(url).ok().flatten().map(|(_, host, port)| (host, port));
            assert_eq!(got, expected.map(|(host, port)| (host.to_owned(), port)), "{url}");
        }
    }

    #[test]
    fn many_connections_on_this_machine_come_from_many_addresses() {
        for (server, number, expected) in [
            ("127.0.0.1:80", 0, None),
            ("127.0.0.1:80", 19_999, None),
            ("127.0.0.1:80", 20_000, Some("127.0.1.1")),
            ("127.0.0.1:80", 99_999, Some("127.0.1.4")),
            ("192.0.2.1:80", 99_999, None),
            ("[::1]:80", 99_999, None),
        ] {
            let server = server.parse().expect("an address");
            let expected = expected.map(|from| from.parse().expect("an address"));
            assert_eq!(source(server, number), expected, "{server} {number}");
        }
    }
}
