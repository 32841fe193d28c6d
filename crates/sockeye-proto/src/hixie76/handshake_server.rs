//! The server's side of the handshake: a request judged, and the answer once the bytes after it are there.
//!
//! Does not judge the origin and does not write the head; both are the caller's.

use http::{
    HeaderMap, HeaderValue, Method, Request, Response, StatusCode, Version, uri::Authority,
};

use super::{
    challenge, field,
    location::{Scheme, resource},
    refusal::HixieRefusal,
    tail::Tail,
};

/// Whether a request is of this draft: it has its two keys and nothing that RFC 6455 would know it by.
#[must_use]
pub fn is_hixie76<B>(request: &Request<B>) -> bool {
    let has = |name| request.headers().contains_key(name);
    has(field::KEY1)
        && has(field::KEY2)
        && !has("sec-websocket-key")
        && !has("sec-websocket-version")
}

/// A request that obeys the draft, before the application decided about it.
#[derive(Clone, Debug)]
pub struct Offer {
    origin: HeaderValue,
    location: HeaderValue,
    protocol: Option<HeaderValue>,
    parts: [u32; 2],
}

impl Offer {
    /// Judges the head of a request. Whether TLS protects the connection is not in it, so the caller says.
    ///
    /// # Errors
    ///
    /// The first rule of the draft that the request breaks.
    pub fn from_request<B>(request: &Request<B>, scheme: Scheme) -> Result<Self, HixieRefusal> {
        let fields = request.headers();
        if request.method() != Method::GET {
            return Err(HixieRefusal::Method(request.method().clone()));
        }
        if request.version() != Version::HTTP_11 {
            return Err(HixieRefusal::Version(request.version()));
        }
        if fields.contains_key("content-length") || fields.contains_key("transfer-encoding") {
            return Err(HixieRefusal::DeclaredBody);
        }
        field::token(fields, field::UPGRADE, "WebSocket")?;
        field::token(fields, field::CONNECTION, "Upgrade")?;
        let parts = parts(fields)?;
        let host = field::required(fields, field::HOST)?;
        let host = Authority::try_from(host.as_bytes())
            .ok()
            .and_then(|authority| scheme.host(&authority))
            .ok_or_else(|| HixieRefusal::Host(host.clone()))?;
        let location = scheme
            .location(&host, request.uri())
            .ok_or_else(|| HixieRefusal::Target(resource(request.uri())))?;
        // Draft 00, 4.1: a client fails unless its origin comes back, so without one there is no right response.
        let origin = field::required(fields, field::ORIGIN)?.clone();
        let protocol = field::optional(fields, field::PROTOCOL)?.cloned();
        Ok(Self { origin, location, protocol, parts })
    }

    /// The origin of the page that connects; a browser tells the truth here, nobody else must.
    #[must_use]
    pub fn origin(&self) -> &HeaderValue {
        &self.origin
    }

    /// The one subprotocol that the client asks for.
    #[must_use]
    pub fn protocol(&self) -> Option<&HeaderValue> {
        self.protocol.as_ref()
    }

    /// Accepts without a subprotocol. A client that asked for one fails the connection then (draft 00, 4.1).
    #[must_use]
    pub fn accept(mut self) -> Pending {
        self.protocol = None;
        self.accept_with_protocol()
    }

    /// Accepts, and with it the subprotocol if the client asked for one.
    #[must_use]
    pub fn accept_with_protocol(self) -> Pending {
        let mut response = Response::new(());
        *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
        let fields = response.headers_mut();
        fields.insert(field::UPGRADE, HeaderValue::from_static("WebSocket"));
        fields.insert(field::CONNECTION, HeaderValue::from_static("Upgrade"));
        fields.insert(field::SERVER_ORIGIN, self.origin);
        fields.insert(field::SERVER_LOCATION, self.location);
        if let Some(protocol) = self.protocol {
            fields.insert(field::PROTOCOL, protocol);
        }
        Pending { response, parts: self.parts, key3: Tail::new() }
    }
}

fn parts(fields: &HeaderMap) -> Result<[u32; 2], HixieRefusal> {
    if !fields.contains_key(field::KEY1) && !fields.contains_key(field::KEY2) {
        return Err(HixieRefusal::NoKeys);
    }
    let part = |name| {
        let key = field::required(fields, name)?;
        challenge::part(key.as_bytes()).map_err(|fault| HixieRefusal::Key { name, fault })
    };
    Ok([part(field::KEY1)?, part(field::KEY2)?])
}

/// An accepted request whose eight bytes after the head are still to come.
#[derive(Clone, Debug)]
pub struct Pending {
    response: Response<()>,
    parts: [u32; 2],
    key3: Tail<8>,
}

impl Pending {
    /// Takes what follows the head until it has eight bytes, and tells how many it took; what it left is frames.
    /// Once it has them it takes nothing more and says the same again.
    pub fn handle_input(&mut self, input: &[u8]) -> (usize, Option<Acceptance>) {
        let (taken, key3) = self.key3.push(input);
        let acceptance = key3.map(|key3| Acceptance {
            response: self.response.clone(),
            answer: challenge::answer(self.parts, key3),
        });
        (taken, acceptance)
    }
}

/// What the server sends back: a head, and right after its empty line the answer. Frames follow.
#[derive(Clone, Debug)]
pub struct Acceptance {
    /// The head, status 101; its reason is free.
    pub response: Response<()>,
    /// The answer to the challenge, raw.
    pub answer: [u8; 16],
}

#[cfg(test)]
mod tests;
