//! The command line.
//!
//! `args` says what can be asked for. May import: everything.

pub mod args;
pub mod run;
