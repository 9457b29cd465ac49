//! Use cases of SCIM. Whatever decides about an agency's accounts holds the lock of the agency's chain.

use serde_json::{Map, Value};

use crate::access::{Facts, Permit, RoleSet, act};
use crate::db::types::Json;
use crate::db::{Tx, View};
use crate::error::{Error, Faults, Refusal, Result, codes};
use crate::identity::federation::accounts;
use crate::identity::model::UserStatus;
use crate::identity::provisioning::scim::filter;
use crate::identity::provisioning::scim::input::{self, Sent};
use crate::identity::provisioning::scim::patch::{self, Subject};
use crate::identity::provisioning::scim::store::{self, By, OwnRow, Provisioned};
use crate::identity::users::model::Gate;
use crate::identity::users::service as users_service;
use crate::identity::users::store::{self as users, UserRow};
use crate::ids::UserId;
use crate::journal::event::{ChainOf, Change, Deed, Event, SubjectKind};
use crate::submission::Submission;

mod bringing;
mod house;

pub use bringing::create;
use house::House;

/// Which accounts are asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// How one is looked for; all are meant where nothing is said.
    pub by: Option<By>,
    /// How many are left out before the first.
    pub skipped: i64,
    /// How many at the most.
    pub most: i64,
}

impl Wanted {
    /// Reads a filter.
    ///
    /// # Errors
    /// It is not understood.
    pub fn filter(text: &str) -> Result<By> {
        let equals = filter::read(text)?;
        let by = equals.text().and_then(|text| match equals.attribute.as_str() {
            "username" => Some(By::Name(crate::identity::provisioning::model::key(text))),
            "externalid" => Some(By::ExternalId(text.to_owned())),
            // What is no id stands for nobody.
            "id" => Some(By::Id(text.parse().unwrap_or(UserId::from_uuid(uuid::Uuid::nil())))),
            _ => None,
        });
        by.ok_or_else(|| {
            let words = "Users are looked for by userName, externalId or id.";
            Error::new(&codes::SCIM_FILTER, words)
        })
    }
}

/// The accounts that the provider sees and asks for, and how many there are.
///
/// # Errors
/// The database is away.
pub fn list(view: &mut View<'_>, wanted: &Wanted) -> Result<(Vec<Provisioned>, i64)> {
    let provisioner = view.context().provisioner()?;
    let permit = view.permit::<act::Provision>(&Facts::OfAgency(Some(provisioner.agency)))?;
    let Some(by) = &wanted.by else {
        return store::list(view, &permit, provisioner.provider, wanted.skipped, wanted.most);
    };
    let found = store::seen(view, provisioner.provider, by)?;
    let total = i64::from(found.is_some());
    let shown = wanted.skipped == 0 && wanted.most > 0;
    Ok((found.into_iter().filter(|_| shown).collect(), total))
}

/// One account that the provider sees.
///
/// # Errors
/// Not found.
pub fn read(view: &mut View<'_>, id: UserId) -> Result<Provisioned> {
    see(view, id).map(|(found, _)| found)
}

fn see(view: &mut View<'_>, id: UserId) -> Result<(Provisioned, Permit<act::Provision>)> {
    let provisioner = view.context().provisioner()?;
    let found = store::seen(view, provisioner.provider, &By::Id(id))?;
    let facts = Facts::Provisioned(found.as_ref().map(Provisioned::facts));
    let permit = view.permit(&facts)?;
    found.map(|found| (found, permit)).ok_or_else(Error::not_found)
}

/// The same for a change; no other change in the agency runs until this one has ended.
fn take(tx: &mut Tx<'_>, id: UserId) -> Result<(Provisioned, Permit<act::Provision>)> {
    let seen = see(tx, id)?;
    let agency = tx.context().provisioner()?.agency;
    if tx.lock_chain(ChainOf::Agency(agency).id())? { see(tx, id) } else { Ok(seen) }
}

/// The same with what is sent about it, in the order of the contract: the body's syntax, then the version.
fn take_with_body(
    tx: &mut Tx<'_>,
    id: UserId,
    submission: &Submission,
) -> Result<(Provisioned, Permit<act::Provision>, Map<String, Value>)> {
    let (found, permit) = take(tx, id)?;
    let body = submission.read_scim()?;
    guard(submission, &found)?;
    Ok((found, permit, body))
}

/// Puts what a provider says of somebody in the place of what it said before. What it does not say of roles and of
/// `active` stays, where it never said it: some providers send neither.
///
/// # Errors
/// Not found; another version than the one named; invalid, naming every fault; the name is taken; people ended the account.
pub fn replace(
    tx: &mut Tx<'_>,
    id: UserId,
    submission: &Submission,
    confirms: bool,
) -> Result<Change<Provisioned>> {
    let (found, permit, body) = take_with_body(tx, id, submission)?;
    let mut faults = Faults::new();
    let Sent { external_id, active, mut profile } = input::read(&body, &mut faults);
    faults.finish()?;
    if external_id.is_some_and(|id| id != found.own.external_id) {
        return Err(patch::immutable());
    }
    if profile.roles.is_none() && found.own.profile.0.roles.is_some() {
        profile.roles = Some(Vec::new());
    }
    let active = active.unwrap_or(is_active(&found));
    let wanted = Subject { external_id: found.own.external_id.clone(), active, profile };
    let house = House::of(tx, confirms)?;
    change(tx, &permit, &house, found, &wanted, Vec::new())
}

