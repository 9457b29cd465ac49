//! Provisioning: an agency's identity provider brings in, changes and ends the accounts that it vouches for (SCIM 2.0, RFC
//! 7643 and 7644), so that whoever leaves there is gone here within seconds.
//!
//! It comes with a token of its own, which an admin of the agency makes and one who speaks for the agency confirms. The
//! token is for one provider and so for one agency; it opens nothing but the accounts that were brought in through that
//! provider. All others, admins and people with a password here among them, are not there for it.
//!
//! An account is found by what the provider's tokens name its user by, never by an address or a user name. What comes in
//! waits for its confirmation like every account, and gets its roles by the provider's allow-list. What is ended has ended
//! at once; nothing is deleted, and what comes back waits again. An account that an admin of the agency ended does not come
//! back this way.

mod admission;
pub mod model;
pub mod scim;
pub mod tokens;

pub use admission::{find, stands, touch};
pub(super) use scim::{account, brought_in};
pub(super) use tokens::store::revoke_all as take_tokens_back;
