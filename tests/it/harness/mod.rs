//! What every story stands on: a server of its own on a database of its own, actors who work through the real API, and
//! a client that holds every single answer to the published contract and to the journal.
//!
//! A story is a function from a [`World`]; the macro [`both`] runs it on both databases. When a story has ended well,
//! the journal of its database is verified.

mod actor;
mod authenticator;
mod backend;
mod backstage;
mod browser;
mod builders;
mod client;
mod contract;
mod directory;
mod elsewhere;
mod estate;
mod house;
mod impostor;
mod journey;
mod listener;
mod machine;
mod manners;
mod node;
pub mod passkey;
mod postbox;
mod postgres;
mod probe;
mod program;
pub mod providers;
mod recorded;
mod secrets;
mod server;
mod slow;
mod world;

pub use actor::{Actor, PASSWORD, Tokens};
pub use authenticator::Authenticator;
pub use backend::{Backend, settings};
pub use browser::Browser;
pub use builders::{Case, acceptance, consignment};
pub use client::{Reply, Request};
pub use directory::Directory;
pub use estate::{Estate, country_profile, evidence, unknown_id};
pub use house::House;
pub use impostor::{Back, Impostor};
pub use journey::Stop;
pub use listener::{Event, Listener};
pub use machine::{JWT_BEARER, Machine, MachineKey, jwt, token_request};
pub use manners::Manner;
pub use node::Node;
pub use passkey::PasskeyDevice;
pub use postbox::{Mail, Postbox};
pub use probe::Probe;
pub use program::Program;
pub use recorded::coordinated;
pub use server::Server;
pub use world::{Tune, World};

/// Waits for `future` on this thread.
pub fn block_on<F: Future>(future: F) -> F::Output {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime can be built").block_on(future)
}

/// Runs a story on both databases, as `name::sqlite` and `name::postgres`; `with [("PASSAGE_…", "…")]` behind its name gives
/// its server settings of its own, and `tuned function` one that no operator could choose. Its file imports [`World`].
macro_rules! both {
    ($($(#[$doc:meta])* fn $name:ident($world:ident) $(with $settings:tt)? $(tuned $tune:ident)? $body:block)*) => {
        $($(#[$doc])* mod $name {
            use super::*;

            fn story($world: &World) $body

            fn play(backend: $crate::harness::Backend) {
                let settings: &[&[(&str, &str)]] = &[$(&$settings)?];
                let tunes: &[$crate::harness::Tune] = &[$($tune)?];
                World::play_with(backend, module_path!(), &settings.concat(), tunes, story);
            }

            #[test]
            fn sqlite() {
                play($crate::harness::Backend::Sqlite);
            }

            #[test]
            fn postgres() {
                play($crate::harness::Backend::Postgres);
            }
        })*
    };
}
pub(crate) use both;
