//! Second factors: what one proves beside the password, or in its place.
//!
//! A device makes one-time passwords (TOTP); each counts once, also where two arrive at the same time. Recovery codes,
//! shown once when the device is set up, stand in for it, each once. The device's secret is sealed under the keys of the
//! file outside of the database; of a code only a digest is kept.
//!
//! A passkey is proved to the device and by the device: it stands for password and second factor together.
//!
//! Wrong one-time passwords make the next ones wait: only somebody who knows the password gets that far. Recovery codes are
//! too long to guess and never wait, so that nobody is locked out of the own account.

pub mod api;
pub mod passkeys;
mod proof;
mod service;
mod store;

pub(super) use proof::{Proof, asked, prove};
pub(super) use store::remove;
pub use store::{Factor, seal_anew};
