//! Offers and answers of permessage-deflate: what is agreed on fits what was offered, as the rules of RFC 7692 7.1 read
//! without any cleverness.

use std::collections::BTreeMap;

use http::{HeaderMap, HeaderValue, Request, Response, Uri};
use sockeye_proto::{
    DeflateConfig, DeflateParams,
    handshake::{Choice, ClientHandshake, ClientOptions, Offer},
};

use crate::{script::Script, terms};

const EXTENSIONS: &str = "sec-websocket-extensions";

/// Parameters by name; each name at most once.
type Params = BTreeMap<String, Option<String>>;

/// Gives the lines behind the wishes to a server as its offer and to a client as its answer.
pub fn run(data: &[u8]) {
    let mut script = Script::new(data);
    let (server, client) = (terms::config(&mut script), terms::config(&mut script));
    let mut lines = HeaderMap::new();
    for line in script.rest().split(|byte| *byte == b'\n') {
        if let Ok(line) = HeaderValue::from_bytes(line) {
            lines.append(EXTENSIONS, line);
        }
    }
    judge_offer(&lines, &server);
    judge_answer(&lines, &client);
    judge_both(&server, &client);
}

/// Any offer: declined, or agreed to within its terms.
fn judge_offer(lines: &HeaderMap, config: &DeflateConfig) {
    let Ok(offer) = Offer::from_request(&request(lines)) else { return };
    let acceptance = offer.accept(&Choice::default().deflate(*config)).expect("without an origin");
    let answer = acceptance.response.headers().get(EXTENSIONS);
    let extensions = offer.extensions();
    assert!(extensions.len() <= 64 && extensions.iter().all(|offer| offer.params.len() <= 16));
    let offers = extensions.iter().filter(|offer| offer.name == "permessage-deflate");
    let mut offers = offers.filter_map(|offer| {
        let named = |param: &sockeye_proto::handshake::Param<'_>| {
            (param.name.to_owned(), param.value.as_deref().map(str::to_owned))
        };
        let params: Params = offer.params.iter().map(named).collect();
        (params.len() == offer.params.len() && params.iter().all(is_valid)).then_some(params)
    });
    let Some(params) = acceptance.negotiated.deflate else {
        assert_eq!(answer, None);
        return assert!(!config.enabled || offers.next().is_none(), "an offer that was declined");
    };
    assert!(config.enabled);
    let answer = answer.and_then(|answer| answer.to_str().ok()).expect("an agreement is answered");
    let answer = read(answer);
    assert!(offers.any(|offer| fits(&offer, &answer)), "an answer to one of the offers");
    binds(&answer, params);
    assert!(params.server_max_window_bits <= config.send_window_bits);
    let kept = params.client_max_window_bits <= config.receive_window_bits.max(terms::NINE);
    assert!(kept || params.client_no_context_takeover, "no window parks that is too large");
}

/// Any answer: refused, or within what the client offered.
fn judge_answer(lines: &HeaderMap, config: &DeflateConfig) {
    let client = client(config);
    let mut response = Response::builder()
        .status(101)
        .header("upgrade", "websocket")
        .header("connection", "Upgrade")
        .header("sec-websocket-accept", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")
        .body(())
        .expect("a response");
    response.headers_mut().extend(lines.clone());
    if let Ok(negotiated) = client.verify(&response)
        && let Some(params) = negotiated.deflate
    {
        terms::keeps(config, params);
    }
}

/// The client's own offer: what the server makes of it is taken by the client.
fn judge_both(server: &DeflateConfig, client_config: &DeflateConfig) {
    let client = client(client_config);
    let offer = Offer::from_request(client.request()).expect("a valid request");
    let acceptance = offer.accept(&Choice::default().deflate(*server)).expect("without an origin");
    let negotiated = client.verify(&acceptance.response).expect("an answer to what was offered");
    terms::agree(acceptance.negotiated.deflate, negotiated.deflate);
    assert_eq!(negotiated.deflate.is_some(), server.enabled && client_config.enabled);
}

fn client(config: &DeflateConfig) -> ClientHandshake {
    let options = ClientOptions::default().deflate(*config);
    ClientHandshake::new(&Uri::from_static("ws://example.com/"), *b"the sample nonce", &options)
        .expect("a valid request")
}

fn request(lines: &HeaderMap) -> Request<()> {
    let mut request = client(&DeflateConfig::disabled()).request().clone();
    request.headers_mut().extend(lines.clone());
    request
}

/// Reads an answer of ours, which has neither quotes nor spaces that matter.
fn read(answer: &str) -> Params {
    let mut params = answer.split("; ");
    assert_eq!(params.next(), Some("permessage-deflate"));
    let split = |param: &str| match param.split_once('=') {
        Some((name, value)) => (name.to_owned(), Some(value.to_owned())),
        None => (param.to_owned(), None),
    };
    let read: Params = params.map(split).collect();
    assert!(read.iter().all(is_valid), "a valid answer");
    read
}

fn is_valid((name, value): (&String, &Option<String>)) -> bool {
    let is_window = |value: &String| (8..=15).any(|bits| *value == bits.to_string());
    match name.as_str() {
        "server_no_context_takeover" | "client_no_context_takeover" => value.is_none(),
        "server_max_window_bits" => value.as_ref().is_some_and(is_window),
        "client_max_window_bits" => value.as_ref().is_none_or(is_window),
        _ => false,
    }
}

fn number(params: &Params, name: &str) -> Option<u8> {
    params.get(name)?.as_ref()?.parse().ok()
}

/// RFC 7692 7.1: whether a server may answer this offer so.
fn fits(offer: &Params, answer: &Params) -> bool {
    let (server, client) = ("server_max_window_bits", "client_max_window_bits");
    let forgets = |params: &Params| params.contains_key("server_no_context_takeover");
    let server_window = number(offer, server)
        .is_none_or(|most| number(answer, server).is_some_and(|got| got <= most));
    let client_window = number(answer, client).is_none_or(|got| {
        offer.contains_key(client) && number(offer, client).is_none_or(|most| got <= most)
    });
    let has_value = answer.get(client).is_none_or(Option::is_some);
    server_window && client_window && has_value && (forgets(answer) || !forgets(offer))
}

/// Whether the server holds both sides to just what its answer says.
fn binds(answer: &Params, params: DeflateParams) {
    let bits = |name| number(answer, name).unwrap_or(15);
    assert_eq!(params.server_max_window_bits.get(), bits("server_max_window_bits"));
    assert_eq!(params.client_max_window_bits.get(), bits("client_max_window_bits"));
    let flag = |name| answer.contains_key(name);
    assert_eq!(params.server_no_context_takeover, flag("server_no_context_takeover"));
    assert_eq!(params.client_no_context_takeover, flag("client_no_context_takeover"));
}
