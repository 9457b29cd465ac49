//! Use cases of SCIM. Whatever decides about an agency's accounts holds the lock of the agency's chain.

use crate::access::{Facts, Permit, Provisioner, RoleSet, act};
use crate::agency::AgencyKind;
use crate::db::types::Json;
use crate::db::{Tx, View};
use crate::error::{Error, Faults, Refusal, Result, codes};
use crate::identity::agencies::store as agencies;
use crate::identity::federation::claims::{self, Denial};
use crate::identity::federation::store::{self as providers, ProviderRow};
use crate::identity::federation::{accounts, links};
use crate::identity::model::UserStatus;
use crate::identity::provisioning::model::{Profile, SubjectClaim};
use crate::identity::provisioning::scim::filter;
use crate::identity::provisioning::scim::input::{self, Sent};
use crate::identity::provisioning::scim::patch::{self, Subject};
use crate::identity::provisioning::scim::store::{self, By, OwnRow, Provisioned};
use crate::identity::provisioning::tokens::store as tokens;
use crate::identity::users::model::{Gate, Standing};
use crate::identity::users::service as users_service;
use crate::identity::users::store::{self as users, UserRow};
use crate::ids::UserId;
use crate::journal::event::{ChainOf, Change, Deed, Event, SubjectKind};
use crate::submission::Submission;

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

/// Who brings somebody in, and what stands in the way of roles there.
struct House {
    provisioner: Provisioner,
    provider: ProviderRow,
    kind: AgencyKind,
    confirms: bool,
}

impl House {
    fn of(tx: &mut Tx<'_>, confirms: bool) -> Result<Self> {
        let provisioner = tx.context().provisioner()?;
        let provider = providers::find(tx, provisioner.provider)?.ok_or_else(Error::not_found)?;
        let agency = agencies::find(tx, provisioner.agency)?.ok_or_else(Error::not_found)?;
        Ok(Self { provisioner, provider, kind: agency.kind, confirms })
    }

    /// The roles that the values of a profile give by what is in effect of the provider's allow-list; none where they give
    /// nothing, and why.
    fn roles(&self, profile: &Profile) -> (RoleSet, Option<Denial>) {
        let (Some(values), Some(grants)) = (&profile.roles, self.provider.grants()) else {
            return (RoleSet::EMPTY, Some(Denial::RolesNone));
        };
        let values = values.iter().map(String::as_str);
        match claims::judge_values(values, grants, self.kind).roles {
            Ok(roles) => (roles, None),
            Err(denial) => (RoleSet::EMPTY, Some(denial)),
        }
    }

    fn gate(&self, tx: &mut Tx<'_>, user: UserId) -> Result<Gate> {
        let staff = users::staff(tx, self.provisioner.agency, Some(user))?;
        Ok(Gate { kind: self.kind, staff, confirm_accounts: self.confirms })
    }

    /// How an account begins, or begins again. One without a role waits until it has one.
    fn begins(&self, tx: &mut Tx<'_>, row: &mut UserRow, profile: &Profile) -> Result<()> {
        let (roles, _) = self.roles(profile);
        let standing = Standing::new(roles, self.gate(tx, row.id)?);
        let confirmed = standing.confirmed && !roles.is_empty();
        row.roles = Json(roles);
        row.proposed_roles = None;
        row.status = if confirmed { UserStatus::Active } else { UserStatus::Invited };
        row.confirmed_at = confirmed.then(|| tx.now());
        row.confirmed_by = None;
        Ok(())
    }

    /// Nobody else whom the provider knows has this user name.
    fn free_name(&self, tx: &mut Tx<'_>, profile: &Profile, of: Option<UserId>) -> Result<()> {
        let same = store::any(tx, self.provider.id, &By::Name(profile.key()))?;
        match same {
            Some(same) if Some(same.user.id) != of => Err(taken("userName")),
            _ => Ok(()),
        }
    }
}

fn taken(attribute: &str) -> Error {
    Error::new(&codes::DUPLICATE, format!("This {attribute} cannot be used: somebody has it."))
}

/// Brings somebody in: a new account, or one that signed in through the provider before, or one that comes back.
///
/// # Errors
/// Invalid, naming every fault; the provider knows somebody of that name or id already; the account was ended by people.
pub fn create(
    tx: &mut Tx<'_>,
    submission: &Submission,
    confirms: bool,
) -> Result<Change<Provisioned>> {
    let provisioner = tx.context().provisioner()?;
    let facts = Facts::OfAgency(Some(provisioner.agency));
    let permit = tx.permit::<act::Provision>(&facts)?;
    let body = submission.read_scim()?;
    let mut faults = Faults::new();
    let Sent { external_id, active, profile } = input::read(&body, &mut faults);
    faults.check(external_id.is_some(), "/externalId", "is missing: the account is found by it");
    faults.finish()?;
    let external_id = external_id.unwrap_or_default();
    tx.lock_chain(ChainOf::Agency(provisioner.agency).id())?;
    let house = House::of(tx, confirms)?;
    house.free_name(tx, &profile, None)?;
    let wanted = Subject { external_id, active: active.unwrap_or(true), profile };
    let former = store::any(tx, house.provider.id, &By::ExternalId(wanted.external_id.clone()))?;
    if let Some(former) = former {
        return come_back(tx, &house, former, &wanted);
    }
    let token = tokens::find(tx, provisioner.token)?.ok_or_else(Error::not_found)?;
    let claim = token.subject_claim;
    match signed_in_before(tx, &house, claim, &wanted.external_id)? {
        Some(row) => adopt(tx, &permit, &house, claim, row, &wanted),
        None => make(tx, &permit, &house, claim, &wanted),
    }
}

