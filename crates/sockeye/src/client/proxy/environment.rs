//! The proxy that the environment names, as curl reads it.

use super::{Proxy, ProxyError, bypass};
use crate::client::url::{Security, Target};

/// In this order. `HTTP_PROXY` is not among them: behind CGI, it is a header of whoever sent the request.
const PLAIN: [&str; 4] = ["ws_proxy", "http_proxy", "all_proxy", "ALL_PROXY"];
const SECURE: [&str; 6] =
    ["wss_proxy", "WSS_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"];

/// The proxy for a target; none where no variable is set, or one says that the target is reached without.
pub(super) fn proxy(
    target: &Target,
    variable: impl Fn(&str) -> Option<String>,
) -> Result<Option<Proxy>, ProxyError> {
    let variable = |name: &str| variable(name).filter(|value| !value.is_empty());
    let except = variable("no_proxy").or_else(|| variable("NO_PROXY")).unwrap_or_default();
    if bypass::is_loopback(&target.host) || bypass::matches(&except, &target.host) {
        return Ok(None);
    }
    let names: &[&'static str] = match target.security {
        Security::Plain => &PLAIN,
        Security::Tls => &SECURE,
    };
    let Some((name, value)) = names.iter().find_map(|name| Some((*name, variable(name)?))) else {
        return Ok(None);
    };
    // A bare name has always been taken for a proxy of HTTP.
    let url = if value.contains("://") { value } else { format!("http://{value}") };
    url.parse().map(Some).map_err(|error| ProxyError::Environment { name, error })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(url: &str, variables: &[(&str, &str)], expected: Option<&str>) {
        let target = Target::parse(url).expect("a URL");
        let proxy = proxy(&target, |name| {
            let set = variables.iter().find(|(set, _)| *set == name);
            set.map(|(_, value)| (*value).to_owned())
        });
        let proxy = proxy.expect("a proxy's URL").map(|proxy| proxy.to_string());
        assert_eq!(proxy.as_deref(), expected, "{url} with {variables:?}");
    }

    #[test]
    fn each_scheme_has_its_variables() {
        let http = Some("http://a:80");
        check("ws://example.com", &[("http_proxy", "http://a")], http);
        check("ws://example.com", &[("http_proxy", "a")], http);
        check("ws://example.com", &[("http_proxy", "a:8080")], Some("http://a:8080"));
        check("ws://example.com", &[("https_proxy", "a")], None);
        check("wss://example.com", &[("http_proxy", "a")], None);
        check("wss://example.com", &[("HTTPS_PROXY", "a")], http);
        check("wss://example.com", &[("all_proxy", "socks5h://a")], Some("socks5://a:1080"));
        check("wss://example.com", &[("https_proxy", "a"), ("ALL_PROXY", "b")], http);
        check("wss://example.com", &[("wss_proxy", "a"), ("https_proxy", "b")], http);
        check("ws://example.com", &[("http_proxy", ""), ("ALL_PROXY", "a")], http);
    }

    #[test]
    fn a_variable_that_a_request_can_set_is_not_read() {
        check("ws://example.com", &[("HTTP_PROXY", "a")], None);
    }

    #[test]
    fn exceptions_and_this_machine_are_reached_without() {
        check("ws://example.com", &[("http_proxy", "a"), ("NO_PROXY", "example.com")], None);
        let lower_first = [("http_proxy", "a"), ("NO_PROXY", "*"), ("no_proxy", "b")];
        check("ws://example.com", &lower_first, Some("http://a:80"));
        for host in ["localhost", "127.0.0.1", "[::1]", "a.localhost"] {
            check(&format!("ws://{host}"), &[("http_proxy", "a")], None);
        }
    }

    #[test]
    fn a_value_that_is_no_proxy_names_its_variable() {
        let target = Target::parse("ws://example.com").expect("a URL");
        let value = |name: &str| (name == "http_proxy").then(|| "ftp://user:secret@a".to_owned());
        let error = proxy(&target, value).expect_err("no proxy of ours");
        let words = "expected the URL of a proxy in http_proxy, got another value";
        assert_eq!(error.to_string(), words);
        assert!(!format!("{error:?}").contains("secret"));
    }
}
