//! The mass balance of a consignment: what there was, what was taken from it, and what remained at the end (invariant 11).
//!
//! What is taken from the goods, and what of them is found to be there, are facts: they are recorded, and what does not add
//! up is flagged. A correction supersedes; the balance counts what was not superseded.
//!
//! May import: what `cases` may.

pub mod api;
pub mod input;
pub mod model;
pub mod rows;
pub mod service;
pub mod store;
