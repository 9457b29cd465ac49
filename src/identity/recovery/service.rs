//! Use cases of recoveries.

use crate::access::{Act, Context, Facts, Permit, Role, act};
use crate::answer::Answer;
use crate::clock::{Instant, SharedClock};
use crate::credentials::secrets::OpaqueSecret;
use crate::db::{Db, Tx};
use crate::email::Email;
use crate::error::{Error, Result};
use crate::identity::agencies::store as agencies;
use crate::identity::auth::{self, resets, store as accounts};
use crate::identity::factors;
use crate::identity::letters::{self, Notice};
use crate::identity::model::UserStatus;
use crate::identity::recovery::api::RecoverAdmin;
use crate::identity::recovery::store;
use crate::identity::users::api::CreateUser;
use crate::identity::users::create::new_row;
use crate::identity::users::inviting;
use crate::identity::users::model::Gate;
use crate::identity::users::service::Rules;
use crate::identity::users::store::{self as users, UserRow};
use crate::ids::{AgencyId, UserId};
use crate::journal::event::{ChainOf, Change, Deed, Event, SubjectKind};
use crate::submission::Submission;

/// How long an agency for which nobody speaks has time to object, in seconds.
const OBJECTION: i64 = 24 * 60 * 60;
/// Who speaks for an agency, and confirms its accounts.
const SPEAKERS: [Role; 2] = [Role::LiaisonOfficer, Role::Coordinator];

/// An account that waits.
pub struct Begun {
    /// The account.
    pub row: UserRow,
    /// What its user sets the first password with; none where the account is there, and opened anew later.
    pub invitation: Option<OpaqueSecret>,
    /// When it takes effect where nobody can confirm it.
    pub takes_effect_at: Option<Instant>,
}

/// Makes an admin's account for an agency that has had admins, or takes the one of that address, and tells whoever can confirm
/// it or object.
///
/// # Errors
/// Not found; forbidden; the sign-in is not recent; invalid, naming every fault; the address cannot be used.
pub fn begin(
    tx: &mut Tx<'_>,
    id: AgencyId,
    submission: &Submission,
    rules: Rules,
) -> Result<Change<Begun>> {
    let permit = take(tx, id)?;
    auth::recently(tx)?;
    let body: RecoverAdmin = submission.read()?;
    let present = admin_called(tx, id, &body.email)?;
    let there = present.is_some();
    let (row, invitation) = if let Some(row) = present {
        (row, None)
    } else {
        let row = waiting(tx, id, body)?;
        users::insert_recovered_admin(tx, &permit, &row)?;
        let invited = inviting::invite(tx, &row, rules)?;
        (row, Some(invited.invitation))
    };
    let speakers = store::holders(tx, id, &SPEAKERS)?;
    let takes_effect_at = speakers.is_empty().then(|| tx.now().plus_seconds(OBJECTION));
    store::insert(tx, &permit, row.id, takes_effect_at)?;
    if rules.mails {
        let mut told = match speakers.as_slice() {
            [] => store::holders(tx, id, &[Role::AgencyAdmin])?,
            _ => speakers,
        };
        // Whoever has lost nothing learns of it.
        if there && !told.contains(&row.id) {
            told.push(row.id);
        }
        tell(tx, &told)?;
    }
    let event = Event::in_agency(id, Deed::AdminRecoveryBegun, SubjectKind::User, row.id)
        .with("takes_effect_at", takes_effect_at)
        .with("account_was_there", there)
        .text("email", row.email.as_str())
        .text("full_name", &row.full_name);
    Ok(Change::by(Begun { row, invitation, takes_effect_at }, event))
}

/// The admin in effect of that agency who signs in with that address.
fn admin_called(tx: &mut Tx<'_>, agency: AgencyId, typed: &str) -> Result<Option<UserRow>> {
    let Ok(email) = typed.parse::<Email>() else { return Ok(None) };
    let Some(account) = accounts::account_with(tx, &email)? else { return Ok(None) };
    let row = users::find(tx, account.id)?.filter(|_| account.in_effect());
    Ok(row.filter(|row| row.agency_id == agency && row.roles.0.has(Role::AgencyAdmin)))
}

