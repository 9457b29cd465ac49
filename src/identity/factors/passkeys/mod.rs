//! Passkeys: made, named, shown and removed by their user.
//!
//! A challenge goes out sealed under the keys outside of the database, for its purpose, until when it lasts, and, where a
//! passkey is to be made, for its user and session. So nobody fills the database by asking for challenges. Each counts
//! once: what was used is remembered until it would have run out.

pub mod api;
pub mod challenge;
mod service;
pub mod store;

pub use service::named;
