use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use proptest::prelude::*;

use crate::webhook::{AllowedAddresses, Network, Refusal, refused_by_default};

fn ip(text: &str) -> IpAddr {
    text.parse().unwrap()
}

#[test]
fn what_is_no_other_machine_is_refused() {
    let refused = [
        ("0.0.0.0", Refusal::Unspecified),
        ("0.1.2.3", Refusal::Unspecified),
        ("127.0.0.1", Refusal::Loopback),
        ("127.255.255.254", Refusal::Loopback),
        ("169.254.0.1", Refusal::LinkLocal),
        ("169.254.169.254", Refusal::Metadata),
        ("169.254.170.2", Refusal::Metadata),
        ("100.100.100.200", Refusal::Metadata),
        ("192.0.0.192", Refusal::Reserved),
        ("224.0.0.1", Refusal::Multicast),
        ("239.255.255.255", Refusal::Multicast),
        ("240.0.0.1", Refusal::Reserved),
        ("255.255.255.255", Refusal::Broadcast),
        ("::", Refusal::Unspecified),
        ("::1", Refusal::Loopback),
        ("fe80::1", Refusal::LinkLocal),
        ("febf::1", Refusal::LinkLocal),
        ("fd00:ec2::254", Refusal::Metadata),
        ("fd20:ce::254", Refusal::Metadata),
        ("ff02::1", Refusal::Multicast),
        ("64:ff9b:1::7f00:1", Refusal::Reserved),
        ("2001::1", Refusal::Reserved),
    ];
    for (address, refusal) in refused {
        assert_eq!(refused_by_default(ip(address)), Some(refusal), "{address}");
    }
}

#[test]
fn an_address_inside_another_is_judged_as_what_it_leads_to() {
    let forms = [
        ("::ffff:127.0.0.1", Refusal::Loopback),
        ("::ffff:7f00:1", Refusal::Loopback),
        ("::127.0.0.1", Refusal::Loopback),
        ("::ffff:0:127.0.0.1", Refusal::Loopback),
        ("64:ff9b::127.0.0.1", Refusal::Loopback),
        ("2002:7f00:1::", Refusal::Loopback),
        ("2001:db8::5efe:7f00:1", Refusal::Loopback),
        ("2001:db8::200:5efe:7f00:1", Refusal::Loopback),
        ("::ffff:169.254.169.254", Refusal::Metadata),
        ("64:ff9b::a9fe:a9fe", Refusal::Metadata),
        ("2002:a9fe:a9fe::1", Refusal::Metadata),
        ("::ffff:0.0.0.0", Refusal::Unspecified),
        ("::ffff:169.254.1.1", Refusal::LinkLocal),
        ("::ffff:255.255.255.255", Refusal::Broadcast),
        ("::ffff:224.0.0.1", Refusal::Multicast),
    ];
    for (address, refusal) in forms {
        assert_eq!(refused_by_default(ip(address)), Some(refusal), "{address}");
    }
}

#[test]
fn the_towns_own_networks_are_open() {
    for address in [
        "10.0.0.1",
        "172.16.0.1",
        "172.31.255.254",
        "192.168.0.1",
        "100.64.0.1",
        "203.0.113.9",
        "8.8.8.8",
        "fc00::1",
        "fd12:3456:789a::1",
        "2001:db8::1",
        "2606:4700::1111",
        "::ffff:192.168.0.1",
        "64:ff9b::8.8.8.8",
    ] {
        assert_eq!(refused_by_default(ip(address)), None, "{address}");
    }
}

#[test]
fn the_administrator_opens_one_kind_at_a_time() {
    let loopback = AllowedAddresses { loopback: true, ..AllowedAddresses::default() };
    assert_eq!(loopback.check("x", ip("127.0.0.1")), Ok(()));
    assert_eq!(loopback.check("x", ip("::1")), Ok(()));
    assert_eq!(loopback.check("x", ip("::ffff:127.0.0.1")), Ok(()));
    assert_eq!(loopback.check("x", ip("0.0.0.0")), Err(Refusal::Unspecified));
    assert_eq!(loopback.check("x", ip("169.254.1.1")), Err(Refusal::LinkLocal));

    let link_local = AllowedAddresses { link_local: true, ..AllowedAddresses::default() };
    assert_eq!(link_local.check("x", ip("fe80::1")), Ok(()));
    assert_eq!(link_local.check("x", ip("169.254.1.1")), Ok(()));
    assert_eq!(link_local.check("x", ip("169.254.169.254")), Err(Refusal::Metadata));
    assert_eq!(link_local.check("x", ip("127.0.0.1")), Err(Refusal::Loopback));
}

