//! Addresses: what to listen on, and how others reach this server or a database.

use std::net::{IpAddr, SocketAddr};

use ipnet::IpNet;

/// An address to listen on.
pub(super) fn listen(text: &str) -> Result<SocketAddr, &'static str> {
    text.parse().map_err(|_| {
        "expected an IP address and a port such as 127.0.0.1:8080 or [::1]:8080, not a host name"
    })
}

/// Networks, separated by commas; an address is a network of its own.
pub(super) fn networks(text: &str) -> Result<Vec<IpNet>, &'static str> {
    let network = |part: &str| {
        let alone = part.parse::<IpAddr>().map(IpNet::from);
        alone.or_else(|_| part.parse::<IpNet>().map(|network| network.trunc()))
    };
    let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
    parts.map(network).collect::<Result<_, _>>().map_err(|_| {
        "expected addresses or networks separated by commas, such as 127.0.0.1, 10.0.0.0/8, fd00::/8"
    })
}

/// The origin of a web server: scheme, host and perhaps port.
pub(super) fn origin(text: &str) -> Result<String, &'static str> {
    const EXPECTED: &str = "expected https:// or http://, a host and perhaps a port, and nothing after, \
                            such as https://passage.example.org";
    let authority =
        text.strip_prefix("https://").or_else(|| text.strip_prefix("http://")).ok_or(EXPECTED)?;
    if !authority.is_empty() && is_host_and_port(authority) && !authority.contains('%') {
        Ok(text.to_owned())
    } else {
        Err(EXPECTED)
    }
}

/// Host names or addresses, separated by commas; none when empty.
pub(super) fn hosts(text: &str) -> Result<Vec<String>, &'static str> {
    let fine = |host: &str| {
        !host.is_empty()
            && host.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | ':'))
    };
    let hosts: Vec<String> = text.split(',').map(|host| host.trim().to_ascii_lowercase()).collect();
    if text.trim().is_empty() {
        Ok(Vec::new())
    } else if hosts.iter().all(|host| fine(host)) {
        Ok(hosts)
    } else {
        Err("expected names of hosts, separated by commas, such as login.example.kg")
    }
}

/// Whether `text` is a host (a name, an IPv4 address, an IPv6 address in brackets, a socket directory with `%2F`, or
/// nothing) with perhaps a port.
pub(super) fn is_host_and_port(text: &str) -> bool {
    let (host_is_right, port) = if let Some(rest) = text.strip_prefix('[') {
        let (address, port) = rest.split_once(']').unwrap_or((rest, "]"));
        let port = if port.is_empty() { Some(None) } else { port.strip_prefix(':').map(Some) };
        (address.parse::<std::net::Ipv6Addr>().is_ok() && port.is_some(), port.flatten())
    } else {
        let (host, port) = match text.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (text, None),
        };
        let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | '%');
        (host.chars().all(allowed), port)
    };
    let port_is_right = port.is_none_or(|port| {
        port.chars().all(|c| c.is_ascii_digit()) && port.parse::<u16>().is_ok_and(|port| port > 0)
    });
    host_is_right && port_is_right && !text.starts_with(':')
}
