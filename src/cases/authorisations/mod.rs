//! Requests for authorisation and what the countries answered.
//!
//! May import: what `cases` may.

pub mod grant;
