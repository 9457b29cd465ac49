//! The report on action taken: one per State, and one of each regional centre.
//!
//! A State that acted on the route owes its report before the case is closed (invariant 25). Its agency corrects it until
//! then; the journal keeps every version.
//!
//! May import: what `cases` may.

pub mod api;
mod input;
pub mod model;
pub mod service;
pub mod store;
