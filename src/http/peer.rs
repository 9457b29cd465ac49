//! Whose request it is: the address that it comes from, or for which a trusted proxy asks.
//!
//! Invariant: what a header says counts only as far as the machines that wrote it are trusted. The list of addresses is
//! read from its end, where the nearest proxy wrote, and the first that is no trusted proxy is the client's.
//!
//! May import: `config`.

use std::net::{IpAddr, SocketAddr};

use actix_web::http::header::HeaderMap;
use ipnet::IpNet;

use crate::config::{ProxyHeader, Server};
use crate::text_enum::TextEnum;

/// Whether the settings name `address` as a proxy whose word counts.
#[must_use]
pub fn is_trusted(address: IpAddr, proxies: &[IpNet]) -> bool {
    let address = address.to_canonical();
    proxies.iter().any(|network| network.contains(&address))
}

/// The client of a request that came from `peer` with `headers`.
#[must_use]
pub fn client(peer: IpAddr, headers: &HeaderMap, settings: &Server) -> IpAddr {
    let mut client = peer.to_canonical();
    if !is_trusted(client, &settings.trusted_proxies) {
        return client;
    }
    let header = settings.proxy_header;
    // A line that is no text hides who wrote it: then nothing before it counts either.
    let lines: Vec<&str> =
        headers.get_all(header.as_str()).map(|line| line.to_str().unwrap_or_default()).collect();
    for hop in lines.iter().rev().flat_map(|line| line.rsplit(',')) {
        if !is_trusted(client, &settings.trusted_proxies) {
            break;
        }
        let Some(named) = hop_address(hop.trim(), header) else { break };
        client = named;
    }
    client
}

/// The address that one proxy has written down.
fn hop_address(hop: &str, header: ProxyHeader) -> Option<IpAddr> {
    match header {
        ProxyHeader::XForwardedFor => node_address(hop),
        ProxyHeader::Forwarded => hop.split(';').find_map(|pair| {
            let (name, value) = pair.trim().split_once('=')?;
            name.eq_ignore_ascii_case("for").then(|| node_address(value.trim_matches('"')))?
        }),
    }
}

/// An address, perhaps with a port, an IPv6 address perhaps in brackets.
fn node_address(text: &str) -> Option<IpAddr> {
    let bare = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(text);
    let address = bare.parse::<IpAddr>().ok();
    let address = address.or_else(|| text.parse::<SocketAddr>().ok().map(|socket| socket.ip()));
    address.map(|address| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::{HeaderName, HeaderValue};

    use super::*;
    use crate::config::Config;

    fn client_of(peer: &str, header: ProxyHeader, lines: &[(&'static str, &str)]) -> String {
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            let value = HeaderValue::from_str(value).unwrap();
            headers.append(HeaderName::from_static(name), value);
        }
        let mut settings = Config::default().server;
        settings.trusted_proxies = vec!["10.0.0.0/8".parse().unwrap(), "fd00::/8".parse().unwrap()];
        settings.proxy_header = header;
        client(peer.parse().unwrap(), &headers, &settings).to_string()
    }

    fn forwarded_for(peer: &str, lines: &[&str]) -> String {
        let lines: Vec<_> = lines.iter().map(|line| ("x-forwarded-for", *line)).collect();
        client_of(peer, ProxyHeader::XForwardedFor, &lines)
    }

    #[test]
    fn a_stranger_is_not_believed() {
        assert_eq!(forwarded_for("203.0.113.9", &["198.51.100.1"]), "203.0.113.9");
        assert_eq!(forwarded_for("::ffff:203.0.113.9", &["198.51.100.1"]), "203.0.113.9");
        assert_eq!(forwarded_for("10.0.0.1", &[]), "10.0.0.1");
    }

    #[test]
    fn the_last_stranger_is_the_client() {
        assert_eq!(forwarded_for("10.0.0.1", &["198.51.100.1"]), "198.51.100.1");
        assert_eq!(forwarded_for("::ffff:10.0.0.1", &["198.51.100.1:4711"]), "198.51.100.1");
        // What the client itself wrote before its own address does not count.
        assert_eq!(forwarded_for("10.0.0.1", &["192.0.2.7, 198.51.100.1"]), "198.51.100.1");
        assert_eq!(
            forwarded_for("10.0.0.1", &["192.0.2.7, 198.51.100.1, 10.0.0.2"]),
            "198.51.100.1"
        );
        assert_eq!(forwarded_for("10.0.0.1", &["192.0.2.7", "198.51.100.1"]), "198.51.100.1");
        assert_eq!(forwarded_for("10.0.0.1", &["10.0.0.3, 10.0.0.2"]), "10.0.0.3");
        assert_eq!(forwarded_for("fd00::1", &["[2001:db8::5]:80"]), "2001:db8::5");
        assert_eq!(forwarded_for("fd00::1", &["2001:db8::5"]), "2001:db8::5");
    }

    #[test]
    fn what_cannot_be_read_ends_the_search() {
        for nonsense in ["unknown", "", "198.51.100.1.2", "[", "_hidden", "198.51.100.1, ,"] {
            assert_eq!(forwarded_for("10.0.0.1", &[nonsense]), "10.0.0.1", "{nonsense}");
        }
        assert_eq!(forwarded_for("10.0.0.1", &["192.0.2.7, unknown, 10.0.0.2"]), "10.0.0.2");
    }

    #[test]
    fn only_the_header_counts_that_the_proxy_writes() {
        let lines = [("x-forwarded-for", "192.0.2.7"), ("forwarded", "for=198.51.100.1")];
        assert_eq!(client_of("10.0.0.1", ProxyHeader::XForwardedFor, &lines), "192.0.2.7");
        assert_eq!(client_of("10.0.0.1", ProxyHeader::Forwarded, &lines), "198.51.100.1");
        let spoofed = [("forwarded", "for=198.51.100.1")];
        assert_eq!(client_of("10.0.0.1", ProxyHeader::XForwardedFor, &spoofed), "10.0.0.1");
    }

    #[test]
    fn the_standard_form_is_read_too() {
        for (sent, expected) in [
            ("For=\"[2001:db8:cafe::17]:4711\"", "2001:db8:cafe::17"),
            ("for=192.0.2.43;proto=https;by=203.0.113.43", "192.0.2.43"),
            ("proto=https; for=192.0.2.43", "192.0.2.43"),
            ("for=192.0.2.7, for=198.51.100.1, for=10.0.0.2", "198.51.100.1"),
            ("for=unknown", "10.0.0.1"),
            ("by=192.0.2.43", "10.0.0.1"),
        ] {
            assert_eq!(
                client_of("10.0.0.1", ProxyHeader::Forwarded, &[("forwarded", sent)]),
                expected
            );
        }
    }
}
