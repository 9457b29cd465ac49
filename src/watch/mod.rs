//! The watch: what somebody has to be told of, and who acknowledged it.
//!
//! Every pass reads the causes from the tables and holds them against the alerts that stand there. A cause raises an alert
//! once for each agency that it concerns; one that is gone resolves it; an alert that nobody acknowledges is passed on, from
//! the liaison officers to the 24/7 contact point and then to the coordinators of the case. All of it comes from the tables
//! and the clock, nothing from memory: a restart loses nothing, a clock that jumps raises nothing twice.
//!
//! May import: what `deconfliction` may.

pub mod api;
pub mod causes;
pub mod letters;
pub mod model;
pub mod pass;
pub mod post;
pub mod service;
pub mod store;
