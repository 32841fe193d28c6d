//! The client's request, and its judgement of the response (RFC 6455 4.1, RFC 8441 5), through the public doors.

#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use http::{HeaderName, HeaderValue, Response, StatusCode, Uri, Version, header};
use sockeye_proto::{
    DeflateConfig, WindowBits,
    handshake::{
        ClientHandshake, ClientOptions, HandshakeError, Negotiated, RequestError, write_request,
    },
};

const KEY: [u8; 16] = *b"the sample nonce";

fn handshake(options: &ClientOptions) -> ClientHandshake {
    ClientHandshake::new(&Uri::from_static("ws://example.com/chat"), KEY, options).unwrap()
}

fn tried(uri: &str, options: &ClientOptions) -> Result<ClientHandshake, RequestError> {
    ClientHandshake::new(&uri.parse().unwrap(), KEY, options)
}

/// The response of RFC 6455 1.3, with these headers in place of its own; an empty list takes one out.
fn response(changes: &[(&'static str, &[&str])]) -> Response<()> {
    let mut response = Response::builder()
        .status(101)
        .header("upgrade", "websocket")
        .header("connection", "Upgrade")
        .header("sec-websocket-accept", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")
        .body(())
        .unwrap();
    for (name, values) in changes {
        response.headers_mut().remove(*name);
        for value in *values {
            let value = HeaderValue::from_bytes(value.as_bytes()).unwrap();
            response.headers_mut().append(*name, value);
        }
    }
    response
}

fn verified(changes: &[(&'static str, &[&str])]) -> Result<Negotiated, HandshakeError> {
    let options = ClientOptions::default().protocols(["v1", "v2"]);
    handshake(&options).verify(&response(changes))
}

/// The whole message, causes included.
fn check_failed(changes: &[(&'static str, &[&str])], expected: &str) {
    let error = verified(changes).expect_err(expected);
    assert_eq!(in_words(&error), expected);
}

fn in_words(error: &dyn std::error::Error) -> String {
    match error.source() {
        Some(source) => format!("{error}: {}", in_words(source)),
        None => error.to_string(),
    }
}

#[test]
fn the_request_is_that_of_rfc_6455_1_2() {
    let options = ClientOptions::default()
        .protocols(["chat", "superchat"])
        .header(header::ORIGIN, HeaderValue::from_static("http://example.com"));
    let uri = Uri::from_static("ws://server.example.com/chat?room=1");
    let handshake = ClientHandshake::new(&uri, KEY, &options).unwrap();
    let expected = "GET /chat?room=1 HTTP/1.1\r\n\
        Host: server.example.com\r\n\
        Upgrade: websocket\r\n\
        Connection: Upgrade\r\n\
        Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
        Sec-WebSocket-Version: 13\r\n\
        Sec-WebSocket-Protocol: chat, superchat\r\n\
        Sec-WebSocket-Extensions: permessage-deflate; server_max_window_bits=12; \
        client_max_window_bits=12, permessage-deflate; client_max_window_bits\r\n\
        Origin: http://example.com\r\n\r\n";
    assert_eq!(String::from_utf8(write_request(handshake.request())).unwrap(), expected);
}

#[test]
fn a_url_becomes_a_host_and_a_target() {
    for (uri, host, target) in [
        ("ws://example.com", "example.com", "/"),
        ("ws://example.com:80/", "example.com", "/"),
        ("wss://example.com:443/a", "example.com", "/a"),
        ("ws://example.com:443/a", "example.com:443", "/a"),
        ("wss://example.com:8443/a?b#c", "example.com:8443", "/a?b"),
        ("http://example.com?b", "example.com", "/?b"),
        ("https://EXAMPLE.com/%C3%BC", "example.com", "/%C3%BC"),
        ("ws://[::1]:9000/", "[::1]:9000", "/"),
        ("ws://user:secret@example.com/", "example.com", "/"),
    ] {
        let handshake = tried(uri, &ClientOptions::default()).unwrap();
        assert_eq!(handshake.request().headers()["host"], host, "{uri}");
        assert_eq!(handshake.request().uri(), target, "{uri}");
    }
}

#[test]
fn a_url_that_makes_no_request_is_refused_in_words() {
    let plain = ClientOptions::default();
    for (uri, expected) in [
        ("/chat", RequestError::Scheme),
        ("ftp://example.com/", RequestError::Scheme),
        ("example.com", RequestError::Scheme),
        ("ws://example.com:99999/", RequestError::Host),
        ("ws://a,b/", RequestError::Host),
        ("ws://example.com/\u{fc}", RequestError::Path),
    ] {
        assert_eq!(tried(uri, &plain).unwrap_err(), expected, "{uri}");
        let uri = uri.parse().unwrap();
        assert_eq!(ClientHandshake::extended_connect(&uri, &plain).unwrap_err(), expected);
    }
    // What `Uri` itself does not take.
    for uri in
        ["ws://ex\u{e4}mple.com/", "ws://example.com/a b", "ws://example.com/\r\nA: b", "ws:///"]
    {
        assert!(uri.parse::<Uri>().is_err(), "{uri}");
    }
}

#[test]
fn headers_of_the_handshake_are_not_the_callers_to_write() {
    for name in [
        header::CONNECTION,
        header::UPGRADE,
        header::SEC_WEBSOCKET_KEY,
        header::SEC_WEBSOCKET_VERSION,
        header::SEC_WEBSOCKET_PROTOCOL,
        header::SEC_WEBSOCKET_EXTENSIONS,
        header::SEC_WEBSOCKET_ACCEPT,
        header::CONTENT_LENGTH,
        header::TRANSFER_ENCODING,
    ] {
        let options = ClientOptions::default().header(name.clone(), HeaderValue::from_static("0"));
        let error = tried("ws://example.com", &options).unwrap_err();
        assert_eq!(error, RequestError::ReservedHeader { name });
    }
    for name in [header::HOST, header::ORIGIN] {
        let value = HeaderValue::from_static("http://a");
        let options = ClientOptions::default()
            .header(name.clone(), value.clone())
            .header(name.clone(), value);
        let error = tried("ws://example.com", &options).unwrap_err();
        assert_eq!(error, RequestError::RepeatedHeader { name });
    }
}

#[test]
fn a_host_of_the_callers_takes_the_place_of_ours() {
    let options =
        ClientOptions::default().header(header::HOST, HeaderValue::from_static("other.example"));
    let request = handshake(&options);
    let hosts: Vec<_> = request.request().headers().get_all("host").iter().collect();
    assert_eq!(hosts, ["other.example"]);
    let uri = Uri::from_static("wss://example.com/a");
    let connect = ClientHandshake::extended_connect(&uri, &options).unwrap();
    assert_eq!(connect.request().uri(), "https://other.example/a");
    assert!(!connect.request().headers().contains_key("host"));
}

#[test]
fn headers_of_the_callers_are_sent_repeated_ones_too() {
    let cookie = |value| (HeaderName::from_static("cookie"), HeaderValue::from_static(value));
    let (name, value) = cookie("a=b");
    let options = ClientOptions::default().header(name, value);
    let (name, value) = cookie("c=d");
    let handshake = handshake(&options.header(name, value));
    let cookies: Vec<_> = handshake.request().headers().get_all("cookie").iter().collect();
    assert_eq!(cookies, ["a=b", "c=d"]);
}

#[test]
fn subprotocols_are_tokens_and_differ() {
    for wrong in ["", "a b", "a,b", "a\r\nSet-Cookie: a=b", "\u{fc}", "a\0"] {
        let options = ClientOptions::default().protocols(["a", wrong]);
        let expected = RequestError::Protocol { got: wrong.to_owned() };
        assert_eq!(tried("ws://example.com", &options).unwrap_err(), expected);
    }
    let options = ClientOptions::default().protocols(["a", "b", "a"]);
    let expected = RequestError::RepeatedProtocol { got: "a".to_owned() };
    assert_eq!(tried("ws://example.com", &options).unwrap_err(), expected);
}

#[test]
fn the_response_of_rfc_6455_1_3_is_taken() {
    let nothing = Negotiated::default();
    assert_eq!(verified(&[]), Ok(nothing.clone()));
    assert_eq!(verified(&[("upgrade", &["WebSocket"])]), Ok(nothing.clone()));
    assert_eq!(verified(&[("connection", &["keep-alive, UPGRADE"])]), Ok(nothing.clone()));
    assert_eq!(verified(&[("connection", &["keep-alive", "upgrade"])]), Ok(nothing.clone()));
    assert_eq!(verified(&[("set-cookie", &["a=b", "c=d"])]), Ok(nothing.clone()));
    assert_eq!(verified(&[("sec-websocket-extensions", &[""])]), Ok(nothing.clone()));
    // RFC 9110 15.2: a 101 has no body, whatever it says; what follows are frames.
    assert_eq!(verified(&[("content-length", &["5"])]), Ok(nothing));
    let chosen = verified(&[("sec-websocket-protocol", &["v2"])]).unwrap();
    assert_eq!(chosen.protocol(), Some("v2"));
}

#[test]
fn another_status_is_told() {
    for status in [200, 301, 400, 401, 426, 500] {
        let mut response = response(&[]);
        *response.status_mut() = StatusCode::from_u16(status).unwrap();
        let error = handshake(&ClientOptions::default()).verify(&response).unwrap_err();
        let expected = StatusCode::SWITCHING_PROTOCOLS;
        assert_eq!(error, HandshakeError::Status { expected, got: response.status() });
        assert_eq!(error.to_string(), format!("expected status 101, got {status}"));
    }
    let mut old = response(&[]);
    *old.version_mut() = Version::HTTP_10;
    let error = handshake(&ClientOptions::default()).verify(&old).unwrap_err();
    assert_eq!(error, HandshakeError::HttpVersion { got: Version::HTTP_10 });
}

#[test]
fn an_upgrade_to_anything_else_fails() {
    check_failed(&[("upgrade", &[])], "expected Upgrade, got none");
    check_failed(&[("upgrade", &["websocket", "websocket"])], "expected one Upgrade, got several");
    for other in ["h2c", "websocket, h2c", "websockets", ""] {
        let expected = format!("expected websocket in Upgrade, got \"{other}\"");
        check_failed(&[("upgrade", &[other])], &expected);
    }
    check_failed(&[("connection", &[])], "expected Connection, got none");
    check_failed(&[("connection", &["close"])], "expected upgrade in Connection, got \"close\"");
}

#[test]
fn an_accept_value_of_another_key_fails() {
    let name = "sec-websocket-accept";
    check_failed(&[(name, &[])], "expected Sec-WebSocket-Accept, got none");
    let right = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";
    check_failed(&[(name, &[right, right])], "expected one Sec-WebSocket-Accept, got several");
    for wrong in [
        "S3PPLMBITXAQ9KYGZZHZRBK+XOO=",
        "s3pPLMBiTxaQ9kYGzzhZRbK+xOo",
        "dGhlIHNhbXBsZSBub25jZQ==",
        "",
    ] {
        let expected = format!("expected {right} in Sec-WebSocket-Accept, got \"{wrong}\"");
        check_failed(&[(name, &[wrong])], &expected);
    }
    let other = ClientHandshake::new(
        &Uri::from_static("ws://example.com"),
        [0; 16],
        &ClientOptions::default(),
    );
    assert!(other.unwrap().verify(&response(&[])).is_err());
}

#[test]
fn a_subprotocol_that_was_not_offered_fails() {
    let name = "sec-websocket-protocol";
    for wrong in ["v3", "V1", "v1, v2", "", "\u{fc}"] {
        let error = verified(&[(name, &[wrong])]).unwrap_err();
        assert!(matches!(error, HandshakeError::ProtocolNotOffered { .. }), "{wrong}: {error}");
    }
    check_failed(&[(name, &["v3"])], "expected one of the subprotocols offered, got \"v3\"");
    check_failed(&[(name, &["v1", "v1"])], "expected one Sec-WebSocket-Protocol, got several");
    let nothing_offered = handshake(&ClientOptions::default());
    assert!(nothing_offered.verify(&response(&[(name, &["v1"])])).is_err());
}

#[test]
fn an_extension_that_was_not_offered_fails() {
    let name = "sec-websocket-extensions";
    let expected = "expected one of the extensions offered, once, got \"mux\"";
    check_failed(&[(name, &["mux"])], expected);
    check_failed(&[(name, &["mux, permessage-deflate"])], expected);
    check_failed(&[(name, &["permessage-deflate", "mux"])], expected);
    let expected = "expected one of the extensions offered, once, got \"permessage-deflate\"";
    check_failed(&[(name, &["permessage-deflate, permessage-deflate"])], expected);
    check_failed(&[(name, &["permessage-deflate", "permessage-deflate"])], expected);
    let plain = ClientOptions::default().deflate(DeflateConfig::disabled());
    let error = handshake(&plain).verify(&response(&[(name, &["permessage-deflate"])]));
    assert_eq!(error.unwrap_err().to_string(), expected);
}

#[test]
fn an_answer_for_compression_is_taken_or_fails_with_words() {
    let name = "sec-websocket-extensions";
    let answer = "permessage-deflate; server_max_window_bits=10; client_max_window_bits=\"11\"";
    let params = verified(&[(name, &[answer])]).unwrap().deflate.unwrap();
    assert_eq!(params.server_max_window_bits, WindowBits::new(10).unwrap());
    assert_eq!(params.client_max_window_bits, WindowBits::new(11).unwrap());
    check_failed(
        &[(name, &["permessage-deflate; server_max_window_bits=010"])],
        "the answer for permessage-deflate cannot be taken: \
         expected a value of 8 to 15 for server_max_window_bits, got \"010\"",
    );
    check_failed(
        &[(name, &["permessage-deflate; mux"])],
        "the answer for permessage-deflate cannot be taken: \
         expected a parameter of permessage-deflate, got \"mux\"",
    );
    check_failed(
        &[(name, &["permessage-deflate; a=\""])],
        "the extensions of the response cannot be read: \
         expected a closing quote at byte 23 of Sec-WebSocket-Extensions, got something else",
    );
}

#[test]
fn what_an_error_repeats_is_short_and_harmless() {
    let hostile = format!("\t\"{}", "\u{9b}31m".repeat(10_000));
    for name in ["upgrade", "connection", "sec-websocket-accept", "sec-websocket-protocol"] {
        let error = verified(&[(name, &[&hostile])]).unwrap_err();
        let words = in_words(&error);
        assert!(words.len() < 400, "{name}: {words}");
        assert!(words.bytes().all(|byte| (b' '..0x7f).contains(&byte)), "{name}: {words}");
    }
}

#[test]
fn an_extended_connect_has_no_key_and_takes_any_success() {
    let uri = Uri::from_static("wss://example.com:8443/chat");
    let options = ClientOptions::default().protocols(["v1"]);
    let handshake = ClientHandshake::extended_connect(&uri, &options).unwrap();
    let request = handshake.request();
    assert_eq!((request.method().as_str(), request.version()), ("CONNECT", Version::HTTP_2));
    assert_eq!(request.uri(), "https://example.com:8443/chat");
    assert_eq!(request.headers().len(), 3);
    assert_eq!(request.headers()["sec-websocket-version"], "13");
    let mut response = Response::builder().header("sec-websocket-protocol", "v1").body(()).unwrap();
    *response.version_mut() = Version::HTTP_2;
    assert_eq!(handshake.verify(&response).unwrap().protocol(), Some("v1"));
    for status in [101, 301, 400, 501] {
        *response.status_mut() = StatusCode::from_u16(status).unwrap();
        let error = handshake.verify(&response).unwrap_err();
        assert_eq!(error.to_string(), format!("expected status 200, got {status}"));
    }
}
