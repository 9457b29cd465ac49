//! The journal: append-only, a chain per case and one per agency for what belongs to no case.
//!
//! [`event`] is the closed list of what can happen, [`chain`] the pure hash chain, [`store`] reads one chain for those
//! who may, [`verify`] checks that all of it is as it was written, [`numbers`] gives every entry its place among all.
//!
//! Invariants: a change and its entry are one transaction; nobody changes or deletes an entry, and the database forbids
//! it; entries carry ids and salted digests, while erasable texts stand beside them.
//!
//! May import: `clock`, `ids`, `error`, `access`, and, but for [`event`] and [`chain`], `db`.

mod append;
pub mod chain;
pub mod event;
pub mod numbers;
pub mod store;
pub mod verify;
pub mod view;

pub use append::{ChainKind, JournalRecorder};
