//! Where signing in meets what was brought in: whoever signs in for the first time has an account already.

use crate::db::View;
use crate::error::Result;
use crate::identity::provisioning::model::SubjectClaim;
use crate::identity::provisioning::scim::store;
use crate::identity::users::store::UserRow;
use crate::ids::{IdentityProviderId, UserId};

/// The account that `provider` brought in for whoever its token names so: by the subject, or by what its directory knows the
/// user by.
///
/// # Errors
/// When the database fails.
pub fn account(
    view: &mut View<'_>,
    provider: IdentityProviderId,
    subject: &str,
    directory_id: Option<&str>,
) -> Result<Option<UserRow>> {
    let found = store::by_claim(view, provider, SubjectClaim::Sub, subject)?;
    match (found, directory_id) {
        (None, Some(id)) => store::by_claim(view, provider, SubjectClaim::Oid, id),
        (found, _) => Ok(found),
    }
}

/// Whether a provider brought the account in, so that its name and address are what the provider said then.
///
/// # Errors
/// When the database fails.
pub fn brought_in(view: &mut View<'_>, user: UserId) -> Result<bool> {
    store::is_provisioned(view, user)
}
