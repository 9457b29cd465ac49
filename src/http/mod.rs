//! HTTP plumbing that every domain shares and that knows none of them: routes, calls, problems, the contract.
//!
//! Invariants: a route that is not public has an officer, or the identity provider that it is for, before its handler
//! runs; every error leaves as problem+json, the framework's own included, and in the form of SCIM where SCIM is spoken;
//! nothing secret is logged.
//!
//! May import: everything but domains.

mod app;
pub mod attempts;
mod body;
mod call;
pub mod docs;
pub mod door;
mod events;
pub mod health;
mod mount;
pub mod openapi;
pub mod pace;
mod patience;
pub mod peer;
mod problem;
mod route;
mod scim;
pub mod streams;

pub use app::{App, Holder, Presented, Provisioning, Resolve, Resolved, Touch};
pub use call::Call;
pub use events::{Events, Frame};
pub use mount::mount;
pub use route::{Access, Method, Route};
