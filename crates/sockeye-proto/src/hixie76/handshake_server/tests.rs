use http::{HeaderValue, Method, Request, Response, StatusCode, Version};

use super::{
    super::{FieldFault, HixieRefusal, KeyFault, Scheme},
    Offer, is_hixie76,
};

/// The example of draft 00, 1.2.
fn request() -> Request<()> {
    Request::get("/demo")
        .header("Host", "example.com")
        .header("Connection", "Upgrade")
        .header("Sec-WebSocket-Key2", "12998 5 Y3 1  .P00")
        .header("Sec-WebSocket-Protocol", "sample")
        .header("Upgrade", "WebSocket")
        .header("Sec-WebSocket-Key1", "4 @1  46546xW%0l 1 5")
        .header("Origin", "http://example.com")
        .body(())
        .unwrap()
}

fn with(name: &'static str, value: &'static str) -> Request<()> {
    let mut request = request();
    request.headers_mut().insert(name, HeaderValue::from_static(value));
    request
}

fn without(names: &[&'static str]) -> Request<()> {
    let mut request = request();
    for name in names {
        request.headers_mut().remove(*name);
    }
    request
}

fn field<'a>(response: &'a Response<()>, name: &str) -> Option<&'a str> {
    response.headers().get(name).map(|value| value.to_str().unwrap())
}

fn check_location(scheme: Scheme, host: &'static str, target: &str, expected: &str) {
    let mut request = with("host", host);
    *request.uri_mut() = target.parse().unwrap();
    let mut pending = Offer::from_request(&request, scheme).unwrap().accept();
    let response = pending.handle_input(&[0; 8]).1.unwrap().response;
    assert_eq!(field(&response, "sec-websocket-location"), Some(expected));
}

fn check_refusal(request: &Request<()>, expected: HixieRefusal) {
    assert_eq!(Offer::from_request(request, Scheme::Ws).unwrap_err(), expected);
}

#[test]
fn the_example_of_the_draft_is_accepted() {
    let request = request();
    assert!(is_hixie76(&request));
    let offer = Offer::from_request(&request, Scheme::Ws).unwrap();
    assert_eq!(offer.origin(), "http://example.com");
    assert_eq!(offer.protocol().unwrap(), "sample");

    let mut pending = offer.accept_with_protocol();
    let (taken, acceptance) = pending.handle_input(b"^n:ds[4U\x00a\xff");
    assert_eq!(taken, 8, "what follows is frames");
    let acceptance = acceptance.unwrap();
    assert_eq!(&acceptance.answer, b"8jKS'y:G*Co,Wxa-");
    assert_eq!(acceptance.response.status(), StatusCode::SWITCHING_PROTOCOLS);
    for (name, expected) in [
        ("upgrade", "WebSocket"),
        ("connection", "Upgrade"),
        ("sec-websocket-origin", "http://example.com"),
        ("sec-websocket-location", "ws://example.com/demo"),
        ("sec-websocket-protocol", "sample"),
    ] {
        assert_eq!(field(&acceptance.response, name), Some(expected), "{name}");
    }
    assert_eq!(acceptance.response.headers().len(), 5);
}

#[test]
fn the_eight_bytes_may_come_one_by_one_and_nothing_else_is_taken() {
    let mut pending = Offer::from_request(&request(), Scheme::Ws).unwrap().accept();
    assert_eq!(pending.handle_input(b"").0, 0);
    for byte in b"^n:ds[4" {
        let (taken, acceptance) = pending.handle_input(&[*byte]);
        assert!(taken == 1 && acceptance.is_none());
    }
    let (taken, acceptance) = pending.handle_input(b"U\x00frame\xff");
    assert_eq!((taken, &acceptance.unwrap().answer), (1, b"8jKS'y:G*Co,Wxa-"));
    assert_eq!(pending.handle_input(b"\x00frame\xff").0, 0);
}

#[test]
fn a_protocol_is_echoed_only_if_it_was_chosen_and_offered() {
    for offer in [
        Offer::from_request(&request(), Scheme::Ws).unwrap().accept(),
        Offer::from_request(&without(&["sec-websocket-protocol"]), Scheme::Ws)
            .unwrap()
            .accept_with_protocol(),
    ] {
        let response = offer.clone().handle_input(&[0; 8]).1.unwrap().response;
        assert_eq!(field(&response, "sec-websocket-protocol"), None);
    }
}

