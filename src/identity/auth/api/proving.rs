//! How somebody proves who he or she is with what is typed: a password, and a second factor where the account has one.
//!
//! Passwords are computed between two looks at the database. The second one is inside the transaction, under the lock of
//! the agency's chain, and decides: whatever changed meanwhile, and whoever failed meanwhile, counts.

use secrecy::SecretString;

use crate::access::{Permit, act};
use crate::answer::Answer;
use crate::db::{Tx, View};
use crate::email::Email;
use crate::error::{Error, Faults, Result, codes};
use crate::http::{App, Call};
use crate::identity::auth::begin;
use crate::identity::auth::guard::Guard;
use crate::identity::auth::sign_in::{Failure, fail};
use crate::identity::auth::store::{self, Account};
use crate::identity::factors::{self, Factor, Proof};
use crate::ids::UserId;
use crate::journal::event::{ChainOf, Change};
use crate::text_enum::TextEnum;

/// The longest password, in characters: as long as one can be set.
const LONGEST_PASSWORD: usize = crate::identity::password::LONGEST;
/// The longest one-time password.
const LONGEST_OTP: usize = 64;
/// The status of an answer that tells of a failure, inside of the server: its body is the word for it.
const FAILED: u16 = 401;

/// Whose password it is said to be.
#[derive(Debug, Clone)]
pub enum Whose {
    /// Of the account with this address, if it is one and somebody has it.
    Address(String),
    /// Of this user.
    User(UserId),
}

/// What was found out before the transaction.
#[derive(Clone)]
pub struct Typed {
    account: Option<Account>,
    guard: Guard,
    right: bool,
    otp: Option<String>,
    /// A hash that is to take the place of the present one.
    anew: Option<String>,
}

/// Faults of what is typed by its length alone.
pub fn check_lengths(faults: &mut Faults, pointer: &str, password: &str, otp: Option<&str>) {
    let at_most = |longest: usize| format!("expected at most {longest} characters");
    let short = password.chars().count() <= LONGEST_PASSWORD;
    faults.check(short, pointer, &at_most(LONGEST_PASSWORD));
    let short = otp.is_none_or(|otp| otp.chars().count() <= LONGEST_OTP);
    faults.check(short, "/otp", &at_most(LONGEST_OTP));
}

/// Holds a password against the account's. For an account that does not exist this takes the same work.
///
/// # Errors
/// Too many failures from this address, or for this account; the second factor is missing, which is told to whoever knows
/// the password.
pub async fn type_password(
    app: &App,
    call: &Call,
    whose: Whose,
    password: String,
    otp: Option<String>,
) -> Result<Typed> {
    let (address, now) = (call.address.clone(), call.context.now);
    app.failures.check(&address, now)?;
    let from = address.clone();
    let look = move |view: &mut View<'_>| look(view, &whose, &from);
    let (account, guard) = app.db.read(&call.context, look).await?;
    let stored = account.as_ref().and_then(|account| account.password_hash.clone());
    let password = SecretString::from(password);
    let right = app.passwords.verify(password.clone(), stored.clone()).await?;
    // Others may have failed from the same address meanwhile; a burst gets no more guesses than a queue.
    app.failures.check(&address, now)?;
    let otp = otp.filter(|otp| !otp.trim().is_empty());
    let stale = right && stored.is_some_and(|stored| app.passwords.needs_rehash(&stored));
    let anew = if stale { Some(app.passwords.hash(password).await?) } else { None };
    Ok(Typed { account, guard, right, otp, anew })
}

fn look(view: &mut View<'_>, whose: &Whose, address: &str) -> Result<(Option<Account>, Guard)> {
    let account = match whose {
        Whose::User(user) => store::account(view, *user)?,
        Whose::Address(typed) => match typed.parse::<Email>() {
            Ok(email) => store::account_with(view, &email)?,
            Err(_) => None,
        },
    };
    let guard = match (&account, whose) {
        (Some(account), _) => Guard::of(account.id, address),
        (None, Whose::User(user)) => Guard::of(*user, address),
        (None, Whose::Address(typed)) => Guard::of_nobody(view, typed, address)?,
    };
    guard.check(view)?;
    Ok((account, guard))
}

/// What came of it.
pub enum Judged {
    /// It is he or she.
    Proved {
        /// The account, as it is now.
        account: Account,
        /// Leave for what signing in is.
        permit: Permit<act::SignIn>,
        /// What was proved beside the password; none where nothing was asked for.
        factor: Option<Factor>,
    },
    /// It is not, and this is told.
    Failed(Change<Answer>),
}

