//! SCIM 2.0 as a service provider (RFC 7643, 7644): users, and nothing else. Roles are an attribute of users; there are no
//! groups, no passwords and no bulk requests.
//!
//! A provider sees whom it brought in, and nobody else: an account with a password here, one that signed in through the
//! provider and was never brought in, an admin, and everybody of another agency are one and the same 404. What somebody is
//! called elsewhere is thereby told to no provider.
//!
//! Identity providers differ in what they send. What is not known here is ignored, as they expect it; what is known and is
//! not right is a fault.

pub mod api;
mod discovery;
mod filter;
mod input;
mod link;
mod patch;
mod service;
mod store;
mod view;

pub(in crate::identity) use link::{account, brought_in};
