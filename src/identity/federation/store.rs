//! Queries over identity providers.

use diesel::prelude::*;

use crate::access::{Permit, act};
use crate::clock::Instant;
use crate::db::schema::identity_providers;
use crate::db::types::Json;
use crate::db::{Cursor, Page, PageOf, Run, Tx, View, columns};
use crate::error::{Class, Error, Result, codes};
use crate::identity::federation::failure::FederationFailure;
use crate::identity::federation::model::{
    Grants, LogoutProfile, Recheck, RoleMapping, SigningAlgorithm, TokenAuth,
};
use crate::ids::{AgencyId, IdentityProviderId, UserId};

/// A provider's row.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = identity_providers, treat_none_as_default_value = false, treat_none_as_null = true)]
pub struct ProviderRow {
    /// The provider.
    pub id: IdentityProviderId,
    /// The one agency whose officers it vouches for.
    pub agency_id: AgencyId,
    /// What people call it.
    pub name: String,
    /// Its issuer; it never changes, and no two providers have or ever had the same.
    pub issuer: String,
    /// What it calls this server.
    pub client_id: String,
    /// The shared secret, sealed.
    pub client_secret: Option<Vec<u8>>,
    /// The number of the key that it is sealed under.
    pub seal_key: i32,
    /// How this server proves who it is.
    pub token_auth: TokenAuth,
    /// The algorithms that count.
    pub algorithms: Json<Vec<SigningAlgorithm>>,
    /// What is asked for beside `openid`.
    pub scopes: Json<Vec<String>>,
    /// The claim that roles are read from.
    pub role_claim: String,
    /// What its values are to give.
    pub role_mappings: Json<Vec<RoleMapping>>,
    /// What is in effect of that.
    pub in_effect: Option<Json<Grants>>,
    /// Who confirmed it last.
    pub confirmed_by: Option<UserId>,
    /// The form of its logout tokens.
    pub logout_profile: LogoutProfile,
    /// How it is asked whether it still vouches.
    pub recheck: Recheck,
    /// Whether one may sign in through it.
    pub enabled: bool,
    /// Whether the agency's officers may sign in through a provider only.
    pub required: bool,
    /// What kept this server from asking it the last time.
    pub trouble: Option<FederationFailure>,
    /// When it was removed.
    pub removed_at: Option<Instant>,
    /// Counts the changes of this row.
    pub version: i64,
    /// When it was made.
    pub created_at: Instant,
    /// When it was changed last.
    pub updated_at: Instant,
}

impl ProviderRow {
    /// What is asked for.
    #[must_use]
    pub fn asked(&self) -> Grants {
        Grants { claim: self.role_claim.clone(), mappings: self.role_mappings.0.clone() }
    }

    /// What is in effect.
    #[must_use]
    pub fn grants(&self) -> Option<&Grants> {
        self.in_effect.as_ref().map(|Json(grants)| grants)
    }

    /// Whether something waits for a confirmation.
    #[must_use]
    pub fn waits(&self) -> bool {
        self.grants() != Some(&self.asked())
    }

    /// Seals `secret` as this provider's.
    ///
    /// # Errors
    /// When it cannot be sealed.
    pub fn seal(&mut self, view: &View<'_>, secret: &str) -> Result<()> {
        self.client_secret = Some(view.marks().seal(self.id.uuid().as_bytes(), secret)?);
        self.seal_key = view.marks().newest_number()?;
        Ok(())
    }
}

/// The provider `id`, if there is one that was not removed.
///
/// # Errors
/// When the database fails.
pub fn find(view: &mut View<'_>, id: IdentityProviderId) -> Result<Option<ProviderRow>> {
    identity_providers::table
        .find(id)
        .filter(identity_providers::removed_at.is_null())
        .select(columns::<ProviderRow>())
        .maybe(view)
}

/// A page of the providers of the agency that the permit is for, the oldest first.
///
/// # Errors
/// When the database fails.
pub fn list(
    view: &mut View<'_>,
    permit: &Permit<act::ReadProviders>,
    page: Page,
) -> Result<PageOf<ProviderRow>> {
    let nothing = IdentityProviderId::from_uuid(uuid::Uuid::nil());
    let after = page.after.map_or(nothing, Cursor::id);
    let rows = identity_providers::table
        .filter(identity_providers::agency_id.eq(permit.agency()?))
        .filter(identity_providers::removed_at.is_null())
        .filter(identity_providers::id.gt(after))
        .select(columns::<ProviderRow>())
        .order(identity_providers::id)
        .limit(page.fetch())
        .all(view)?;
    Ok(page.cut(rows, |row: &ProviderRow| Cursor::after_id(row.id)))
}

