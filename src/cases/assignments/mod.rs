//! Assignments: which of an agency's own officers work on a case. Each agency assigns its own, and only it reads which.
//!
//! May import: what `cases` may.

pub mod api;
pub mod service;
pub mod store;
