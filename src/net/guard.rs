//! Which addresses of the network may be reached.
//!
//! An address that the config or a page names must not lead into the network this machine stands in, and least of all
//! to the service where a cloud keeps its machines' credentials. Names are no protection: anyone's name can point
//! anywhere. So addresses are judged, all of a name's, and after what wraps them is taken off.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// What one request may reach.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Policy {
    /// Whether it may reach private networks and this machine; the operator said so for this address.
    pub allow_private: bool,
}

/// A network that the operator lets be reached though it is not public: `10.2.0.0/16`, `fd00:1::/32`, `192.168.1.7`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network {
    first: IpAddr,
    bits: u8,
}

impl Network {
    /// Reads an address, or one with the number of bits that all in its network share.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (address, bits) = match text.split_once('/') {
            Some((address, bits)) if bits.bytes().all(|b| b.is_ascii_digit()) => {
                (address, Some(bits.parse::<u8>().ok()?))
            }
            Some(_) => return None,
            None => (text, None),
        };
        let first: IpAddr = address.parse().ok()?;
        let most = if first.is_ipv4() { 32 } else { 128 };
        let bits = bits.unwrap_or(most);
        (bits <= most).then_some(Self { first, bits })
    }

    /// Whether `ip` is in it; one that is mapped into IPv6 is the address it maps.
    fn holds(self, ip: IpAddr) -> bool {
        match (self.first, ip.to_canonical()) {
            (IpAddr::V4(first), IpAddr::V4(ip)) => {
                (first.to_bits() ^ ip.to_bits()).checked_shr(32 - u32::from(self.bits)).unwrap_or(0) == 0
            }
            (IpAddr::V6(first), IpAddr::V6(ip)) => {
                (first.to_bits() ^ ip.to_bits()).checked_shr(128 - u32::from(self.bits)).unwrap_or(0) == 0
            }
            _ => false,
        }
    }

    /// Whether it is this address alone.
    fn is_only(self, ip: IpAddr) -> bool {
        self.bits == (if self.first.is_ipv4() { 32 } else { 128 }) && self.holds(ip)
    }
}

/// Who named an address, and so what it may reach.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// The operator, in the config.
    Configured(Policy),
    /// A page or a server: public addresses only, whatever the config allows, and no port of another service.
    Found,
}

impl From<Policy> for Class {
    fn from(policy: Policy) -> Self {
        Self::Configured(policy)
    }
}

impl Class {
    /// Whether `ip` may be reached; `allowed` are networks that the operator named.
    pub(super) fn check_ip(self, ip: IpAddr, allowed: &[Network]) -> Result<(), Refusal> {
        match self {
            Self::Configured(policy) => policy.check_ip(ip, allowed),
            Self::Found => Policy::default().check_ip(ip, &[]).map_err(Refusal::found),
        }
    }

    /// Whether a name may be looked up.
    pub(super) fn check_name(self, name: &str) -> Result<(), Refusal> {
        match self {
            Self::Configured(policy) => policy.check_name(name),
            Self::Found => Policy::default().check_name(name).map_err(Refusal::found),
        }
    }

    /// Whether a port may be reached.
    pub(super) fn check_port(self, port: u16) -> Result<(), Refusal> {
        match self {
            Self::Found if port < 1_024 && port != 80 && port != 443 => Err(Refusal::Port { port }),
            _ => Ok(()),
        }
    }
}

/// Why an address may not be reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Of a private network, or of this machine.
    #[error("{what} is of a private network or of this machine; set `allow_private = true` if it is meant")]
    Private {
        /// The address, or `the name`.
        what: Shown,
    },
    /// The same, where a page or a server named it: nothing in the config lets it be reached.
    #[error("{what} is of a private network or of this machine, where no page may lead")]
    Inside {
        /// The address, or `the name`.
        what: Shown,
    },
    /// A page or a server named the port of another service.
    #[error("port {port} is that of another service, where no page may lead")]
    Port {
        /// The port.
        port: u16,
    },
    /// Unspecified, link-local (where clouds keep credentials), multicast or reserved: never reached.
    #[error(
        "{what} is an address that is never reached: unspecified, link-local, of a cloud's metadata, multicast or reserved"
    )]
    Never {
        /// The address.
        what: Shown,
    },
}

impl Refusal {
    /// In the words for what a page named.
    fn found(self) -> Self {
        if let Self::Private { what } = self { Self::Inside { what } } else { self }
    }
}

/// What a refusal names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shown {
    /// An address.
    Ip(IpAddr),
    /// The name itself, which needs no lookup to be refused.
    Name,
}

