//! `Network`: addresses that begin alike.

use std::{
    error::Error,
    fmt,
    net::{IpAddr, Ipv6Addr},
    str::FromStr,
};

/// A network of addresses, written as `10.0.0.0/8`; an address alone is a network of one.
///
/// ```
/// let network: sockeye::Network = "10.0.0.0/8".parse()?;
/// assert!(network.contains([10, 1, 2, 3].into()));
/// # Ok::<(), sockeye::InvalidNetwork>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network {
    /// IPv4 as IPv6 maps it.
    address: u128,
    mask: u128,
}

impl Network {
    /// Whether an address is in it.
    #[must_use]
    pub fn contains(&self, address: IpAddr) -> bool {
        bits(address) & self.mask == self.address
    }
}

fn bits(address: IpAddr) -> u128 {
    let address: Ipv6Addr = match address {
        IpAddr::V4(address) => address.to_ipv6_mapped(),
        IpAddr::V6(address) => address,
    };
    address.to_bits()
}

impl FromStr for Network {
    type Err = InvalidNetwork;

    fn from_str(text: &str) -> Result<Self, InvalidNetwork> {
        let invalid = || InvalidNetwork(text.to_owned());
        let (address, len) = text.split_once('/').unwrap_or((text, ""));
        let address: IpAddr = address.parse().map_err(|_| invalid())?;
        let width = if address.is_ipv4() { 32 } else { 128 };
        let len = match len {
            "" if !text.contains('/') => width,
            len => len.parse::<u32>().ok().filter(|len| *len <= width).ok_or_else(invalid)?,
        };
        let mask = u128::MAX.checked_shl(width - len).unwrap_or(0);
        // Of an address of IPv4 only the last 32 bits can be left open.
        let mask = if width == 32 && len == 0 { u128::MAX << 32 } else { mask };
        Ok(Self { address: bits(address) & mask, mask })
    }
}

/// What was given as a [`Network`] and is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidNetwork(String);

impl fmt::Display for InvalidNetwork {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "expected a network like 10.0.0.0/8, got {:?}", self.0)
    }
}

impl Error for InvalidNetwork {}

#[cfg(test)]
mod tests {
    use super::Network;

    fn check(network: &str, address: &str, expected: Option<bool>) {
        let network = network.parse::<Network>().ok();
        let address = address.parse().expect("an address");
        assert_eq!(network.map(|network| network.contains(address)), expected);
    }

    #[test]
    fn addresses_that_begin_alike_are_in_a_network() {
        check("10.0.0.0/8", "10.255.0.1", Some(true));
        check("10.0.0.0/8", "::ffff:10.0.0.1", Some(true));
        check("10.0.0.0/8", "11.0.0.1", Some(false));
        check("10.1.2.3/8", "10.0.0.1", Some(true));
        check("127.0.0.1", "127.0.0.1", Some(true));
        check("127.0.0.1", "127.0.0.2", Some(false));
        check("0.0.0.0/0", "203.0.113.9", Some(true));
        check("0.0.0.0/0", "2001:db8::1", Some(false));
        check("::/0", "203.0.113.9", Some(true));
        check("2001:db8::/32", "2001:db8:1::1", Some(true));
        check("2001:db8::/32", "2001:db9::1", Some(false));
    }

    #[test]
    fn anything_else_is_no_network() {
        for wrong in ["", "10.0.0.0/", "10.0.0.0/33", "::/129", "10.0.0.0/-1", "host/8", "10.0.0/8"]
        {
            check(wrong, "127.0.0.1", None);
        }
    }
}
