//! The route check: the legs of a case held against what the directory knows of the countries and what they answered.
//!
//! It advises before anyone phones, and refuses nothing: what is refused is refused where a leg starts.
//!
//! May import: what `deconfliction` may, and `directory`.

pub mod api;
pub mod service;
