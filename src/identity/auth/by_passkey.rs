//! Signing in with a passkey: nothing is typed, and nobody says who he or she is before the device has proved it.

use std::sync::Arc;

use crate::access::act;
use crate::answer::Answer;
use crate::credentials::passkeys::{PasskeyFault, RelyingParty, Shown};
use crate::credentials::tokens::TokenIssuer;
use crate::db::{Tx, View};
use crate::error::{Error, Faults, Result, codes};
use crate::http::{App, Call};
use crate::identity::auth::api::{PasskeyLogin, proving};
use crate::identity::auth::begin::{self, Opening, Told};
use crate::identity::auth::guard;
use crate::identity::auth::sign_in::{Failure, fail};
use crate::identity::auth::store as accounts;
use crate::identity::factors::Factor;
use crate::identity::factors::passkeys::challenge::{self, Purpose};
use crate::identity::factors::passkeys::store;
use crate::identity::factors::passkeys::{self, api::Challenge};
use crate::ids::UserId;
use crate::journal::event::{ChainOf, Change, Deed, Event, SubjectKind};

/// A challenge for whoever wants to sign in.
///
/// # Errors
/// This server has no name.
pub fn challenge(view: &View<'_>, party: Option<&RelyingParty>) -> Result<Challenge> {
    let begun = passkeys::named(party)?.challenge()?;
    let challenge = challenge::seal(view, Purpose::SigningIn, &begun)?;
    Ok(Challenge { challenge, options: begun.options })
}

/// What a sign-in needs beside the device's answer.
struct Needs {
    party: Option<Arc<RelyingParty>>,
    tokens: Arc<TokenIssuer>,
    lifetime: i64,
    challenge: String,
    shown: Shown,
}

/// Holds the device's answer against the challenge, and begins a session.
///
/// # Errors
/// Invalid, where no device said that; too many failures from this address; the agency's officers sign in elsewhere; else
/// the one answer to every failure.
pub async fn sign_in(app: &App, call: Call) -> Result<Answer> {
    let PasskeyLogin { challenge, credential } = call.submission.read()?;
    let mut faults = Faults::new();
    let shown = faults.take("/credential", Shown::read(credential));
    faults.finish()?;
    let shown = shown.ok_or_else(|| Error::internal("a faultless passkey lacks a part"))?;
    let (address, now) = (call.address.clone(), call.context.now);
    app.failures.check(&address, now)?;
    let lifetime = i64::try_from(app.config.identity.refresh_token.as_secs()).unwrap_or(i64::MAX);
    let needs = Needs {
        party: app.passkeys.clone(),
        tokens: app.tokens.clone(),
        lifetime,
        challenge,
        shown,
    };
    let answer = app.write(call, move |tx, call| admit(tx, call, &needs)).await?;
    if answer.body.is_none() {
        app.failures.failed(&address, now);
        let words = "The passkey does not count here: it is unknown, removed, or too late.";
        return Err(Error::new(&codes::SIGN_IN_FAILED, words));
    }
    if proving::is_turned_away(&answer) {
        return Err(begin::elsewhere());
    }
    Ok(answer)
}

/// An answer without a body is a failure.
fn admit(tx: &mut Tx<'_>, call: &Call, needs: &Needs) -> Result<Change<Answer>> {
    let said = needs.shown.user().map(UserId::from_uuid);
    let account = said.map(|user| accounts::account(tx, user)).transpose()?.flatten();
    let Some(account) = account else { return fail(tx, None, Failure::UnknownAccount) };
    tx.lock_chain(ChainOf::Agency(account.agency_id).id())?;
    let account = accounts::account(tx, account.id)?.ok_or_else(Error::not_found)?;
    let permit = tx.permit::<act::SignIn>(&account.facts())?;
    let found = store::called(tx, account.id, needs.shown.credential_id())?;
    let Some(row) = found else { return fail(tx, Some(&account), Failure::UnknownPasskey) };
    if row.suspected_at.is_some() {
        return fail(tx, Some(&account), Failure::ClonedPasskey);
    }
    let Some(open) = challenge::open(tx, Purpose::SigningIn, &needs.challenge)? else {
        return fail(tx, Some(&account), Failure::NoChallenge);
    };
    let passkey = match passkeys::named(needs.party.as_deref())?.prove(
        &needs.shown,
        &open.state,
        &row.credential.0,
    )? {
        Ok(passkey) => passkey,
        Err(PasskeyFault::Refused) => return fail(tx, Some(&account), Failure::WrongPasskey),
        Err(PasskeyFault::Cloned) => {
            store::suspect(tx, &permit, row.id)?;
            let event = |deed| {
                Event::in_agency(account.agency_id, deed, SubjectKind::User, account.id)
                    .with("user", account.id)
            };
            let events = vec![
                event(Deed::PasskeySuspected).with("passkey", row.id),
                event(Deed::SignInFailed).with("failure", Failure::ClonedPasskey),
            ];
            return Ok(Change::by_all(Answer::empty(), events));
        }
    };
    if !account.in_effect() {
        return fail(tx, Some(&account), Failure::NotInEffect);
    }
    challenge::spend(tx, &open)?;
    guard::succeeded(tx, &permit, &call.address)?;
    store::used(tx, &permit, row.id, passkey)?;
    if begin::belongs_elsewhere(tx, account.agency_id, account.id)? {
        return proving::turn_away(tx, &account);
    }
    let (agency, factor) = (account.agency_id, Some(Factor::Passkey));
    let (lifetime, proved_at) = (needs.lifetime, tx.now());
    let opening = Opening { agency, factor, lifetime, proved_at, told: Told::default() };
    let (tokens, event) = begin::begin(tx, call, &permit, &needs.tokens, &opening)?;
    Ok(Change::by(Answer::ok(&tokens)?, event.with("passkey", row.id)))
}
