//! Signing in.

use std::sync::Arc;

use secrecy::SecretString;

use crate::access::act;
use crate::answer::Answer;
use crate::credentials::tokens::TokenIssuer;
use crate::db::Tx;
use crate::email::Email;
use crate::error::{Error, Faults, Result, codes};
use crate::http::{App, Call};
use crate::identity::agencies::model::OPERATOR;
use crate::identity::auth::api::Login;
use crate::identity::auth::begin::{self, Opening};
use crate::identity::auth::store::{self, Account};
use crate::identity::factors::{self, Proof};
use crate::ids::UserId;
use crate::journal::event::{ChainOf, Change, Deed, Event, SubjectKind};
use crate::text_enum;

/// The longest address, in bytes (RFC 5321).
const LONGEST_EMAIL: usize = 254;
/// The longest password, in characters: as long as one can be set.
const LONGEST_PASSWORD: usize = crate::identity::password::LONGEST;
/// The longest one-time password.
const LONGEST_OTP: usize = 64;

text_enum! {
    /// Why a sign-in failed: for the journal; the client never learns which.
    pub enum Failure {
        /// There is no such account.
        UnknownAccount = "unknown_account",
        /// The password is another.
        WrongPassword = "wrong_password",
        /// The password is right and the second factor is missing.
        SecondFactorMissing = "second_factor_missing",
        /// The password is right and the second factor is not.
        WrongSecondFactor = "wrong_second_factor",
        /// The account has no such passkey.
        UnknownPasskey = "unknown_passkey",
        /// The challenge is not ours, was used or ran out.
        NoChallenge = "no_challenge",
        /// The device's answer is not one to this challenge, or nobody proved anything to the device.
        WrongPasskey = "wrong_passkey",
        /// Another device has the same passkey.
        ClonedPasskey = "cloned_passkey",
        /// What was proved is right and the account is ended or waits.
        NotInEffect = "not_in_effect",
    }
}

/// Checks address and password, and begins a session.
///
/// # Errors
/// Invalid when too long; too many failures from this address; else the one answer to every failure.
pub async fn sign_in(app: &App, call: Call) -> Result<Answer> {
    let Login { email, password, otp } = call.submission.read()?;
    check_lengths(&email, &password, otp.as_deref())?;
    let (address, now) = (call.address.clone(), call.context.now);
    app.failures.check(&address, now)?;
    let account = find(app, &call, &email).await?;
    let password = SecretString::from(password);
    let stored = account.as_ref().and_then(|account| account.password_hash.clone());
    let right = app.passwords.verify(password.clone(), stored.clone()).await?;
    // Others may have failed from the same address meanwhile; a burst gets no more guesses than a queue.
    app.failures.check(&address, now)?;
    let otp = otp.filter(|otp| !otp.trim().is_empty());
    let answer = match (account, stored) {
        (Some(account), Some(stored)) if right && account.in_effect() => {
            if otp.is_none() && factor_asked(app, &call, account.id).await? {
                let failure = Failure::SecondFactorMissing;
                app.write(call, move |tx, _| fail(tx, Some(&account), failure)).await?;
                let words = "Sign in with a passkey, or send a one-time password or a recovery code as otp.";
                return Err(Error::new(&codes::SECOND_FACTOR_REQUIRED, words));
            }
            let anew = if app.passwords.needs_rehash(&stored) {
                Some(app.passwords.hash(password).await?)
            } else {
                None
            };
            let (tokens, lifetime) = (app.tokens.clone(), app.config.identity.refresh_token);
            let lifetime = i64::try_from(lifetime.as_secs()).unwrap_or(i64::MAX);
            let proven = Proven { account, stored, anew, otp, tokens, lifetime };
            app.write(call, move |tx, call| admit(tx, call, &proven)).await?
        }
        (account, _) => {
            let failure = match &account {
                None => Failure::UnknownAccount,
                Some(_) if !right => Failure::WrongPassword,
                Some(_) => Failure::NotInEffect,
            };
            app.write(call, move |tx, _| fail(tx, account.as_ref(), failure)).await?
        }
    };
    if answer.body.is_none() {
        app.failures.failed(&address, now);
        return Err(failed("The e-mail address or the password is not right."));
    }
    Ok(answer)
}

