//! Opens what `Connect` describes: dials, follows redirects, shakes hands.

use http::header;
use sockeye_proto::handshake::{ClientOptions, HandshakeError};

use super::{
    Connect, ConnectError, http2,
    redirect::Hops,
    upgrade::{self, Opened},
    url::{Security, Target},
    versions::Versions,
};
use crate::{Io, transport::Transport};

pub(super) async fn open(connect: &Connect) -> Result<Opened<Io>, ConnectError> {
    let mut target = Target::parse(&connect.url)?;
    let mut options = connect.options.clone();
    let mut hops = Hops::new(connect.redirects);
    loop {
        match attempt(connect, &target, &options).await {
            Err(ConnectError::Handshake { error: HandshakeError::Status { .. }, response })
                if hops.follows(&response) =>
            {
                target = hops.follow(target, &response, &mut options.headers)?;
            }
            outcome => return outcome,
        }
    }
}

pub(super) async fn over<S: Transport>(
    connect: &Connect,
    stream: S,
) -> Result<Opened<S>, ConnectError> {
    let target = Target::parse(&connect.url)?;
    let options = with_login(&connect.options, &target);
    let shaken = upgrade::upgrade(stream, &target.uri(), &options).await?;
    Ok(shaken.open(connect.config.clone()))
}

async fn attempt(
    connect: &Connect,
    target: &Target,
    options: &ClientOptions,
) -> Result<Opened<Io>, ConnectError> {
    let Connect { tls, versions, .. } = connect;
    let mut io = connect.route.reach(target, tls).await?;
    let mut is_http2 = *versions == Versions::Http2;
    if target.security == Security::Tls {
        let is_chosen;
        (io, is_chosen) = tls.connect(io, &target.host, *versions).await?;
        is_http2 |= is_chosen;
    }
    let (uri, options) = (target.uri(), with_login(options, target));
    let mut shaken = if is_http2 {
        http2::open(io, &uri, &options).await?
    } else {
        upgrade::upgrade(io, &uri, &options).await?
    };
    if let Some(wrap) = &connect.wrap {
        shaken.transport = wrap(shaken.transport, &shaken.unread);
    }
    Ok(shaken.open(connect.config.clone()))
}

/// The URL's login, unless the caller wrote a header for it.
fn with_login(options: &ClientOptions, target: &Target) -> ClientOptions {
    let mut options = options.clone();
    if let Some(login) = &target.login
        && !options.headers.contains_key(header::AUTHORIZATION)
    {
        options.headers.insert(header::AUTHORIZATION, login.to_basic());
    }
    options
}
