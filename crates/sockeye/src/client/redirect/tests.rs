//! Where references lead, and what is told on the way.

use http::{HeaderValue, header};

use super::*;

fn target(url: &str) -> Target {
    Target::parse(url).expect("a URL")
}

fn check(base: &str, reference: &str, expected: &str) {
    let to = resolve(&target(base), reference).expect(reference);
    let expected = target(expected);
    assert_eq!(to.to_string(), expected.to_string(), "{reference:?} at {base}");
    assert_eq!(to.path, expected.path, "{reference:?} at {base}");
}

#[test]
fn a_reference_is_resolved_as_rfc_3986_says() {
    let base = "ws://a/b/c/d?q";
    for (reference, expected) in [
        ("wss://x/y", "wss://x/y"),
        ("https://x:1/y?z#f", "wss://x:1/y?z"),
        ("//x", "ws://x/"),
        ("/x", "ws://a/x"),
        ("x", "ws://a/b/c/x"),
        ("./x", "ws://a/b/c/x"),
        ("x/", "ws://a/b/c/x/"),
        ("?y", "ws://a/b/c/d?y"),
        ("x?y", "ws://a/b/c/x?y"),
        ("x?y=../z", "ws://a/b/c/x?y=../z"),
        ("", "ws://a/b/c/d?q"),
        ("#s", "ws://a/b/c/d?q"),
        (".", "ws://a/b/c/"),
        ("..", "ws://a/b/"),
        ("../x", "ws://a/b/x"),
        ("../../x", "ws://a/x"),
        ("../../../x", "ws://a/x"),
        ("/./x/../y", "ws://a/y"),
        ("x:8080/y", "ws://a/"),
    ] {
        if reference == "x:8080/y" {
            assert_eq!(resolve(&target(base), reference), Err(UrlError::NoScheme));
            continue;
        }
        check(base, reference, expected);
    }
    check("wss://a:1", "//x", "wss://x:443/");
    assert_eq!(resolve(&target(base), "/a b"), Err(UrlError::Path));
    let javascript = resolve(&target(base), "javascript:alert(1)");
    assert_eq!(javascript, Err(UrlError::NoScheme));
}

fn found(location: &str) -> Response<()> {
    let builder = Response::builder().status(302).header(header::LOCATION, location);
    builder.body(()).expect("a response")
}

fn secrets() -> HeaderMap {
    [header::AUTHORIZATION, header::COOKIE, header::HOST, header::USER_AGENT]
        .map(|name| (name, HeaderValue::from_static("a")))
        .into_iter()
        .collect()
}

fn hops(allowed: usize) -> Hops {
    Hops::new(Redirects { allowed, downgrade: Downgrade::Refused })
}

#[test]
fn secrets_are_told_to_their_origin_alone() {
    for (location, kept) in [
        ("/b", 4),
        ("http://a.example/b", 4),
        ("ws://A.example:80/b", 4),
        ("ws://a.example:81/b", 1),
        ("wss://a.example/b", 1),
        ("ws://b.example/b", 1),
    ] {
        let mut headers = secrets();
        let from = target("ws://user:secret@a.example/a");
        let to = hops(1).follow(from, &found(location), &mut headers).expect(location);
        assert_eq!(headers.len(), kept, "{location}");
        assert_eq!(to.login.is_some(), kept == 4, "{location}");
    }
    let mut headers = secrets();
    let location = "ws://other:login@a.example/b";
    let to = hops(1).follow(target("ws://a.example"), &found(location), &mut headers);
    assert_eq!(to.expect("a target").login, None, "a server does not log us in");
}

#[test]
fn a_way_without_an_end_is_named() {
    let mut way = hops(5);
    let headers = &mut HeaderMap::new();
    let second = way.follow(target("ws://a/?secret"), &found("/b"), headers).expect("the first");
    let error = way.follow(second, &found("/?secret"), headers).expect_err("a loop");
    let words =
        "expected redirects to an end, got the loop ws://a:80/?.. -> ws://a:80/b -> ws://a:80/?..";
    assert_eq!(error.to_string(), words);
    let mut way = hops(1);
    let second = way.follow(target("ws://a"), &found("/b"), headers).expect("the first");
    let error = way.follow(second, &found("/c"), headers).expect_err("the second");
    let words = "expected at most 1 redirects, got ws://a:80/ -> ws://a:80/b -> ws://a:80/c";
    assert_eq!(error.to_string(), words);
}

#[test]
fn tls_is_not_left_unless_the_caller_wants_that() {
    let headers = &mut HeaderMap::new();
    let location = found("http://a/b");
    let error = hops(1).follow(target("wss://a"), &location, headers).expect_err("a downgrade");
    assert!(matches!(error, RedirectError::Downgrade { .. }));
    let mut way = Hops::new(Redirects { allowed: 1, downgrade: Downgrade::Followed });
    way.follow(target("wss://a"), &location, headers).expect("as wanted");
}
