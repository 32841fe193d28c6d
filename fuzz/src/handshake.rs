//! An upgrade that a server accepts is one that its client takes, and both agree on the same; whatever else comes is
//! refused with a response.

use http::{HeaderMap, Method, Request, Response, StatusCode, Uri, Version};
use sockeye_proto::handshake::{
    Acceptance, Choice, ClientHandshake, ClientOptions, HeadLimits, Negotiated, Offer, Origins,
    Progress, Refusal, RequestReader, wants_upgrade, write_request,
};

use crate::{edit::edit, script::Script, terms};

const PROTOCOLS: [&[&str]; 5] =
    [&[], &["chat.v2"], &["chat.v1", "chat.v2"], &["superchat", "chat.v1"], &["graphql-ws"]];

const TARGETS: [&str; 8] = [
    "/",
    "/chat?room=1",
    "*",
    "http://example.com/chat",
    "https://example.com:8443",
    "ws://other.example/",
    "example.com:80",
    "ftp://example.com/",
];

/// Edits a valid request, judges it, and gives an edited answer to the client that made it.
pub fn run(data: &[u8]) {
    let mut script = Script::new(data);
    let options = ClientOptions::default()
        .protocols(script.pick(&PROTOCOLS).iter().copied())
        .deflate(terms::config(&mut script));
    let uri = Uri::from_static("wss://example.com/chat?room=1");
    let extended = script.flip();
    let client = if extended {
        ClientHandshake::extended_connect(&uri, &options)
    } else {
        ClientHandshake::new(&uri, *b"the sample nonce", &options)
    };
    let client = client.expect("these options can be put into a request");
    let request = edited(client.request(), &mut script);
    let offer = if extended {
        Offer::from_connect(&request, script.pick(&["websocket", "WebSocket", "connect-udp", ""]))
    } else {
        judge_read_again(&request, Offer::from_request(&request))
    };
    let response = match &offer {
        Ok(offer) => accepted(&client, &request, offer, &mut script),
        Err(refusal) => refused(&client, refusal),
    };
    judge_any_answer(&client, &options, &response, &mut script);
}

fn edited(request: &Request<()>, script: &mut Script<'_>) -> Request<()> {
    let mut request = request.clone();
    match script.byte() {
        1 => *request.method_mut() = script.pick(&[Method::GET, Method::POST, Method::CONNECT]),
        2 => *request.version_mut() = version(script),
        3 => *request.uri_mut() = Uri::from_static(script.pick(&TARGETS)),
        _ => {}
    }
    edit(request.headers_mut(), script);
    request
}

fn version(script: &mut Script<'_>) -> Version {
    script.pick(&[Version::HTTP_10, Version::HTTP_11, Version::HTTP_2, Version::HTTP_3])
}

/// Written and read, a request is judged as it was before.
fn judge_read_again(
    request: &Request<()>,
    judged: Result<Offer, Refusal>,
) -> Result<Offer, Refusal> {
    if request.uri().authority().is_some() || request.version() != Version::HTTP_11 {
        return judged;
    }
    let written = write_request(request);
    let read = RequestReader::new(HeadLimits::default()).read(&written);
    let Ok(Progress::Finished { head, used }) = read else {
        panic!("expected a request in {}, got {read:?}", written.escape_ascii())
    };
    assert_eq!(used, written.len());
    let choice = Choice::default().origins(Origins::Any);
    let answer = |offer: &Offer| offer.accept(&choice).expect("any origin will do").response;
    match (&judged, Offer::from_request(&head)) {
        (Ok(offer), Ok(again)) => {
            assert!(wants_upgrade(request) && request.method() == Method::GET);
            assert_eq!(answer(offer).headers(), answer(&again).headers());
        }
        (Err(refusal), Err(again)) => assert_eq!(*refusal, again),
        (one, other) => panic!("expected one judgement, got {one:?} and {other:?}"),
    }
    judged
}

fn accepted(
    client: &ClientHandshake,
    request: &Request<()>,
    offer: &Offer,
    script: &mut Script<'_>,
) -> Response<()> {
    let spoken = script.pick(&PROTOCOLS);
    let origins = match script.byte() % 3 {
        0 => Origins::SameHost,
        1 => Origins::list(["https://example.com", "http://localhost:3000"]).expect("both are"),
        _ => Origins::Any,
    };
    let choice = Choice::default()
        .protocols(spoken.iter().copied())
        .deflate(terms::config(script))
        .origins(origins);
    let acceptance = match offer.accept(&choice) {
        Ok(acceptance) => acceptance,
        Err(refusal) => {
            assert_eq!(refusal.status(), StatusCode::FORBIDDEN);
            assert!(offer.origin().is_some() && choice.origins != Origins::Any);
            return refused(client, &refusal);
        }
    };
    if let Some(protocol) = acceptance.negotiated.protocol() {
        assert!(spoken.contains(&protocol) && offer.protocols().any(|each| each == protocol));
    }
    assert!(acceptance.negotiated.deflate.is_none() || choice.deflate.enabled);
    if asks_the_same(client.request().headers(), request.headers()) {
        judge_answer(client, &acceptance);
    }
    acceptance.response
}

/// Whether an answer to the one is an answer to the other.
fn asks_the_same(sent: &HeaderMap, came: &HeaderMap) -> bool {
    ["sec-websocket-key", "sec-websocket-protocol", "sec-websocket-extensions"]
        .iter()
        .all(|name| sent.get_all(*name).iter().eq(came.get_all(*name)))
}

fn judge_answer(client: &ClientHandshake, acceptance: &Acceptance) {
    let got = client.verify(&acceptance.response).expect("an answer to what was asked");
    let Negotiated { protocol, deflate, .. } = &acceptance.negotiated;
    assert_eq!(got.protocol, *protocol);
    terms::agree(*deflate, got.deflate);
}

fn refused(client: &ClientHandshake, refusal: &Refusal) -> Response<()> {
    let response = refusal.clone().into_response();
    assert!(response.status().is_client_error() || response.status().is_server_error());
    assert_eq!(response.headers().get("content-length"), Some(&response.body().len().into()));
    let response = response.map(drop);
    assert!(client.verify(&response).is_err(), "a refusal opens nothing");
    response
}

fn judge_any_answer(
    client: &ClientHandshake,
    options: &ClientOptions,
    response: &Response<()>,
    script: &mut Script<'_>,
) {
    let mut response = response.clone();
    if script.flip() {
        *response.status_mut() =
            StatusCode::from_u16(script.pick(&[101, 200, 204, 400])).expect("codes");
        *response.version_mut() = version(script);
    }
    edit(response.headers_mut(), script);
    let Ok(negotiated) = client.verify(&response) else { return };
    assert!(matches!(response.status().as_u16(), 101 | 200..=299));
    if let Some(protocol) = &negotiated.protocol {
        assert!(options.protocols.contains(protocol), "only what was offered");
    }
    if let Some(params) = negotiated.deflate {
        terms::keeps(&options.deflate, params);
    }
}