/// Judges what was typed, with what holds now: the password, and what was typed beside it.
///
/// # Errors
/// Too many failures.
pub fn judge(tx: &mut Tx<'_>, typed: &Typed) -> Result<Judged> {
    let judged = judge_password(tx, typed)?;
    let Judged::Proved { account, permit, .. } = judged else { return Ok(judged) };
    let factor = match factors::prove(tx, &permit, typed.otp.as_deref())? {
        Proof::NotAsked => None,
        Proof::Shown(factor) => Some(factor),
        Proof::Missing => return refuse(tx, typed, Some(&account), Failure::SecondFactorMissing),
        Proof::Wrong => return refuse(tx, typed, Some(&account), Failure::WrongSecondFactor),
    };
    Ok(Judged::Proved { account, permit, factor })
}

/// Judges the password that was typed, with what holds now.
///
/// # Errors
/// Too many failures.
pub fn judge_password(tx: &mut Tx<'_>, typed: &Typed) -> Result<Judged> {
    let Some(account) = &typed.account else {
        return refuse(tx, typed, None, Failure::UnknownAccount);
    };
    tx.lock_chain(ChainOf::Agency(account.agency_id).id())?;
    let present = store::account(tx, account.id)?.ok_or_else(Error::not_found)?;
    if !typed.right || present.password_hash != account.password_hash {
        return refuse(tx, typed, Some(&present), Failure::WrongPassword);
    }
    if !present.in_effect() {
        return refuse(tx, typed, Some(&present), Failure::NotInEffect);
    }
    typed.guard.check(tx)?;
    let permit = tx.permit::<act::SignIn>(&present.facts())?;
    if let Some(hash) = &typed.anew {
        store::set_password(tx, &permit, hash)?;
    }
    Ok(Judged::Proved { account: present, permit, factor: None })
}

/// A failure is told, and counted where it is one of guessing at the password; wrong one-time passwords have a count of
/// their own, which a recovery code gets past.
fn refuse(
    tx: &mut Tx<'_>,
    typed: &Typed,
    account: Option<&Account>,
    failure: Failure,
) -> Result<Judged> {
    // Takes the lock under which failures are counted.
    let told = fail(tx, account, failure)?;
    typed.guard.check(tx)?;
    if failure.is_a_guess() {
        typed.guard.failed(tx)?;
    }
    Ok(Judged::Failed(as_answer(told, failure)))
}

/// Somebody who proved who he or she is, and has to sign in elsewhere: that is told.
///
/// # Errors
/// When the database fails.
pub fn turn_away(tx: &mut Tx<'_>, account: &Account) -> Result<Change<Answer>> {
    Ok(turned_away(fail(tx, Some(account), Failure::BelongsElsewhere)?))
}

/// The same answer to what was told otherwise.
#[must_use]
pub fn turned_away(told: Change<Answer>) -> Change<Answer> {
    as_answer(told, Failure::BelongsElsewhere)
}

fn as_answer(told: Change<Answer>, failure: Failure) -> Change<Answer> {
    let word = Some(failure.as_str().to_owned());
    told.map(|answer| Answer { status: FAILED, body: word, ..answer })
}

/// Whether the answer is that of [`turn_away`].
#[must_use]
pub fn is_turned_away(answer: &Answer) -> bool {
    let word = Failure::BelongsElsewhere.as_str();
    answer.status == FAILED && answer.body.as_deref() == Some(word)
}

/// The answer to the client: an error where a failure was told. It counts for the address that it came from, unless it is
/// a step on the way.
///
/// # Errors
/// The second factor is missing; the agency's officers sign in elsewhere; else the one answer to every failure.
pub fn outcome(app: &App, call: &Call, answer: Answer) -> Result<Answer> {
    if answer.status != FAILED {
        return Ok(answer);
    }
    if answer.body.as_deref() == Some(Failure::SecondFactorMissing.as_str()) {
        let words =
            "Sign in with a passkey, or send a one-time password or a recovery code as otp.";
        return Err(Error::new(&codes::SECOND_FACTOR_REQUIRED, words));
    }
    if is_turned_away(&answer) {
        return Err(begin::elsewhere());
    }
    app.failures.failed(&call.address, call.context.now);
    let words = "The e-mail address or the password is not right.";
    Err(Error::new(&codes::SIGN_IN_FAILED, words))
}