impl std::fmt::Display for Shown {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Ip(ip) => ip.fmt(f),
            Self::Name => f.write_str("the name"),
        }
    }
}

impl Policy {
    /// Whether `ip` may be reached; `allowed` are networks that the operator named.
    ///
    /// A private address may where its network is named, one that is otherwise never reached only where it is named
    /// by itself.
    ///
    /// # Errors
    /// [`Refusal`], which says what an operator can do.
    pub fn check_ip(self, ip: IpAddr, allowed: &[Network]) -> Result<(), Refusal> {
        match reach(ip) {
            Reach::Public => Ok(()),
            Reach::Private if self.allow_private || allowed.iter().any(|network| network.holds(ip)) => Ok(()),
            Reach::Private => Err(Refusal::Private { what: Shown::Ip(ip) }),
            Reach::Never if allowed.iter().any(|network| network.is_only(ip)) => Ok(()),
            Reach::Never => Err(Refusal::Never { what: Shown::Ip(ip) }),
        }
    }

    /// Whether a name may be looked up. Those that are private by definition (RFC 6761, RFC 6762, ICANN's `internal`)
    /// are refused whatever a lookup would say.
    ///
    /// # Errors
    /// [`Refusal::Private`].
    pub fn check_name(self, name: &str) -> Result<(), Refusal> {
        let name = name.trim_end_matches('.').to_ascii_lowercase();
        let private = ["localhost", "local", "internal"]
            .iter()
            .any(|zone| name == *zone || name.strip_suffix(zone).is_some_and(|rest| rest.ends_with('.')));
        if private && !self.allow_private { Err(Refusal::Private { what: Shown::Name }) } else { Ok(()) }
    }
}

/// Whether an address is of a private network, or of this machine.
#[must_use]
pub fn is_private(ip: IpAddr) -> bool {
    reach(ip) == Reach::Private
}

/// From where an address can be reached. The worse of two is the greater.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Reach {
    /// From anywhere.
    Public,
    /// From this machine, or a network around it.
    Private,
    /// Leads to no server that a request should go to.
    Never,
}

fn reach(ip: IpAddr) -> Reach {
    match ip {
        IpAddr::V4(ip) => reach_v4(ip),
        IpAddr::V6(ip) => reach_v6(ip),
    }
}

/// The IPv4 networks that are not public, as IANA's registry of special addresses has them, and where clouds keep
/// their machines' credentials outside of link-local.
const NETWORKS_V4: &[(Ipv4Addr, u32, Reach)] = &[
    (Ipv4Addr::new(0, 0, 0, 0), 8, Reach::Never),
    (Ipv4Addr::new(169, 254, 0, 0), 16, Reach::Never),
    (Ipv4Addr::new(100, 100, 100, 200), 32, Reach::Never),
    (Ipv4Addr::new(168, 63, 129, 16), 32, Reach::Never),
    (Ipv4Addr::new(192, 0, 0, 192), 32, Reach::Never),
    (Ipv4Addr::new(224, 0, 0, 0), 4, Reach::Never),
    (Ipv4Addr::new(240, 0, 0, 0), 4, Reach::Never),
    (Ipv4Addr::new(10, 0, 0, 0), 8, Reach::Private),
    (Ipv4Addr::new(100, 64, 0, 0), 10, Reach::Private),
    (Ipv4Addr::new(127, 0, 0, 0), 8, Reach::Private),
    (Ipv4Addr::new(172, 16, 0, 0), 12, Reach::Private),
    (Ipv4Addr::new(192, 0, 0, 0), 24, Reach::Private),
    (Ipv4Addr::new(192, 0, 2, 0), 24, Reach::Private),
    (Ipv4Addr::new(192, 88, 99, 0), 24, Reach::Private),
    (Ipv4Addr::new(192, 168, 0, 0), 16, Reach::Private),
    (Ipv4Addr::new(198, 18, 0, 0), 15, Reach::Private),
    (Ipv4Addr::new(198, 51, 100, 0), 24, Reach::Private),
    (Ipv4Addr::new(203, 0, 113, 0), 24, Reach::Private),
];

fn reach_v4(ip: Ipv4Addr) -> Reach {
    let within = |(network, bits, _): &&(Ipv4Addr, u32, Reach)| {
        (ip.to_bits() ^ network.to_bits()).checked_shr(32 - bits).unwrap_or(0) == 0
    };
    NETWORKS_V4.iter().filter(within).map(|(.., reach)| *reach).max().unwrap_or(Reach::Public)
}

