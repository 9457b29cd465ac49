//! Queries over machine accounts, their keys and the assertions that were used.

use diesel::prelude::*;

use crate::access::{MachineFacts, Permit, RoleSet, Scope, act};
use crate::clock::Instant;
use crate::credentials::client_key::{ClientKey, KeyAlgorithm};
use crate::db::schema::{machine_accounts, machine_keys, sessions, users};
use crate::db::types::Json;
use crate::db::{Cursor, Page, PageOf, Run, Tx, View, columns};
use crate::email::Email;
use crate::error::{Error, Result};
use crate::identity::machines::model::{MachineStatus, Terms};
use crate::identity::model::{Locale, UserKind, UserStatus};
use crate::identity::users::store::EndReason;
use crate::ids::{AgencyId, MachineKeyId, SessionId, UserId};
use crate::machine_scope::MachineScopes;

mod used;

pub use used::{forget_assertions, go_on, use_up};

/// What a machine account has in common with a person's.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = users)]
pub struct AccountRow {
    /// The account, and the client that its assertions name.
    pub id: UserId,
    /// Its agency.
    pub agency_id: AgencyId,
    /// What it is called.
    pub full_name: String,
    /// The roles that it acts with.
    pub roles: Json<RoleSet>,
    /// Where the account stands.
    pub status: UserStatus,
    /// When it took effect.
    pub confirmed_at: Option<Instant>,
    /// Who confirmed it last.
    pub confirmed_by: Option<UserId>,
    /// Counts the changes of the account and its keys.
    pub version: i64,
    /// When it was made.
    pub created_at: Instant,
    /// When it was changed last.
    pub updated_at: Instant,
}

/// What only a machine account has.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = machine_accounts)]
pub struct OwnRow {
    owner_user_id: UserId,
    scopes: Json<MachineScopes>,
    expires_at: Instant,
    /// What it is to become once somebody confirms it.
    pub proposed: Option<Json<Terms>>,
    /// Who made it, or last said what it is to become.
    pub proposed_by: UserId,
    /// When it got a token last.
    pub last_used_at: Option<Instant>,
    /// The address that it did so from.
    pub last_address: Option<String>,
}

/// A key's row.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = machine_keys)]
pub struct KeyRow {
    /// The key.
    pub id: MachineKeyId,
    user_id: UserId,
    /// What it signs with.
    pub algorithm: KeyAlgorithm,
    /// How its owner names it.
    pub kid: String,
    public_key: Vec<u8>,
    /// When it was taken in.
    pub created_at: Instant,
    /// When somebody confirmed it.
    pub confirmed_at: Option<Instant>,
    /// When it got a token last.
    pub last_used_at: Option<Instant>,
}

impl KeyRow {
    /// The key itself.
    #[must_use]
    pub fn key(&self) -> ClientKey {
        let (kid, public) = (self.kid.clone(), self.public_key.clone());
        ClientKey { algorithm: self.algorithm, kid, public }
    }

    /// The session that the key has: of the same id.
    #[must_use]
    pub fn session(&self) -> SessionId {
        SessionId::from_uuid(self.id.uuid())
    }
}

/// A machine account with its keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MachineAccount {
    /// What it has in common with a person's account.
    pub account: AccountRow,
    /// What only a machine account has.
    pub own: OwnRow,
    /// The keys that were not taken away, the oldest first.
    pub keys: Vec<KeyRow>,
    /// Whether its owner's account is in effect, and the provider that vouched for its owner, if one did, still does.
    pub owner_in_effect: bool,
}

impl MachineAccount {
    /// What access to the account of `caller` rests on.
    #[must_use]
    pub fn facts(&self, caller: UserId) -> MachineFacts {
        MachineFacts {
            machine: self.account.id,
            agency: self.account.agency_id,
            own_doing: self.own.proposed_by == caller,
        }
    }

    /// What it may do, for how long, and who answers for it.
    #[must_use]
    pub fn terms(&self) -> Terms {
        Terms {
            owner_user_id: self.own.owner_user_id,
            roles: self.account.roles.0,
            scopes: self.own.scopes.0,
            expires_at: self.own.expires_at,
        }
    }

    /// What it is to become once somebody confirms it.
    #[must_use]
    pub fn proposed(&self) -> Option<Terms> {
        self.own.proposed.as_ref().map(|terms| terms.0)
    }

