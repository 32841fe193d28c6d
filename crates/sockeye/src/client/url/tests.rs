//! What is a URL, and what is not.

use super::{Target, UrlError};

fn check(text: &str, expected: &str, request: &str) {
    let target = Target::parse(text).expect(text);
    assert_eq!(target.to_string(), expected, "{text}");
    assert_eq!(target.path, request, "{text}");
    assert!(target.uri().to_string().ends_with(request), "{text}");
}

#[test]
fn a_url_says_where_to_go() {
    check("ws://example.com", "ws://example.com:80/", "/");
    check("wss://example.com/", "wss://example.com:443/", "/");
    check("http://example.com:8080/a/b", "ws://example.com:8080/a/b", "/a/b");
    check("https://example.com?a=b", "wss://example.com:443/?..", "/?a=b");
    check("WSS://EXAMPLE.com:/A?b=/c", "wss://example.com:443/A?..", "/A?b=/c");
    check("ws://[::1]:9000/x", "ws://[::1]:9000/x", "/x");
    check("ws://127.0.0.1/%23", "ws://127.0.0.1:80/%23", "/%23");
    check("ws://example.com/@home", "ws://example.com:80/@home", "/@home");
}

#[test]
fn a_login_is_taken_out_of_the_url_and_never_printed() {
    let target = Target::parse("ws://user:p%40ss@example.com/?token=secret").expect("a URL");
    let login = target.login.as_ref().expect("a login");
    assert_eq!((login.user.as_slice(), login.password.as_slice()), (&b"user"[..], &b"p@ss"[..]));
    assert_eq!(target.to_string(), "ws://example.com:80/?..");
    assert_eq!(format!("{target:?}"), "Target(ws://example.com:80/?..)");
    assert!(!target.uri().to_string().contains("user"));
    let last = Target::parse("ws://a@b:c@example.com").expect("the last @ counts");
    assert_eq!(last.host, "example.com");
}

#[test]
fn what_cannot_be_connected_to_is_refused_in_words() {
    for (text, expected) in [
        ("", UrlError::NoScheme),
        ("example.com", UrlError::NoScheme),
        ("/path", UrlError::NoScheme),
        ("w s://example.com", UrlError::NoScheme),
        ("ws://example.com/#part", UrlError::Fragment),
        ("ws://ex\u{e4}mple.com", UrlError::HostNotAscii),
        ("ws://", UrlError::Host),
        ("ws:///path", UrlError::Host),
        ("ws://user@", UrlError::Host),
        ("ws://a b", UrlError::Host),
        ("ws://a\\b", UrlError::Host),
        ("ws://a,b", UrlError::Host),
        ("ws://[::1", UrlError::Host),
        ("ws://[fe80::1%25eth0]", UrlError::Host),
        ("ws://[::1]80", UrlError::Port),
        ("ws://::1", UrlError::Host),
        ("ws://a:0", UrlError::Port),
        ("ws://a:65536", UrlError::Port),
        ("ws://a:+80", UrlError::Port),
        ("ws://a:80:80", UrlError::Port),
        ("ws://us%er@a", UrlError::Login),
        ("ws://a/\u{e4}", UrlError::Path),
        ("ws://a/b c", UrlError::Path),
        ("ws://a/b\r\nc: d", UrlError::Path),
    ] {
        assert_eq!(Target::parse(text), Err(expected), "{text:?}");
    }
    let long = format!("ws://a/{}", "b".repeat(70_000));
    assert_eq!(Target::parse(&long), Err(UrlError::Path));
}

#[test]
fn a_strange_scheme_is_named() {
    let error = Target::parse("ftp://a").expect_err("no scheme of ours");
    let words = "expected a URL of ws, wss, http or https, got one of \"ftp\"";
    assert_eq!(error.to_string(), words);
}
