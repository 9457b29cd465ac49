//! The route: legs as they are planned, as they are travelled, and the borders that were crossed.
//!
//! To plan, to start and to complete are commands: they are held to the countries' grants (invariants 1 and 3) and to the
//! order of the route (invariant 12). That a border was crossed, or another road taken, is a fact: it is recorded, and what
//! is odd about it becomes a flag. A plan keeps its history.
//!
//! May import: what `cases` may.

pub mod api;
pub mod clearance;
pub mod input;
pub mod model;
pub mod progress;
pub mod rows;
pub mod service;
pub mod store;
pub mod whereabouts;
