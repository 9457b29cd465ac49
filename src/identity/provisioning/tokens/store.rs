//! Queries over tokens of provisioning.

use diesel::prelude::*;

use crate::access::{Permit, act};
use crate::clock::Instant;
use crate::credentials::secrets::SecretDigest;
use crate::db::schema::{provisioned_users, provisioning_tokens};
use crate::db::{Cursor, Page, PageOf, Run, Tx, View, columns};
use crate::error::Result;
use crate::identity::provisioning::model::{SubjectClaim, TokenStatus};
use crate::ids::{AgencyId, IdentityProviderId, ProvisioningTokenId, UserId};

/// A token's row, without its digest.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = provisioning_tokens, treat_none_as_default_value = false)]
pub struct TokenRow {
    /// The token.
    pub id: ProvisioningTokenId,
    /// The one agency that it is for.
    pub agency_id: AgencyId,
    /// The provider that comes with it.
    pub provider_id: IdentityProviderId,
    /// What people call it.
    pub name: String,
    /// What the provider's tokens name the users by whom it brings in.
    pub subject_claim: SubjectClaim,
    /// Who made it.
    pub created_by: UserId,
    /// Who confirmed it; none where nobody had to.
    pub confirmed_by: Option<UserId>,
    /// When it took effect.
    pub confirmed_at: Option<Instant>,
    /// When it ends.
    pub expires_at: Instant,
    /// When it was taken back.
    pub revoked_at: Option<Instant>,
    /// When it was used last.
    pub last_used_at: Option<Instant>,
    /// The address that it was used from.
    pub last_address: Option<String>,
    /// Counts the changes of this row.
    pub version: i64,
    /// When it was made.
    pub created_at: Instant,
}

impl TokenRow {
    /// Where it stands at `now`.
    #[must_use]
    pub fn status(&self, now: Instant) -> TokenStatus {
        if self.revoked_at.is_some() {
            TokenStatus::Revoked
        } else if self.expires_at <= now {
            TokenStatus::Expired
        } else if self.confirmed_at.is_none() {
            TokenStatus::Waiting
        } else {
            TokenStatus::Active
        }
    }
}

/// The token `id`, if there is one.
///
/// # Errors
/// When the database fails.
pub fn find(view: &mut View<'_>, id: ProvisioningTokenId) -> Result<Option<TokenRow>> {
    provisioning_tokens::table.find(id).select(columns::<TokenRow>()).maybe(view)
}

/// A page of the tokens of a provider of the agency that the permit is for, the oldest first.
///
/// # Errors
/// When the database fails.
pub fn list(
    view: &mut View<'_>,
    permit: &Permit<act::ReadProviders>,
    provider: IdentityProviderId,
    page: Page,
) -> Result<PageOf<TokenRow>> {
    let nothing = ProvisioningTokenId::from_uuid(uuid::Uuid::nil());
    let after = page.after.map_or(nothing, Cursor::id);
    let rows = provisioning_tokens::table
        .filter(provisioning_tokens::agency_id.eq(permit.agency()?))
        .filter(provisioning_tokens::provider_id.eq(provider))
        .filter(provisioning_tokens::id.gt(after))
        .select(columns::<TokenRow>())
        .order(provisioning_tokens::id)
        .limit(page.fetch())
        .all(view)?;
    Ok(page.cut(rows, |row: &TokenRow| Cursor::after_id(row.id)))
}

/// How many tokens of `provider` were neither taken back nor have run out.
///
/// # Errors
/// When the database fails.
pub fn count(view: &mut View<'_>, provider: IdentityProviderId) -> Result<i64> {
    let now = view.now();
    provisioning_tokens::table
        .filter(provisioning_tokens::provider_id.eq(provider))
        .filter(provisioning_tokens::revoked_at.is_null())
        .filter(provisioning_tokens::expires_at.gt(now))
        .count()
        .one(view)
}

/// Whether `provider` brings, or brought, its users in under another claim than `claim`: one user must not be two.
///
/// # Errors
/// When the database fails.
pub fn uses_another_claim(
    view: &mut View<'_>,
    provider: IdentityProviderId,
    claim: SubjectClaim,
) -> Result<bool> {
    let now = view.now();
    let tokens: i64 = provisioning_tokens::table
        .filter(provisioning_tokens::provider_id.eq(provider))
        .filter(provisioning_tokens::subject_claim.ne(claim))
        .filter(provisioning_tokens::revoked_at.is_null())
        .filter(provisioning_tokens::expires_at.gt(now))
        .count()
        .one(view)?;
    let users: i64 = provisioned_users::table
        .filter(provisioned_users::provider_id.eq(provider))
        .filter(provisioned_users::subject_claim.ne(claim))
        .count()
        .one(view)?;
    Ok(tokens + users > 0)
}

/// Inserts a token of the agency that the permit is for.
///
/// # Errors
/// When the database fails.
pub fn insert(
    tx: &mut Tx<'_>,
    permit: &Permit<act::KeepProvisioning>,
    row: &TokenRow,
    digest: SecretDigest,
) -> Result<()> {
    let row = TokenRow { agency_id: permit.agency()?, ..row.clone() };
    diesel::insert_into(provisioning_tokens::table)
        .values((row, provisioning_tokens::digest.eq(digest.to_vec())))
        .run(tx)?;
    Ok(())
}

/// Writes that a token of the agency that the permit is for has taken effect.
///
/// # Errors
/// When the database fails.
pub fn confirm(
    tx: &mut Tx<'_>,
    permit: &Permit<act::ConfirmProvisioning>,
    row: &TokenRow,
) -> Result<()> {
    diesel::update(provisioning_tokens::table.find(row.id))
        .filter(provisioning_tokens::agency_id.eq(permit.agency()?))
        .set((
            provisioning_tokens::confirmed_at.eq(row.confirmed_at),
            provisioning_tokens::confirmed_by.eq(row.confirmed_by),
            provisioning_tokens::version.eq(row.version),
        ))
        .run(tx)?;
    Ok(())
}

/// Writes that a token of the agency that the permit is for was taken back.
///
/// # Errors
/// When the database fails.
pub fn revoke(
    tx: &mut Tx<'_>,
    permit: &Permit<act::StopProvisioning>,
    row: &TokenRow,
) -> Result<()> {
    diesel::update(provisioning_tokens::table.find(row.id))
        .filter(provisioning_tokens::agency_id.eq(permit.agency()?))
        .set((
            provisioning_tokens::revoked_at.eq(row.revoked_at),
            provisioning_tokens::version.eq(row.version),
        ))
        .run(tx)?;
    Ok(())
}

/// Takes back every token of a provider of the agency that the permit is for: one that is connected again has none.
///
/// # Errors
/// When the database fails.
pub fn revoke_all(
    tx: &mut Tx<'_>,
    permit: &Permit<act::KeepProviders>,
    provider: IdentityProviderId,
) -> Result<()> {
    let now = tx.now();
    diesel::update(provisioning_tokens::table)
        .filter(provisioning_tokens::agency_id.eq(permit.agency()?))
        .filter(provisioning_tokens::provider_id.eq(provider))
        .filter(provisioning_tokens::revoked_at.is_null())
        .set((
            provisioning_tokens::revoked_at.eq(now),
            provisioning_tokens::version.eq(provisioning_tokens::version + 1),
        ))
        .run(tx)?;
    Ok(())
}
