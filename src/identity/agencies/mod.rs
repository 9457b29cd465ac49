//! Agencies: who takes part, whom to call at night, and which of them hold authority for their country.
//!
//! An agency's kind and country never change. System admins make and change agencies; an agency's own admin keeps its
//! contact point. The mark of authority is set by a system admin and, but for a country's first, confirmed by a liaison
//! officer of an agency that has it; every setting of it is told to all agencies of the country.

pub mod api;
mod authority;
pub mod model;
mod requests;
mod service;
pub mod store;
