use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::IpNet;

/// What may be called: the public internet, and what `outbound.allow` names.
pub(super) struct Allowed {
    networks: Vec<IpNet>,
    hosts: Vec<String>,
}

impl Allowed {
    /// Entries that are no network are hosts; the settings were checked.
    pub(super) fn new(entries: &[String]) -> Self {
        let mut allowed = Self { networks: Vec::new(), hosts: Vec::new() };
        for entry in entries {
            let bare = entry.trim_start_matches('[').trim_end_matches(']');
            match (bare.parse::<IpNet>(), bare.parse::<IpAddr>()) {
                (Ok(network), _) => allowed.networks.push(network),
                (_, Ok(ip)) => allowed.networks.push(ip.into()),
                _ => allowed.hosts.push(name(entry)),
            }
        }
        allowed
    }

    /// Whether the host is allowed by name, whatever it resolves to.
    pub(super) fn host(&self, host: &str) -> bool {
        self.hosts.contains(&name(host))
    }

    /// Whether a network of the settings holds the address.
    pub(super) fn network(&self, ip: IpAddr) -> bool {
        let ip = plain(ip);
        self.networks.iter().any(|network| network.contains(&ip))
    }

    /// Whether the address may be called.
    pub(super) fn address(&self, ip: IpAddr) -> bool {
        self.network(ip) || public(ip)
    }
}

/// Names know no case, and a dot at the end only says that nothing follows.
fn name(host: &str) -> String {
    host.trim_end_matches('.').to_ascii_lowercase()
}

/// `::ffff:127.0.0.1` is 127.0.0.1.
fn plain(ip: IpAddr) -> IpAddr {
    match ip {
        IpAddr::V6(v6) => v6.to_ipv4_mapped().map_or(ip, IpAddr::V4),
        IpAddr::V4(_) => ip,
    }
}

/// Whether the address stands for one machine on the public internet (RFC 6890 and its registries).
fn public(ip: IpAddr) -> bool {
    match plain(ip) {
        IpAddr::V4(ip) => public_v4(ip),
        IpAddr::V6(ip) => public_v6(ip),
    }
}

fn public_v4(ip: Ipv4Addr) -> bool {
    let [a, b, c, _] = ip.octets();
    let special = ip.is_loopback()
        || ip.is_private()
        || ip.is_link_local()
        || ip.is_multicast()
        || ip.is_documentation()
        // 0/8 is "this network" and reaches the machine itself; 240/4 is reserved and ends in broadcast.
        || a == 0
        || a >= 240
        // Carrier-grade NAT (RFC 6598).
        || (a == 100 && (64..128).contains(&b))
        // IETF protocols, the 6to4 relay, benchmarks.
        || (a, b, c) == (192, 0, 0)
        || (a, b, c) == (192, 88, 99)
        || (a == 198 && (18..20).contains(&b));
    !special
}

/// Only `2000::/3` is given out to the public. Of it, forms that carry another address inside are as public as that.
fn public_v6(ip: Ipv6Addr) -> bool {
    let [a, b, c, ..] = ip.segments();
    let inside = |high: u16, low: u16| public_v4(Ipv4Addr::from((u32::from(high) << 16) | u32::from(low)));
    match (a, b) {
        // NAT64 (RFC 6052), 6to4 (RFC 3056).
        (0x64, 0xff9b) => ip.segments()[2..6] == [0; 4] && inside(ip.segments()[6], ip.segments()[7]),
        (0x2002, _) => inside(b, c),
        // Teredo, benchmarks, ORCHID and the rest of IETF protocols (2001::/23), documentation (2001:db8::/32, 3fff::/20).
        (0x2001, b) if b < 0x200 || b == 0xdb8 => false,
        (0x3fff, b) if b < 0x1000 => false,
        _ => a & 0xe000 == 0x2000,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn may(allow: &[&str], ip: &str) -> bool {
        let allow: Vec<_> = allow.iter().map(ToString::to_string).collect();
        Allowed::new(&allow).address(ip.parse().unwrap())
    }

    #[test]
    fn only_public_addresses_1_3_6_o17() {
        for inner in [
            "127.0.0.1",
            "127.255.255.254",
            "0.0.0.0",
            "0.1.2.3",
            "10.0.0.1",
            "172.16.0.1",
            "172.31.255.255",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "100.127.255.255",
            "192.0.0.8",
            "192.0.2.1",
            "198.18.0.1",
            "198.51.100.7",
            "203.0.113.9",
            "192.88.99.1",
            "224.0.0.1",
            "239.255.255.250",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "::ffff:169.254.169.254",
            "::127.0.0.1",
            "fe80::1",
            "fec0::1",
            "fc00::1",
            "fd00:ec2::254",
            "ff02::1",
            "2001:db8::1",
            "3fff::1",
            "2001::1",
            "2002:7f00:1::",
            "2002:a00:1::",
            "64:ff9b::7f00:1",
            "64:ff9b::a9fe:a9fe",
            "64:ff9b:1::1",
            "100::1",
            "5f00::1",
        ] {
            assert!(!may(&[], inner), "{inner}");
        }
        for public in [
            "1.1.1.1",
            "100.63.255.255",
            "100.128.0.1",
            "172.15.0.1",
            "172.32.0.1",
            "198.17.0.1",
            "2606:4700::1111",
            "2a00:1450:4001::1",
            "64:ff9b::101:101",
            "2002:101:101::",
            "::ffff:1.1.1.1",
        ] {
            assert!(may(&[], public), "{public}");
        }
    }

    #[test]
    fn what_the_operator_names_is_allowed() {
        assert!(may(&["10.1.0.0/16"], "10.1.2.3"));
        assert!(!may(&["10.1.0.0/16"], "10.2.2.3"));
        assert!(may(&["127.0.0.1"], "127.0.0.1"));
        assert!(may(&["127.0.0.0/8"], "::ffff:127.0.0.1"));
        assert!(may(&["[::1]"], "::1"));
        assert!(may(&["fd00::/8"], "fd12::1"));
        let allowed = Allowed::new(&["Hooks.Internal".to_owned()]);
        assert!(allowed.host("hooks.internal.") && !allowed.host("evil.hooks.internal"));
        assert!(!allowed.address("127.0.0.1".parse().unwrap()), "a host opens no network");
    }
}