/// The account of somebody who signed in through the provider before it was brought in.
fn signed_in_before(
    tx: &mut Tx<'_>,
    house: &House,
    claim: SubjectClaim,
    external_id: &str,
) -> Result<Option<UserRow>> {
    match claim {
        SubjectClaim::Sub => links::account(tx, house.provider.id, external_id),
        SubjectClaim::Oid => links::account_in_directory(tx, house.provider.id, external_id),
    }
}

fn own_row(house: &House, claim: SubjectClaim, user: UserId, wanted: &Subject) -> OwnRow {
    OwnRow {
        user_id: user,
        provider_id: house.provider.id,
        subject_claim: claim,
        external_id: wanted.external_id.clone(),
        user_name_key: wanted.profile.key(),
        profile: Json(wanted.profile.clone()),
        ended_at: None,
        deleted_at: None,
    }
}

/// Makes an account.
fn make(
    tx: &mut Tx<'_>,
    permit: &Permit<act::Provision>,
    house: &House,
    claim: SubjectClaim,
    wanted: &Subject,
) -> Result<Change<Provisioned>> {
    let (now, profile) = (tx.now(), &wanted.profile);
    let id = UserId::new(now);
    let mut user = UserRow {
        id,
        agency_id: house.provisioner.agency,
        email: profile.address(id)?,
        full_name: profile.full_name(),
        locale: profile.language(),
        roles: Json(RoleSet::EMPTY),
        proposed_roles: None,
        status: UserStatus::Deactivated,
        confirmed_at: None,
        confirmed_by: None,
        version: 1,
        created_at: now,
        updated_at: now,
        provider_id: Some(house.provider.id),
    };
    if wanted.active {
        house.begins(tx, &mut user, profile)?;
    }
    let ended_at = (!wanted.active).then_some(now);
    let own = OwnRow { ended_at, ..own_row(house, claim, id, wanted) };
    users::insert_federated(tx, permit, &user)?;
    store::insert(tx, permit, &own)?;
    let event = brought_in(house, &user, &own);
    Ok(Change::by(Provisioned { user, own }, event))
}

/// Brings somebody in who has an account already because he or she signed in before. A person who signs in here with a
/// password, and an admin, is nobody whom a provider brings in.
fn adopt(
    tx: &mut Tx<'_>,
    permit: &Permit<act::Provision>,
    house: &House,
    claim: SubjectClaim,
    user: UserRow,
    wanted: &Subject,
) -> Result<Change<Provisioned>> {
    if user.provider_id != Some(house.provider.id) || store::is_admin(&user) {
        return Err(taken("externalId"));
    }
    let profile =
        Json(Profile { user_name: wanted.profile.user_name.clone(), ..Profile::default() });
    let own = OwnRow { profile, ..own_row(house, claim, user.id, wanted) };
    store::insert(tx, permit, &own)?;
    let event = brought_in(house, &user, &own).with("signed_in_before", true);
    let found = Provisioned { user, own };
    let permit = tx.permit::<act::Provision>(&Facts::Provisioned(Some(found.facts())))?;
    change(tx, &permit, house, found, wanted, vec![event])
}

/// Brings somebody in whom the provider had said to be gone.
fn come_back(
    tx: &mut Tx<'_>,
    house: &House,
    mut former: Provisioned,
    wanted: &Subject,
) -> Result<Change<Provisioned>> {
    if former.own.deleted_at.is_none() || store::is_admin(&former.user) {
        return Err(taken("externalId"));
    }
    former.own.deleted_at = None;
    let permit = tx.permit::<act::Provision>(&Facts::Provisioned(Some(former.facts())))?;
    let event = brought_in(house, &former.user, &former.own).with("known_before", true);
    change(tx, &permit, house, former, wanted, vec![event])
}

fn brought_in(house: &House, user: &UserRow, own: &OwnRow) -> Event {
    let deed = Deed::UserProvisioned;
    let (_, denial) = house.roles(&own.profile.0);
    Event::in_agency(user.agency_id, deed, SubjectKind::User, user.id)
        .with("identity_provider", house.provider.id)
        .with("roles", user.roles.0)
        .with("denied", denial.filter(|_| own.profile.0.roles.is_some()))
        .with("confirmed", user.confirmed_at.is_some())
        .text("external_id", &own.external_id)
        .text("user_name", &own.profile.0.user_name)
        .text("email", user.email.as_str())
        .text("full_name", &user.full_name)
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
    let (found, permit) = take(tx, id)?;
    let body = submission.read_scim()?;
    guard(submission, &found)?;
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
    let (found, permit) = take(tx, id)?;
    let body = submission.read_scim()?;
    guard(submission, &found)?;
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
        events.extend(accounts::end_sessions(tx, permit, house.provider.id, &user)?);
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
