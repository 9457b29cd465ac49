//! Queries over users.

use diesel::prelude::*;

use crate::access::{Act, Permit, RoleSet, Scope, UserFacts, act};
use crate::clock::Instant;
use crate::credentials::secrets::SecretDigest;
use crate::db::schema::{agencies, invitations, sessions, users};
use crate::db::types::Json;
use crate::db::{Cursor, Page, PageOf, Run, Tx, View, columns};
use crate::email::Email;
use crate::error::{Class, Error, Result, codes};
use crate::identity::model::{Locale, UserKind, UserStatus};
use crate::identity::password::Owner;
use crate::identity::users::model::{Staff, Standing};
use crate::ids::{AgencyId, IdentityProviderId, InvitationId, UserId};
use crate::text_enum;

text_enum! {
    /// Why a session ended.
    pub enum EndReason {
        /// The user signed out.
        SignedOut = "signed_out",
        /// The user ended it from another session.
        Revoked = "revoked",
        /// An admin of the agency ended it.
        EndedByAdmin = "ended_by_admin",
        /// The account was ended.
        AccountDeactivated = "account_deactivated",
        /// The password was changed.
        PasswordChanged = "password_changed",
        /// The address was changed.
        AddressChanged = "address_changed",
        /// The account is to be opened anew, because its admin has lost what opens it.
        Recovered = "recovered",
        /// The key of a machine that it belonged to was taken away.
        KeyRemoved = "key_removed",
        /// Its user signed out at the identity provider.
        ProviderLogout = "provider_logout",
        /// The identity provider does not vouch for its user any more.
        ProviderRefused = "provider_refused",
        /// What the identity provider claims gives its user no role any more.
        RolesWithdrawn = "roles_withdrawn",
        /// The account is linked to the identity provider no more.
        ProviderUnlinked = "provider_unlinked",
        /// The agency has its officers sign in through its identity provider, and it was begun here.
        BelongsElsewhere = "belongs_elsewhere",
        /// The identity provider was turned off or removed.
        ProviderRemoved = "provider_removed",
        /// One of its refresh tokens was used after its successor.
        RefreshTokenReused = "refresh_token_reused",
    }
}

/// A user's row, without the password's hash.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = users, treat_none_as_default_value = false)]
pub struct UserRow {
    /// The user.
    pub id: UserId,
    /// The one agency that he or she belongs to.
    pub agency_id: AgencyId,
    /// What he or she signs in with.
    pub email: Email,
    /// The full name.
    pub full_name: String,
    /// The language of pages and letters.
    pub locale: Locale,
    /// The roles; in effect once the account is confirmed.
    pub roles: Json<RoleSet>,
    /// The roles that wait for a confirmation.
    pub proposed_roles: Option<Json<RoleSet>>,
    /// Where the account stands.
    pub status: UserStatus,
    /// When the account took effect.
    pub confirmed_at: Option<Instant>,
    /// Who confirmed it last; none where nobody had to.
    pub confirmed_by: Option<UserId>,
    /// Counts the changes of this row.
    pub version: i64,
    /// When it was made.
    pub created_at: Instant,
    /// When this row was changed last.
    pub updated_at: Instant,
    /// The identity provider that vouches for the user, who then has no password here.
    pub provider_id: Option<IdentityProviderId>,
}

impl UserRow {
    /// What access to the account rests on.
    #[must_use]
    pub fn facts(&self) -> UserFacts {
        UserFacts { user: self.id, agency: self.agency_id }
    }

    /// The account's roles.
    #[must_use]
    pub fn standing(&self) -> Standing {
        Standing {
            roles: self.roles.0,
            proposed: self.proposed_roles.as_ref().map(|roles| roles.0),
            confirmed: self.confirmed_at.is_some(),
        }
    }
}

/// The user `id`, if there is one and it is a person.
///
/// # Errors
/// When the database fails.
pub fn find(view: &mut View<'_>, id: UserId) -> Result<Option<UserRow>> {
    users::table
        .filter(users::id.eq(id))
        .filter(users::kind.eq(UserKind::Person))
        .select(columns::<UserRow>())
        .maybe(view)
}

