//! The PROXY protocol, versions 1 and 2: a proxy that passes bytes on tells first whose they are.

use std::{
    io,
    net::{IpAddr, SocketAddr},
};

use tokio::io::{AsyncRead, AsyncReadExt};

/// What version 2 begins with.
const SIGNATURE: [u8; 12] = *b"\r\n\r\n\0\r\nQUIT\n";

/// A line of version 1 is no longer, with its end.
const MAX_LINE_BYTES: usize = 107;

/// What follows the fixed part of version 2: addresses of 36 bytes, and room for what else a proxy tells.
const MAX_REST_BYTES: u16 = 2048;

/// Reads who the client is; none if the proxy speaks for itself. Reads no byte more. The caller sets the deadline.
pub(super) async fn read<S: AsyncRead + Unpin>(io: &mut S) -> io::Result<Option<SocketAddr>> {
    let mut start = [0; 12];
    io.read_exact(&mut start).await?;
    if start == SIGNATURE {
        return read_binary(io).await;
    }
    if !start.starts_with(b"PROXY ") {
        return Err(invalid("expected a header of the PROXY protocol, got something else"));
    }
    let mut line = start.to_vec();
    while !line.ends_with(b"\r\n") {
        if line.len() == MAX_LINE_BYTES {
            return Err(invalid("expected a line of at most 107 bytes, got more"));
        }
        line.push(io.read_u8().await?);
    }
    str::from_utf8(&line)
        .ok()
        .and_then(parse_line)
        .ok_or_else(|| invalid("expected addresses and ports, got something else"))
}

fn invalid(what: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}

/// `PROXY TCP4 203.0.113.9 192.0.2.1 4711 80`, or `PROXY UNKNOWN` and anything.
fn parse_line(line: &str) -> Option<Option<SocketAddr>> {
    let mut words = line.strip_suffix("\r\n")?.split(' ').skip(1);
    let family = words.next()?;
    if family == "UNKNOWN" {
        return Some(None);
    }
    let from: IpAddr = words.next()?.parse().ok()?;
    let to: IpAddr = words.next()?.parse().ok()?;
    let port = words.next()?.parse().ok()?;
    let _: u16 = words.next()?.parse().ok()?;
    let as_said = match family {
        "TCP4" => from.is_ipv4() && to.is_ipv4(),
        "TCP6" => from.is_ipv6() && to.is_ipv6(),
        _ => false,
    };
    (as_said && words.next().is_none()).then_some(Some(SocketAddr::new(from, port)))
}

async fn read_binary<S: AsyncRead + Unpin>(io: &mut S) -> io::Result<Option<SocketAddr>> {
    let command = io.read_u8().await?;
    let family = io.read_u8().await?;
    let len = io.read_u16().await?;
    if len > MAX_REST_BYTES {
        return Err(invalid("expected at most 2 KiB of addresses, got more"));
    }
    let mut rest = vec![0; len.into()];
    io.read_exact(&mut rest).await?;
    match (command, family) {
        // LOCAL: the proxy asks whether we live.
        (0x20, _) => Ok(None),
        (0x21, 0x11) => addresses::<4>(&rest).map(Some),
        (0x21, 0x21) => addresses::<16>(&rest).map(Some),
        // Unix sockets and whatever has no address.
        (0x21, 0x00 | 0x31) => Ok(None),
        _ => Err(invalid("expected a command and a family that are known, got others")),
    }
}

/// Source, destination, their ports; what may follow is nothing of ours.
fn addresses<const N: usize>(rest: &[u8]) -> io::Result<SocketAddr>
where
    IpAddr: From<[u8; N]>,
{
    let parsed = || {
        let (from, rest) = rest.split_first_chunk::<N>()?;
        let (_, rest) = rest.split_first_chunk::<N>()?;
        let (port, rest) = rest.split_first_chunk::<2>()?;
        rest.split_first_chunk::<2>()?;
        Some(SocketAddr::new(IpAddr::from(*from), u16::from_be_bytes(*port)))
    };
    parsed().ok_or_else(|| invalid("expected two addresses and two ports, got less"))
}

#[cfg(test)]
mod tests {
    use super::read;

    /// Reads, and tells what is left.
    async fn check(bytes: &[u8], expected: Result<Option<&str>, ()>) {
        let mut input = bytes;
        let got = read(&mut input).await;
        let expected = expected.map(|from| from.map(|from| from.parse().expect("an address")));
        assert_eq!(got.map_err(|_| ()), expected, "{}", bytes.escape_ascii());
        if expected.is_ok() {
            assert_eq!(input, b"GET", "not a byte too much is read");
        }
    }

    #[tokio::test]
    async fn a_line_tells_the_client() {
        check(b"PROXY TCP4 203.0.113.9 192.0.2.1 4711 80\r\nGET", Ok(Some("203.0.113.9:4711")))
            .await;
        check(b"PROXY TCP6 2001:db8::1 ::1 4711 80\r\nGET", Ok(Some("[2001:db8::1]:4711"))).await;
        check(b"PROXY UNKNOWN\r\nGET", Ok(None)).await;
        check(b"PROXY UNKNOWN a b c d\r\nGET", Ok(None)).await;
        for wrong in [
            "PROXY TCP4 203.0.113.9 192.0.2.1 4711\r\nGET",
            "PROXY TCP4 ::1 ::1 4711 80\r\nGET",
            "PROXY TCP4 203.0.113.9 192.0.2.1 4711 80 9\r\nGET",
            "PROXY TCP4 203.0.113.9 192.0.2.1 99999 80\r\nGET",
            "PROXY TCP4 203.0.113.9",
            "GET / HTTP/1.1\r\n",
        ] {
            check(wrong.as_bytes(), Err(())).await;
        }
        check(format!("PROXY UNKNOWN {}\r\nGET", "x".repeat(100)).as_bytes(), Err(())).await;
    }

    #[tokio::test]
    async fn a_binary_header_tells_the_client() {
        let header = |rest: &[u8]| [super::SIGNATURE.as_slice(), rest, b"GET"].concat();
        let v4 = b"\x21\x11\0\x0c\xcb\0\x71\x09\xc0\0\x02\x01\x12\x67\0\x50";
        check(&header(v4), Ok(Some("203.0.113.9:4711"))).await;
        let with_more = b"\x21\x11\0\x10\xcb\0\x71\x09\xc0\0\x02\x01\x12\x67\0\x50\x04\0\x01x";
        check(&header(with_more), Ok(Some("203.0.113.9:4711"))).await;
        let v6 =
            [b"\x21\x21\0\x24".as_slice(), &[0; 15], &[1], &[0; 16], b"\x12\x67\0\x50"].concat();
        check(&header(&v6), Ok(Some("[::1]:4711"))).await;
        check(&header(b"\x20\0\0\0"), Ok(None)).await;
        check(&header(b"\x21\x31\0\x02xx"), Ok(None)).await;
        for wrong in [
            b"\x21\x11\0\x04\xcb\0\x71\x09".as_slice(),
            b"\x31\x11\0\x0c\xcb\0\x71\x09\xc0\0\x02\x01\x12\x67\0\x50",
            b"\x21\x11\xff\xff\xcb",
            b"\x21",
        ] {
            check(&header(wrong), Err(())).await;
        }
    }
}
