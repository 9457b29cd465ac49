//! Consignments: what is on the way, how much of it, in which modality, and by which marks it is known.
//!
//! Lead and partners add and change them; an identifier is kept in its normal form, with its check digit verified.
//!
//! May import: what `cases` may.

pub mod api;
pub mod input;
pub mod service;
pub mod store;