    /// Where it stands at `now`.
    #[must_use]
    pub fn status(&self, now: Instant) -> MachineStatus {
        if self.account.status == UserStatus::Deactivated {
            MachineStatus::Deactivated
        } else if self.account.confirmed_at.is_none() {
            MachineStatus::Waiting
        } else if self.own.expires_at <= now {
            MachineStatus::Expired
        } else if !self.owner_in_effect {
            MachineStatus::Suspended
        } else {
            MachineStatus::Active
        }
    }

    /// Whether something about it waits for a confirmation.
    #[must_use]
    pub fn waits(&self) -> bool {
        self.account.confirmed_at.is_none()
            || self.own.proposed.is_some()
            || self.keys.iter().any(|key| key.confirmed_at.is_none())
    }
}

/// The machine account `id`, if there is one.
///
/// # Errors
/// When the database fails.
pub fn find(view: &mut View<'_>, id: UserId) -> Result<Option<MachineAccount>> {
    let row: Option<(AccountRow, OwnRow)> = machine_accounts::table
        .inner_join(users::table.on(users::id.eq(machine_accounts::user_id)))
        .filter(machine_accounts::user_id.eq(id))
        .select((columns::<AccountRow>(), columns::<OwnRow>()))
        .maybe(view)?;
    Ok(whole(view, row.into_iter().collect())?.pop())
}

/// A page of the machine accounts of the agency of `scope`, the oldest first.
///
/// # Errors
/// When the database fails.
pub fn list(
    view: &mut View<'_>,
    _: &Permit<act::ReadMachines>,
    scope: &Scope,
    page: Page,
) -> Result<PageOf<MachineAccount>> {
    let after = page.after.map_or(UserId::from_uuid(uuid::Uuid::nil()), Cursor::id);
    let rows: Vec<(AccountRow, OwnRow)> = machine_accounts::table
        .inner_join(users::table.on(users::id.eq(machine_accounts::user_id)))
        .filter(machine_accounts::agency_id.eq(scope.agency()))
        .filter(machine_accounts::user_id.gt(after))
        .select((columns::<AccountRow>(), columns::<OwnRow>()))
        .order(machine_accounts::user_id)
        .limit(page.fetch())
        .all(view)?;
    let accounts = whole(view, rows)?;
    Ok(page.cut(accounts, |row: &MachineAccount| Cursor::after_id(row.account.id)))
}

/// The accounts of the rows, with their keys.
fn whole(view: &mut View<'_>, rows: Vec<(AccountRow, OwnRow)>) -> Result<Vec<MachineAccount>> {
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<UserId> = rows.iter().map(|(account, _)| account.id).collect();
    let keys: Vec<KeyRow> = machine_keys::table
        .filter(machine_keys::user_id.eq_any(ids))
        .filter(machine_keys::removed_at.is_null())
        .select(columns::<KeyRow>())
        .order(machine_keys::id)
        .all(view)?;
    let owners: Vec<UserId> = rows.iter().map(|(_, own)| own.owner_user_id).collect();
    let in_effect: Vec<UserId> = users::table
        .filter(users::id.eq_any(owners))
        .filter(users::status.eq(UserStatus::Active))
        .filter(users::confirmed_at.is_not_null())
        .filter(users::disowned_at.is_null())
        .select(users::id)
        .all(view)?;
    let account = |(account, own): (AccountRow, OwnRow)| MachineAccount {
        keys: keys.iter().filter(|key| key.user_id == account.id).cloned().collect(),
        owner_in_effect: in_effect.contains(&own.owner_user_id),
        account,
        own,
    };
    Ok(rows.into_iter().map(account).collect())
}

/// Whether `user` is a person of `agency` whose account is in effect, and whom no provider vouches for no more.
///
/// # Errors
/// When the database fails.
pub fn may_own(view: &mut View<'_>, agency: AgencyId, user: UserId) -> Result<bool> {
    let found: i64 = users::table
        .filter(users::id.eq(user))
        .filter(users::agency_id.eq(agency))
        .filter(users::kind.eq(UserKind::Person))
        .filter(users::status.eq(UserStatus::Active))
        .filter(users::confirmed_at.is_not_null())
        .filter(users::disowned_at.is_null())
        .count()
        .one(view)?;
    Ok(found > 0)
}

/// A new machine account.
pub struct Draft {
    /// The account.
    pub id: UserId,
    /// What it is called.
    pub name: String,
    /// What it may do.
    pub terms: Terms,
    /// Its keys.
    pub keys: Vec<ClientKey>,
    /// Whether it takes effect at once.
    pub confirmed: bool,
}

