//! Cases and what they hold.
//!
//! The `model` files are pure: types, and rules that take facts and answer with a new state or a refusal. What can be
//! refused is a command and returns a `Result`; what cannot is a fact and returns its breaches as flags.
//!
//! May import: `agency`, `clock`, `country`, `decimal`, `error`, `ids`, `quantity`, `text_enum`, `text_value`.

pub mod api;
pub mod assignments;
pub mod authorisations;
pub mod balance;
pub mod case;
pub mod consignments;
pub mod control;
pub mod evidence;
pub mod identifiers;
pub mod journal;
pub mod legs;
pub mod members;
pub mod messages;
pub mod milestones;
pub mod reason;
pub mod reference;
pub mod standing;
pub mod state_reports;
