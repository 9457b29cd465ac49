//! Queries over the accounts that providers brought in.

use diesel::prelude::*;

use crate::access::{Permit, ProvisionedFacts, Role, act};
use crate::clock::Instant;
use crate::db::schema::{provisioned_users, users};
use crate::db::types::Json;
use crate::db::{Run, Tx, View, columns};
use crate::error::Result;
use crate::identity::provisioning::model::{Profile, SubjectClaim};
use crate::identity::users::store::UserRow;
use crate::ids::{IdentityProviderId, UserId};

/// What a provider says of an account that it brought in.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = provisioned_users, treat_none_as_default_value = false)]
pub struct OwnRow {
    /// The account.
    pub user_id: UserId,
    /// The provider.
    pub provider_id: IdentityProviderId,
    /// What its tokens name the user by.
    pub subject_claim: SubjectClaim,
    /// Who that is there.
    pub external_id: String,
    /// What no two accounts of the provider have in common.
    pub user_name_key: String,
    /// Everything else, in its own words.
    pub profile: Json<Profile>,
    /// When the provider ended the account; none where it did not, or somebody else had before.
    pub ended_at: Option<Instant>,
    /// Since when the provider does not know it any more.
    pub deleted_at: Option<Instant>,
}

/// An account that a provider brought in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Provisioned {
    /// The account.
    pub user: UserRow,
    /// What the provider says of it.
    pub own: OwnRow,
}

impl Provisioned {
    /// What the provider's access to the account rests on.
    #[must_use]
    pub fn facts(&self) -> ProvisionedFacts {
        let (user, agency) = (self.user.id, self.user.agency_id);
        ProvisionedFacts { user, agency, provider: self.own.provider_id }
    }

    /// Whether the provider sees it: it does not see what it said was gone, nor whom people have made an admin since.
    fn is_seen(&self) -> bool {
        self.own.deleted_at.is_none() && !is_admin(&self.user)
    }
}

/// Whether the account is an admin's.
#[must_use]
pub fn is_admin(row: &UserRow) -> bool {
    row.roles.0.has_any(&[Role::AgencyAdmin, Role::SystemAdmin])
}

/// How an account is looked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum By {
    /// Its id.
    Id(UserId),
    /// The key of its user name.
    Name(String),
    /// What the provider's tokens name the user by.
    ExternalId(String),
}

/// The account of `provider`, seen or not; of several under a name, the one that the provider knows now.
///
/// # Errors
/// When the database fails.
pub fn any(
    view: &mut View<'_>,
    provider: IdentityProviderId,
    by: &By,
) -> Result<Option<Provisioned>> {
    let query = provisioned_users::table
        .inner_join(users::table)
        .filter(provisioned_users::provider_id.eq(provider))
        .select((columns::<UserRow>(), columns::<OwnRow>()));
    let row: Option<(UserRow, OwnRow)> = match by {
        By::Id(id) => query.filter(provisioned_users::user_id.eq(id)).maybe(view),
        By::Name(key) => query
            .filter(provisioned_users::user_name_key.eq(key))
            .filter(provisioned_users::deleted_at.is_null())
            .maybe(view),
        By::ExternalId(id) => query.filter(provisioned_users::external_id.eq(id)).maybe(view),
    }?;
    Ok(row.map(|(user, own)| Provisioned { user, own }))
}

/// The account of `provider` that it sees, if there is one.
///
/// # Errors
/// When the database fails.
pub fn seen(
    view: &mut View<'_>,
    provider: IdentityProviderId,
    by: &By,
) -> Result<Option<Provisioned>> {
    Ok(any(view, provider, by)?.filter(Provisioned::is_seen))
}

/// Part of the accounts that `provider` sees, the oldest first, and how many there are. SCIM counts its pages by place (RFC
/// 7644, section 3.4.2.4), and one agency's provider has no more accounts than that is good for.
///
/// # Errors
/// When the database fails.
pub fn list(
    view: &mut View<'_>,
    _: &Permit<act::Provision>,
    provider: IdentityProviderId,
    skipped: i64,
    most: i64,
) -> Result<(Vec<Provisioned>, i64)> {
    let known = || {
        provisioned_users::table
            .inner_join(users::table)
            .filter(provisioned_users::provider_id.eq(provider))
            .filter(provisioned_users::deleted_at.is_null())
            .filter(users::roles.not_like("%\"agency_admin\"%"))
            .filter(users::roles.not_like("%\"system_admin\"%"))
    };
    let total: i64 = known().count().one(view)?;
    if most == 0 {
        return Ok((Vec::new(), total));
    }
    let rows: Vec<(UserRow, OwnRow)> = known()
        .select((columns::<UserRow>(), columns::<OwnRow>()))
        .order(provisioned_users::user_id)
        .offset(skipped)
        .limit(most)
        .all(view)?;
    let rows = rows.into_iter().map(|(user, own)| Provisioned { user, own });
    Ok((rows.collect(), total))
}

/// Notes what a provider says of an account that it brings in.
///
/// # Errors
/// When the database fails.
pub fn insert(tx: &mut Tx<'_>, _: &Permit<act::Provision>, row: &OwnRow) -> Result<()> {
    diesel::insert_into(provisioned_users::table).values(row.clone()).run(tx)?;
    Ok(())
}

/// Writes what a provider says now of the account that the permit is for.
///
/// # Errors
/// When the database fails.
pub fn update(tx: &mut Tx<'_>, permit: &Permit<act::Provision>, row: &OwnRow) -> Result<()> {
    diesel::update(provisioned_users::table.find(permit.user()?))
        .set((
            provisioned_users::user_name_key.eq(&row.user_name_key),
            provisioned_users::profile.eq(&row.profile),
            provisioned_users::ended_at.eq(row.ended_at),
            provisioned_users::deleted_at.eq(row.deleted_at),
        ))
        .run(tx)?;
    Ok(())
}

/// The account of `provider` that was brought in under that value of that claim, also where the provider said later that it
/// was gone.
///
/// # Errors
/// When the database fails.
pub fn by_claim(
    view: &mut View<'_>,
    provider: IdentityProviderId,
    claim: SubjectClaim,
    value: &str,
) -> Result<Option<UserRow>> {
    provisioned_users::table
        .inner_join(users::table)
        .filter(provisioned_users::provider_id.eq(provider))
        .filter(provisioned_users::subject_claim.eq(claim))
        .filter(provisioned_users::external_id.eq(value))
        .select(columns::<UserRow>())
        .maybe(view)
}

/// Whether a provider brought the account in.
///
/// # Errors
/// When the database fails.
pub fn is_provisioned(view: &mut View<'_>, user: UserId) -> Result<bool> {
    let found: i64 =
        provisioned_users::table.filter(provisioned_users::user_id.eq(user)).count().one(view)?;
    Ok(found > 0)
}