/// Changes what a provider says of somebody in steps.
///
/// # Errors
/// Not found; another version than the one named; not a change that is understood; the name is taken; people ended the
/// account.
pub fn edit(
    tx: &mut Tx<'_>,
    id: UserId,
    submission: &Submission,
    confirms: bool,
) -> Result<Change<Provisioned>> {
    let (found, permit, body) = take_with_body(tx, id, submission)?;
    let mut wanted = Subject {
        external_id: found.own.external_id.clone(),
        active: is_active(&found),
        profile: found.own.profile.0.clone(),
    };
    patch::apply(&body, &mut wanted)?;
    let house = House::of(tx, confirms)?;
    change(tx, &permit, &house, found, &wanted, Vec::new())
}

/// Lets somebody be gone: the account is ended, and the provider does not see it any more. What it did stays told.
///
/// # Errors
/// Not found; another version than the one named.
pub fn delete(tx: &mut Tx<'_>, id: UserId, submission: &Submission) -> Result<Change<()>> {
    let (found, permit) = take(tx, id)?;
    guard(submission, &found)?;
    let Provisioned { mut user, mut own } = found;
    let mut events = Vec::new();
    if user.status != UserStatus::Deactivated {
        let (after, event) = users_service::end(tx, &permit, user)?;
        (user, own.ended_at) = (after, Some(tx.now()));
        events.push(event);
    }
    own.deleted_at = Some(tx.now());
    store::update(tx, &permit, &own)?;
    let deed = Deed::UserDeprovisioned;
    let event = Event::in_agency(user.agency_id, deed, SubjectKind::User, id);
    events.push(event.with("identity_provider", own.provider_id));
    Ok(Change::by_all((), events))
}

/// Who names a version changes no other. Providers need not name one.
///
/// # Errors
/// It is another one now.
fn guard(submission: &Submission, found: &Provisioned) -> Result<()> {
    if submission.if_match.is_some() { submission.guard(found.user.version) } else { Ok(()) }
}

/// Whether the account was not ended, as the provider sees it: that it waits is the agency's own affair.
#[must_use]
pub fn is_active(found: &Provisioned) -> bool {
    found.user.status != UserStatus::Deactivated
}

/// Makes the account what the provider wants it to be.
fn change(
    tx: &mut Tx<'_>,
    permit: &Permit<act::Provision>,
    house: &House,
    before: Provisioned,
    wanted: &Subject,
    mut events: Vec<Event>,
) -> Result<Change<Provisioned>> {
    let (was_active, profile) = (is_active(&before), &wanted.profile);
    house.free_name(tx, profile, Some(before.user.id))?;
    let comes_back = wanted.active && !was_active;
    if comes_back && before.own.ended_at.is_none() {
        let words = "People of the agency ended this account; it does not come back this way.";
        return Err(Refusal::new(&codes::STATE, words).into());
    }
    let mut user = before.user.clone();
    user.email = profile.address(user.id)?;
    user.full_name = profile.full_name();
    user.locale = profile.language();
    let other_roles = profile.roles.is_some() && profile.roles != before.own.profile.0.roles;
    let mut denied = None;
    if comes_back {
        house.begins(tx, &mut user, profile)?;
    } else if other_roles && was_active {
        let (roles, denial) = house.roles(profile);
        denied = denial;
        follow_roles(&mut user, roles, house.gate(tx, before.user.id)?, tx);
    }
    let mut own = OwnRow {
        user_name_key: profile.key(),
        profile: Json(profile.clone()),
        ended_at: before.own.ended_at.filter(|_| !comes_back),
        ..before.own.clone()
    };
    if user != before.user || own != before.own {
        user = UserRow { version: before.user.version + 1, updated_at: tx.now(), ..user };
        users::follow(tx, permit, &user)?;
        let event = followed(&user, &own, comes_back).with("denied", denied);
        events.push(event);
    }
    if user.roles.0.is_empty() && !before.user.roles.0.is_empty() {
        events.extend(accounts::leave(tx, permit, house.provider.id, &user)?);
    }
    if was_active && !wanted.active {
        let (after, event) = users_service::end(tx, permit, user)?;
        (user, own.ended_at) = (after, Some(tx.now()));
        events.push(event);
    }
    if events.is_empty() {
        return Ok(Change::Unchanged(before));
    }
    store::update(tx, permit, &own)?;
    Ok(Change::by_all(Provisioned { user, own }, events))
}

/// What is taken away counts at once, what is added waits where accounts do; and who has no role any more has none that
/// waits.
fn follow_roles(user: &mut UserRow, roles: RoleSet, gate: Gate, tx: &Tx<'_>) {
    if roles.is_empty() {
        user.roles = Json(roles);
        user.proposed_roles = None;
        return;
    }
    let standing = user.standing().with(roles, gate);
    user.roles = Json(standing.roles);
    user.proposed_roles = standing.proposed.map(Json);
    if standing.confirmed && user.confirmed_at.is_none() {
        user.confirmed_at = Some(tx.now());
        user.status = UserStatus::Active;
    }
}

fn followed(user: &UserRow, own: &OwnRow, comes_back: bool) -> Event {
    let deed = if comes_back { Deed::UserReactivated } else { Deed::UserFollowed };
    Event::in_agency(user.agency_id, deed, SubjectKind::User, user.id)
        .with("roles", user.roles.0)
        .with("proposed_roles", user.proposed_roles.as_ref().map(|roles| roles.0))
        .with("confirmed", user.confirmed_at.is_some())
        .text("user_name", &own.profile.0.user_name)
        .text("email", user.email.as_str())
        .text("full_name", &user.full_name)
}
