//! Which addresses a webhook may reach.
//!
//! Whoever may enter an endpoint makes this server send requests to wherever the endpoint points, with the
//! server's own place in the network. So some addresses are refused unless the administrator opens them:
//!
//! - this machine itself (loopback, and the unspecified address, which leads there too): its other services
//!   often trust whoever is on the machine;
//! - link-local addresses, which need no configuration and so are in nobody's plan, and where clouds answer
//!   with the machine's credentials;
//! - those metadata services wherever else they are;
//! - multicast, broadcast and addresses of no defined use, which are no single receiver.
//!
//! **Private networks are allowed** (10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16, fc00::/7, and 100.64.0.0/10):
//! a town hall's other systems live there, often nowhere else, and a town's network has no way out at all. A
//! guard that refuses the only places there are would be switched off. What stands between those systems and
//! a webhook is that only administrators enter endpoints, that a request is a POST with a fixed form and a
//! signature, and that nothing of the answer is shown but its status.
//!
//! An IPv4 address inside an IPv6 address (mapped, compatible, translated, 6to4, NAT64, ISATAP) is judged as
//! the IPv4 address that it leads to.

use std::{
    fmt,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    str::FromStr,
};

use serde::{Deserialize, Serialize};

/// What an address is that is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// 0.0.0.0/8 and `::`: this host, on this network.
    #[error("the unspecified address")]
    Unspecified,
    /// 127.0.0.0/8 and `::1`: this machine.
    #[error("a loopback address")]
    Loopback,
    /// 169.254.0.0/16 and fe80::/10.
    #[error("a link-local address")]
    LinkLocal,
    /// An address where a cloud hands out a machine's data and credentials.
    #[error("a metadata service of a cloud")]
    Metadata,
    /// 224.0.0.0/4 and ff00::/8.
    #[error("a multicast address")]
    Multicast,
    /// 255.255.255.255.
    #[error("the broadcast address")]
    Broadcast,
    /// Kept for later or for protocols (240.0.0.0/4, 192.0.0.0/24), or a tunnel whose end cannot be told
    /// (Teredo, NAT64 with a local prefix).
    #[error("an address of no defined use")]
    Reserved,
}

/// Where clouds answer with data and credentials of the machine that asks. Most do at 169.254.169.254; these
/// are that one and those that are known elsewhere.
const METADATA: [IpAddr; 8] = [
    // AWS, Azure, Google, Oracle, OpenStack and others.
    IpAddr::V4(Ipv4Addr::new(169, 254, 169, 254)),
    // AWS: credentials of containers (ECS, EKS).
    IpAddr::V4(Ipv4Addr::new(169, 254, 170, 2)),
    IpAddr::V4(Ipv4Addr::new(169, 254, 170, 23)),
    // Alibaba.
    IpAddr::V4(Ipv4Addr::new(100, 100, 100, 200)),
    // Azure's platform.
    IpAddr::V4(Ipv4Addr::new(168, 63, 129, 16)),
    // AWS over IPv6: the machine's, and that of containers.
    IpAddr::V6(Ipv6Addr::new(0xfd00, 0x0ec2, 0, 0, 0, 0, 0, 0x0254)),
    IpAddr::V6(Ipv6Addr::new(0xfd00, 0x0ec2, 0, 0, 0, 0, 0, 0x0023)),
    // Google over IPv6.
    IpAddr::V6(Ipv6Addr::new(0xfd20, 0x00ce, 0, 0, 0, 0, 0, 0x0254)),
];

/// What the administrator opens of what is refused by default. The default opens nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case", deny_unknown_fields)]
pub struct AllowedAddresses {
    /// This machine.
    pub loopback: bool,
    /// Link-local addresses, without the metadata services among them.
    pub link_local: bool,
    /// Names whose addresses may be loopback or link-local. Whoever answers for such a name is trusted with
    /// that. Compared without regard to case and to a dot at the end; no wildcards.
    pub hosts: Vec<String>,
    /// Networks, whatever they are. A metadata service is opened only by an entry for that one address.
    pub networks: Vec<Network>,
}

impl AllowedAddresses {
    /// Whether a webhook may connect to this address, as which this host is known.
    ///
    /// # Errors
    /// [`Refusal`] where it may not: what the address is.
    pub fn check(&self, host: &str, address: IpAddr) -> Result<(), Refusal> {
        let Some(refusal) = refused_by_default(address) else { return Ok(()) };
        let leads_to = leads_to(address);
        let listed = self.networks.iter().any(|network| match refusal {
            Refusal::Metadata => network.is_only(address) || network.is_only(leads_to),
            _ => network.contains(address) || network.contains(leads_to),
        });
        let by_kind = match refusal {
            Refusal::Loopback => self.loopback || self.names(host),
            Refusal::LinkLocal => self.link_local || self.names(host),
            _ => false,
        };
        if listed || by_kind { Ok(()) } else { Err(refusal) }
    }

    fn names(&self, host: &str) -> bool {
        let bare = |host: &str| host.strip_suffix('.').unwrap_or(host).to_ascii_lowercase();
        let host = bare(host);
        self.hosts.iter().any(|listed| bare(listed) == host)
    }
}

