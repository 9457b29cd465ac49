//! Requests for authorisation and what the countries answered.
//!
//! Each State decides on its own soil: a request goes to an agency that holds authority for the country, and one of its
//! authorities, who did not ask, grants or refuses (invariant 7). What was said by telephone counts until it should have
//! been confirmed (invariant 8). What is revoked stops counting at once and stops what is under way (invariant 9).
//!
//! May import: what `cases` may.

pub mod api;
pub mod grant;
pub mod input;
pub mod model;
pub mod preparation;
pub mod rows;
pub mod service;
pub mod store;
