//! A proxy of SOCKS 5 (RFC 1928), with or without a login (RFC 1929). It resolves the names.

use std::net::IpAddr;

use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::{ProxyError, SocksReply};
use crate::{
    Io,
    client::{ConnectError, login::Login, url::Target},
};

const VERSION: u8 = 5;
const NO_LOGIN: u8 = 0;
const USER_AND_PASSWORD: u8 = 2;
const NONE_ACCEPTABLE: u8 = 0xff;

/// Asks for a connection; from then on the stream is the target's.
pub(super) async fn reach(
    io: &mut Io,
    target: &Target,
    login: Option<&Login>,
) -> Result<(), ConnectError> {
    let offer: &[u8] = match login {
        None => &[VERSION, 1, NO_LOGIN],
        Some(_) => &[VERSION, 2, NO_LOGIN, USER_AND_PASSWORD],
    };
    io.write_all(offer).await?;
    io.flush().await?;
    match (take(io).await?, login) {
        ([VERSION, NO_LOGIN], _) => {}
        ([VERSION, USER_AND_PASSWORD], Some(login)) => log_in(io, login).await?,
        ([VERSION, NONE_ACCEPTABLE | USER_AND_PASSWORD], _) => {
            return Err(ProxyError::LoginNeeded.into());
        }
        _ => return Err(ProxyError::NotSocks5.into()),
    }
    io.write_all(&request(target)?).await?;
    io.flush().await?;
    read_reply(io).await
}

async fn log_in(io: &mut Io, login: &Login) -> Result<(), ConnectError> {
    let mut message = vec![1];
    for part in [&login.user, &login.password] {
        let len = u8::try_from(part.len()).map_err(|_| ProxyError::LoginTooLong)?;
        message.push(len);
        message.extend_from_slice(part);
    }
    io.write_all(&message).await?;
    io.flush().await?;
    match take(io).await? {
        [_, 0] => Ok(()),
        _ => Err(ProxyError::LoginRefused.into()),
    }
}

fn request(target: &Target) -> Result<Vec<u8>, ProxyError> {
    let mut request = vec![VERSION, 1, 0];
    match target.host.parse() {
        Ok(IpAddr::V4(address)) => {
            request.push(1);
            request.extend_from_slice(&address.octets());
        }
        Ok(IpAddr::V6(address)) => {
            request.push(4);
            request.extend_from_slice(&address.octets());
        }
        Err(_) => {
            let len = u8::try_from(target.host.len()).map_err(|_| ProxyError::HostTooLong)?;
            request.extend_from_slice(&[3, len]);
            request.extend_from_slice(target.host.as_bytes());
        }
    }
    request.extend_from_slice(&target.port.to_be_bytes());
    Ok(request)
}

/// The reply, and not a byte more: what follows is the target's.
async fn read_reply(io: &mut Io) -> Result<(), ConnectError> {
    let [version, reply, _, kind] = take(io).await?;
    if version != VERSION {
        return Err(ProxyError::NotSocks5.into());
    }
    if reply != 0 {
        return Err(ProxyError::SocksRefused(SocksReply::new(reply)).into());
    }
    // The address that the proxy is bound to is of no use here.
    match kind {
        1 => take::<4>(io).await.map(drop)?,
        4 => take::<16>(io).await.map(drop)?,
        3 => {
            let [len] = take(io).await?;
            let mut name = [0; 255];
            io.read_exact(name.get_mut(..usize::from(len)).unwrap_or_default()).await?;
        }
        _ => return Err(ProxyError::NotSocks5.into()),
    }
    take::<2>(io).await.map(drop)
}

async fn take<const N: usize>(io: &mut Io) -> Result<[u8; N], ConnectError> {
    let mut bytes = [0; N];
    io.read_exact(&mut bytes).await?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(url: &str, expected: &[u8]) {
        let target = Target::parse(url).expect("a URL");
        assert_eq!(request(&target).expect("a request"), expected, "{url}");
    }

    #[test]
    fn a_name_is_left_to_the_proxy_and_an_address_is_told_as_such() {
        check("ws://a.example:258", b"\x05\x01\x00\x03\x09a.example\x01\x02");
        check("ws://127.0.0.1", b"\x05\x01\x00\x01\x7f\x00\x00\x01\x00\x50");
        check("ws://[::1]", b"\x05\x01\x00\x04\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x01\x00\x50");
    }

    #[test]
    fn a_name_that_is_too_long_is_refused() {
        let target = Target::parse(&format!("ws://{}", "a".repeat(256))).expect("a URL");
        assert!(matches!(request(&target), Err(ProxyError::HostTooLong)));
    }
}
