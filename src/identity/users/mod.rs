//! Users: the accounts of one agency's people.
//!
//! An agency's admins make accounts and nobody lets himself in: after an agency's first operational account, a new one,
//! or an operational role added to an old one, takes effect only when a liaison officer or coordinator of the agency
//! confirms it. What is taken away counts at once.

pub mod api;
pub(super) mod create;
pub mod inviting;
pub mod model;
pub(super) mod service;
pub mod store;
