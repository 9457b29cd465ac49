//! Changing one's own address: asked for in a session that was lately proved, and confirmed from the new address.
//!
//! Whoever asks learns nothing of whether somebody else has that address: then no letter goes there. What was mailed to the
//! former address before opens nothing any more, and it is told where the account went.

use secrecy::zeroize::Zeroizing;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::access::{Facts, act};
use crate::answer::Answer;
use crate::credentials::secrets::{OpaqueSecret, Purpose, SecretDigest, digest};
use crate::db::{Tx, View};
use crate::email::Email;
use crate::error::{Error, Faults, Refusal, Result, codes};
use crate::http::{App, Call};
use crate::identity::auth::address_changes::{self as changes, ChangeRow};
use crate::identity::auth::begin::recently;
use crate::identity::auth::resets;
use crate::identity::auth::store::{self, Account};
use crate::identity::letters::{self, Notice};
use crate::identity::users::store::{self as users, EndReason};
use crate::journal::event::{ChainOf, Change, Deed, Event, SubjectKind};
use crate::submission::Submission;

/// How long a change can be confirmed, in seconds.
const GOOD_FOR: i64 = 60 * 60;
/// How many changes one asks for within that time.
const AT_ONCE: i64 = 3;

/// The address that one wants.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"email": "a.asanova@customs.example.kg"}))]
pub struct ChangeAddress {
    /// What one is to be written to and signs in with; used by nobody else on this server.
    #[schema(value_type = Email)]
    pub email: String,
}

/// What confirms it.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"token": "pse_…"}))]
pub struct AcceptAddress {
    /// What was mailed to the new address.
    pub token: String,
}

/// Mails what confirms one's new address, to that address.
///
/// # Errors
/// The sign-in is not recent; invalid; too many lately; this server sends no mail; the address is a provider's to change.
pub async fn request_address_change(app: App, call: Call) -> Result<Answer> {
    let mails = app.mails();
    app.write(call, move |tx, call| begin(tx, &call.submission, mails)).await
}

fn begin(tx: &mut Tx<'_>, submission: &Submission, mails: bool) -> Result<Change<Answer>> {
    let officer = tx.context().officer()?;
    let (user, agency, session) = (officer.user, officer.agency, officer.session);
    let permit = tx.permit::<act::SignIn>(&Facts::account_of(officer))?;
    recently(tx)?;
    let body: ChangeAddress = submission.read()?;
    tx.lock_chain(ChainOf::Agency(agency).id())?;
    let row = users::find(tx, user)?.ok_or_else(Error::not_found)?;
    let mut faults = Faults::new();
    let email: Option<Email> = faults.take("/email", body.email.parse());
    let another = email.as_ref() != Some(&row.email);
    faults.check(another, "/email", "expected another address than the present one");
    faults.finish()?;
    let email = email.ok_or_else(|| Error::internal("a faultless address is missing"))?;
    let refusal = |words| Err(Refusal::new(&codes::STATE, words).into());
    if row.provider_id.is_some() {
        return refusal("Your address is what your agency's identity provider says.");
    }
    if !mails {
        return refusal("This server sends no mail, and so confirms no address.");
    }
    let since = tx.now().plus_seconds(-GOOD_FOR);
    if changes::made_since(tx, &permit, since)? >= AT_ONCE {
        let seconds = u32::try_from(GOOD_FOR).unwrap_or_default();
        return Err(Error::too_many(seconds, "Too many changes within an hour."));
    }
    let secret = OpaqueSecret::generate(Purpose::AddressChange)?;
    let expires_at = tx.now().plus_seconds(GOOD_FOR);
    changes::insert(tx, &permit, session, &email, secret.digest(), expires_at)?;
    let mailed = !users::is_taken(tx, &email)?;
    if mailed {
        let account = store::account(tx, user)?.ok_or_else(Error::not_found)?;
        let there = Account { email: email.clone(), ..account };
        letters::write(tx, &there, Notice::AddressChange, Some((&secret, expires_at)))?;
    }
    let event = Event::in_agency(agency, Deed::AddressChangeAsked, SubjectKind::User, user)
        .with("user", user)
        .with("mailed", mailed)
        .text("email", email.as_str());
    Ok(Change::by(Answer::accepted(), event))
}

/// Confirms one's new address with what was mailed there, and ends all sessions but the one in which it was asked for.
///
/// # Errors
/// The token is not valid; somebody else has the address by now; too many failures from this address.
pub async fn accept_address_change(app: App, call: Call) -> Result<Answer> {
    let AcceptAddress { token } = call.submission.read()?;
    let token = Zeroizing::new(token);
    app.failures.check(&call.address, call.context.now)?;
    let Some(digest) = digest(Purpose::AddressChange, &token) else {
        app.failures.failed(&call.address, call.context.now);
        return Err(refused());
    };
    let mails = app.mails();
    app.write(call, move |tx, _| redeem(tx, digest, mails)).await
}

fn refused() -> Error {
    let words = "This was used, has ended or never was; ask for the change once more.";
    Error::new(&codes::INVALID_ADDRESS_CHANGE, words)
}

/// The change and its user's account, where it can be confirmed.
fn open(view: &mut View<'_>, digest: SecretDigest) -> Result<(ChangeRow, Account)> {
    let change = changes::find(view, digest)?.ok_or_else(refused)?;
    let account = store::account(view, change.user_id)?.ok_or_else(refused)?;
    let fine = change.used_at.is_none() && change.expires_at > view.now() && account.in_effect();
    if fine { Ok((change, account)) } else { Err(refused()) }
}

fn redeem(tx: &mut Tx<'_>, digest: SecretDigest, mails: bool) -> Result<Change<Answer>> {
    let (_, account) = open(tx, digest)?;
    tx.lock_chain(ChainOf::Agency(account.agency_id).id())?;
    let (change, account) = open(tx, digest)?;
    let permit = tx.permit::<act::SignIn>(&account.facts())?;
    users::change_address(tx, &permit, &change.email)?;
    changes::close_all(tx, &permit)?;
    // What went to the former address opens nothing any more.
    resets::close_all(tx, &permit)?;
    let reason = EndReason::AddressChanged;
    let sessions_ended = store::end_sessions(tx, &permit, Some(change.session_id), reason)?;
    if mails {
        letters::write(tx, &account, Notice::AddressChanged, None)?;
    }
    let event =
        Event::in_agency(account.agency_id, Deed::AddressChanged, SubjectKind::User, account.id)
            .with("user", account.id)
            .with("sessions_ended", sessions_ended)
            .text("email", change.email.as_str());
    Ok(Change::by(Answer::empty(), event))
}
