//! How many connections are open, in all and by address. IPv6 counts by /64; a trusted proxy speaks for many.
//!
//! May import: `config`, `http::peer`.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use ipnet::IpNet;

use crate::config::Config;
use crate::http::attempts::network;
use crate::http::peer;

/// Lets connections in, as many as may be.
#[derive(Debug)]
pub(super) struct Admission {
    most: usize,
    most_of_one: usize,
    proxies: Vec<IpNet>,
    open: Mutex<Open>,
}

#[derive(Debug, Default)]
struct Open {
    all: usize,
    by_network: HashMap<IpAddr, usize>,
}

impl Admission {
    pub(super) fn new(config: &Config) -> Arc<Self> {
        Arc::new(Self {
            most: config.limits.connections,
            most_of_one: config.limits.connections_per_address,
            proxies: config.server.trusted_proxies.clone(),
            open: Mutex::default(),
        })
    }

    /// Lets a connection of `address` in, unless there are too many.
    pub(super) fn admit(self: &Arc<Self>, address: IpAddr) -> Option<Ticket> {
        let network = network(address);
        let mut open = self.lock();
        if open.all >= self.most {
            return None;
        }
        let own = open.by_network.entry(network).or_default();
        if *own >= self.most_of_one && !peer::is_trusted(address, &self.proxies) {
            return None;
        }
        *own += 1;
        open.all += 1;
        metrics::gauge!("passage_connections").increment(1.0);
        Some(Ticket { admission: self.clone(), network })
    }

    fn lock(&self) -> MutexGuard<'_, Open> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A connection counts as open until this is dropped.
#[derive(Debug)]
pub(super) struct Ticket {
    admission: Arc<Admission>,
    network: IpAddr,
}

impl Drop for Ticket {
    fn drop(&mut self) {
        let mut open = self.admission.lock();
        open.all -= 1;
        if let Entry::Occupied(mut own) = open.by_network.entry(self.network) {
            *own.get_mut() -= 1;
            if *own.get() == 0 {
                own.remove();
            }
        }
        metrics::gauge!("passage_connections").decrement(1.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn admission() -> Arc<Admission> {
        let mut config = Config::default();
        (config.limits.connections, config.limits.connections_per_address) = (5, 2);
        config.server.trusted_proxies = vec!["10.0.0.1/32".parse().unwrap()];
        Admission::new(&config)
    }

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn one_address_has_its_share_and_no_more() {
        let admission = admission();
        let first = admission.admit(address("192.0.2.1")).unwrap();
        let _second = admission.admit(address("::ffff:192.0.2.1")).unwrap();
        assert!(admission.admit(address("192.0.2.1")).is_none());
        let _other = admission.admit(address("192.0.2.2")).unwrap();
        drop(first);
        let _third = admission.admit(address("192.0.2.1")).unwrap();
        let _one = admission.admit(address("2001:db8::1")).unwrap();
        let _two = admission.admit(address("2001:db8::2")).unwrap();
        assert!(admission.admit(address("192.0.2.3")).is_none(), "all places are taken");
    }

    #[test]
    fn a_proxy_has_as_many_as_there_are() {
        let admission = admission();
        let held: Vec<_> = (0..5).map(|_| admission.admit(address("10.0.0.1")).unwrap()).collect();
        assert!(admission.admit(address("10.0.0.1")).is_none());
        drop(held);
        assert!(admission.lock().by_network.is_empty());
        assert_eq!(admission.lock().all, 0);
    }
}
