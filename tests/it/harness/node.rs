//! One more server of the same installation: the same database, keys and clock, and an address of its own.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use passage::clock::ManualClock;
use passage::http::App;

use super::server::Server;

/// A node beside that of the world; it ends when this is dropped.
pub struct Node {
    server: Server,
}

impl Node {
    /// A node that is configured like `first`, with the keys that `first` has on its disk.
    pub(super) fn beside(first: &App, clock: Arc<ManualClock>) -> Self {
        let mut config = (*first.config).clone();
        // Whatever node gave a token, all of them take it.
        config.identity.issuer = Some(config.issuer());
        config.server.listen = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        Self { server: Server::start(config, clock) }
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.server.address
    }
}
