//! Giving an agency an admin again, when all of its own have lost what they sign in with, or have left.
//!
//! A system admin makes the account, and it opens nothing until somebody who speaks for the agency confirms it: nobody lets
//! himself in. All who speak for the agency are told. Where nobody does, its admins are told instead, and a day has to pass
//! in which they can end the account.
//!
//! An admin whose account is there, and who has lost what opens it, keeps that account: named by its address, it waits for
//! the same confirmation, or the same day, and goes on as it is until then. Afterwards password and second factors open
//! nothing any more, and an invitation goes to its address. Where the day decides, a sign-in before its end shows that
//! nothing was lost, and nothing comes of it.

pub mod api;
mod service;
mod store;

pub(super) use service::open_anew;
pub use service::settle_due;
pub(super) use store::{close, open, was_begun};
