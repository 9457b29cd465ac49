//! How somebody is brought in: a new account, one that signed in before, or one that comes back.

use super::change;
use super::house::{House, taken};
use crate::access::{Facts, Permit, RoleSet, act};
use crate::db::Tx;
use crate::db::types::Json;
use crate::error::{Error, Faults, Result};
use crate::identity::federation::identities;
use crate::identity::model::UserStatus;
use crate::identity::provisioning::model::{Profile, SubjectClaim};
use crate::identity::provisioning::scim::input::{self, Sent};
use crate::identity::provisioning::scim::patch::Subject;
use crate::identity::provisioning::scim::store::{self, By, OwnRow, Provisioned};
use crate::identity::provisioning::tokens::store as tokens;
use crate::identity::users::store::{self as users, UserRow};
use crate::ids::UserId;
use crate::journal::event::{ChainOf, Change, Deed, Event, SubjectKind};
use crate::submission::Submission;

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
        SubjectClaim::Sub => identities::account(tx, house.provider.id, external_id),
        SubjectClaim::Oid => identities::account_in_directory(tx, house.provider.id, external_id),
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
