//! Deconfliction: asking whether somebody else is after the same thing, keeping watch for it, and reading whom to call.
//!
//! A hit says which of one's own cases or watch entries it concerns and which agency to call; never what the other side
//! has (invariant 22). How often somebody asks is limited, and each asking is journalled.
//!
//! May import: what stands above it in the table of layers.

pub mod api;
pub mod service;
pub mod store;
