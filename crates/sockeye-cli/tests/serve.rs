//! `sockeye serve`: what its paths answer, over real sockets.

mod serving;

use std::io::Write;

use serving::{GOODBYE, GOODBYE_BACK, HELLO, HELLO_BACK, Server, UPGRADE, read_until};

#[test]
fn a_message_is_echoed_and_a_goodbye_answered() {
    let server = Server::start(&[]);
    // In the same segment as the request.
    let answer = server.exchange([UPGRADE.as_bytes(), HELLO, GOODBYE].concat());
    let head = answer.windows(4).position(|end| end == b"\r\n\r\n").expect("a head") + 4;
    let text = String::from_utf8_lossy(&answer[..head]);
    assert!(text.starts_with("HTTP/1.1 101 "), "{text}");
    assert!(text.contains("s3pPLMBiTxaQ9kYGzzhZRbK+xOo="), "{text}");
    assert_eq!(&answer[head..], [HELLO_BACK, GOODBYE_BACK].concat());
}

#[test]
fn what_is_no_upgrade_is_told_why() {
    let server = Server::start(&[]);
    for (method, path, status) in [
        ("GET", "/healthz", 200),
        ("GET", "/", 200),
        ("GET", "/metrics", 200),
        ("POST", "/healthz", 405),
        ("DELETE", "/", 405),
        ("GET", "/nothing", 404),
        ("GET", "/echo/", 404),
        ("GET", "/echo", 426),
        ("GET", "/broadcast", 426),
        ("POST", "/echo", 405),
        ("OPTIONS", "/broadcast", 405),
    ] {
        let answer = server.ask(method, path);
        assert_eq!(answer.status(), status, "{method} {path}: {answer}");
        let allowed = answer.header("allow");
        assert_eq!(allowed.is_some(), status == 405, "{method} {path}: {answer}");
    }
    assert_eq!(server.get("/healthz").body(), "ok");
    assert_eq!(server.answer("nonsense\r\n\r\n").status(), 400);
}

#[test]
fn head_has_the_length_of_what_get_has_and_no_body() {
    let server = Server::start(&[]);
    for path in ["/healthz", "/", "/.sockeye/page.js", "/nothing"] {
        let (get, head) = (server.get(path), server.ask("HEAD", path));
        assert_eq!(head.status(), get.status(), "{path}");
        assert_eq!(head.header("content-length"), get.header("content-length"), "{path}");
        assert_eq!(get.header("content-length"), Some(&*get.body().len().to_string()), "{path}");
        assert_eq!(head.body(), "", "{path}");
    }
}

#[test]
fn a_broken_upgrade_is_told_what_it_lacks_and_never_served_as_something_else() {
    let server = Server::start(&[]);
    for (request, status) in [
        (UPGRADE.replace("Version:13", "Version:12"), 426),
        (UPGRADE.replace("Upgrade:websocket\r\n", ""), 426),
        (UPGRADE.replace("Connection:Upgrade\r\n", ""), 426),
        (UPGRADE.replace("Host:localhost\r\n", ""), 400),
        (UPGRADE.replace("ZQ==", "ZQ"), 400),
        (UPGRADE.replace("GET", "PUT"), 405),
        (UPGRADE.replace("Host", "Origin:https://evil.example\r\nHost"), 403),
        // Where there is no WebSocket, there is nothing else for it either.
        (UPGRADE.replace("/echo", "/"), 404),
        (UPGRADE.replace("/echo", "/healthz"), 404),
        (UPGRADE.replace("/echo", "/nothing"), 404),
    ] {
        let answer = server.answer(&request);
        assert_eq!(answer.status(), status, "{request}\n{answer}");
        assert!(answer.header("connection").is_some_and(|value| value.contains("close")));
    }
    let wrong_version = server.answer(UPGRADE.replace("Version:13", "Version:12"));
    assert_eq!(wrong_version.header("sec-websocket-version"), Some("13"));
}

#[test]
fn a_later_request_of_a_connection_may_upgrade() {
    let server = Server::start(&[]);
    let mut stream = server.connect();
    for _ in 0..2 {
        stream.write_all(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n").expect("written");
        read_until(&mut stream, b"\r\n\r\nok");
    }
    stream.write_all(&[UPGRADE.as_bytes(), HELLO].concat()).expect("written");
    let answer = read_until(&mut stream, HELLO_BACK);
    assert!(answer.starts_with(b"HTTP/1.1 101 "), "{}", answer.escape_ascii());
}

#[test]
fn the_page_may_run_its_own_script_and_nothing_else() {
    let server = Server::start(&[]);
    let page = server.get("/");
    let policy = page.header("content-security-policy").expect("a policy");
    assert!(policy.starts_with("default-src 'none'; script-src 'self';"), "{policy}");
    assert!(!policy.contains("unsafe"), "{policy}");
    let linked: Vec<&str> =
        page.body().split('"').filter(|text| text.starts_with("/.sockeye/")).collect();
    assert_eq!(linked.len(), 2, "{linked:?}");
    for path in linked {
        assert_eq!(server.get(path).status(), 200, "{path}");
    }
    assert!(!page.body().contains("http://") || page.body().contains("www.w3.org/2000/svg"));
}

#[test]
fn a_page_of_another_host_connects_where_it_is_named() {
    let from = |origin: &str| UPGRADE.replace("Host", &format!("Origin:{origin}\r\nHost"));
    let status = |server: &Server, origin: &str| {
        let request = [from(origin).as_bytes(), GOODBYE].concat();
        server.answer(request).status()
    };
    let server = Server::start(&["--origin", "https://a.example", "--origin", "https://b.example"]);
    assert_eq!(status(&server, "https://b.example"), 101);
    assert_eq!(status(&server, "http://localhost"), 403);
    let server = Server::start(&["--origin", "any"]);
    assert_eq!(status(&server, "https://c.example"), 101);
}

#[test]
fn a_draft_of_2010_is_let_in_where_that_is_allowed() {
    let request = "GET /echo HTTP/1.1\r\nHost: localhost\r\nUpgrade: WebSocket\r\nConnection: Upgrade\r\n\
        Sec-WebSocket-Key1: 4 @1  46546xW%0l 1 5\r\nSec-WebSocket-Key2: 12998 5 Y3 1  .P00\r\n\
        Origin: http://localhost\r\n\r\n^n:ds[4U";
    let server = Server::start(&[]);
    assert_eq!(server.answer(request).status(), 426);
    let server = Server::start(&["--hixie76"]);
    let answer = server.exchange([request.as_bytes(), b"\0Hello\xff\xff\0"].concat());
    assert!(answer.starts_with(b"HTTP/1.1 101 "), "{}", answer.escape_ascii());
    let end = b"\r\n\r\n8jKS'y:G*Co,Wxa-\0Hello\xff\xff\0";
    assert!(answer.ends_with(end), "{}", answer.escape_ascii());
}
