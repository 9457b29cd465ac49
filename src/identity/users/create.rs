//! Making accounts.

use crate::access::{Facts, Permit, Role, act};
use crate::agency::AgencyKind;
use crate::credentials::secrets::OpaqueSecret;
use crate::db::Tx;
use crate::db::types::Json;
use crate::email::Email;
use crate::error::{Error, Faults, Result};
use crate::identity::agencies::store as agencies;
use crate::identity::auth;
use crate::identity::model::{Locale, UserStatus};
use crate::identity::users::api::CreateUser;
use crate::identity::users::inviting::{self, Renewed};
use crate::identity::users::model::{Gate, Standing, gives_power};
use crate::identity::users::service::{LONGEST_NAME, Rules, read_roles};
use crate::identity::users::store::{self, UserRow};
use crate::identity::words::word;
use crate::ids::{AgencyId, UserId};
use crate::journal::event::{ChainOf, Change, Deed, Event, SubjectKind};
use crate::submission::Submission;

/// A new account with what its user sets the first password with.
pub struct Created {
    /// The account.
    pub row: UserRow,
    /// The invitation.
    pub invitation: OpaqueSecret,
}

/// Where a new account is made, and by which leave.
enum Place {
    Own(Permit<act::CreateUser>, AgencyKind),
    /// The first admin of another agency.
    Other(Permit<act::CreateFirstAdmin>, AgencyKind),
}

/// Makes an account in one's own agency, or the first admin of another.
///
/// # Errors
/// Forbidden; not found where the agency does not exist; invalid, naming every fault; the sign-in is not recent, for roles that
/// give power over others; the address cannot be used.
pub fn create(tx: &mut Tx<'_>, submission: &Submission, rules: Rules) -> Result<Change<Created>> {
    let permit = tx.permit::<act::CreateUser>(&Facts::Server)?;
    let body: CreateUser = submission.read()?;
    let officer = tx.context().officer()?;
    let agency = body.agency_id.unwrap_or(officer.agency);
    tx.lock_chain(ChainOf::Agency(agency).id())?;
    let place = if agency == officer.agency {
        Place::Own(permit, officer.agency_kind)
    } else {
        first_admin(tx, agency, &body)?
    };
    let (Place::Own(_, kind) | Place::Other(_, kind)) = place;
    let staff = store::staff(tx, agency, None)?;
    let gate = Gate { kind, staff, confirm_accounts: rules.confirm_accounts };
    let row = new_row(&body, agency, gate, tx)?;
    if gives_power(row.roles.0) {
        auth::recently(tx)?;
    }
    match &place {
        Place::Own(permit, _) => store::insert(tx, permit, &row)?,
        Place::Other(permit, _) => store::insert_first_admin(tx, permit, &row)?,
    }
    let Renewed { invitation, .. } = inviting::invite(tx, &row, rules)?;
    let event = Event::in_agency(agency, Deed::UserCreated, SubjectKind::User, row.id)
        .with("roles", row.roles.0)
        .with("confirmed", row.confirmed_at.is_some())
        .text("email", row.email.as_str())
        .text("full_name", &row.full_name);
    Ok(Change::by(Created { row, invitation }, event))
}

fn first_admin(tx: &mut Tx<'_>, agency: AgencyId, body: &CreateUser) -> Result<Place> {
    let found = agencies::find(tx, agency)?;
    let facts = found.as_ref().map(|row| agencies::facts(tx, row)).transpose()?;
    let permit = tx.permit::<act::CreateFirstAdmin>(&Facts::Agency(facts))?;
    let kind = found.ok_or_else(Error::not_found)?.kind;
    if body.roles == [Role::AgencyAdmin.to_string()] {
        Ok(Place::Other(permit, kind))
    } else {
        Err(Error::forbidden("In another agency only the first agency_admin is made."))
    }
}

/// The row of a new account, as `body` and the gate say.
///
/// # Errors
/// Invalid, naming every fault.
pub fn new_row(body: &CreateUser, agency: AgencyId, gate: Gate, tx: &Tx<'_>) -> Result<UserRow> {
    let mut faults = Faults::new();
    let email: Option<Email> = faults.take("/email", body.email.parse());
    faults.text("/full_name", &body.full_name, LONGEST_NAME);
    let locale =
        body.locale.as_deref().map_or(Some(Locale::En), |text| word(&mut faults, "/locale", text));
    let roles = read_roles(&body.roles, gate.kind, faults)?;
    let missing = || Error::internal("a faultless account lacks a field");
    let standing = Standing::new(roles, gate);
    let now = tx.now();
    Ok(UserRow {
        id: UserId::new(now),
        agency_id: agency,
        email: email.ok_or_else(missing)?,
        full_name: body.full_name.trim().to_owned(),
        locale: locale.ok_or_else(missing)?,
        roles: Json(roles),
        proposed_roles: None,
        status: UserStatus::Invited,
        confirmed_at: standing.confirmed.then_some(now),
        confirmed_by: None,
        version: 1,
        created_at: now,
        updated_at: now,
        provider_id: None,
    })
}
