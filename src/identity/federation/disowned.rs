//! Accounts that a provider says it vouches for no more: until it does again, the machines that such a user answers for stand
//! still. That somebody signed out there, or that the provider is away, says nothing of the kind.

use diesel::prelude::*;

use crate::access::{Act, Permit, act};
use crate::clock::Instant;
use crate::db::schema::{federated_identities, users};
use crate::db::{Run, Tx};
use crate::error::Result;
use crate::identity::machines;
use crate::ids::{AgencyId, IdentityProviderId, UserId};
use crate::journal::event::{Deed, Event, SubjectKind};

/// Notes that nobody vouches for the user whom the permit is for; tells of the machine accounts that stand still from now on.
///
/// # Errors
/// When the database fails.
pub fn disown<A: Act>(
    tx: &mut Tx<'_>,
    permit: &Permit<A>,
    agency: AgencyId,
) -> Result<Option<Event>> {
    let (user, now) = (permit.user()?, tx.now());
    let disowned = diesel::update(users::table.find(user))
        .filter(users::disowned_at.is_null())
        .set(users::disowned_at.eq(now))
        .run(tx)?;
    if disowned == 0 {
        return Ok(None);
    }
    told(tx, Deed::MachinesSuspended, agency, user)
}

/// Notes the same of everybody whom `provider`, of the agency that the permit is for, ever vouched for.
///
/// # Errors
/// When the database fails.
pub fn disown_all(
    tx: &mut Tx<'_>,
    permit: &Permit<act::KeepProviders>,
    provider: IdentityProviderId,
) -> Result<Vec<Event>> {
    let (agency, now) = (permit.agency()?, tx.now());
    let theirs = || {
        let linked = federated_identities::table
            .filter(federated_identities::provider_id.eq(provider))
            .select(federated_identities::user_id);
        users::table
            .filter(users::agency_id.eq(agency))
            .filter(users::disowned_at.is_null())
            .filter(users::provider_id.eq(provider).or(users::id.eq_any(linked)))
    };
    let owners = machines::owners_in(tx, agency)?;
    let owners: Vec<UserId> =
        theirs().filter(users::id.eq_any(owners)).select(users::id).order(users::id).all(tx)?;
    diesel::update(theirs()).set(users::disowned_at.eq(now)).run(tx)?;
    let mut events = Vec::new();
    for owner in owners {
        events.extend(told(tx, Deed::MachinesSuspended, agency, owner)?);
    }
    Ok(events)
}

/// Notes that a provider vouches for the user whom the permit is for; tells of the machine accounts that work again.
///
/// # Errors
/// When the database fails.
pub fn own(
    tx: &mut Tx<'_>,
    permit: &Permit<act::SignIn>,
    agency: AgencyId,
) -> Result<Option<Event>> {
    let user = permit.user()?;
    let owned = diesel::update(users::table.find(user))
        .filter(users::disowned_at.is_not_null())
        .set(users::disowned_at.eq(None::<Instant>))
        .run(tx)?;
    if owned == 0 {
        return Ok(None);
    }
    told(tx, Deed::MachinesResumed, agency, user)
}

/// What is told of it, where the user answers for machines at all.
fn told(tx: &mut Tx<'_>, deed: Deed, agency: AgencyId, user: UserId) -> Result<Option<Event>> {
    let machines = machines::owned_by(tx, user)?;
    let event = Event::in_agency(agency, deed, SubjectKind::User, user).with("machines", machines);
    Ok((machines > 0).then_some(event))
}