/// What an address is that is refused where the administrator says nothing of it.
#[must_use]
pub fn refused_by_default(address: IpAddr) -> Option<Refusal> {
    if METADATA.contains(&address) {
        return Some(Refusal::Metadata);
    }
    match address {
        IpAddr::V4(address) => refused_v4(address),
        IpAddr::V6(address) => refused_v6(address),
    }
}

fn refused_v4(address: Ipv4Addr) -> Option<Refusal> {
    if METADATA.contains(&IpAddr::V4(address)) {
        return Some(Refusal::Metadata);
    }
    match address.octets() {
        [0, ..] => Some(Refusal::Unspecified),
        [127, ..] => Some(Refusal::Loopback),
        [169, 254, ..] => Some(Refusal::LinkLocal),
        [192, 0, 0, _] => Some(Refusal::Reserved),
        [224..=239, ..] => Some(Refusal::Multicast),
        [255, 255, 255, 255] => Some(Refusal::Broadcast),
        [240..=255, ..] => Some(Refusal::Reserved),
        _ => None,
    }
}

fn refused_v6(address: Ipv6Addr) -> Option<Refusal> {
    if address.is_unspecified() {
        return Some(Refusal::Unspecified);
    }
    if address.is_loopback() {
        return Some(Refusal::Loopback);
    }
    match address.segments() {
        // fe80::/10.
        [0xfe80..=0xfebf, ..] => Some(Refusal::LinkLocal),
        [0xff00..=0xffff, ..] => Some(Refusal::Multicast),
        // RFC 8215: NAT64 with a prefix of the network's own; where in it the IPv4 address stands is not
        // said.
        [0x0064, 0xff9b, 0x0001, ..] => Some(Refusal::Reserved),
        // RFC 4380, Teredo.
        [0x2001, 0x0000, ..] => Some(Refusal::Reserved),
        _ => embedded(address).and_then(refused_v4),
    }
}

/// The address that this one leads to: the IPv4 address inside it, or itself.
fn leads_to(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V6(six) if !six.is_unspecified() && !six.is_loopback() => {
            embedded(six).map_or(address, IpAddr::V4)
        }
        _ => address,
    }
}

/// The IPv4 address that an IPv6 address is made from.
fn embedded(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let four = |high: u16, low: u16| {
        let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
        Some(Ipv4Addr::new(a, b, c, d))
    };
    match address.segments() {
        // RFC 4291: IPv4-mapped, IPv4-compatible. RFC 2765: IPv4-translated.
        [0, 0, 0, 0, 0, 0xffff | 0, high, low] | [0, 0, 0, 0, 0xffff, 0, high, low] => four(high, low),
        // RFC 6052: NAT64 with the well-known prefix.
        [0x0064, 0xff9b, 0, 0, 0, 0, high, low] => four(high, low),
        // RFC 3056: 6to4.
        [0x2002, high, low, ..] => four(high, low),
        // RFC 5214: ISATAP, under any prefix.
        [_, _, _, _, 0x0000 | 0x0200, 0x5efe, high, low] => four(high, low),
        _ => None,
    }
}

/// A network: an address and how many of its bits are the network's (CIDR, RFC 4632). Written `10.1.0.0/16`,
/// `fd00:1::/32`, or `10.1.2.3` for one address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Network {
    address: IpAddr,
    bits: u8,
}

/// A text that is no network.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0} is no network; written like 10.1.0.0/16, fd00:1::/32 or 10.1.2.3")]
pub struct NotANetwork(String);

impl Network {
    /// Whether an address lies in it.
    #[must_use]
    pub fn contains(&self, address: IpAddr) -> bool {
        match (self.address, address) {
            (IpAddr::V4(network), IpAddr::V4(address)) => {
                let differ = u32::from(network) ^ u32::from(address);
                differ.leading_zeros() >= u32::from(self.bits)
            }
            (IpAddr::V6(network), IpAddr::V6(address)) => {
                let differ = u128::from(network) ^ u128::from(address);
                differ.leading_zeros() >= u32::from(self.bits)
            }
            _ => false,
        }
    }

    /// Whether it is this address and no other.
    fn is_only(&self, address: IpAddr) -> bool {
        self.address == address && self.bits == width(address)
    }
}

/// How many bits an address has.
fn width(address: IpAddr) -> u8 {
    if address.is_ipv4() { 32 } else { 128 }
}

impl FromStr for Network {
    type Err = NotANetwork;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = || NotANetwork(text.to_owned());
        let (address, bits) = match text.split_once('/') {
            Some((address, bits)) => (address, Some(bits)),
            None => (text, None),
        };
        let address: IpAddr = address.parse().map_err(|_| wrong())?;
        let bits = bits.map_or(Ok(width(address)), |bits| bits.parse().map_err(|_| wrong()))?;
        if bits > width(address) { Err(wrong()) } else { Ok(Self { address, bits }) }
    }
}

impl TryFrom<String> for Network {
    type Error = NotANetwork;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Network> for String {
    fn from(network: Network) -> Self {
        network.to_string()
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.address, self.bits)
    }
}