/// The same for IPv6. What wraps an IPv4 address is not here: it is taken off first.
const NETWORKS_V6: &[(Ipv6Addr, u32, Reach)] = &[
    (Ipv6Addr::UNSPECIFIED, 128, Reach::Never),
    (Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254), 128, Reach::Never),
    (Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, 0), 10, Reach::Never),
    (Ipv6Addr::new(0xff00, 0, 0, 0, 0, 0, 0, 0), 8, Reach::Never),
    (Ipv6Addr::LOCALHOST, 128, Reach::Private),
    (Ipv6Addr::new(0x64, 0xff9b, 1, 0, 0, 0, 0, 0), 48, Reach::Private),
    (Ipv6Addr::new(0x100, 0, 0, 0, 0, 0, 0, 0), 64, Reach::Private),
    (Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, 0, 0), 23, Reach::Private),
    (Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0), 32, Reach::Private),
    (Ipv6Addr::new(0x3fff, 0, 0, 0, 0, 0, 0, 0), 20, Reach::Private),
    (Ipv6Addr::new(0x5f00, 0, 0, 0, 0, 0, 0, 0), 16, Reach::Private),
    (Ipv6Addr::new(0xfc00, 0, 0, 0, 0, 0, 0, 0), 7, Reach::Private),
    (Ipv6Addr::new(0xfec0, 0, 0, 0, 0, 0, 0, 0), 10, Reach::Private),
];

fn reach_v6(ip: Ipv6Addr) -> Reach {
    let within = |(network, bits, _): &&(Ipv6Addr, u32, Reach)| {
        (ip.to_bits() ^ network.to_bits()).checked_shr(128 - bits).unwrap_or(0) == 0
    };
    let own = NETWORKS_V6.iter().filter(within).map(|(.., reach)| *reach).max();
    let inner = inner_v4(ip).map(reach_v4);
    own.max(inner).max(local_nat64(ip)).unwrap_or(Reach::Public)
}

/// How far an address of the local-use NAT64 prefix (`64:ff9b:1::/48`, RFC 8215) leads. Where in it the IPv4 address
/// stands is the network's choice (RFC 6052, section 2.2), so each place counts that can be one: what follows it is
/// zero, and so is the byte that the format keeps free.
fn local_nat64(ip: Ipv6Addr) -> Option<Reach> {
    let bytes = ip.octets();
    if bytes[..6] != [0, 0x64, 0xff, 0x9b, 0, 1] {
        return None;
    }
    let places = [[6, 7, 9, 10], [7, 9, 10, 11], [9, 10, 11, 12], [12, 13, 14, 15]];
    let inner = places.into_iter().filter_map(|place| {
        let is_rest_zero = (6..16).all(|at| bytes[at] == 0 || place.contains(&at));
        let inner = Ipv4Addr::from(place.map(|at| bytes[at]));
        // No host begins with 0: that is another place, read wrongly.
        (is_rest_zero && inner.octets()[0] != 0).then(|| reach_v4(inner))
    });
    inner.max()
}

