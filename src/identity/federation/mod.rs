//! Federation: an agency's own identity provider (`OpenID` Connect) vouches for its officers.
//!
//! An issuer belongs to one agency on the whole server, and what agency an account belongs to comes from there and never
//! from a claim. An account is found by the provider and the subject, never by an address. Roles come from an allow-list
//! that an admin of the agency keeps and one who speaks for the agency confirms; no claim makes an admin. What is believed
//! of a token is fixed here: the algorithms, the issuer, the audience, the keys of that issuer.
//!
//! Calls to a provider are made outside of any transaction, and what was found before is looked at again inside of it.
//! What a provider answers is in no log and in no error: only the word for what is wrong with it is.

pub(super) mod accounts;
pub mod api;
mod callback;
pub(super) mod claims;
mod disowned;
mod elsewhere;
mod failure;
pub(super) mod identities;
mod input;
pub mod linking;
pub(super) mod links;
mod logout;
mod metadata;
pub(super) mod model;
mod peer;
mod proving;
pub mod recheck;
mod service;
mod start;
pub(super) mod store;
mod tokens;
mod transaction;

pub use failure::FederationFailure;
pub use links::{forget, required, seal_anew as seal_tokens_anew, vouched};
pub use recheck::before_going_on;
pub use store::seal_anew;