/// Inserts a machine account of the caller's agency.
///
/// # Errors
/// When the database fails.
pub fn insert(tx: &mut Tx<'_>, _: &Permit<act::KeepMachines>, draft: &Draft) -> Result<()> {
    let (now, officer) = (tx.now(), tx.context().officer()?);
    let Terms { owner_user_id, roles, scopes, expires_at } = draft.terms;
    let status = if draft.confirmed { UserStatus::Active } else { UserStatus::Invited };
    diesel::insert_into(users::table)
        .values((
            users::id.eq(draft.id),
            users::agency_id.eq(officer.agency),
            users::kind.eq(UserKind::Machine),
            users::email.eq(address_of(draft.id)?),
            users::full_name.eq(&draft.name),
            users::locale.eq(Locale::En),
            users::roles.eq(Json(roles)),
            users::status.eq(status),
            users::confirmed_at.eq(draft.confirmed.then_some(now)),
            users::version.eq(1_i64),
            users::created_at.eq(now),
            users::updated_at.eq(now),
        ))
        .run(tx)?;
    diesel::insert_into(machine_accounts::table)
        .values((
            machine_accounts::user_id.eq(draft.id),
            machine_accounts::agency_id.eq(officer.agency),
            machine_accounts::owner_user_id.eq(owner_user_id),
            machine_accounts::scopes.eq(Json(scopes)),
            machine_accounts::expires_at.eq(expires_at),
            machine_accounts::proposed_by.eq(officer.user),
        ))
        .run(tx)?;
    for key in &draft.keys {
        insert_key(tx, (draft.id, officer.agency), key, draft.confirmed)?;
    }
    Ok(())
}

/// Every account has an address. A machine's is one that nothing can be sent to (RFC 2606), and that nobody signs in with.
fn address_of(machine: UserId) -> Result<Email> {
    format!("{machine}@machine.invalid").parse().map_err(Error::internal)
}

/// Gives the account that the permit is for, one of the caller's agency, one more key.
///
/// # Errors
/// When the database fails.
pub fn add_key(
    tx: &mut Tx<'_>,
    permit: &Permit<act::KeepMachines>,
    key: &ClientKey,
    confirmed: bool,
) -> Result<()> {
    let (machine, officer) = (permit.user()?, tx.context().officer()?);
    insert_key(tx, (machine, officer.agency), key, confirmed)?;
    diesel::update(machine_accounts::table.find(machine))
        .set(machine_accounts::proposed_by.eq(officer.user))
        .run(tx)?;
    Ok(())
}

fn insert_key(
    tx: &mut Tx<'_>,
    (machine, agency): (UserId, AgencyId),
    key: &ClientKey,
    confirmed: bool,
) -> Result<()> {
    let now = tx.now();
    let id = MachineKeyId::new(now);
    diesel::insert_into(sessions::table)
        .values((
            sessions::id.eq(SessionId::from_uuid(id.uuid())),
            sessions::user_id.eq(machine),
            sessions::agency_id.eq(agency),
            sessions::address.eq(""),
            sessions::last_address.eq(""),
            sessions::device.eq(""),
            sessions::authenticated_at.eq(now),
            sessions::last_used_at.eq(now),
            // It begins with the first token.
            sessions::expires_at.eq(now),
        ))
        .run(tx)?;
    diesel::insert_into(machine_keys::table)
        .values((
            machine_keys::id.eq(id),
            machine_keys::user_id.eq(machine),
            machine_keys::algorithm.eq(key.algorithm),
            machine_keys::kid.eq(&key.kid),
            machine_keys::public_key.eq(&key.public),
            machine_keys::created_at.eq(now),
            machine_keys::confirmed_at.eq(confirmed.then_some(now)),
        ))
        .run(tx)?;
    Ok(())
}

/// Whether the account ever had this key: one that was taken away does not come back.
///
/// # Errors
/// When the database fails.
pub fn ever_had(view: &mut View<'_>, machine: UserId, key: &ClientKey) -> Result<bool> {
    let found: i64 = machine_keys::table
        .filter(machine_keys::user_id.eq(machine))
        .filter(machine_keys::public_key.eq(&key.public))
        .count()
        .one(view)?;
    Ok(found > 0)
}

