//! Giving an agency an admin again, when all of its own have lost what they sign in with, or have left.
//!
//! A system admin makes the account, and it opens nothing until somebody who speaks for the agency confirms it: nobody lets
//! himself in. All who speak for the agency are told. Where nobody does, its admins are told instead, and a day has to pass
//! in which they can end the account.

pub mod api;
mod service;
mod store;

pub use service::settle_due;
