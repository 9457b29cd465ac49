//! Tokens of provisioning: an admin makes one and sees it once, one who speaks for the agency lets it take effect, and
//! either takes it back.

pub mod api;
mod service;
pub(super) mod store;