#[test]
fn a_listed_name_may_lead_to_this_machine_and_no_further() {
    let listed =
        AllowedAddresses { hosts: vec!["Hook.Example.JP".to_owned()], ..AllowedAddresses::default() };
    assert_eq!(listed.check("hook.example.jp", ip("127.0.0.1")), Ok(()));
    assert_eq!(listed.check("hook.example.jp.", ip("fe80::1")), Ok(()));
    assert_eq!(listed.check("hook.example.jp", ip("169.254.169.254")), Err(Refusal::Metadata));
    assert_eq!(listed.check("hook.example.jp", ip("0.0.0.0")), Err(Refusal::Unspecified));
    assert_eq!(listed.check("other.example.jp", ip("127.0.0.1")), Err(Refusal::Loopback));
    assert_eq!(listed.check("a.hook.example.jp", ip("127.0.0.1")), Err(Refusal::Loopback));
}

#[test]
fn a_metadata_service_is_opened_only_by_its_own_address() {
    let networks = |list: &[&str]| AllowedAddresses {
        networks: list.iter().map(|network| network.parse().unwrap()).collect(),
        ..AllowedAddresses::default()
    };
    let wide = networks(&["169.254.0.0/16", "0.0.0.0/0", "::/0"]);
    assert_eq!(wide.check("x", ip("169.254.1.1")), Ok(()));
    assert_eq!(wide.check("x", ip("224.0.0.1")), Ok(()));
    assert_eq!(wide.check("x", ip("169.254.169.254")), Err(Refusal::Metadata));
    assert_eq!(wide.check("x", ip("::ffff:169.254.169.254")), Err(Refusal::Metadata));
    let exact = networks(&["169.254.169.254"]);
    assert_eq!(exact.check("x", ip("169.254.169.254")), Ok(()));
    assert_eq!(exact.check("x", ip("::ffff:169.254.169.254")), Ok(()));
    assert_eq!(exact.check("x", ip("169.254.170.2")), Err(Refusal::Metadata));
}

#[test]
fn networks_are_written_as_usual() {
    let network = |text: &str| text.parse::<Network>();
    assert!(network("10.1.0.0/16").unwrap().contains(ip("10.1.255.1")));
    assert!(!network("10.1.0.0/16").unwrap().contains(ip("10.2.0.1")));
    assert!(network("10.1.2.3").unwrap().contains(ip("10.1.2.3")));
    assert!(!network("10.1.2.3").unwrap().contains(ip("10.1.2.4")));
    assert!(network("fd00:1::/32").unwrap().contains(ip("fd00:1:ffff::1")));
    assert!(!network("fd00:1::/32").unwrap().contains(ip("fd00:2::1")));
    assert!(network("0.0.0.0/0").unwrap().contains(ip("8.8.8.8")));
    assert!(!network("0.0.0.0/0").unwrap().contains(ip("::1")));
    for wrong in ["", "10.1", "10.1.0.0/33", "::/129", "10.0.0.0/", "10.0.0.0/-1", "host/8"] {
        assert!(network(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn the_list_is_written_in_the_settings() {
    let text = r#"{"loopback": true, "hosts": ["a.example.jp"], "networks": ["169.254.3.0/24"]}"#;
    let allowed: AllowedAddresses = serde_json::from_str(text).unwrap();
    assert!(allowed.loopback && !allowed.link_local);
    assert_eq!(allowed.networks, ["169.254.3.0/24".parse().unwrap()]);
    assert!(serde_json::from_str::<AllowedAddresses>(r#"{"loopbak": true}"#).is_err());
    assert!(serde_json::from_str::<AllowedAddresses>(r#"{"networks": ["all"]}"#).is_err());
    let written = serde_json::to_string(&allowed).unwrap();
    assert_eq!(serde_json::from_str::<AllowedAddresses>(&written).unwrap(), allowed);
}

proptest! {
    /// However an IPv4 address is dressed up, it is judged as itself.
    #[test]
    fn no_form_of_an_address_gets_round_the_guard(bits in any::<u32>(), tail in any::<u64>()) {
        let four = Ipv4Addr::from(bits);
        let judged = refused_by_default(IpAddr::V4(four));
        let bits = u128::from(bits);
        for six in [
            (0xffff << 32) | bits,
            (0xffff_0000 << 32) | bits,
            (0x0064_ff9b << 96) | bits,
            (0x2002 << 112) | (bits << 80) | u128::from(tail),
        ] {
            prop_assert_eq!(refused_by_default(IpAddr::V6(Ipv6Addr::from(six))), judged);
        }
    }

    /// The standard library's own view, where it has one.
    #[test]
    fn what_the_standard_library_calls_special_is_refused(bits in any::<u128>(), four in any::<u32>()) {
        for address in [IpAddr::from(Ipv6Addr::from(bits)), IpAddr::from(Ipv4Addr::from(four))] {
            if address.is_loopback() || address.is_unspecified() || address.is_multicast() {
                prop_assert!(refused_by_default(address).is_some(), "{}", address);
            }
        }
    }
}
