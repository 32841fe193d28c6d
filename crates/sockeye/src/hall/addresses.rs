//! `Addresses`: how many places each address has, where that is limited.

use std::{
    collections::{BTreeMap, HashMap},
    net::{IpAddr, Ipv6Addr},
};

#[derive(Debug, Default)]
pub(super) struct Addresses {
    places: HashMap<IpAddr, usize>,
    /// Whose count a place is on.
    of: BTreeMap<u32, IpAddr>,
}

impl Addresses {
    /// Counts a place for an address; false when that has `limit` places already.
    pub(super) fn count(&mut self, place: u32, address: IpAddr, limit: usize) -> bool {
        let address = subscriber(address);
        let places = self.places.get(&address).copied().unwrap_or_default();
        if places >= limit {
            return false;
        }
        // It is on one count at a time.
        self.forget(place);
        *self.places.entry(address).or_default() += 1;
        self.of.insert(place, address);
        true
    }

    pub(super) fn forget(&mut self, place: u32) {
        let Some(address) = self.of.remove(&place) else { return };
        let Some(places) = self.places.get_mut(&address) else { return };
        *places -= 1;
        if *places == 0 {
            self.places.remove(&address);
        }
    }
}

/// What one subscriber has of the address space: an IPv4 address, or 64 bits of an IPv6 address.
fn subscriber(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0).into()
        }
        address => address,
    }
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use super::Addresses;

    fn check(script: &[(u32, &str, bool)]) -> Addresses {
        let mut addresses = Addresses::default();
        for (place, address, counted) in script {
            let ip: IpAddr = address.parse().expect("an address");
            assert_eq!(addresses.count(*place, ip, 2), *counted, "{address} for {place}");
        }
        addresses
    }

    #[test]
    fn an_address_has_as_many_places_as_it_may() {
        check(&[
            (0, "192.0.2.1", true),
            (1, "::ffff:192.0.2.1", true),
            (2, "192.0.2.1", false),
            (2, "192.0.2.2", true),
            (3, "2001:db8:1:2::1", true),
            (4, "2001:db8:1:2:ffff::2", true),
            (5, "2001:db8:1:2::3", false),
            (5, "2001:db8:1:3::3", true),
        ]);
    }

    #[test]
    fn a_place_that_was_given_back_is_on_no_count() {
        let mut addresses = check(&[(0, "192.0.2.1", true), (1, "192.0.2.1", true)]);
        addresses.forget(0);
        addresses.forget(0);
        assert_eq!(addresses.places.values().copied().collect::<Vec<_>>(), [1]);
        addresses.forget(1);
        assert!(addresses.places.is_empty() && addresses.of.is_empty(), "{addresses:?}");
    }

    #[test]
    fn an_address_that_may_have_none_leaves_nothing() {
        let mut addresses = Addresses::default();
        assert!(!addresses.count(0, [192, 0, 2, 1].into(), 0));
        assert!(addresses.places.is_empty() && addresses.of.is_empty(), "{addresses:?}");
    }
}
