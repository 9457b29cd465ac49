//! Making, naming and removing passkeys.

use secrecy::zeroize::Zeroizing;
use serde_json::Value;

use crate::access::{Facts, Permit, act};
use crate::answer::Answer;
use crate::credentials::passkeys::{Made, RelyingParty};
use crate::db::{Tx, View};
use crate::error::{Error, Fault, Faults, Refusal, Result, codes};
use crate::identity::auth;
use crate::identity::factors::passkeys::api::{CreatePasskey, EditPasskey};
use crate::identity::factors::passkeys::challenge::{self, Purpose};
use crate::identity::factors::passkeys::store::{self, PasskeyRow};
use crate::identity::factors::proof::asked;
use crate::identity::factors::service::{new_codes, take};
use crate::identity::factors::store::{Factor, codes_left, forget_proofs, prove_in_session};
use crate::identity::users::store as users;
use crate::ids::{AgencyId, PasskeyId};
use crate::journal::event::{ChainOf, Change, Deed, Event, SubjectKind};
use crate::submission::Submission;

/// The most passkeys that one user has.
const MOST: i64 = 10;
/// The longest name, in characters.
const LONGEST_NAME: usize = 100;

/// What the browser begins with.
pub struct Begun {
    /// What comes back with the device's answer.
    pub challenge: String,
    /// What the browser hands to the device.
    pub options: Value,
}

/// Begins to make a passkey for the caller.
///
/// # Errors
/// The sign-in is not recent; there are enough.
pub fn begin(view: &mut View<'_>, party: Option<&RelyingParty>) -> Result<Begun> {
    let officer = view.context().officer()?;
    let (user, session) = (officer.user, officer.session);
    view.permit::<act::KeepFactors>(&Facts::account_of(officer))?;
    auth::recently(view)?;
    let party = named(party)?;
    let known = store::of_user(view, user)?;
    enough(i64::try_from(known.len()).unwrap_or(MOST))?;
    let row = users::find(view, user)?.ok_or_else(Error::not_found)?;
    let known = known.into_iter().map(|passkey| passkey.credential_id).collect();
    let begun = party.begin_making(user.uuid(), row.email.as_str(), &row.full_name, known)?;
    let challenge = challenge::seal(view, Purpose::Making(user, session), &begun)?;
    Ok(Begun { challenge, options: begun.options })
}

/// What this server is to devices.
///
/// # Errors
/// Users reach it by an address, for which no browser makes passkeys.
pub fn named(party: Option<&RelyingParty>) -> Result<&RelyingParty> {
    party.ok_or_else(|| {
        let words = "Browsers make passkeys for names only, and users reach this server by an address; \
                     its operator has to set server.public_url.";
        Refusal::new(&codes::STATE, words).into()
    })
}

fn enough(there_are: i64) -> Result<()> {
    if there_are < MOST {
        return Ok(());
    }
    let words = format!("There are {MOST} passkeys, which is the most; remove one first.");
    Err(Refusal::new(&codes::STATE, words).into())
}

/// A passkey that was just made.
pub struct Created {
    /// The passkey.
    pub row: PasskeyRow,
    /// Recovery codes, where there were none.
    pub codes: Vec<Zeroizing<String>>,
}

