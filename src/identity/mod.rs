//! Identity: agencies, their users, what they may be, and how they prove who they are.
//!
//! A user belongs to one agency. Roles that would let somebody watch or let in himself exclude each other. Addresses
//! are unique in their normal form. Whatever is decided about an agency's users and sessions is decided under the lock
//! of that agency's chain.
//!
//! May import: everything but other domains; only the `api` files and `resolve` import `http`.

pub mod agencies;
pub mod auth;
pub mod bootstrap;
pub mod factors;
pub mod federation;
pub mod journal;
pub mod letters;
pub mod machines;
pub mod model;
pub mod password;
pub mod provisioning;
pub mod recovery;
pub mod users;
mod words;

mod resolve;
mod waiting;

pub use auth::{forget_refresh_tokens, forget_sign_ins};
pub use machines::forget_assertions;
pub use resolve::{resolve, touch};