/// What whoever guesses at the user's password knows: the address, the name, and the agency's names.
///
/// # Errors
/// When the database fails.
pub fn password_owner(view: &mut View<'_>, id: UserId) -> Result<Owner> {
    let (email, full_name, name, short_name): (Email, String, String, String) = users::table
        .inner_join(agencies::table.on(agencies::id.eq(users::agency_id)))
        .filter(users::id.eq(id))
        .select((users::email, users::full_name, agencies::name, agencies::short_name))
        .one(view)?;
    Ok(Owner::new(email, &[&full_name, &name, &short_name]))
}

/// Whether the user can sign in once the account is in effect: with a password, or because a provider vouches.
///
/// # Errors
/// When the database fails.
pub fn has_a_way_in(view: &mut View<'_>, id: UserId) -> Result<bool> {
    let found: i64 = users::table
        .filter(users::id.eq(id))
        .filter(users::password_hash.is_not_null().or(users::provider_id.is_not_null()))
        .count()
        .one(view)?;
    Ok(found > 0)
}

/// Who has ever been in effect in `agency`, but for `except`, with every role that he or she ever had: what is taken
/// away later still was there, so that nobody makes room for himself by demoting others. An account that was ended before its invitation was
/// redeemed never was.
///
/// # Errors
/// When the database fails.
pub fn staff(view: &mut View<'_>, agency: AgencyId, except: Option<UserId>) -> Result<Staff> {
    let except = except.unwrap_or(UserId::from_uuid(uuid::Uuid::nil()));
    let kinds: Vec<Option<Json<RoleSet>>> = users::table
        .filter(users::agency_id.eq(agency))
        .filter(users::id.ne(except))
        .filter(users::kind.eq(UserKind::Person))
        .filter(users::former_roles.is_not_null())
        .filter(
            users::status
                .ne(UserStatus::Deactivated)
                .or(users::password_hash.is_not_null())
                .or(users::provider_id.is_not_null()),
        )
        .select(users::former_roles)
        .distinct()
        .all(view)?;
    Ok(kinds.into_iter().flatten().map(|Json(roles)| roles).collect())
}

/// How many system admins but `except` can sign in.
///
/// # Errors
/// When the database fails.
pub fn other_system_admins(view: &mut View<'_>, except: UserId) -> Result<i64> {
    users::table
        .filter(users::status.eq(UserStatus::Active))
        .filter(users::id.ne(except))
        .filter(users::roles.like("%\"system_admin\"%"))
        .count()
        .one(view)
}

/// A page of the accounts of the agency of `scope`, the oldest first.
///
/// # Errors
/// When the database fails.
pub fn list(
    view: &mut View<'_>,
    _: &Permit<act::ReadUsers>,
    scope: &Scope,
    page: Page,
) -> Result<PageOf<UserRow>> {
    let after = page.after.map_or(UserId::from_uuid(uuid::Uuid::nil()), Cursor::id);
    let rows = users::table
        .filter(users::agency_id.eq(scope.agency()))
        .filter(users::kind.eq(UserKind::Person))
        .filter(users::id.gt(after))
        .select(columns::<UserRow>())
        .order(users::id)
        .limit(page.fetch())
        .all(view)?;
    Ok(page.cut(rows, |row: &UserRow| Cursor::after_id(row.id)))
}

/// Inserts an account in one's own agency.
///
/// # Errors
/// When the address is in use, or the database fails.
pub fn insert(tx: &mut Tx<'_>, _: &Permit<act::CreateUser>, row: &UserRow) -> Result<()> {
    insert_row(tx, row)
}

/// Inserts the first admin of the agency that the permit is for.
///
/// # Errors
/// When the address is in use, or the database fails.
pub fn insert_first_admin(
    tx: &mut Tx<'_>,
    permit: &Permit<act::CreateFirstAdmin>,
    row: &UserRow,
) -> Result<()> {
    insert_row(tx, &UserRow { agency_id: permit.agency()?, ..row.clone() })
}

/// Inserts an admin of the agency that the permit is for, whose account waits.
///
/// # Errors
/// When the address is in use, or the database fails.
pub fn insert_recovered_admin(
    tx: &mut Tx<'_>,
    permit: &Permit<act::RecoverAdmin>,
    row: &UserRow,
) -> Result<()> {
    insert_row(tx, &UserRow { agency_id: permit.agency()?, ..row.clone() })
}