/// How many providers the agency that the permit is for has.
///
/// # Errors
/// When the database fails.
pub fn count(view: &mut View<'_>, permit: &Permit<act::KeepProviders>) -> Result<i64> {
    identity_providers::table
        .filter(identity_providers::agency_id.eq(permit.agency()?))
        .filter(identity_providers::removed_at.is_null())
        .count()
        .one(view)
}

/// The provider of that issuer, where the agency that the permit is for had it and removed it.
///
/// # Errors
/// When the database fails.
pub fn removed(
    view: &mut View<'_>,
    permit: &Permit<act::KeepProviders>,
    issuer: &str,
) -> Result<Option<ProviderRow>> {
    identity_providers::table
        .filter(identity_providers::issuer.eq(issuer))
        .filter(identity_providers::agency_id.eq(permit.agency()?))
        .filter(identity_providers::removed_at.is_not_null())
        .select(columns::<ProviderRow>())
        .maybe(view)
}

/// Inserts a provider of the agency that the permit is for.
///
/// # Errors
/// When another one has or ever had its issuer, or the database fails.
pub fn insert(
    tx: &mut Tx<'_>,
    permit: &Permit<act::KeepProviders>,
    row: &ProviderRow,
) -> Result<()> {
    let row = ProviderRow { agency_id: permit.agency()?, ..row.clone() };
    let same: i64 = identity_providers::table
        .filter(identity_providers::issuer.eq(&row.issuer))
        .count()
        .one(tx)?;
    if same > 0 {
        return Err(issuer_taken());
    }
    diesel::insert_into(identity_providers::table).values(row).run(tx).map_err(
        |error| match error.code().class {
            Class::Conflict => issuer_taken(),
            _ => error,
        },
    )?;
    Ok(())
}

/// Says nothing of whose the issuer is.
fn issuer_taken() -> Error {
    Error::new(&codes::DUPLICATE, "This issuer cannot be used.")
}

/// Writes what was changed of a provider of the agency that the permit is for.
///
/// # Errors
/// When the database fails.
pub fn update(
    tx: &mut Tx<'_>,
    permit: &Permit<act::KeepProviders>,
    row: &ProviderRow,
) -> Result<()> {
    write(tx, permit.agency()?, row)
}

/// Writes what a confirmation changes of a provider of the agency that the permit is for.
///
/// # Errors
/// When the database fails.
pub fn confirm(
    tx: &mut Tx<'_>,
    permit: &Permit<act::ConfirmProvider>,
    row: &ProviderRow,
) -> Result<()> {
    write(tx, permit.agency()?, row)
}

fn write(tx: &mut Tx<'_>, agency: AgencyId, row: &ProviderRow) -> Result<()> {
    diesel::update(identity_providers::table.find(row.id))
        .filter(identity_providers::agency_id.eq(agency))
        .set(row)
        .run(tx)?;
    Ok(())
}

/// Notes what keeps this server from asking a provider, or that nothing does any more.
///
/// # Errors
/// When the database fails.
pub fn note_trouble(
    tx: &mut Tx<'_>,
    provider: IdentityProviderId,
    trouble: Option<FederationFailure>,
) -> Result<()> {
    diesel::update(identity_providers::table.find(provider))
        .set(identity_providers::trouble.eq(trouble))
        .run(tx)?;
    Ok(())
}

/// Seals at most `most` shared secrets anew that stand under a former key, and tells how many those were.
///
/// # Errors
/// When the database fails, or the former key is no longer in the file of keys.
pub fn seal_anew(tx: &mut Tx<'_>, most: i64) -> Result<usize> {
    let newest = tx.marks().newest_number()?;
    let former: Vec<(IdentityProviderId, Option<Vec<u8>>)> = identity_providers::table
        .filter(identity_providers::client_secret.is_not_null())
        .filter(identity_providers::seal_key.ne(newest))
        .select((identity_providers::id, identity_providers::client_secret))
        .order(identity_providers::id)
        .limit(most)
        .all(tx)?;
    for (id, sealed) in &former {
        let about = id.uuid();
        let text = tx.marks().open(about.as_bytes(), sealed.as_deref().unwrap_or_default())?;
        let sealed = tx.marks().seal(about.as_bytes(), &text)?;
        diesel::update(identity_providers::table.find(id))
            .set((
                identity_providers::client_secret.eq(sealed),
                identity_providers::seal_key.eq(newest),
            ))
            .run(tx)?;
    }
    Ok(former.len())
}
