//! Machine accounts: another ministry's system that acts for the agency, with keys of its own and no password.
//!
//! A machine account is a row of `users` that no person signs in with, so that what it does is recorded and told like
//! anybody's, with `machine:…` as the actor. It has the roles of an officer, and beside them scopes: the door asks for
//! the scope of the route, the policy for the roles. An admin makes it, and it takes effect only when somebody who speaks
//! for the agency confirms it; so does everything that is added to it later, a key included. What is taken away counts at
//! once. It has an owner: with the owner's account it stops, and it ends by a date.
//!
//! It proves itself with an assertion that one of its keys has signed, each good for once. A key has a session of its own,
//! of the same id, which goes on with each token and ends when the key is taken away: what holds for sessions holds for
//! keys.

pub mod api;
pub mod model;
mod service;
mod standing;
mod store;

pub(super) use standing::{owned_by, owners_in, scopes_in_effect};
pub use store::forget_assertions;
