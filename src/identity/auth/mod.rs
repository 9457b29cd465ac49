//! Signing in, and what follows: sessions, refresh tokens, invitations.
//!
//! Unknown addresses, wrong passwords and accounts that are not in effect get the same answer for the same work.
//! Passwords are computed outside of any transaction, and what was found before is looked at again inside of it. Whoever
//! guesses waits, and nobody has to wait for another's guesses at the own account. A
//! session is a family of refresh tokens: the last one works, the one before it while its successor was never used, and
//! an older one ends the session.

mod address_changes;
pub mod api;
pub(super) mod begin;
mod by_passkey;
mod device;
mod guard;
mod invitations;
pub mod model;
mod refresh;
pub(super) mod resets;
mod sessions;
mod sign_in;
pub mod store;
mod tokens;

pub(super) use begin::recently;
pub use guard::forget as forget_sign_ins;
pub(super) use sessions::sign_out;
pub use tokens::forget as forget_refresh_tokens;
