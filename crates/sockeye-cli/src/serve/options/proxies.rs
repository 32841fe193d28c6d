//! Whose word is taken for whom a request comes from.

use sockeye::{Network, Server};

/// The proxies in front of the server.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Behind proxies")]
pub(in crate::serve) struct Proxies {
    /// A network of proxies that are believed whom a request comes from, such as 10.0.0.0/8, once for each
    #[arg(long, value_name = "CIDR")]
    trust_proxy: Vec<Network>,

    /// Where these proxies tell it: X-Forwarded-For, -Proto and -Host, or Forwarded (RFC 7239)
    #[arg(long, value_name = "HEADER", default_value = "x-forwarded")]
    proxy_header: ProxyHeader,

    /// A network of proxies that begin each connection by the PROXY protocol, once for each; others may not connect
    #[arg(long, value_name = "CIDR")]
    pub(in crate::serve) proxy_protocol: Vec<Network>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum ProxyHeader {
    XForwarded,
    Forwarded,
}

impl Proxies {
    pub(super) fn apply(&self, server: Server) -> Server {
        let networks = self.trust_proxy.iter().copied();
        match (self.trust_proxy.as_slice(), self.proxy_header) {
            ([], _) => server,
            (_, ProxyHeader::XForwarded) => server.proxies(sockeye::Proxies::x_forwarded(networks)),
            (_, ProxyHeader::Forwarded) => server.proxies(sockeye::Proxies::forwarded(networks)),
        }
    }
}
