//! Accounts that a provider vouches for: made when their user first signs in, and what their claims say from then on.

use serde_json::Value;

use crate::access::{Act, Action, Facts, Permit, RoleSet, act};
use crate::clock::Instant;
use crate::db::Tx;
use crate::db::types::Json;
use crate::email::Email;
use crate::error::{Error, Result};
use crate::identity::agencies::store as agencies;
use crate::identity::federation::claims;
use crate::identity::federation::failure::FederationFailure as Failure;
use crate::identity::federation::store::ProviderRow;
use crate::identity::federation::tokens::Claims;
use crate::identity::federation::{disowned, identities, links};
use crate::identity::model::{Locale, UserStatus};
use crate::identity::provisioning;
use crate::identity::provisioning::model::{LONGEST_ID, SubjectClaim, locale_of, no_address};
use crate::identity::users::model::{Gate, Standing};
use crate::identity::users::store::{self as users, EndReason, UserRow};
use crate::ids::{IdentityProviderId, SessionId, UserId};
use crate::journal::event::{Deed, Event, SubjectKind};
use crate::text_enum::TextEnum as _;

/// The longest full name that is taken over, in characters.
const LONGEST_NAME: usize = 200;

/// What a provider says of somebody.
#[derive(Debug)]
pub struct Vouched {
    /// Who that is there.
    pub subject: String,
    /// Everything that it claims.
    pub claims: Claims,
}

/// What came of it: the account, what is to be journalled, and why its user may not come in.
#[derive(Debug)]
pub struct Settled {
    /// The account, where there is one.
    pub account: Option<UserRow>,
    /// What happened to it.
    pub events: Vec<Event>,
    /// Why its user may not come in.
    pub failure: Option<Failure>,
}

/// Has the account of somebody whom `provider` vouches for say what the claims say now; whoever signs in for the first time
/// gets one. The caller holds the lock of the agency's chain.
///
/// # Errors
/// When the database fails.
pub fn settle<A: Act>(
    tx: &mut Tx<'_>,
    provider: &ProviderRow,
    vouched: &Vouched,
    confirms: bool,
) -> Result<Settled> {
    let failed = |account, failure| Settled { account, events: Vec::new(), failure: Some(failure) };
    let found = find::<A>(tx, provider, vouched)?;
    let grants = provider.grants().filter(|_| provider.enabled);
    let Some(grants) = grants else { return Ok(failed(found, Failure::ProviderNotInEffect)) };
    let agency = agencies::find(tx, provider.agency_id)?.ok_or_else(Error::not_found)?;
    let roles = claims::judge(&vouched.claims, grants, agency.kind).roles;
    let staff = users::staff(tx, agency.id, found.as_ref().map(|row| row.id))?;
    let gate = Gate { kind: agency.kind, staff, confirm_accounts: confirms };
    match (found, roles) {
        (None, Err(denial)) => Ok(failed(None, denial.into())),
        (None, Ok(_)) if A::ACTION != Action::SignIn => Ok(failed(None, Failure::SubjectWrong)),
        (None, Ok(roles)) => provision(tx, provider, vouched, Standing::new(roles, gate)),
        (Some(row), _) if row.status == UserStatus::Deactivated => {
            Ok(failed(Some(row), Failure::AccountDeactivated))
        }
        (Some(row), roles) if row.provider_id != Some(provider.id) => {
            enter_linked::<A>(tx, provider, row, roles)
        }
        (Some(row), Err(denial)) => {
            let permit = tx.permit::<A>(&Facts::User(Some(row.facts())))?;
            withdraw(tx, &permit, provider, &row, denial.into())
        }
        (Some(row), Ok(roles)) => {
            let permit = tx.permit::<A>(&Facts::User(Some(row.facts())))?;
            let standing = row.standing().with(roles, gate);
            let (row, events) = follow(tx, &permit, row, vouched, standing)?;
            Ok(judge(row, events))
        }
    }
}

