//! Use cases of users. Whatever decides about an agency's accounts holds the lock of the agency's chain.

use crate::access::{Act, Facts, Permit, Role, RoleSet, act};
use crate::agency::AgencyKind;
use crate::db::types::Json;
use crate::db::{Page, PageOf, Tx, View};
use crate::error::{Error, Faults, Refusal, Result, codes};
use crate::identity::auth;
use crate::identity::machines;
use crate::identity::model::{UserStatus, check_roles};
use crate::identity::recovery;
use crate::identity::users::api::EditUser;
use crate::identity::users::model::{Gate, gives_power};
use crate::identity::users::store::{self, UserRow};
use crate::identity::words::word;
use crate::ids::UserId;
use crate::journal::event::{ChainOf, Change, Deed, Event, SubjectKind};
use crate::submission::Submission;

/// The longest full name, in characters.
pub(super) const LONGEST_NAME: usize = 200;

/// What the configuration says about accounts.
#[derive(Debug, Clone, Copy)]
pub struct Rules {
    /// Whether new operational accounts wait for a confirmation.
    pub confirm_accounts: bool,
    /// How long an invitation can be redeemed, in seconds.
    pub invitation_seconds: i64,
    /// Whether invitations are mailed.
    pub mails: bool,
}

/// A page of the accounts of one's own agency.
///
/// # Errors
/// The page asked for is not right; the database is away.
pub fn list(view: &mut View<'_>, page: impl FnOnce() -> Result<Page>) -> Result<PageOf<UserRow>> {
    let permit = view.permit::<act::ReadUsers>(&Facts::Server)?;
    let scope = view.context().scope()?;
    store::list(view, &permit, &scope, page()?)
}

/// One account of one's own agency.
///
/// # Errors
/// Not found.
pub fn read(view: &mut View<'_>, id: UserId) -> Result<UserRow> {
    let row = store::find(view, id)?;
    view.permit::<act::ReadUsers>(&Facts::User(row.as_ref().map(UserRow::facts)))?;
    row.ok_or_else(Error::not_found)
}

/// The roles, where neither they nor what was found before has a fault. Roles that exclude each other have a code of
/// their own, where that is all that is wrong.
pub(super) fn read_roles(
    words: &[String],
    kind: AgencyKind,
    mut faults: Faults,
) -> Result<RoleSet> {
    let known: Vec<Option<Role>> = words
        .iter()
        .enumerate()
        .map(|(at, text)| word(&mut faults, &format!("/roles/{at}"), text))
        .collect();
    let roles: RoleSet = known.iter().flatten().copied().collect();
    if words.is_empty() {
        faults.add("/roles", format!("expected at least one role of {}", words_of_roles()));
    }
    let conflicts = if roles.is_empty() { Vec::new() } else { check_roles(roles, kind) };
    let only_conflicts = faults.is_empty();
    for conflict in conflicts {
        faults.add("/roles", conflict);
    }
    let code = if only_conflicts { &codes::SEPARATION_OF_DUTIES } else { &codes::VALIDATION };
    faults.finish_as(code).map(|()| roles)
}

fn words_of_roles() -> String {
    use crate::text_enum::TextEnum;
    Role::words()
}

/// Changes an account of one's own agency.
///
/// # Errors
/// Not found, forbidden; the version missing or stale; invalid, naming every fault; the sign-in is not recent, for added roles
/// that give power over others; the last admin must stay.
pub fn edit(
    tx: &mut Tx<'_>,
    id: UserId,
    submission: &Submission,
    rules: Rules,
) -> Result<Change<UserRow>> {
    let (before, permit) = take::<act::EditUser>(tx, id)?;
    let patch: EditUser = submission.read_guarded(before.version)?;
    let after = merge(tx, &before, &patch, rules)?;
    if after == before {
        return Ok(Change::Unchanged(before));
    }
    if before.status == UserStatus::Deactivated {
        return Err(ended());
    }
    if gives_power(added(&before, &after)) {
        auth::recently(tx)?;
    }
    keep_last_admin(tx, &before, after.roles.0)?;
    let after = UserRow { version: before.version + 1, updated_at: tx.now(), ..after };
    store::update(tx, &permit, &after)?;
    let event = Event::in_agency(after.agency_id, Deed::UserEdited, SubjectKind::User, id)
        .with("roles", after.roles.0)
        .with("proposed_roles", after.proposed_roles.as_ref().map(|roles| roles.0))
        .with("locale", after.locale)
        .text("full_name", &after.full_name);
    Ok(Change::by(after, event))
}

/// The roles that `after` has, or is to have, and `before` has not.
fn added(before: &UserRow, after: &UserRow) -> RoleSet {
    let all = |row: &UserRow| {
        let proposed = row.proposed_roles.as_ref().map_or(RoleSet::EMPTY, |roles| roles.0);
        row.roles.0.union(proposed)
    };
    let before = all(before);
    all(after).iter().filter(|role| !before.has(*role)).collect()
}

/// The account `id`, where the caller may do `A` to it; no other change in its agency runs until this one has ended. Who
/// may not do it never waits for those who may, and so cannot tell an account of another agency from none.
fn take<A: Act>(tx: &mut Tx<'_>, id: UserId) -> Result<(UserRow, Permit<A>)> {
    let (found, permit) = see(tx, id)?;
    if tx.lock_chain(ChainOf::Agency(found.agency_id).id())? {
        see(tx, id)
    } else {
        Ok((found, permit))
    }
}

