//! Links: somebody who signs in here with a password has the agency's identity provider vouch for the same account.
//!
//! A link is begun in a session whose user has just proved who he or she is, at a provider of the own agency, and is made
//! when the same browser comes back while that session still goes on. An address never makes one. What the account is here
//! stays what people of the agency say: the provider's word opens it as long as its claims give every role that it has, so
//! that no provider opens more than its allow-list says, and no account of an admin at all.

pub mod api;
mod service;

pub(super) use service::{Linking, complete, may_begin};
