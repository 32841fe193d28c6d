//! The server's judgement of an upgrade (RFC 6455 4.2) and of an extended CONNECT (RFC 8441), through the public doors.

#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use http::{HeaderValue, Method, Request, Version};
use sockeye_proto::{
    DeflateConfig,
    handshake::{Acceptance, Choice, Offer, Origins, Refusal, wants_upgrade},
};

/// The handshake of RFC 6455 1.3, with these headers in place of its own; an empty list takes one out.
fn request(changes: &[(&'static str, &[&str])]) -> Request<()> {
    let mut request = Request::get("/chat")
        .header("host", "server.example.com")
        .header("upgrade", "websocket")
        .header("connection", "Upgrade")
        .header("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ==")
        .header("sec-websocket-version", "13")
        .body(())
        .unwrap();
    change(&mut request, changes);
    request
}

/// What a browser sends over HTTP/2.
fn connect(changes: &[(&'static str, &[&str])]) -> Request<()> {
    let mut request = Request::connect("https://server.example.com/chat")
        .version(Version::HTTP_2)
        .header("sec-websocket-version", "13")
        .body(())
        .unwrap();
    change(&mut request, changes);
    request
}

fn change(request: &mut Request<()>, changes: &[(&'static str, &[&str])]) {
    for (name, values) in changes {
        request.headers_mut().remove(*name);
        for value in *values {
            let value = HeaderValue::from_bytes(value.as_bytes()).unwrap();
            request.headers_mut().append(*name, value);
        }
    }
}

fn accept(request: &Request<()>, choice: &Choice) -> Acceptance {
    let offer = Offer::from_request(request).unwrap_or_else(|refusal| panic!("{refusal}"));
    offer.accept(choice).unwrap_or_else(|refusal| panic!("{refusal}"))
}

fn check_accepted(changes: &[(&'static str, &[&str])]) {
    let accepted = accept(&request(changes), &Choice::default());
    assert_eq!(accepted.response.status(), 101, "{changes:?}");
}

fn check_refused(changes: &[(&'static str, &[&str])], status: u16, reason: &str) {
    check_refusal(judged(&request(changes)), status, reason);
}

fn judged(request: &Request<()>) -> Result<Acceptance, Refusal> {
    Offer::from_request(request)?.accept(&Choice::default())
}

/// Every refusal over HTTP/1.1 closes the connection and says why.
fn check_refusal(judged: Result<Acceptance, Refusal>, status: u16, reason: &str) {
    let refusal = judged.expect_err(reason);
    assert_eq!((refusal.status().as_u16(), refusal.reason()), (status, reason));
    let response = refusal.into_response();
    assert_eq!(response.status(), status);
    assert_eq!(*response.body(), format!("{reason}\n"));
    assert_eq!(response.headers()["content-length"], response.body().len().to_string());
    let connection = response.headers()["connection"].to_str().unwrap();
    assert!(connection.split(", ").any(|option| option == "close"), "{connection}");
}

#[test]
fn the_handshake_of_rfc_6455_1_3_is_accepted() {
    let accepted = accept(&request(&[]), &Choice::default());
    let headers = accepted.response.headers();
    assert_eq!(accepted.response.status(), 101);
    assert_eq!(headers["upgrade"], "websocket");
    assert_eq!(headers["connection"], "Upgrade");
    assert_eq!(headers["sec-websocket-accept"], "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
    assert_eq!(headers.len(), 3);
    assert_eq!(accepted.negotiated.protocol, None);
    assert_eq!(accepted.negotiated.deflate, None);
}

#[test]
fn an_offer_tells_what_was_offered() {
    let request = request(&[
        ("origin", &["https://server.example.com"]),
        ("host", &["Server.Example.com:8443"]),
        ("sec-websocket-protocol", &["chat, superchat", "v2"]),
        ("sec-websocket-extensions", &["foo; bar=\"2\"", "baz"]),
    ]);
    let offer = Offer::from_request(&request).unwrap();
    assert_eq!(offer.origin(), Some("https://server.example.com"));
    assert_eq!(offer.host().name(), "server.example.com");
    assert_eq!(offer.host().port(), Some(8443));
    assert_eq!(offer.protocols().collect::<Vec<_>>(), ["chat", "superchat", "v2"]);
    let extensions = offer.extensions();
    assert_eq!(extensions.iter().map(|each| each.name).collect::<Vec<_>>(), ["foo", "baz"]);
    assert_eq!(extensions[0].params[0].name, "bar");
    assert_eq!(extensions[0].params[0].value.as_deref(), Some("2"));
}

#[test]
fn the_legal_forms_of_lists_are_accepted() {
    check_accepted(&[("connection", &["keep-alive, Upgrade"])]);
    check_accepted(&[("connection", &["keep-alive", "Upgrade"])]);
    check_accepted(&[("connection", &["UPGRADE"])]);
    check_accepted(&[("connection", &[",,upgrade ,"])]);
    check_accepted(&[("upgrade", &["WebSocket"])]);
    check_accepted(&[("upgrade", &["h2c, websocket"])]);
    check_accepted(&[("upgrade", &["h2c", "websocket"])]);
    check_accepted(&[("content-length", &["0"])]);
}

#[test]
fn without_an_upgrade_the_answer_is_426_with_the_way_to_do_it() {
    let no_upgrade = "expected websocket in Upgrade, got none";
    check_refused(&[("upgrade", &[])], 426, no_upgrade);
    check_refused(&[("upgrade", &["h2c"])], 426, no_upgrade);
    check_refused(&[("upgrade", &["websockets"])], 426, no_upgrade);
    check_refused(&[("upgrade", &["web socket"])], 426, no_upgrade);
    let no_option = "expected upgrade in Connection, got none";
    check_refused(&[("connection", &[])], 426, no_option);
    check_refused(&[("connection", &["keep-alive"])], 426, no_option);
    let response = judged(&request(&[("upgrade", &[])])).unwrap_err().into_response();
    assert_eq!(response.headers()["upgrade"], "websocket");
    assert_eq!(response.headers()["connection"], "close, upgrade");
    assert_eq!(response.headers()["sec-websocket-version"], "13");
}

#[test]
fn another_version_is_answered_with_426_and_ours() {
    for version in ["0", "7", "8", "12", "14", "013", "+13", "13.0", "13, 8", "", "\u{661}\u{663}"]
    {
        let refusal = judged(&request(&[("sec-websocket-version", &[version])])).unwrap_err();
        assert_eq!(refusal.status(), 426, "{version}");
        let response = refusal.into_response();
        assert_eq!(response.headers()["sec-websocket-version"], "13", "{version}");
        assert_eq!(response.headers()["upgrade"], "websocket", "{version}");
    }
    let name = "sec-websocket-version";
    check_refused(&[(name, &["8"])], 426, "expected Sec-WebSocket-Version 13, got \"8\"");
    check_refused(&[(name, &[])], 426, "expected Sec-WebSocket-Version 13, got none");
    check_refused(&[(name, &["13", "13"])], 400, "expected Sec-WebSocket-Version 13, got several");
}

#[test]
fn a_key_that_does_not_stand_for_16_bytes_is_400() {
    let name = "sec-websocket-key";
    check_refused(&[(name, &[])], 400, "expected one Sec-WebSocket-Key, got none");
    let key = "dGhlIHNhbXBsZSBub25jZQ==";
    check_refused(&[(name, &[key, key])], 400, "expected one Sec-WebSocket-Key, got several");
    for wrong in ["", "short", "dGhlIHNhbXBsZSBub25jZWE=", "dGhlIHNhbXBsZS_ub25jZQ==", "\u{fc}"] {
        let refusal = judged(&request(&[(name, &[wrong])])).unwrap_err();
        assert_eq!(refusal.status(), 400, "{wrong}");
    }
    let expected = "expected 16 bytes in base64 as Sec-WebSocket-Key, got \"short\"";
    check_refused(&[(name, &["short"])], 400, expected);
}

#[test]
fn a_host_is_there_once_and_is_one() {
    check_refused(&[("host", &[])], 400, "expected one Host, got none");
    check_refused(&[("host", &["a", "a"])], 400, "expected one Host, got several");
    check_refused(&[("host", &[""])], 400, "expected a host, got \"\"");
    for wrong in ["a, b", "user@a", "a/b", "a:b", "a:99999", "a b", "\u{fc}"] {
        let refusal = judged(&request(&[("host", &[wrong])])).unwrap_err();
        assert_eq!(refusal.status(), 400, "{wrong}");
    }
}

#[test]
fn only_get_may_ask() {
    for method in [Method::POST, Method::PUT, Method::HEAD, Method::OPTIONS, Method::CONNECT] {
        let mut request = request(&[]);
        *request.method_mut() = method.clone();
        let refusal = judged(&request).unwrap_err();
        assert_eq!(refusal.clone().into_response().headers()["allow"], "GET");
        check_refusal(Err(refusal), 405, &format!("expected GET, got \"{method}\""));
    }
    let mut request = request(&[]);
    *request.method_mut() = Method::from_bytes(&[b'A'; 10_000]).unwrap();
    let reason = format!("expected GET, got \"{}...\"", "A".repeat(64));
    check_refusal(judged(&request), 405, &reason);
}

#[test]
fn a_request_with_a_body_is_400() {
    let reason = "expected no body, got one";
    check_refused(&[("content-length", &["5"])], 400, reason);
    check_refused(&[("content-length", &["00"])], 400, reason);
    check_refused(&[("content-length", &["+0"])], 400, reason);
    check_refused(&[("content-length", &["0, 5"])], 400, reason);
    check_refused(&[("content-length", &["0", "0"])], 400, reason);
    check_refused(&[("transfer-encoding", &["chunked"])], 400, reason);
    check_refused(&[("transfer-encoding", &["identity"])], 400, reason);
    check_refused(&[("content-length", &["0"]), ("transfer-encoding", &[""])], 400, reason);
}

#[test]
fn other_versions_of_http_do_not_upgrade() {
    let over = |version| {
        let mut request = request(&[]);
        *request.version_mut() = version;
        judged(&request).unwrap_err().into_response()
    };
    assert_eq!(over(Version::HTTP_09).status(), 505);
    let response = over(Version::HTTP_10);
    assert_eq!(response.status(), 505);
    assert_eq!(response.headers()["connection"], "close");
    for version in [Version::HTTP_2, Version::HTTP_3] {
        let response = over(version);
        assert_eq!((response.status().as_u16(), response.version()), (400, version));
        assert!(!response.headers().contains_key("connection"));
        assert!(!response.headers().contains_key("upgrade"));
    }
}

#[test]
fn a_whole_url_as_the_target_names_the_host() {
    let mut request = request(&[("origin", &["https://other.example"])]);
    *request.uri_mut() = "http://other.example/chat".parse().unwrap();
    let offer = Offer::from_request(&request).unwrap();
    assert_eq!(offer.host().name(), "other.example");
    assert!(offer.accept(&Choice::default()).is_ok());
    request.headers_mut().insert("origin", HeaderValue::from_static("http://server.example.com"));
    assert_eq!(judged(&request).unwrap_err().status(), 403);
    request.headers_mut().remove("host");
    check_refusal(judged(&request), 400, "expected one Host, got none");
}

#[test]
fn a_target_that_is_no_path_is_400() {
    for target in ["*", "server.example.com:80", "ftp://server.example.com/", "http://user@a/"] {
        let mut request = request(&[]);
        *request.uri_mut() = target.parse().unwrap();
        assert_eq!(judged(&request).unwrap_err().status(), 400, "{target}");
    }
}

#[test]
fn a_page_of_another_host_is_403_unless_the_server_says_otherwise() {
    let from = |origins: &[&str]| request(&[("origin", origins)]);
    let evil = from(&["https://evil.example"]);
    let reason = "expected an origin of this host, got \"https://evil.example\"";
    check_refusal(judged(&evil), 403, reason);
    assert!(judged(&from(&["https://SERVER.example.com"])).is_ok());
    assert!(judged(&from(&["http://server.example.com:80"])).is_ok());
    for refused in ["null", "https://server.example.com:8443", "https://server.example.com.", ""] {
        assert_eq!(judged(&from(&[refused])).unwrap_err().status(), 403, "{refused}");
    }
    let offer = Offer::from_request(&evil).unwrap();
    let listed = Origins::list(["https://evil.example"]).unwrap();
    assert!(offer.accept(&Choice::default().origins(listed)).is_ok());
    assert!(offer.accept(&Choice::default().origins(Origins::Any)).is_ok());
}

#[test]
fn two_origins_or_one_outside_of_ascii_are_403_under_every_rule() {
    let two = ["https://server.example.com", "https://evil.example"];
    for origins in [&two[..], &[two[0], two[0]]] {
        let reason = "expected one Origin in ASCII, got several";
        check_refused(&[("origin", origins)], 403, reason);
    }
    let refusal = Offer::from_request(&request(&[("origin", &["https://\u{fc}"])])).unwrap_err();
    assert_eq!(refusal.status(), 403);
}

#[test]
fn the_server_prefers_among_the_subprotocols_offered() {
    let check = |offered: &[&str], spoken: &[&str], expected: Option<&str>| {
        let choice = Choice::default().protocols(spoken.iter().copied());
        let accepted = accept(&request(&[("sec-websocket-protocol", offered)]), &choice);
        assert_eq!(accepted.negotiated.protocol(), expected, "{offered:?} {spoken:?}");
        let said: Vec<_> =
            accepted.response.headers().get_all("sec-websocket-protocol").iter().collect();
        assert_eq!(said, Vec::from_iter(expected), "{offered:?} {spoken:?}");
    };
    check(&["v1, v2"], &["v2", "v1"], Some("v2"));
    check(&["v1", "v2"], &["v2"], Some("v2"));
    check(&["v1"], &["v2"], None);
    check(&["V2"], &["v2"], None);
    check(&["v1"], &[], None);
    check(&[], &["v1"], None);
    check(&[""], &["v1", ""], None);
    check(&["v1, v1"], &["v1"], Some("v1"));
    check(&["__proto__, constructor"], &["constructor"], Some("constructor"));
    check(&["v1, v2"], &["v1, v2", "\r\nSet-Cookie: a=b"], None);
}

#[test]
fn subprotocols_that_are_no_tokens_are_400() {
    for wrong in ["a b", "v1, \u{fc}", "\"v1\"", "v1;v2", "a/b"] {
        let refusal = judged(&request(&[("sec-websocket-protocol", &[wrong])])).unwrap_err();
        assert_eq!(refusal.status(), 400, "{wrong}");
    }
    let many = vec!["a"; 100_000].join(",");
    let offered = request(&[("sec-websocket-protocol", &[&many])]);
    assert_eq!(accept(&offered, &Choice::default().protocols(["b"])).negotiated.protocol, None);
}

#[test]
fn what_a_refusal_repeats_is_short_and_harmless() {
    let long = format!("\u{1}<script>\"{}", "a".repeat(10_000)).replace('\u{1}', "\t");
    for name in ["origin", "sec-websocket-version", "sec-websocket-key", "host"] {
        let refusal = judged(&request(&[(name, &[&long])])).unwrap_err();
        assert!(refusal.reason().len() < 200, "{name}: {refusal}");
        assert!(refusal.reason().bytes().all(|byte| byte >= b' '), "{name}: {refusal}");
        let response = refusal.into_response();
        assert_eq!(response.headers()["content-type"], "text/plain; charset=utf-8");
    }
}

#[test]
fn a_refusal_in_bytes_is_a_whole_response() {
    let refusal = judged(&request(&[("upgrade", &[])])).unwrap_err();
    let expected = "HTTP/1.1 426 Upgrade Required\r\n\
        content-type: text/plain; charset=utf-8\r\n\
        content-length: 40\r\n\
        Sec-WebSocket-Version: 13\r\n\
        Connection: close, upgrade\r\n\
        Upgrade: websocket\r\n\r\n\
        expected websocket in Upgrade, got none\n";
    assert_eq!(String::from_utf8(refusal.into_bytes()).unwrap(), expected);
}

#[test]
fn http_and_websocket_share_a_port() {
    assert!(wants_upgrade(&request(&[])));
    assert!(wants_upgrade(&request(&[("upgrade", &["h2c, WebSocket"])])));
    // To be refused in words, not to be served as a page.
    assert!(wants_upgrade(&request(&[("sec-websocket-key", &[])])));
    assert!(!wants_upgrade(&request(&[("upgrade", &[])])));
    assert!(!wants_upgrade(&request(&[("upgrade", &["h2c"])])));
    let mut old = request(&[]);
    *old.version_mut() = Version::HTTP_10;
    assert!(!wants_upgrade(&old));
}

#[test]
fn an_extended_connect_is_accepted_with_200_and_no_headers_about_the_connection() {
    let browser = connect(&[
        ("origin", &["https://server.example.com"]),
        ("sec-websocket-protocol", &["v1"]),
        ("sec-websocket-extensions", &["permessage-deflate; client_max_window_bits"]),
    ]);
    let offer = Offer::from_connect(&browser, "websocket").unwrap();
    let accepted = offer.accept(&Choice::default().protocols(["v1"])).unwrap();
    let response = accepted.response;
    assert_eq!((response.status().as_u16(), response.version()), (200, Version::HTTP_2));
    assert_eq!(response.headers().len(), 2);
    assert_eq!(response.headers()["sec-websocket-protocol"], "v1");
    assert_eq!(
        response.headers()["sec-websocket-extensions"],
        "permessage-deflate; server_max_window_bits=12; client_max_window_bits=12"
    );
    assert_eq!(accepted.negotiated.protocol(), Some("v1"));
    assert!(accepted.negotiated.deflate.is_some());
    let mut third = connect(&[]);
    *third.version_mut() = Version::HTTP_3;
    assert!(Offer::from_connect(&third, "WebSocket").is_ok());
}

fn check_connect_refused(request: &Request<()>, protocol: &str, status: u16, reason: &str) {
    let judged = Offer::from_connect(request, protocol);
    let refusal = judged.and_then(|offer| offer.accept(&Choice::default())).expect_err(reason);
    assert_eq!((refusal.status().as_u16(), refusal.reason()), (status, reason));
    let response = refusal.into_response();
    assert_eq!(response.version(), request.version().max(Version::HTTP_11));
    for name in ["connection", "upgrade"] {
        let allowed = response.version() == Version::HTTP_11;
        assert!(allowed || !response.headers().contains_key(name), "{name}: {reason}");
    }
}

#[test]
fn an_extended_connect_of_another_protocol_is_501() {
    for protocol in ["connect-udp", "", "websocket2", "web socket"] {
        let reason = format!("expected the protocol websocket, got \"{protocol}\"");
        check_connect_refused(&connect(&[]), protocol, 501, &reason);
    }
}

#[test]
fn an_extended_connect_has_a_scheme_an_authority_and_a_path() {
    let with = |target: &str| {
        let mut request = connect(&[]);
        *request.uri_mut() = target.parse().unwrap();
        request
    };
    let less = "expected :scheme, :authority and :path, got less";
    check_connect_refused(&with("server.example.com:443"), "websocket", 400, less);
    check_connect_refused(&with("/chat"), "websocket", 400, less);
    check_connect_refused(&with("wss://server.example.com/chat"), "websocket", 400, less);
    let userinfo = with("https://user@server.example.com/");
    let reason = "expected a host, got \"user@server.example.com\"";
    check_connect_refused(&userinfo, "websocket", 400, reason);
}

#[test]
fn an_extended_connect_has_no_headers_about_the_connection() {
    for (name, reason) in [
        ("connection", "expected no Connection over HTTP/2, got one"),
        ("upgrade", "expected no Upgrade over HTTP/2, got one"),
        ("transfer-encoding", "expected no body, got one"),
        ("content-length", "expected no body, got one"),
    ] {
        check_connect_refused(&connect(&[(name, &["5"])]), "websocket", 400, reason);
    }
    let mut get = connect(&[]);
    *get.method_mut() = Method::GET;
    let reason = "expected CONNECT over HTTP/2 or HTTP/3, got \"GET\" over HTTP/2.0";
    check_connect_refused(&get, "websocket", 400, reason);
    let mut old = connect(&[]);
    *old.version_mut() = Version::HTTP_11;
    let reason = "expected CONNECT over HTTP/2 or HTTP/3, got \"CONNECT\" over HTTP/1.1";
    check_connect_refused(&old, "websocket", 400, reason);
}

#[test]
fn an_extended_connect_keeps_the_other_rules() {
    let reason = "expected Sec-WebSocket-Version 13, got none";
    let request = connect(&[("sec-websocket-version", &[])]);
    check_connect_refused(&request, "websocket", 400, reason);
    let refusal = Offer::from_connect(&request, "websocket").unwrap_err();
    assert_eq!(refusal.into_response().headers()["sec-websocket-version"], "13");
    let evil = connect(&[("origin", &["https://evil.example"])]);
    let reason = "expected an origin of this host, got \"https://evil.example\"";
    check_connect_refused(&evil, "websocket", 403, reason);
    let host = |host: &'static str| connect(&[("host", &[host])]);
    assert!(Offer::from_connect(&host("server.example.com:443"), "websocket").is_ok());
    let reason = "expected Host and :authority to agree, got two hosts";
    check_connect_refused(&host("evil.example"), "websocket", 400, reason);
    check_connect_refused(&host("server.example.com:80"), "websocket", 400, reason);
}

#[test]
fn compression_is_declined_where_it_is_not_wanted() {
    let offered = request(&[("sec-websocket-extensions", &["permessage-deflate"])]);
    let accepted = accept(&offered, &Choice::default().deflate(DeflateConfig::disabled()));
    assert_eq!(accepted.negotiated.deflate, None);
    assert!(!accepted.response.headers().contains_key("sec-websocket-extensions"));
}

#[test]
fn headers_that_the_server_does_not_know_are_ignored() {
    let request = request(&[("x-unknown", &["anything"]), ("sec-websocket-later", &["1", "2"])]);
    let acceptance = accept(&request, &Choice::default());
    assert_eq!(acceptance.response.status(), 101);
    assert!(!acceptance.response.headers().contains_key("x-unknown"));
}