#[test]
fn the_location_has_host_path_query_and_a_port_that_is_not_the_schemes_own() {
    use Scheme::{Ws, Wss};
    check_location(Ws, "example.com", "/", "ws://example.com/");
    check_location(Wss, "example.com", "/a?b=c&d", "wss://example.com/a?b=c&d");
    check_location(Ws, "example.com:80", "/a", "ws://example.com/a");
    check_location(Wss, "example.com:443", "/a", "wss://example.com/a");
    check_location(Wss, "example.com:80", "/a", "wss://example.com:80/a");
    check_location(Ws, "example.com:8080", "/a", "ws://example.com:8080/a");
    check_location(Ws, "[::1]:9001", "/a", "ws://[::1]:9001/a");
    check_location(Ws, "Example.com", "http://other/a?b", "ws://Example.com/a?b");
    check_location(Ws, "h", "http://h?b", "ws://h/?b");
}

#[test]
fn upgrade_and_connection_are_compared_without_case_and_as_lists() {
    for request in [
        with("upgrade", "websocket"),
        with("upgrade", "WEBSOCKET"),
        with("connection", "keep-alive, Upgrade"),
        with("connection", "upgrade ,close"),
    ] {
        assert!(Offer::from_request(&request, Scheme::Ws).is_ok());
    }
}

#[test]
fn a_request_that_lacks_or_repeats_a_field_is_refused() {
    let once = ["host", "origin", "sec-websocket-key1", "sec-websocket-key2"];
    for name in ["upgrade", "connection"].into_iter().chain(once) {
        check_refusal(&without(&[name]), FieldFault::Missing { name }.into());
    }
    for name in once.into_iter().chain(["sec-websocket-protocol"]) {
        let mut request = request();
        request.headers_mut().append(name, HeaderValue::from_static("again"));
        check_refusal(&request, FieldFault::Repeated { name }.into());
    }
}

#[test]
fn hixie_75_is_refused_in_words() {
    let request = without(&["sec-websocket-key1", "sec-websocket-key2"]);
    assert!(!is_hixie76(&request));
    check_refusal(&request, HixieRefusal::NoKeys);
    assert_eq!(
        HixieRefusal::NoKeys.to_string(),
        "expected the two keys of hixie-76, got none, as in hixie-75"
    );
}

#[test]
fn a_request_of_rfc_6455_is_not_of_this_draft() {
    assert!(!is_hixie76(&with("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ==")));
    assert!(!is_hixie76(&with("sec-websocket-version", "13")));
    assert!(!is_hixie76(&without(&["sec-websocket-key2"])));
}

#[test]
fn a_refusal_has_its_status_and_says_what_was_expected_and_what_came() {
    let mut post = request();
    *post.method_mut() = Method::POST;
    let mut old = request();
    *old.version_mut() = Version::HTTP_10;
    let mut star = request();
    *star.uri_mut() = "*".parse().unwrap();
    let cases = [
        (post, 405, "expected GET, got POST"),
        (old, 505, "expected HTTP/1.1, got HTTP/1.0"),
        (star, 400, "expected a path as request target, got \"*\""),
        (with("upgrade", "h2c"), 400, "expected upgrade to be \"WebSocket\", got \"h2c\""),
        (with("connection", "x"), 400, "expected connection to be \"Upgrade\", got \"x\""),
        (without(&["origin"]), 400, "expected one origin field, got none"),
        (with("host", "a@b"), 400, "expected host and port, got \"a@b\""),
        (
            with("sec-websocket-key1", "123"),
            400,
            "sec-websocket-key1: expected spaces in the key, got none",
        ),
        (
            with("sec-websocket-key2", "1 0 0 0"),
            400,
            "sec-websocket-key2: expected a number divisible by the key's 3 spaces, got 1000",
        ),
        (
            with("content-length", "8"),
            400,
            "expected eight bytes after the head, got a body of a declared length",
        ),
    ];
    for (request, status, words) in cases {
        let refusal = Offer::from_request(&request, Scheme::Ws).unwrap_err();
        assert_eq!((refusal.status().as_u16(), refusal.to_string().as_str()), (status, words));
    }
}

#[test]
fn a_host_that_is_not_host_and_port_is_refused() {
    for host in ["", ":80", "h:", "h:x", "h:65536", "a b", "h/p", "h:80@h", "h@h", "h\u{e9}"] {
        let mut request = request();
        let value = HeaderValue::from_bytes(host.as_bytes()).unwrap();
        request.headers_mut().insert("host", value.clone());
        check_refusal(&request, HixieRefusal::Host(value));
    }
}

#[test]
fn a_key_that_overflows_is_refused() {
    let (name, fault) = ("sec-websocket-key1", KeyFault::NumberOver64Bits);
    let digits = HeaderValue::try_from(format!("1{} ", "0".repeat(16_000))).unwrap();
    let mut request = request();
    request.headers_mut().insert(name, digits);
    check_refusal(&request, HixieRefusal::Key { name, fault });
}
