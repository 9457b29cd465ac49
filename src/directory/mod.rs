//! The directory: what each country is called, what its law asks of a controlled delivery, and what that means for a
//! route.
//!
//! A country has at most one profile, kept whole, version by version, by its own agencies; the operator may import a
//! first one, which counts as unconfirmed until somebody of the country has kept it. Rules are data and never code: law
//! changes by decree. Nothing here refuses a delivery: [`route_check`] says what is missing or impossible, before anyone
//! phones, and whoever plans decides.
//!
//! A profile says what *is* permitted; a kind of goods that it does not name is not permitted.
//!
//! May import: no other domain.

pub mod api;
mod input;
mod judge;
pub mod model;
pub mod names;
pub mod route_check;
pub mod service;
mod store;