/// Writes that the account which the permit is for has taken effect.
///
/// # Errors
/// When the database fails.
pub fn settle(tx: &mut Tx<'_>, permit: &Permit<act::SettleRecovery>, row: &UserRow) -> Result<()> {
    let user = permit.user()?;
    write_standing(tx, user, row)
}

/// Gives the system admin whom the permit is for another password, and ends all sessions; tells how many there were.
///
/// # Errors
/// When the database fails.
pub fn reset_system_admin(
    tx: &mut Tx<'_>,
    permit: &Permit<act::ResetSystemAdmin>,
    hash: &str,
) -> Result<usize> {
    let (user, now) = (permit.user()?, tx.now());
    diesel::update(users::table.find(user)).set(users::password_hash.eq(hash)).run(tx)?;
    diesel::update(sessions::table)
        .filter(sessions::user_id.eq(user))
        .filter(sessions::ended_at.is_null())
        .set((sessions::ended_at.eq(now), sessions::end_reason.eq(EndReason::PasswordChanged)))
        .run(tx)
}

/// Has the account that the permit is for wait until its user sets another password, and ends all its sessions; tells how many
/// there were. The former password stays where it is and opens nothing.
///
/// # Errors
/// When the database fails.
pub fn open_anew<A: Act>(tx: &mut Tx<'_>, permit: &Permit<A>) -> Result<usize> {
    let (user, now) = (permit.user()?, tx.now());
    diesel::update(users::table.find(user)).set(users::status.eq(UserStatus::Invited)).run(tx)?;
    diesel::update(sessions::table)
        .filter(sessions::user_id.eq(user))
        .filter(sessions::ended_at.is_null())
        .set((sessions::ended_at.eq(now), sessions::end_reason.eq(EndReason::Recovered)))
        .run(tx)
}

/// Inserts the account of somebody whom an identity provider vouches for. Its address opens nothing, and may be
/// another account's too.
///
/// # Errors
/// When the database fails.
pub fn insert_federated<A: Act>(tx: &mut Tx<'_>, _: &Permit<A>, row: &UserRow) -> Result<()> {
    diesel::insert_into(users::table).values(row.clone()).run(tx)?;
    remember_roles(tx, row.id, row)
}

/// Writes what an identity provider claims of the account that the permit is for.
///
/// # Errors
/// When the database fails.
pub fn follow<A: Act>(tx: &mut Tx<'_>, permit: &Permit<A>, row: &UserRow) -> Result<()> {
    let user = permit.user()?;
    diesel::update(users::table.find(user))
        .set((
            users::email.eq(&row.email),
            users::full_name.eq(&row.full_name),
            users::locale.eq(row.locale),
        ))
        .run(tx)?;
    write_standing(tx, user, row)
}

/// Inserts a system admin, who has a password from the beginning.
///
/// # Errors
/// When the address is in use, or the database fails.
pub fn insert_system_admin(
    tx: &mut Tx<'_>,
    _: &Permit<act::CreateSystemAdmin>,
    row: &UserRow,
    hash: &str,
) -> Result<()> {
    insert_row(tx, row)?;
    diesel::update(users::table.find(row.id)).set(users::password_hash.eq(hash)).run(tx)?;
    Ok(())
}

fn insert_row(tx: &mut Tx<'_>, row: &UserRow) -> Result<()> {
    if is_taken(tx, &row.email)? {
        return Err(address_taken());
    }
    diesel::insert_into(users::table).values(row.clone()).run(tx).map_err(taken_meanwhile)?;
    remember_roles(tx, row.id, row)
}

/// Whether an account has this address that signs in here.
///
/// # Errors
/// When the database fails.
pub fn is_taken(view: &mut View<'_>, email: &Email) -> Result<bool> {
    let same: i64 = users::table
        .filter(users::email.eq(email))
        .filter(users::provider_id.is_null())
        .count()
        .one(view)?;
    Ok(same > 0)
}

/// Gives the account that the permit is for another address.
///
/// # Errors
/// When the address is in use, or the database fails.
pub fn change_address(tx: &mut Tx<'_>, permit: &Permit<act::SignIn>, email: &Email) -> Result<()> {
    if is_taken(tx, email)? {
        return Err(address_taken());
    }
    let now = tx.now();
    diesel::update(users::table.find(permit.user()?))
        .filter(users::provider_id.is_null())
        .set((
            users::email.eq(email),
            users::version.eq(users::version + 1),
            users::updated_at.eq(now),
        ))
        .run(tx)
        .map_err(taken_meanwhile)?;
    Ok(())
}

