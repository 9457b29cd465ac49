//! Who is in control of each consignment, from the first control to the end.
//!
//! At most one agency is in control of a consignment (invariant 4, which the database holds as well), and control passes
//! only by a handover that the receiver accepts (invariant 5). To take control, to hand over and to end it are commands;
//! a loss, a recovery and an emergency takeover are facts.
//!
//! May import: what `cases` may.

pub mod api;
pub mod handover;
pub mod input;
pub mod model;
pub mod rows;
pub mod service;
pub mod store;
