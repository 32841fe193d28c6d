//! `NO_PROXY`: the hosts that are reached without a proxy, as curl reads the list.

use std::net::IpAddr;

/// Whether a host is this machine, which to a proxy would be another one.
pub(super) fn is_loopback(host: &str) -> bool {
    let name = host.strip_suffix('.').unwrap_or(host);
    name == "localhost"
        || name.ends_with(".localhost")
        || host.parse().is_ok_and(|address: IpAddr| address.is_loopback())
}

/// Whether one of the entries is the host: `*`, a domain with all below it, an address or a block of addresses.
pub(super) fn matches(list: &str, host: &str) -> bool {
    let host = host.strip_suffix('.').unwrap_or(host);
    let address: Option<IpAddr> = host.parse().ok();
    list.split([',', ' ', '\t']).filter(|entry| !entry.is_empty()).any(|entry| {
        entry == "*"
            || address.map_or_else(|| is_below(entry, host), |address| is_in(entry, address))
    })
}

fn is_below(domain: &str, host: &str) -> bool {
    let domain = domain.strip_prefix('.').unwrap_or(domain);
    let domain = domain.strip_suffix('.').unwrap_or(domain).to_ascii_lowercase();
    let before = host.strip_suffix(domain.as_str());
    !domain.is_empty() && before.is_some_and(|before| before.is_empty() || before.ends_with('.'))
}

fn is_in(block: &str, address: IpAddr) -> bool {
    let (first, bits) = block.split_once('/').unwrap_or((block, ""));
    let first = first.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(first);
    let Ok(first) = first.parse::<IpAddr>() else { return false };
    let (first, address, width) = match (first, address) {
        (IpAddr::V4(first), IpAddr::V4(address)) => {
            (u128::from(first.to_bits()), u128::from(address.to_bits()), 32)
        }
        (IpAddr::V6(first), IpAddr::V6(address)) => (first.to_bits(), address.to_bits(), 128),
        _ => return false,
    };
    let bits = if bits.is_empty() { Ok(width) } else { bits.parse::<u32>() };
    match bits {
        Ok(0) => true,
        Ok(bits) if bits <= width => (first ^ address) >> (width - bits) == 0,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::{is_loopback, matches};

    #[test]
    fn an_entry_is_a_domain_with_all_below_it_or_addresses() {
        for (list, host) in [
            ("*", "example.com"),
            ("example.com", "example.com"),
            ("EXAMPLE.com", "example.com"),
            (".example.com", "example.com"),
            ("example.com", "a.example.com"),
            ("example.com.", "example.com"),
            ("example.com", "example.com."),
            ("a, b ,example.com", "example.com"),
            ("a b example.com", "example.com"),
            ("10.1.2.3", "10.1.2.3"),
            ("10.0.0.0/8", "10.1.2.3"),
            ("0.0.0.0/0", "10.1.2.3"),
            ("[::1]", "::1"),
            ("fe80::/10", "febf::1"),
        ] {
            assert!(matches(list, host), "{list} has {host}");
        }
        for (list, host) in [
            ("", "example.com"),
            (",", "example.com"),
            (".", "example.com"),
            ("ample.com", "example.com"),
            ("example.com", "com"),
            ("a.example.com", "example.com"),
            ("10.1.2.3", "10.1.2.4"),
            ("2.3", "10.1.2.3"),
            ("10.0.0.0/8", "11.0.0.0"),
            ("10.0.0.0/33", "10.0.0.0"),
            ("10.0.0.0/x", "10.0.0.0"),
            ("::/0", "10.0.0.0"),
            ("fe80::/10", "fec0::1"),
        ] {
            assert!(!matches(list, host), "{list} has not {host}");
        }
    }

    #[test]
    fn this_machine_has_several_names() {
        assert!(
            ["localhost", "localhost.", "a.localhost", "127.9.9.9", "::1"]
                .iter()
                .all(|host| is_loopback(host))
        );
        assert!(
            !["localhost.example.com", "10.0.0.1", "notlocalhost"]
                .iter()
                .any(|host| is_loopback(host))
        );
    }
}