/// Keeps the passkey that the caller's device has made.
///
/// # Errors
/// Invalid, naming every fault; there are enough; the sign-in is not recent.
pub fn create(
    tx: &mut Tx<'_>,
    party: Option<&RelyingParty>,
    submission: &Submission,
) -> Result<Change<Created>> {
    let (permit, agency, user) = take(tx)?;
    let session = tx.context().officer()?.session;
    let body: CreatePasskey = submission.read()?;
    let party = named(party)?;
    let mut faults = Faults::new();
    faults.text("/name", &body.name, LONGEST_NAME);
    let made = faults.take("/credential", Made::read(body.credential));
    let open = challenge::open(tx, Purpose::Making(user, session), &body.challenge)?;
    faults.check(open.is_some(), "/challenge", "expected one of this session, unused, not run out");
    faults.finish()?;
    let (Some(made), Some(open)) = (made, open) else {
        return Err(Error::internal("a faultless passkey lacks a part"));
    };
    enough(store::count(tx, user)?)?;
    let passkey = party.make(&made, &open.state)?.map_err(|_| {
        let words = "expected what a device made for this challenge, at this address";
        Error::invalid(vec![Fault::new("/credential", words)])
    })?;
    challenge::spend(tx, &open)?;
    let id = PasskeyId::new(tx.now());
    let row = store::insert(tx, &permit, id, passkey, body.name.trim())?;
    prove_in_session(tx, &permit, session, Factor::Passkey)?;
    let codes = if codes_left(tx, user)? == 0 { new_codes(tx, &permit, user)? } else { Vec::new() };
    let event = told(agency, Deed::PasskeyCreated, &row);
    Ok(Change::by(Created { row, codes }, event))
}

/// The caller's passkeys.
///
/// # Errors
/// When nobody has signed in.
pub fn list(view: &mut View<'_>) -> Result<Vec<PasskeyRow>> {
    let facts = Facts::account_of(view.context().officer()?);
    let user = view.permit::<act::KeepFactors>(&facts)?.user()?;
    store::of_user(view, user)
}

/// One of the caller's passkeys.
///
/// # Errors
/// Not found.
pub fn read(view: &mut View<'_>, id: PasskeyId) -> Result<PasskeyRow> {
    see(view, id).map(|(row, _)| row)
}

fn see(view: &mut View<'_>, id: PasskeyId) -> Result<(PasskeyRow, Permit<act::KeepFactors>)> {
    let (row, facts) = store::find(view, id)?.unzip();
    let permit = view.permit(&Facts::User(facts))?;
    Ok((row.ok_or_else(Error::not_found)?, permit))
}

/// The passkey under the lock of the agency's chain, in which nothing else happens to it.
fn hold(
    tx: &mut Tx<'_>,
    id: PasskeyId,
) -> Result<(PasskeyRow, Permit<act::KeepFactors>, AgencyId)> {
    let agency = tx.context().officer()?.agency;
    see(tx, id)?;
    tx.lock_chain(ChainOf::Agency(agency).id())?;
    let (row, permit) = see(tx, id)?;
    Ok((row, permit, agency))
}

/// Gives a passkey another name.
///
/// # Errors
/// Not found; the version missing or stale; invalid.
pub fn edit(tx: &mut Tx<'_>, id: PasskeyId, submission: &Submission) -> Result<Change<PasskeyRow>> {
    let (before, permit, agency) = hold(tx, id)?;
    let patch: EditPasskey = submission.read_guarded(before.version)?;
    let mut faults = Faults::new();
    let name = patch.name.unwrap_or_else(|| before.name.clone());
    faults.text("/name", &name, LONGEST_NAME);
    faults.finish()?;
    if name.trim() == before.name {
        return Ok(Change::Unchanged(before));
    }
    let after = PasskeyRow { name: name.trim().to_owned(), version: before.version + 1, ..before };
    store::rename(tx, &permit, &after)?;
    let event = told(agency, Deed::PasskeyRenamed, &after);
    Ok(Change::by(after, event))
}

/// Removes a passkey.
///
/// # Errors
/// Not found; the sign-in is not recent.
pub fn remove(tx: &mut Tx<'_>, id: PasskeyId) -> Result<Change<Answer>> {
    let (row, permit, agency) = hold(tx, id)?;
    auth::recently(tx)?;
    store::remove(tx, &permit, id)?;
    if !asked(tx, row.user_id)? {
        forget_proofs(tx, &permit)?;
    }
    Ok(Change::by(Answer::empty(), told(agency, Deed::PasskeyRemoved, &row)))
}

fn told(agency: AgencyId, deed: Deed, row: &PasskeyRow) -> Event {
    Event::in_agency(agency, deed, SubjectKind::User, row.user_id)
        .with("user", row.user_id)
        .with("passkey", row.id)
        .text("name", &row.name)
}
