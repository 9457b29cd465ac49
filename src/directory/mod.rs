//! The directory: what each country is called, and what its law asks of a controlled delivery.
//!
//! A country has at most one profile, kept whole, version by version, by its own agencies; the operator may import a
//! first one, which counts as unconfirmed until somebody of the country has kept it. Rules are data and never code: law
//! changes by decree.
//!
//! A profile says what *is* permitted; a kind of goods that it does not name is not permitted.
//!
//! May import: no other domain.

pub mod api;
mod input;
mod judge;
pub mod model;
pub mod names;
mod service;
mod store;
