//! The case itself: its words and its states.
//!
//! Changing the state is a command: [`transition::transition`] moves it, or says in which of three ways it does not:
//! not by this caller, not with this input, not in this state of things. `closed` and `called_off` are final.
//!
//! May import: what `cases` may.

pub mod api;
pub mod guards;
pub mod import;
pub mod input;
pub mod model;
pub mod restricting;
pub mod service;
pub mod situation;
pub mod store;
pub mod transition;
