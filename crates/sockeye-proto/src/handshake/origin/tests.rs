use super::{Host, Origin, Origins};

fn check(origins: &Origins, origin: &str, host: &str, allowed: bool) {
    let host = Host::parse(host).unwrap();
    let judged = origins.judge(Some(origin), &host);
    assert_eq!(judged.is_ok(), allowed, "{origin} at {host}: {judged:?}");
    if let Err(refusal) = judged {
        assert_eq!(refusal.status(), 403);
    }
}

#[test]
fn a_page_of_the_same_host_may_connect() {
    for (origin, host) in [
        ("http://example.com", "example.com"),
        ("https://example.com", "example.com"),
        ("https://example.com", "example.com:443"),
        ("http://example.com:80", "example.com"),
        ("https://example.com:8443", "example.com:8443"),
        ("HTTPS://Example.COM", "eXample.com"),
        ("http://localhost:3000", "localhost:3000"),
        ("http://[::1]:3000", "[::1]:3000"),
        ("https://example.com.", "example.com."),
    ] {
        check(&Origins::SameHost, origin, host, true);
    }
}

#[test]
fn a_page_of_another_host_may_not() {
    for (origin, host) in [
        ("https://evil.example", "example.com"),
        ("https://example.com.evil.example", "example.com"),
        ("https://evilexample.com", "example.com"),
        ("https://sub.example.com", "example.com"),
        ("https://example.com", "example.com:8443"),
        ("https://example.com:8443", "example.com"),
        ("https://example.com", "example.com:80"),
        ("https://example.com:80", "example.com"),
        ("https://example.com.", "example.com"),
        ("https://example.com", "example.com."),
        ("http://127.0.0.1", "localhost"),
    ] {
        check(&Origins::SameHost, origin, host, false);
    }
}

#[test]
fn what_is_no_origin_is_of_no_host() {
    for origin in [
        "null",
        "",
        "example.com",
        "//example.com",
        "://example.com",
        "https:example.com",
        "file://",
        "https://example.com/",
        "https://example.com/path",
        "https://user@example.com",
        "https://example.com@evil.example",
        "https://example.com https://evil.example",
        "https://example.com, https://evil.example",
        "https://example.com#",
        "https://example.com?",
        "https://example.com:99999",
        "https://example.com\t",
        "1https://example.com",
    ] {
        check(&Origins::SameHost, origin, "example.com", false);
        assert!(origin.parse::<Origin>().is_err(), "{origin}");
    }
}

#[test]
fn a_list_compares_the_whole_origin() {
    let origins = Origins::list(["https://example.com", "chrome-extension://abcdef"]).unwrap();
    for allowed in ["https://example.com", "https://EXAMPLE.com:443", "chrome-extension://abcdef"] {
        check(&origins, allowed, "elsewhere.example", true);
    }
    for refused in [
        "http://example.com",
        "https://example.com:8443",
        "https://elsewhere.example",
        "chrome-extension://abcde",
        "null",
    ] {
        check(&origins, refused, "elsewhere.example", false);
    }
    check(&Origins::List(vec![]), "https://example.com", "example.com", false);
}

#[test]
fn any_origin_is_any_origin() {
    for origin in ["null", "https://evil.example", "", "file://"] {
        check(&Origins::Any, origin, "example.com", true);
    }
}

#[test]
fn whoever_comes_from_no_page_may_connect() {
    let host = Host::parse("example.com").unwrap();
    for origins in [Origins::SameHost, Origins::List(vec![]), Origins::Any] {
        assert!(origins.judge(None, &host).is_ok(), "{origins:?}");
    }
}

#[test]
fn a_list_is_made_of_origins_alone() {
    let error = Origins::list(["https://example.com/path"]).unwrap_err();
    let expected = "expected an origin like https://example.com, got \"https://example.com/path\"";
    assert_eq!(error.to_string(), expected);
    let origin: Origin = "HTTPS://Example.com:443".parse().unwrap();
    assert_eq!(origin.to_string(), "https://example.com");
}
