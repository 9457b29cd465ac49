//! Membership: which agencies take part in a case, and as what.
//!
//! A case has one lead, which is a member from the start and stays. An agency is a member at most once; who declined,
//! left or was removed can be invited again. Who is in control neither leaves nor is removed. Whoever accepts is
//! assigned; who leaves or is removed loses the assignments with the access.
//!
//! May import: what `cases` may.

pub mod api;
pub mod model;
pub mod service;
pub mod store;