fn taken_meanwhile(error: Error) -> Error {
    match error.code().class {
        Class::Conflict => address_taken(),
        _ => error,
    }
}

/// Adds the roles that are in effect to those that the user ever had.
fn remember_roles(tx: &mut Tx<'_>, user: UserId, row: &UserRow) -> Result<()> {
    if row.confirmed_at.is_none() {
        return Ok(());
    }
    let former: Option<Json<RoleSet>> =
        users::table.find(user).select(users::former_roles).one(tx)?;
    let former = former.map_or(RoleSet::EMPTY, |Json(roles)| roles).union(row.roles.0);
    diesel::update(users::table.find(user)).set(users::former_roles.eq(Json(former))).run(tx)?;
    Ok(())
}

/// Says nothing of whose the address is.
fn address_taken() -> Error {
    Error::new(&codes::DUPLICATE, "This e-mail address cannot be used.")
}

/// How many invitations of `user` were made since `since`.
///
/// # Errors
/// When the database fails.
pub fn invited_since(view: &mut View<'_>, user: UserId, since: Instant) -> Result<i64> {
    invitations::table
        .filter(invitations::user_id.eq(user))
        .filter(invitations::created_at.gt(since))
        .count()
        .one(view)
}

/// Inserts an invitation of a user; those before are worth nothing.
///
/// # Errors
/// When the database fails.
pub fn invite(
    tx: &mut Tx<'_>,
    user: UserId,
    digest: SecretDigest,
    expires_at: Instant,
) -> Result<()> {
    let now = tx.now();
    diesel::update(invitations::table)
        .filter(invitations::user_id.eq(user))
        .filter(invitations::used_at.is_null())
        .set(invitations::used_at.eq(now))
        .run(tx)?;
    diesel::insert_into(invitations::table)
        .values((
            invitations::id.eq(InvitationId::new(now)),
            invitations::user_id.eq(user),
            invitations::digest.eq(digest.as_slice()),
            invitations::created_at.eq(now),
            invitations::expires_at.eq(expires_at),
        ))
        .run(tx)?;
    Ok(())
}

/// Writes what may change of the account that the permit is for.
///
/// # Errors
/// When the database fails.
pub fn update(tx: &mut Tx<'_>, permit: &Permit<act::EditUser>, row: &UserRow) -> Result<()> {
    let user = permit.user()?;
    diesel::update(users::table.find(user))
        .set((users::full_name.eq(&row.full_name), users::locale.eq(row.locale)))
        .run(tx)?;
    write_standing(tx, user, row)
}

/// Writes what a confirmation changes of the account that the permit is for.
///
/// # Errors
/// When the database fails.
pub fn confirm(tx: &mut Tx<'_>, permit: &Permit<act::ConfirmUser>, row: &UserRow) -> Result<()> {
    let user = permit.user()?;
    write_standing(tx, user, row)
}

/// Ends the account that the permit is for, and all its sessions; tells how many there were.
///
/// # Errors
/// When the database fails.
pub fn deactivate<A: Act>(tx: &mut Tx<'_>, permit: &Permit<A>, row: &UserRow) -> Result<usize> {
    let user = permit.user()?;
    write_standing(tx, user, row)?;
    let now = tx.now();
    diesel::update(sessions::table)
        .filter(sessions::user_id.eq(user))
        .filter(sessions::ended_at.is_null())
        .set((sessions::ended_at.eq(now), sessions::end_reason.eq(EndReason::AccountDeactivated)))
        .run(tx)
}

fn write_standing(tx: &mut Tx<'_>, user: UserId, row: &UserRow) -> Result<()> {
    diesel::update(users::table.find(user))
        .set((
            users::roles.eq(row.roles.clone()),
            users::proposed_roles.eq(row.proposed_roles.clone()),
            users::status.eq(row.status),
            users::confirmed_at.eq(row.confirmed_at),
            users::confirmed_by.eq(row.confirmed_by),
            users::version.eq(row.version),
            users::updated_at.eq(row.updated_at),
        ))
        .run(tx)?;
    remember_roles(tx, user, row)
}