/// The IPv4 address inside: mapped (`::ffff:0:0/96`), compatible (`::/96`), NAT64 (`64:ff9b::/96`), 6to4 (`2002::/16`),
/// Teredo (`2001::/32`, whose client's address is written inverted).
fn inner_v4(ip: Ipv6Addr) -> Option<Ipv4Addr> {
    let join = |high: u16, low: u16| Ipv4Addr::from_bits(u32::from(high) << 16 | u32::from(low));
    match ip.segments() {
        // `::` and `::1` are addresses of their own.
        [0, 0, 0, 0, 0, 0, 0, 0 | 1] => None,
        [0, 0, 0, 0, 0, 0 | 0xffff, high, low] | [0x64, 0xff9b, 0, 0, 0, 0, high, low] => {
            Some(join(high, low))
        }
        [0x2002, high, low, ..] => Some(join(high, low)),
        [0x2001, 0, _, _, _, _, high, low] => Some(join(!high, !low)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Reach {
        reach(text.parse().expect("an address"))
    }

    #[test]
    fn f042_addresses_of_no_public_network_are_told_apart() {
        for public in [
            "1.1.1.1",
            "9.255.255.255",
            "11.0.0.0",
            "100.63.255.255",
            "100.128.0.0",
            "172.15.255.255",
            "172.32.0.0",
            "192.0.1.0",
            "223.255.255.255",
            "2606:4700:4700::1111",
            "64:ff9b::101:101",
            "2002:101:101::",
            "::ffff:1.1.1.1",
            "2001:200::1",
            "2001:db7::1",
        ] {
            assert_eq!(of(public), Reach::Public, "{public}");
        }
        for private in [
            "10.0.0.1",
            "100.64.0.1",
            "127.0.0.1",
            "127.255.255.255",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.1",
            "192.0.2.1",
            "192.88.99.1",
            "192.168.1.1",
            "198.18.0.1",
            "198.19.255.255",
            "198.51.100.1",
            "203.0.113.1",
            "::1",
            "::7f00:1",
            "::ffff:127.0.0.1",
            "::ffff:10.1.2.3",
            "64:ff9b::7f00:1",
            "64:ff9b:1::101:101",
            "64:ff9b:1::7f00:1",
            "64:ff9b:1:7f00:0:100::",
            "2002:7f00:1::",
            "2001:0:101:101::80ff:fffe",
            "2001:db8::1",
            "100::1",
            "fc00::1",
            "fdff::1",
            "fec0::1",
        ] {
            assert_eq!(of(private), Reach::Private, "{private}");
        }
        for never in [
            "0.0.0.0",
            "0.1.2.3",
            "169.254.169.254",
            "100.100.100.200",
            "168.63.129.16",
            "224.0.0.1",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "fe80::1",
            "ff02::1",
            "fd00:ec2::254",
            "::ffff:169.254.169.254",
            "64:ff9b::a9fe:a9fe",
            "64:ff9b:1::a9fe:a9fe",
            "64:ff9b:1:a9fe:a9:fe00::",
            "64:ff9b:1:a9:fe:a9fe::",
            "64:ff9b:1:0:a9:fea9:fe00:0",
            "2002:a9fe:a9fe::1",
            "2001:0:101:101::5601:5601",
        ] {
            assert_eq!(of(never), Reach::Never, "{never}");
        }
    }

    #[test]
    fn f042_names_that_are_private_by_definition_are_refused_unasked() {
        let (public, private) = (Policy::default(), Policy { allow_private: true });
        for name in [
            "localhost",
            "LOCALHOST.",
            "a.localhost",
            "printer.local",
            "metadata.google.internal",
            "internal",
        ] {
            assert!(public.check_name(name).is_err(), "{name}");
            assert!(private.check_name(name).is_ok(), "{name}");
        }
        for name in ["example.org", "notlocal", "local.example.org", "mylocalhost"] {
            assert!(public.check_name(name).is_ok(), "{name}");
        }
    }

    #[test]
    fn f042_networks_that_the_operator_named_may_be_reached_and_what_is_never_only_by_itself() {
        let policy = Policy::default();
        let allowed = |network: &str, ip: &str| {
            let network = Network::parse(network).expect(network);
            policy.check_ip(ip.parse().expect("an address"), &[network]).is_ok()
        };
        assert!(allowed("10.2.0.0/16", "10.2.255.1") && !allowed("10.2.0.0/16", "10.3.0.1"));
        assert!(allowed("10.2.0.0/16", "::ffff:10.2.0.1") && allowed("192.168.1.7", "192.168.1.7"));
        assert!(allowed("fd00:1::/32", "fd00:1:2::3") && !allowed("fd00:1::/32", "fd00:2::1"));
        assert!(allowed("0.0.0.0/0", "127.0.0.1") && !allowed("0.0.0.0/0", "169.254.169.254"));
        assert!(
            !allowed("169.254.0.0/16", "169.254.169.254") && allowed("169.254.169.254/32", "169.254.169.254")
        );
        assert!(!allowed("::/0", "fd00:ec2::254") && allowed("fd00:ec2::254", "fd00:ec2::254"));
        for wrong in
            ["", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/+8", "10.0/8", "::/129", "localhost", "1.2.3.4/8/8"]
        {
            assert!(Network::parse(wrong).is_none(), "{wrong}");
        }
    }

    #[test]
    fn f042_metadata_and_unspecified_addresses_are_refused_even_where_private_ones_are_allowed() {
        let policy = Policy { allow_private: true };
        for ip in ["169.254.169.254", "0.0.0.0", "::", "::ffff:169.254.169.254", "fd00:ec2::254"] {
            let refusal = policy.check_ip(ip.parse().expect("an address"), &[]).expect_err("refused");
            assert!(refusal.to_string().contains("never reached"), "{refusal}");
        }
        assert!(policy.check_ip(IpAddr::V4(Ipv4Addr::LOCALHOST), &[]).is_ok());
    }
}
