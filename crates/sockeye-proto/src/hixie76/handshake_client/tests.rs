use http::{HeaderName, HeaderValue, Response, StatusCode, Uri};

use super::{
    super::{FieldFault, Offer, RANDOM_BYTES, Scheme, generator::Generator, is_hixie76},
    HixieFailure, Opening, UnusableUri,
};

const ORIGIN: HeaderValue = HeaderValue::from_static("http://example.com");

fn open(uri: &str, protocol: Option<&'static str>) -> Result<Opening, UnusableUri> {
    let uri: Uri = uri.parse().unwrap();
    Opening::new(&uri, ORIGIN, protocol.map(HeaderValue::from_static), &[7; RANDOM_BYTES])
}

/// The right response to `open("ws://example.com/demo", Some("chat"))`.
fn response() -> Response<()> {
    Response::builder()
        .status(101)
        .header("Upgrade", "WebSocket")
        .header("Connection", "Upgrade")
        .header("Sec-WebSocket-Origin", "http://example.com")
        .header("Sec-WebSocket-Location", "ws://example.com/demo")
        .header("Sec-WebSocket-Protocol", "chat")
        .body(())
        .unwrap()
}

fn judge(response: &Response<()>) -> Result<(), HixieFailure> {
    let opening = open("ws://example.com/demo", Some("chat")).unwrap();
    opening.expectation.judge(response).map(|_| ())
}

fn check_different(name: &'static str, expected: &'static str, got: &'static str) {
    let mut response = response();
    let got = HeaderValue::from_static(got);
    response.headers_mut().insert(name, got.clone());
    let expected = HeaderValue::from_static(expected);
    assert_eq!(judge(&response), Err(FieldFault::Different { name, expected, got }.into()));
}

#[test]
fn client_and_server_agree_on_any_randomness() {
    let mut generator = Generator(2010);
    let uris = [
        ("ws://example.com", Scheme::Ws),
        ("WS://Example.COM:80/a/b?c=d", Scheme::Ws),
        ("ws://[::1]:9001/?q", Scheme::Ws),
        ("wss://example.com:443/chat", Scheme::Wss),
        ("wss://example.com:80?q", Scheme::Wss),
    ];
    for round in 0..400 {
        let (uri, scheme) = uris[round % uris.len()];
        let protocol = (round % 2 == 0).then(|| HeaderValue::from_static("chat"));
        let uri = uri.parse().unwrap();
        let random = generator.bytes();
        let opening = Opening::new(&uri, ORIGIN, protocol, &random).unwrap();
        assert!(is_hixie76(&opening.request));

        let offer = Offer::from_request(&opening.request, scheme).unwrap();
        let mut server = offer.accept_with_protocol();
        let cut = generator.below(9);
        let (head, tail) = opening.key3.split_at(cut);
        let acceptance = match server.handle_input(head) {
            (8, Some(acceptance)) => acceptance,
            (taken, _) => {
                assert_eq!(taken, cut);
                server.handle_input(tail).1.unwrap()
            }
        };

        let mut client = opening.expectation.judge(&acceptance.response).unwrap();
        let stream = [&acceptance.answer[..], b"\x00frame\xff"].concat();
        let (head, tail) = stream.split_at(generator.below(16));
        assert_eq!(client.handle_input(head), (head.len(), None));
        assert_eq!(client.handle_input(tail), (16 - head.len(), Some(Ok(()))));
    }
}

#[test]
fn the_request_is_what_the_draft_wants() {
    let request = open("ws://Example.com:8080?q", Some("chat")).unwrap().request;
    assert_eq!((request.method().as_str(), request.uri().to_string().as_str()), ("GET", "/?q"));
    for (name, expected) in [
        ("host", "example.com:8080"),
        ("upgrade", "WebSocket"),
        ("connection", "Upgrade"),
        ("origin", "http://example.com"),
        ("sec-websocket-protocol", "chat"),
    ] {
        assert_eq!(request.headers()[name], expected, "{name}");
    }
    assert!(!request.headers().contains_key("content-length"), "the eight bytes have no length");
}

#[test]
fn an_unusable_uri_is_refused() {
    for uri in [
        "http://example.com/",
        "example.com:80",
        "/path",
        "ws://user:secret@example.com/",
        "ws://example.com:65536/",
    ] {
        assert_eq!(open(uri, None).unwrap_err(), UnusableUri, "{uri}");
    }
}

#[test]
fn a_response_that_says_something_else_fails() {
    assert_eq!(judge(&response()), Ok(()));
    check_different("upgrade", "WebSocket", "h2c");
    check_different("connection", "Upgrade", "close");
    check_different("sec-websocket-origin", "http://example.com", "http://evil.example");
    check_different("sec-websocket-location", "ws://example.com/demo", "wss://example.com/demo");
    check_different("sec-websocket-location", "ws://example.com/demo", "ws://example.com:80/demo");
    check_different("sec-websocket-protocol", "chat", "Chat");
    let mut refused = response();
    *refused.status_mut() = StatusCode::OK;
    assert_eq!(judge(&refused), Err(HixieFailure::Status(StatusCode::OK)));
}

#[test]
fn a_response_that_lacks_or_repeats_a_field_fails() {
    for name in ["sec-websocket-origin", "sec-websocket-location", "sec-websocket-protocol"] {
        let mut lacking = response();
        lacking.headers_mut().remove(name);
        assert_eq!(judge(&lacking), Err(FieldFault::Missing { name }.into()));
        let mut repeating = response();
        let value = repeating.headers()[name].clone();
        repeating.headers_mut().append(name, value);
        assert_eq!(judge(&repeating), Err(FieldFault::Repeated { name }.into()));
    }
}

#[test]
fn the_field_names_of_hixie_75_are_no_answer_to_hixie_76() {
    let mut mixed = response();
    for (old, name) in [
        ("websocket-origin", "sec-websocket-origin"),
        ("websocket-location", "sec-websocket-location"),
    ] {
        let value = mixed.headers_mut().remove(name).unwrap();
        mixed.headers_mut().insert(HeaderName::from_static(old), value);
    }
    let name = "sec-websocket-origin";
    assert_eq!(judge(&mixed), Err(FieldFault::Missing { name }.into()));
}

#[test]
fn a_protocol_that_nobody_asked_for_fails() {
    let opening = open("ws://example.com/demo", None).unwrap();
    let (name, got) = ("sec-websocket-protocol", HeaderValue::from_static("chat"));
    let failure = opening.expectation.judge(&response()).unwrap_err();
    assert_eq!(failure, FieldFault::Unrequested { name, got }.into());
}

#[test]
fn a_wrong_answer_fails() {
    let opening = open("ws://example.com/demo", Some("chat")).unwrap();
    let mut pending = opening.expectation.judge(&response()).unwrap();
    assert_eq!(pending.handle_input(&[0; 15]), (15, None));
    let (taken, judged) = pending.handle_input(&[0; 15]);
    assert_eq!(taken, 1);
    assert!(matches!(judged, Some(Err(HixieFailure::Answer { got, .. })) if got == [0; 16]));
}
