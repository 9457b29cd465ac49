//! Stories: what officers live through, told through the front door.

mod alerts;
mod authorisations;
mod balance;
mod borders;
mod causes;
mod control;
mod deconfliction;
mod demonstration;
mod directory;
mod evidence;
mod feed;
mod idempotency;
mod journal;
mod leave;
mod legs;
pub mod mail;
mod messages;
mod milestones;
mod operations;
mod parallel;
mod readiness;
mod revoking;
mod sides;
mod state_reports;
mod times;
