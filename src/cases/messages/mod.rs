//! Messages between member agencies of a case.
//!
//! What was said stays as it was said. A message is shown to both its ends and to nobody else. Passing one on makes a
//! new message that quotes it; with `H2` that takes the consent of whoever said it first (invariant 20).
//!
//! May import: what `cases` may.

pub mod api;
mod input;
pub mod model;
pub mod service;
pub mod store;
