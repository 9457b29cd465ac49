//! Queries over whom providers vouch for: under which subject a provider knows which account.

use diesel::prelude::*;

use crate::access::{Act, Permit, act};
use crate::clock::Instant;
use crate::db::schema::{federated_identities, identity_providers, users};
use crate::db::{Run, Tx, View, columns};
use crate::error::Result;
use crate::identity::users::store::UserRow;
use crate::ids::{IdentityProviderId, UserId};

/// The account that `provider` vouches for under that subject.
///
/// # Errors
/// When the database fails.
pub fn account(
    view: &mut View<'_>,
    provider: IdentityProviderId,
    subject: &str,
) -> Result<Option<UserRow>> {
    federated_identities::table
        .inner_join(users::table)
        .filter(federated_identities::provider_id.eq(provider))
        .filter(federated_identities::subject.eq(subject))
        .select(columns::<UserRow>())
        .maybe(view)
}

/// The account that `provider` vouches for and whose user its directory knows by that id: of several, the one that was
/// linked last.
///
/// # Errors
/// When the database fails.
pub fn account_in_directory(
    view: &mut View<'_>,
    provider: IdentityProviderId,
    directory_id: &str,
) -> Result<Option<UserRow>> {
    federated_identities::table
        .inner_join(users::table)
        .filter(federated_identities::provider_id.eq(provider))
        .filter(federated_identities::directory_id.eq(directory_id))
        .select(columns::<UserRow>())
        .order(federated_identities::created_at.desc())
        .limit(1)
        .maybe(view)
}

/// Notes by which id the directory of `provider` knows the user under that subject.
///
/// # Errors
/// When the database fails.
pub fn note_directory_id(
    tx: &mut Tx<'_>,
    provider: IdentityProviderId,
    subject: &str,
    directory_id: &str,
) -> Result<()> {
    let unknown = federated_identities::directory_id
        .is_null()
        .or(federated_identities::directory_id.ne(directory_id));
    diesel::update(federated_identities::table.find((provider, subject)))
        .filter(unknown)
        .set(federated_identities::directory_id.eq(directory_id))
        .run(tx)?;
    Ok(())
}

/// Notes that `provider` vouches for the account under that subject.
///
/// # Errors
/// When the database fails.
pub fn link(
    tx: &mut Tx<'_>,
    _: &Permit<act::SignIn>,
    provider: IdentityProviderId,
    subject: &str,
    user: UserId,
) -> Result<()> {
    let now = tx.now();
    diesel::insert_into(federated_identities::table)
        .values((
            federated_identities::provider_id.eq(provider),
            federated_identities::subject.eq(subject),
            federated_identities::user_id.eq(user),
            federated_identities::created_at.eq(now),
        ))
        .run(tx)?;
    Ok(())
}

/// That a provider knows an account under a subject.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct IdentityRow {
    /// The provider.
    pub provider_id: IdentityProviderId,
    /// What people call it.
    pub provider_name: String,
    /// Who the account's user is there.
    pub subject: String,
    /// Since when.
    pub created_at: Instant,
}

/// Under which subjects providers know the account of `user`, the oldest first; providers that were removed do not count.
///
/// # Errors
/// When the database fails.
pub fn of_user(view: &mut View<'_>, user: UserId) -> Result<Vec<IdentityRow>> {
    federated_identities::table
        .inner_join(identity_providers::table)
        .filter(federated_identities::user_id.eq(user))
        .filter(identity_providers::removed_at.is_null())
        .select((
            federated_identities::provider_id,
            identity_providers::name,
            federated_identities::subject,
            federated_identities::created_at,
        ))
        .order((federated_identities::created_at, federated_identities::provider_id))
        .all(view)
}

/// Lets `provider` vouch no more for the account that the permit is for; tells whether it did before.
///
/// # Errors
/// When the database fails.
pub fn unlink<A: Act>(
    tx: &mut Tx<'_>,
    permit: &Permit<A>,
    provider: IdentityProviderId,
) -> Result<bool> {
    let gone = diesel::delete(federated_identities::table)
        .filter(federated_identities::provider_id.eq(provider))
        .filter(federated_identities::user_id.eq(permit.user()?))
        .run(tx)?;
    Ok(gone > 0)
}
