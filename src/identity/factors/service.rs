//! Setting second factors up and taking them away.

use secrecy::zeroize::Zeroizing;

use crate::access::{Facts, Permit, UserFacts, act};
use crate::answer::Answer;
use crate::clock::Instant;
use crate::credentials::one_time::OneTimeSecret;
use crate::credentials::recovery;
use crate::db::{Tx, View};
use crate::error::{Error, Fault, Refusal, Result, codes};
use crate::identity::auth;
use crate::identity::factors::api::ConfirmTotp;
use crate::identity::factors::passkeys::store as passkeys;
use crate::identity::factors::{proof, store};
use crate::identity::users::store as users;
use crate::ids::{AgencyId, UserId};
use crate::journal::event::{ChainOf, Change, Deed, Event, SubjectKind};
use crate::submission::Submission;

/// Within how many seconds a device that was set up has to prove itself.
const TO_CONFIRM: i64 = 15 * 60;
/// How many recovery codes one gets.
const CODES: usize = 10;

/// What one has.
pub struct Own {
    /// Since when a device is asked for.
    pub totp_since: Option<Instant>,
    /// How many passkeys there are.
    pub passkeys: i64,
    /// How many recovery codes are left.
    pub codes_left: i64,
}

/// What the caller has.
///
/// # Errors
/// When the database fails.
pub fn own(view: &mut View<'_>) -> Result<Own> {
    let facts = Facts::account_of(view.context().officer()?);
    let user = view.permit::<act::KeepFactors>(&facts)?.user()?;
    let totp_since = store::in_use(view, user)?.and_then(|row| row.confirmed_at);
    let passkeys = passkeys::count(view, user)?;
    Ok(Own { totp_since, passkeys, codes_left: store::codes_left(view, user)? })
}

/// Leave to change the caller's own factors, under the lock of the agency's chain; the sign-in must be recent.
pub(super) fn take(tx: &mut Tx<'_>) -> Result<(Permit<act::KeepFactors>, AgencyId, UserId)> {
    let officer = tx.context().officer()?;
    let permit = tx.permit::<act::KeepFactors>(&Facts::account_of(officer))?;
    auth::recently(tx)?;
    tx.lock_chain(ChainOf::Agency(officer.agency).id())?;
    Ok((permit, officer.agency, officer.user))
}

/// What a device is set up with.
pub struct Begun {
    /// The secret.
    pub secret: OneTimeSecret,
    /// Whose it is.
    pub account: String,
}

/// Makes a secret for a device. It is asked for as soon as the device has proved itself.
///
/// # Errors
/// The sign-in is not recent.
pub fn create_totp(tx: &mut Tx<'_>) -> Result<Change<Begun>> {
    let (permit, agency, user) = take(tx)?;
    let account = users::find(tx, user)?.ok_or_else(Error::not_found)?.email;
    let secret = OneTimeSecret::generate()?;
    store::begin(tx, &permit, &secret)?;
    let event = told(agency, Deed::TotpBegun, user);
    Ok(Change::by(Begun { secret, account: account.as_str().to_owned() }, event))
}

/// Takes the secret into use that the device has just proved to have; gives the recovery codes.
///
/// # Errors
/// Nothing was begun within a quarter of an hour; the one-time password is not right.
pub fn confirm_totp(
    tx: &mut Tx<'_>,
    submission: &Submission,
) -> Result<Change<Vec<Zeroizing<String>>>> {
    let (permit, agency, user) = take(tx)?;
    let ConfirmTotp { otp } = submission.read()?;
    let session = tx.context().officer()?.session;
    let now = tx.now();
    let begun = store::begun(tx, user)?
        .filter(|row| row.created_at.plus_seconds(TO_CONFIRM) > now)
        .ok_or_else(|| {
            let words = "No device was set up within the last 15 minutes; begin anew.";
            Refusal::new(&codes::STATE, words)
        })?;
    let Some(step) = begun.secret(tx)?.step(otp.trim(), now)? else {
        let words = "expected the six digits that the device shows now; check its clock";
        return Err(Error::invalid(vec![Fault::new("/otp", words)]));
    };
    store::confirm(tx, &permit, begun.id, step, session)?;
    let codes = new_codes(tx, &permit, user)?;
    Ok(Change::by(codes, told(agency, Deed::TotpConfirmed, user)))
}

/// Puts new recovery codes in the place of the former ones.
///
/// # Errors
/// Without a device there is nothing to recover.
pub fn make_codes(tx: &mut Tx<'_>) -> Result<Change<Vec<Zeroizing<String>>>> {
    let (permit, agency, user) = take(tx)?;
    if !proof::asked(tx, user)? {
        let words = "Recovery codes stand in for a device or a passkey; set one up first.";
        return Err(Refusal::new(&codes::STATE, words).into());
    }
    let codes = new_codes(tx, &permit, user)?;
    Ok(Change::by(codes, told(agency, Deed::RecoveryCodesMade, user)))
}

pub(super) fn new_codes(
    tx: &mut Tx<'_>,
    permit: &Permit<act::KeepFactors>,
    user: UserId,
) -> Result<Vec<Zeroizing<String>>> {
    let codes = (0..CODES).map(|_| recovery::generate()).collect::<Result<Vec<_>>>()?;
    let digests: Vec<[u8; 32]> =
        codes.iter().filter_map(|code| recovery::digest(user.uuid().as_bytes(), code)).collect();
    store::replace_codes(tx, permit, &digests)?;
    Ok(codes)
}

/// Takes the caller's own second factors away.
///
/// # Errors
/// The sign-in is not recent.
pub fn remove_own(tx: &mut Tx<'_>) -> Result<Change<Answer>> {
    let (permit, agency, user) = take(tx)?;
    Ok(removed(store::remove(tx, &permit)?, agency, user))
}

/// Takes the second factors of an account away, whose user has lost device and codes.
///
/// # Errors
/// Not found; forbidden; the sign-in is not recent.
pub fn reset(tx: &mut Tx<'_>, id: UserId) -> Result<Change<Answer>> {
    let row = users::find(tx, id)?;
    let facts = row.as_ref().map(|row| UserFacts { user: row.id, agency: row.agency_id });
    let permit = tx.permit::<act::ResetFactors>(&Facts::User(facts))?;
    let agency = row.ok_or_else(Error::not_found)?.agency_id;
    auth::recently(tx)?;
    tx.lock_chain(ChainOf::Agency(agency).id())?;
    Ok(removed(store::remove(tx, &permit)?, agency, id))
}

fn removed(rows: usize, agency: AgencyId, user: UserId) -> Change<Answer> {
    if rows == 0 {
        return Change::Unchanged(Answer::empty());
    }
    Change::by(Answer::empty(), told(agency, Deed::FactorsRemoved, user))
}

fn told(agency: AgencyId, deed: Deed, user: UserId) -> Event {
    Event::in_agency(agency, deed, SubjectKind::User, user).with("user", user)
}