/// Takes away what opened the account that the permit is for, and invites its user; tells how many sessions ended.
///
/// # Errors
/// When the database fails.
pub fn open_anew<A: Act>(
    tx: &mut Tx<'_>,
    permit: &Permit<A>,
    row: &UserRow,
    rules: Rules,
) -> Result<usize> {
    factors::remove(tx, permit)?;
    resets::close_all(tx, permit)?;
    let sessions_ended = users::open_anew(tx, permit)?;
    inviting::invite(tx, row, rules)?;
    Ok(sessions_ended)
}

/// Leave to give the agency an admin, whose accounts do not change until the transaction ends.
fn take(tx: &mut Tx<'_>, id: AgencyId) -> Result<Permit<act::RecoverAdmin>> {
    see(tx, id)?;
    tx.lock_chain(ChainOf::Agency(id).id())?;
    see(tx, id)
}

fn see(tx: &mut Tx<'_>, id: AgencyId) -> Result<Permit<act::RecoverAdmin>> {
    let found = agencies::find(tx, id)?;
    let facts = found.as_ref().map(|row| agencies::facts(tx, row)).transpose()?;
    tx.permit(&Facts::Agency(facts))
}

/// The account as it waits.
fn waiting(tx: &mut Tx<'_>, agency: AgencyId, body: RecoverAdmin) -> Result<UserRow> {
    let kind = agencies::find(tx, agency)?.ok_or_else(Error::not_found)?.kind;
    let staff = users::staff(tx, agency, None)?;
    let gate = Gate { kind, staff, confirm_accounts: true };
    let body = CreateUser {
        email: body.email,
        full_name: body.full_name,
        roles: vec![Role::AgencyAdmin.to_string()],
        locale: body.locale,
        agency_id: Some(agency),
    };
    Ok(UserRow { confirmed_at: None, ..new_row(&body, agency, gate, tx)? })
}

fn tell(tx: &mut Tx<'_>, whom: &[UserId]) -> Result<()> {
    for user in whom {
        let account = accounts::account(tx, *user)?.ok_or_else(Error::not_found)?;
        letters::write(tx, &account, Notice::AdminRecovery, None)?;
    }
    Ok(())
}

/// Lets accounts take effect, or opens them anew, to which nobody objected in time; tells how many those were.
///
/// # Errors
/// When the database fails.
pub async fn settle_due(db: &Db, clock: &SharedClock, rules: Rules) -> Result<usize> {
    let context = || Context::of_command("settle-recoveries", clock.now());
    let due = db.read(&context(), store::due).await?;
    for user in &due {
        let user = *user;
        db.write(&context(), move |tx| settle(tx, user, rules)).await?;
    }
    Ok(due.len())
}

/// Lets one account take effect, or opens it anew, unless it was ended or confirmed meanwhile, or there is somebody to confirm
/// it by now.
fn settle(tx: &mut Tx<'_>, user: UserId, rules: Rules) -> Result<Change<Answer>> {
    let found = users::find(tx, user)?.ok_or_else(Error::not_found)?;
    tx.lock_chain(ChainOf::Agency(found.agency_id).id())?;
    let row = users::find(tx, user)?.ok_or_else(Error::not_found)?;
    let permit = tx.permit::<act::SettleRecovery>(&Facts::User(Some(row.facts())))?;
    let begun_at = store::open(tx, user)?.filter(|_| row.status != UserStatus::Deactivated);
    let Some(begun_at) = begun_at else { return Ok(Change::Unchanged(Answer::empty())) };
    if !store::holders(tx, row.agency_id, &SPEAKERS)?.is_empty() {
        return Ok(Change::Unchanged(Answer::empty()));
    }
    store::close(tx, &permit)?;
    let event =
        Event::in_agency(row.agency_id, Deed::AdminRecoverySettled, SubjectKind::User, user)
            .by_server();
    if row.confirmed_at.is_some() {
        // Whoever has signed in meanwhile has lost nothing.
        let lost = !store::proved_since(tx, user, begun_at)?;
        let sessions_ended = if lost { open_anew(tx, &permit, &row, rules)? } else { 0 };
        let event = event.with("opened_anew", lost).with("sessions_ended", sessions_ended);
        return Ok(Change::by(Answer::empty(), event));
    }
    let now = tx.now();
    let redeemed = users::has_a_way_in(tx, user)?;
    let row = UserRow {
        confirmed_at: Some(now),
        status: if redeemed { UserStatus::Active } else { row.status },
        version: row.version + 1,
        updated_at: now,
        ..row
    };
    users::settle(tx, &permit, &row)?;
    Ok(Change::by(Answer::empty(), event))
}
