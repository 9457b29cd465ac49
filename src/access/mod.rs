//! Who may see and do what.
//!
//! [`judge`] is one pure, exhaustive match over every [`Action`]; it alone makes a [`Permit`], and every store function
//! that touches a case, an agency or a user asks for one. The facts that a decision needs are loaded by the domains
//! and handed in, inside the same transaction as the work.
//!
//! Invariants: what may not be seen is answered like what does not exist; a permit names the thing it was given for,
//! and the store takes the thing's id from the permit, so that permission for one thing never serves for another.
//!
//! May import: `clock`, `config`, `ids`, `error`, `role`, `text_enum`, `country`, `agency`, `machine_scope`.

mod action;
mod caller;
mod context;
mod facts;
mod permit;
mod policy;
mod scope;

pub use crate::role::{Role, RoleSet};
pub use action::{Act, Action, act};
pub use caller::{Caller, Machine, Officer, Provisioner};
pub use context::{Context, IdempotencyKey};
pub use facts::{
    AgencyFacts, CaseFacts, CountryFacts, EvidenceFacts, Facts, MachineFacts, MemberRole,
    MemberStatus, Membership, MessageFacts, OwnedFacts, ProvisionedFacts, RequestFacts, Resource,
    UserFacts,
};
pub use permit::Permit;
pub use policy::{Reach, Verdict, judge, reach};
pub use scope::{CaseSight, Scope};

pub(crate) use policy::grant;
