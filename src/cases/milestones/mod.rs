//! Milestones: what is expected on the way, and what was reported of it.
//!
//! A report is a fact: it is never refused, whatever the milestone's or the case's state; what is odd about it becomes
//! a flag. Confirming, disputing, waiving and correcting are commands. A correction supersedes a report and never
//! overwrites it; a report is superseded once. Reports and reviews are append-only in the database too. Pending, due
//! and overdue are not stored: they come from the expected time and the moment of the request.
//!
//! May import: `access`, `answer`, `clock`, `db`, `decimal`, `error`, `ids`, `journal::event`, `submission`,
//! `text_enum`; [`api`] also `http`.

pub mod api;
pub mod model;
pub mod position;
pub mod rows;
pub mod service;
pub mod store;
