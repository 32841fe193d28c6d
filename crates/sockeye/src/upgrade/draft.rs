//! Requests of hixie-76, the draft of 2010, for servers that allow it.
//!
//! Its handshake has eight bytes behind the head and sixteen behind the answer's; both travel after the transport has
//! changed hands, so that the draft goes through every door of HTTP/1.1.

use std::{io, sync::Arc, time::Duration};

use http::{HeaderValue, Request, Response, header};
use sockeye_proto::{
    Config, Connection, Role,
    handshake::{Offer, Refusal},
    hixie76::{self, Pending, Scheme, is_hixie76},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    time,
};

use super::HandedOver;
use crate::{Peer, ServerOptions, alarm};

/// How long the eight bytes behind the head may take.
const KEY_TIMEOUT: Duration = Duration::from_secs(10);

/// Bytes behind the head.
const KEY_BYTES: usize = 8;

/// A request of the draft.
#[derive(Debug)]
pub(super) struct Draft {
    offer: hixie76::Offer,
    /// What a server answers that does not allow it.
    otherwise: Refusal,
}

/// Judges a request by the draft, if it is of the draft, and as one of RFC 6455 what both of them have.
pub(super) fn judge<B>(request: &Request<B>) -> Result<(Offer, Option<Draft>), Refusal> {
    let otherwise = match Offer::from_request(request) {
        Err(refusal) if is_hixie76(request) => refusal,
        judged => return judged.map(|offer| (offer, None)),
    };
    let secure = request.extensions().get::<Peer>().is_some_and(Peer::is_secure);
    let scheme = if secure { Scheme::Wss } else { Scheme::Ws };
    let offer = hixie76::Offer::from_request(request, scheme)
        .map_err(|refusal| Refusal::new(refusal.status(), refusal.to_string()))?;
    // Host, origin and subprotocol are judged as ever; what the draft does not have is filled in.
    let mut same = Request::new(());
    (*same.uri_mut(), *same.headers_mut()) = (request.uri().clone(), request.headers().clone());
    let headers = same.headers_mut();
    let key = HeaderValue::from_static("AAAAAAAAAAAAAAAAAAAAAA==");
    headers.insert(header::SEC_WEBSOCKET_KEY, key);
    headers.insert(header::SEC_WEBSOCKET_VERSION, HeaderValue::from_static("13"));
    headers.remove(header::SEC_WEBSOCKET_EXTENSIONS);
    Ok((Offer::from_request(&same)?, Some(Draft { offer, otherwise })))
}

impl Draft {
    /// Agrees, with the subprotocol if one was chosen.
    pub(super) fn accept(
        self,
        options: &ServerOptions,
        protocol: Option<&str>,
    ) -> Result<(Response<()>, Challenge), Refusal> {
        if !options.allows_hixie76() {
            return Err(self.otherwise);
        }
        let pending = match protocol {
            Some(_) => self.offer.accept_with_protocol(),
            None => self.offer.accept(),
        };
        // The head does not depend on the bytes behind the request's.
        let (_, acceptance) = pending.clone().handle_input(&[0; KEY_BYTES]);
        let response = acceptance.map(|acceptance| acceptance.response).unwrap_or_default();
        Ok((response, Challenge(pending)))
    }
}

/// The bytes that are still to be read and answered.
#[derive(Debug)]
pub(super) struct Challenge(Pending);

impl Challenge {
    pub(super) async fn answer(
        mut self,
        handed_over: &mut HandedOver,
        config: Arc<Config>,
    ) -> io::Result<Connection> {
        let HandedOver { io, unread } = handed_over;
        let mut key = unread.split_to(KEY_BYTES.min(unread.len())).to_vec();
        let answered = async {
            while key.len() < KEY_BYTES {
                key.push(io.read_u8().await?);
            }
            if let (_, Some(acceptance)) = self.0.handle_input(&key) {
                io.write_all(&acceptance.answer).await?;
            }
            io.flush().await
        };
        time::timeout(KEY_TIMEOUT, answered).await??;
        Ok(Connection::hixie76(Role::Server, config, alarm::now()))
    }
}