pub(super) fn failed(words: &'static str) -> Error {
    Error::new(&codes::SIGN_IN_FAILED, words)
}

fn check_lengths(email: &str, password: &str, otp: Option<&str>) -> Result<()> {
    let mut faults = Faults::new();
    let at_most = |longest: usize| format!("expected at most {longest} characters");
    faults.check(email.len() <= LONGEST_EMAIL, "/email", &at_most(LONGEST_EMAIL));
    let short = password.chars().count() <= LONGEST_PASSWORD;
    faults.check(short, "/password", &at_most(LONGEST_PASSWORD));
    let short = otp.is_none_or(|otp| otp.chars().count() <= LONGEST_OTP);
    faults.check(short, "/otp", &at_most(LONGEST_OTP));
    faults.finish()
}

async fn find(app: &App, call: &Call, email: &str) -> Result<Option<Account>> {
    let Ok(email) = email.parse::<Email>() else { return Ok(None) };
    app.db.read(&call.context, move |view| store::account_with(view, &email)).await
}

async fn factor_asked(app: &App, call: &Call, user: UserId) -> Result<bool> {
    app.db.read(&call.context, move |view| factors::asked(view, user)).await
}

/// What was found right before the transaction.
struct Proven {
    account: Account,
    /// The hash that the password was held against.
    stored: String,
    /// A hash that is to take its place.
    anew: Option<String>,
    /// What was shown beside the password; it is judged in the transaction.
    otp: Option<String>,
    tokens: Arc<TokenIssuer>,
    /// How long the session lasts at the most, in seconds.
    lifetime: i64,
}

/// Begins a session, where what was proven still holds. An answer without a body is a failure.
fn admit(tx: &mut Tx<'_>, call: &Call, proven: &Proven) -> Result<Change<Answer>> {
    let (user, agency) = (proven.account.id, proven.account.agency_id);
    tx.lock_chain(ChainOf::Agency(agency).id())?;
    let present = store::account(tx, user)?.ok_or_else(Error::not_found)?;
    let permit = tx.permit::<act::SignIn>(&present.facts())?;
    if present.password_hash.as_ref() != Some(&proven.stored) {
        return fail(tx, Some(&present), Failure::WrongPassword);
    }
    if !present.in_effect() {
        return fail(tx, Some(&present), Failure::NotInEffect);
    }
    let factor = match factors::prove(tx, &permit, proven.otp.as_deref())? {
        Proof::NotAsked => None,
        Proof::Shown(factor) => Some(factor),
        Proof::Missing => return fail(tx, Some(&present), Failure::SecondFactorMissing),
        Proof::Wrong => return fail(tx, Some(&present), Failure::WrongSecondFactor),
    };
    if let Some(hash) = &proven.anew {
        store::set_password(tx, &permit, hash)?;
    }
    let opening = Opening { agency, factor, lifetime: proven.lifetime };
    let (answer, event) = begin::begin(tx, call, &permit, &proven.tokens, &opening)?;
    Ok(Change::by(answer, event))
}

/// Tells of a failure. One for an address that nobody has is told in the operator's chain, so that it takes the same
/// work, and so that guessing at names is seen.
pub(super) fn fail(
    tx: &mut Tx<'_>,
    account: Option<&Account>,
    failure: Failure,
) -> Result<Change<Answer>> {
    let agency = account.map_or(OPERATOR, |account| account.agency_id);
    tx.lock_chain(ChainOf::Agency(agency).id())?;
    let event = if let Some(account) = account {
        let user = account.id;
        Event::in_agency(agency, Deed::SignInFailed, SubjectKind::User, user).with("user", user)
    } else {
        Event::in_agency(agency, Deed::SignInFailed, SubjectKind::Agency, agency)
    };
    Ok(Change::by(Answer::empty(), event.with("failure", failure)))
}