fn see<A: Act>(tx: &mut Tx<'_>, id: UserId) -> Result<(UserRow, Permit<A>)> {
    let found = store::find(tx, id)?;
    let permit = tx.permit(&Facts::User(found.as_ref().map(UserRow::facts)))?;
    found.map(|found| (found, permit)).ok_or_else(Error::not_found)
}

/// The row as the patch wants it.
fn merge(tx: &mut Tx<'_>, before: &UserRow, patch: &EditUser, rules: Rules) -> Result<UserRow> {
    let kind = tx.context().officer()?.agency_kind;
    let mut faults = Faults::new();
    let mut after = before.clone();
    if let Some(name) = &patch.full_name {
        faults.text("/full_name", name, LONGEST_NAME);
        name.trim().clone_into(&mut after.full_name);
    }
    if let Some(locale) = &patch.locale {
        after.locale = word(&mut faults, "/locale", locale).unwrap_or(before.locale);
    }
    let Some(words) = &patch.roles else { return faults.finish().map(|()| after) };
    let wanted = read_roles(words, kind, faults)?;
    let staff = store::staff(tx, before.agency_id, Some(before.id))?;
    let gate = Gate { kind, staff, confirm_accounts: rules.confirm_accounts };
    let standing = before.standing().with(wanted, gate);
    after.roles = Json(standing.roles);
    after.proposed_roles = standing.proposed.map(Json);
    if standing.confirmed && before.confirmed_at.is_none() {
        take_effect(tx, &mut after)?;
    }
    Ok(after)
}

/// The account counts from now on; whoever has a way in may sign in.
fn take_effect(tx: &mut Tx<'_>, row: &mut UserRow) -> Result<()> {
    row.confirmed_at = Some(tx.now());
    if row.status == UserStatus::Invited && store::has_a_way_in(tx, row.id)? {
        row.status = UserStatus::Active;
    }
    Ok(())
}

/// Confirms an account, or the roles proposed for it, or that its user has lost what opens it.
///
/// # Errors
/// Not found, forbidden; the sign-in is not recent; the account was ended.
pub fn confirm(
    tx: &mut Tx<'_>,
    id: UserId,
    submission: &Submission,
    rules: Rules,
) -> Result<Change<UserRow>> {
    let (before, permit) = take::<act::ConfirmUser>(tx, id)?;
    auth::recently(tx)?;
    if submission.if_match.is_some() {
        // Who names the version that was read confirms nothing else.
        submission.guard(before.version)?;
    }
    if before.status == UserStatus::Deactivated {
        return Err(ended());
    }
    let recovers = recovery::open(tx, id)?.is_some();
    let lost = recovers && before.confirmed_at.is_some();
    if before.confirmed_at.is_some() && before.proposed_roles.is_none() && !lost {
        return Ok(Change::Unchanged(before));
    }
    let standing = before.standing().confirm();
    let mut after = UserRow {
        roles: Json(standing.roles),
        proposed_roles: None,
        confirmed_by: Some(tx.context().officer()?.user),
        version: before.version + 1,
        updated_at: tx.now(),
        ..before
    };
    if after.confirmed_at.is_none() {
        take_effect(tx, &mut after)?;
    }
    store::confirm(tx, &permit, &after)?;
    let mut event = Event::in_agency(after.agency_id, Deed::UserConfirmed, SubjectKind::User, id)
        .with("roles", after.roles.0);
    if recovers {
        recovery::close(tx, &permit)?;
    }
    if lost {
        let sessions_ended = recovery::open_anew(tx, &permit, &after, rules)?;
        after.status = UserStatus::Invited;
        event = event.with("opened_anew", true).with("sessions_ended", sessions_ended);
    }
    Ok(Change::by(after, event))
}

/// Ends an account and all its sessions.
///
/// # Errors
/// Not found, forbidden; the last admin must stay.
pub fn deactivate(tx: &mut Tx<'_>, id: UserId) -> Result<Change<UserRow>> {
    let (before, permit) = take::<act::DeactivateUser>(tx, id)?;
    if before.status == UserStatus::Deactivated {
        return Ok(Change::Unchanged(before));
    }
    keep_last_admin(tx, &before, RoleSet::EMPTY)?;
    let (after, event) = end(tx, &permit, before)?;
    Ok(Change::by(after, event))
}

/// Ends the account that the permit is for, all its sessions, and with it the machine accounts that its user answers for.
///
/// # Errors
/// When the database fails.
pub(in crate::identity) fn end<A: Act>(
    tx: &mut Tx<'_>,
    permit: &Permit<A>,
    before: UserRow,
) -> Result<(UserRow, Event)> {
    let after = UserRow {
        status: UserStatus::Deactivated,
        proposed_roles: None,
        version: before.version + 1,
        updated_at: tx.now(),
        ..before
    };
    let ended = store::deactivate(tx, permit, &after)?;
    let event =
        Event::in_agency(after.agency_id, Deed::UserDeactivated, SubjectKind::User, after.id)
            .with("sessions_ended", ended)
            .with("machines_suspended", machines::owned_by(tx, after.id)?);
    Ok((after, event))
}

fn keep_last_admin(tx: &mut Tx<'_>, before: &UserRow, after: RoleSet) -> Result<()> {
    let loses = before.status == UserStatus::Active
        && before.roles.0.has(Role::SystemAdmin)
        && !after.has(Role::SystemAdmin);
    if loses && store::other_system_admins(tx, before.id)? == 0 {
        let words = "This is the last active system admin; make another one first.";
        return Err(Refusal::new(&codes::LAST_ADMIN, words).into());
    }
    Ok(())
}

fn ended() -> Error {
    Refusal::new(&codes::STATE, "This account was ended; make a new one.").into()
}