/// What a change writes.
pub struct Changed<'a> {
    /// What it is called.
    pub name: &'a str,
    /// What it may do now.
    pub terms: Terms,
    /// What it is to become.
    pub proposed: Option<Terms>,
}

/// Writes a change of the account that the permit is for.
///
/// # Errors
/// When the database fails.
pub fn update(
    tx: &mut Tx<'_>,
    permit: &Permit<act::KeepMachines>,
    changed: &Changed<'_>,
) -> Result<()> {
    let (machine, officer) = (permit.user()?, tx.context().officer()?);
    diesel::update(users::table.find(machine)).set(users::full_name.eq(changed.name)).run(tx)?;
    diesel::update(machine_accounts::table.find(machine))
        .set(machine_accounts::proposed_by.eq(officer.user))
        .run(tx)?;
    write_terms(tx, machine, changed.terms, changed.proposed)
}

fn write_terms(
    tx: &mut Tx<'_>,
    machine: UserId,
    terms: Terms,
    proposed: Option<Terms>,
) -> Result<()> {
    diesel::update(users::table.find(machine)).set(users::roles.eq(Json(terms.roles))).run(tx)?;
    diesel::update(machine_accounts::table.find(machine))
        .set((
            machine_accounts::owner_user_id.eq(terms.owner_user_id),
            machine_accounts::scopes.eq(Json(terms.scopes)),
            machine_accounts::expires_at.eq(terms.expires_at),
            machine_accounts::proposed.eq(proposed.map(Json)),
        ))
        .run(tx)?;
    count_change(tx, machine)
}

/// Counts a change of the account or of its keys.
pub(super) fn count_change(tx: &mut Tx<'_>, machine: UserId) -> Result<()> {
    let now = tx.now();
    diesel::update(users::table.find(machine))
        .set((users::version.eq(users::version + 1), users::updated_at.eq(now)))
        .run(tx)?;
    Ok(())
}

/// Lets `terms`, and every key, of the account that the permit is for take effect.
///
/// # Errors
/// When the database fails.
pub fn confirm(tx: &mut Tx<'_>, permit: &Permit<act::ConfirmMachine>, terms: Terms) -> Result<()> {
    let (machine, now) = (permit.user()?, tx.now());
    let confirmed_by = tx.context().officer()?.user;
    diesel::update(users::table.find(machine))
        .filter(users::confirmed_at.is_null())
        .set((users::confirmed_at.eq(now), users::status.eq(UserStatus::Active)))
        .run(tx)?;
    diesel::update(users::table.find(machine)).set(users::confirmed_by.eq(confirmed_by)).run(tx)?;
    diesel::update(machine_keys::table)
        .filter(machine_keys::user_id.eq(machine))
        .filter(machine_keys::confirmed_at.is_null())
        .set(machine_keys::confirmed_at.eq(now))
        .run(tx)?;
    write_terms(tx, machine, terms, None)
}

/// Ends the account that the permit is for, and the sessions of its keys.
///
/// # Errors
/// When the database fails.
pub fn deactivate(tx: &mut Tx<'_>, permit: &Permit<act::StopMachine>) -> Result<()> {
    let (machine, now) = (permit.user()?, tx.now());
    diesel::update(users::table.find(machine))
        .set(users::status.eq(UserStatus::Deactivated))
        .run(tx)?;
    diesel::update(sessions::table)
        .filter(sessions::user_id.eq(machine))
        .filter(sessions::ended_at.is_null())
        .set((sessions::ended_at.eq(now), sessions::end_reason.eq(EndReason::AccountDeactivated)))
        .run(tx)?;
    count_change(tx, machine)
}

/// Takes a key away from the account that the permit is for, and ends its session.
///
/// # Errors
/// When the database fails.
pub fn remove_key(
    tx: &mut Tx<'_>,
    permit: &Permit<act::StopMachine>,
    key: MachineKeyId,
) -> Result<()> {
    let (machine, now) = (permit.user()?, tx.now());
    diesel::update(machine_keys::table.find(key))
        .filter(machine_keys::user_id.eq(machine))
        .set(machine_keys::removed_at.eq(now))
        .run(tx)?;
    diesel::update(sessions::table.find(SessionId::from_uuid(key.uuid())))
        .filter(sessions::user_id.eq(machine))
        .set((sessions::ended_at.eq(now), sessions::end_reason.eq(EndReason::KeyRemoved)))
        .run(tx)?;
    count_change(tx, machine)
}