/// The account of whom `provider` vouches for: known from a former sign-in, or brought in before.
fn find<A: Act>(
    tx: &mut Tx<'_>,
    provider: &ProviderRow,
    vouched: &Vouched,
) -> Result<Option<UserRow>> {
    let subject = &vouched.subject;
    let mut found = identities::account(tx, provider.id, subject)?;
    if A::ACTION != Action::SignIn {
        return Ok(found);
    }
    let directory_id = directory_id(&vouched.claims);
    if found.is_none() {
        found = provisioning::account(tx, provider.id, subject, directory_id)?;
        if let Some(row) = &found {
            let permit = tx.permit::<act::SignIn>(&Facts::Server)?;
            identities::link(tx, &permit, provider.id, subject, row.id)?;
        }
    }
    if let (Some(_), Some(directory_id)) = (&found, directory_id) {
        identities::note_directory_id(tx, provider.id, subject, directory_id)?;
    }
    Ok(found)
}

/// An account that is kept here and linked to `provider`: the provider says who comes, and changes nothing of what he or she
/// is here. Its word opens no more than its allow-list gives: whoever may do more here than that comes in here.
fn enter_linked<A: Act>(
    tx: &mut Tx<'_>,
    provider: &ProviderRow,
    row: UserRow,
    given: Result<RoleSet, claims::Denial>,
) -> Result<Settled> {
    let failure = match given {
        Err(denial) => denial.into(),
        Ok(given) if !covers(given, row.roles.0) => Failure::RolesBeyond,
        Ok(_) => return Ok(judge(row, Vec::new())),
    };
    let permit = tx.permit::<A>(&Facts::User(Some(row.facts())))?;
    let events = end_sessions(tx, &permit, provider.id, &row, EndReason::RolesWithdrawn)?;
    Ok(Settled { account: Some(row), events, failure: Some(failure) })
}

/// Whether what a provider gives is all that somebody has.
#[must_use]
pub fn covers(given: RoleSet, held: RoleSet) -> bool {
    given.intersection(held) == held
}

/// Whether the account's user may come in.
fn judge(row: UserRow, events: Vec<Event>) -> Settled {
    let fine =
        row.status == UserStatus::Active && row.confirmed_at.is_some() && !row.roles.0.is_empty();
    let failure = (!fine).then_some(Failure::AccountWaits);
    Settled { account: Some(row), events, failure }
}

fn provision(
    tx: &mut Tx<'_>,
    provider: &ProviderRow,
    vouched: &Vouched,
    standing: Standing,
) -> Result<Settled> {
    let permit = tx.permit::<act::SignIn>(&Facts::Server)?;
    let now = tx.now();
    let id = UserId::new(now);
    let row = UserRow {
        id,
        agency_id: provider.agency_id,
        email: address(&vouched.claims, id)?,
        full_name: name(&vouched.claims, &vouched.subject),
        locale: locale(&vouched.claims),
        roles: Json(standing.roles),
        proposed_roles: None,
        status: if standing.confirmed { UserStatus::Active } else { UserStatus::Invited },
        confirmed_at: standing.confirmed.then_some(now),
        confirmed_by: None,
        version: 1,
        created_at: now,
        updated_at: now,
        provider_id: Some(provider.id),
    };
    users::insert_federated(tx, &permit, &row)?;
    identities::link(tx, &permit, provider.id, &vouched.subject, id)?;
    if let Some(directory_id) = directory_id(&vouched.claims) {
        identities::note_directory_id(tx, provider.id, &vouched.subject, directory_id)?;
    }
    let event = Event::in_agency(row.agency_id, Deed::UserProvisioned, SubjectKind::User, id)
        .with("identity_provider", provider.id)
        .with("roles", row.roles.0)
        .with("confirmed", standing.confirmed)
        .text("subject", &vouched.subject)
        .text("email", row.email.as_str())
        .text("full_name", &row.full_name);
    Ok(judge(row, vec![event]))
}

/// Has the account say what the claims say.
///
/// # Errors
/// When the database fails.
fn follow<A: Act>(
    tx: &mut Tx<'_>,
    permit: &Permit<A>,
    before: UserRow,
    vouched: &Vouched,
    standing: Standing,
) -> Result<(UserRow, Vec<Event>)> {
    let mut after = before.clone();
    // An account that was brought in keeps the name and the address that it was brought in with.
    if !provisioning::brought_in(tx, before.id)? {
        after.email = address(&vouched.claims, before.id)?;
        after.full_name = name(&vouched.claims, &vouched.subject);
        after.locale = locale(&vouched.claims);
    }
    take_over(&mut after, standing, tx.now());
    if after == before {
        return Ok((before, Vec::new()));
    }
    let after = UserRow { version: before.version + 1, updated_at: tx.now(), ..after };
    users::follow(tx, permit, &after)?;
    let event =
        told(&after).text("email", after.email.as_str()).text("full_name", &after.full_name);
    Ok((after, vec![event]))
}

fn take_over(row: &mut UserRow, standing: Standing, now: Instant) {
    row.roles = Json(standing.roles);
    row.proposed_roles = standing.proposed.map(Json);
    if standing.confirmed && row.confirmed_at.is_none() {
        row.confirmed_at = Some(now);
        row.status = UserStatus::Active;
    }
}

/// That an account follows what its provider says.
pub fn told(row: &UserRow) -> Event {
    Event::in_agency(row.agency_id, Deed::UserFollowed, SubjectKind::User, row.id)
        .with("roles", row.roles.0)
        .with("proposed_roles", row.proposed_roles.as_ref().map(|roles| roles.0))
}

/// Takes all roles of an account whose claims give none any more, and ends what it has at that provider.
fn withdraw<A: Act>(
    tx: &mut Tx<'_>,
    permit: &Permit<A>,
    provider: &ProviderRow,
    before: &UserRow,
    failure: Failure,
) -> Result<Settled> {
    let mut events = Vec::new();
    let mut after = before.clone();
    after.roles = Json(RoleSet::EMPTY);
    after.proposed_roles = None;
    if after != *before {
        after.version += 1;
        after.updated_at = tx.now();
        users::follow(tx, permit, &after)?;
        events.push(told(&after));
    }
    events.extend(leave(tx, permit, provider.id, &after)?);
    Ok(Settled { account: Some(after), events, failure: Some(failure) })
}

/// Ends the sessions at `provider` of an account that has no role any more, and has its machines stand still.
///
/// # Errors
/// When the database fails.
pub fn leave<A: Act>(
    tx: &mut Tx<'_>,
    permit: &Permit<A>,
    provider: IdentityProviderId,
    row: &UserRow,
) -> Result<Vec<Event>> {
    let mut events = end_sessions(tx, permit, provider, row, EndReason::RolesWithdrawn)?;
    events.extend(disowned::disown(tx, permit, row.agency_id)?);
    Ok(events)
}

/// Ends the sessions at `provider` of an account for which its word opens nothing any more.
///
/// # Errors
/// When the database fails.
pub fn end_sessions<A: Act>(
    tx: &mut Tx<'_>,
    permit: &Permit<A>,
    provider: IdentityProviderId,
    row: &UserRow,
    reason: EndReason,
) -> Result<Vec<Event>> {
    let mut events = Vec::new();
    for session in links::going_on_of(tx, provider, row.id)? {
        links::end(tx, permit, session, reason)?;
        events.push(ended(row, session, reason));
    }
    Ok(events)
}

/// That a session of the account was ended.
pub fn ended(row: &UserRow, session: SessionId, reason: EndReason) -> Event {
    Event::in_agency(row.agency_id, Deed::SessionEnded, SubjectKind::Session, session)
        .with("user", row.id)
        .with("end", reason)
}

/// What the directory of some providers knows the user by, when the subject is another one for each application.
pub(super) fn directory_id(claims: &Claims) -> Option<&str> {
    text(claims, SubjectClaim::Oid.as_str()).filter(|id| id.chars().count() <= LONGEST_ID)
}

fn text<'a>(claims: &'a Claims, name: &str) -> Option<&'a str> {
    claims.get(name).and_then(Value::as_str).map(str::trim).filter(|text| !text.is_empty())
}

/// Where the user is written to. Nobody is found by it. Where the provider tells none, it is one that nothing arrives at
/// (RFC 2606).
fn address(claims: &Claims, user: UserId) -> Result<Email> {
    let told = text(claims, "email").and_then(|email| email.parse().ok());
    told.map_or_else(|| no_address(user), Ok)
}

fn name(claims: &Claims, subject: &str) -> String {
    let told = text(claims, "name").or_else(|| text(claims, "preferred_username"));
    let clean = told.unwrap_or(subject).chars().filter(|letter| !letter.is_control());
    clean.take(LONGEST_NAME).collect()
}

fn locale(claims: &Claims) -> Locale {
    locale_of(text(claims, "locale").unwrap_or_default())
}
