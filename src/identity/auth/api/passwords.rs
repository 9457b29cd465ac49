//! Changing one's password, and setting a new one in the place of a lost one.
//!
//! Whoever asks for a reset learns nothing of whether there is such an account: the answer and the work are the same.
//! What opens it goes by mail only, is good once and for an hour, and stands sealed in the database until it is sent. A
//! second factor stays as it is, and is asked for at the next sign-in.

use secrecy::SecretString;

use crate::access::act;
use crate::answer::Answer;
use crate::credentials::secrets::{OpaqueSecret, Purpose, SecretDigest, digest};
use crate::db::{Tx, View};
use crate::email::Email;
use crate::error::{Error, Faults, Refusal, Result, codes};
use crate::http::{App, Call};
use crate::identity::agencies::model::OPERATOR;
use crate::identity::auth::api::proving::{self, Judged, Whose, type_password};
use crate::identity::auth::api::{AcceptReset, ChangePassword, PasswordChanged, RequestReset};
use crate::identity::auth::begin::{belongs_elsewhere, elsewhere, proved_enough};
use crate::identity::auth::guard;
use crate::identity::auth::resets::{self, ResetRow};
use crate::identity::auth::store::{self, Account};
use crate::identity::letters::{self, Notice};
use crate::identity::model::UserStatus;
use crate::identity::password::check_password;
use crate::identity::users::store::{self as users, EndReason};
use crate::journal::event::{ChainOf, Change, Deed, Event, SubjectKind};

/// How long a reset can be redeemed, in seconds.
const GOOD_FOR: i64 = 60 * 60;
/// How many resets are mailed to one account within that time.
const AT_ONCE: i64 = 3;
/// The longest address, in bytes (RFC 5321).
const LONGEST_EMAIL: usize = 254;

/// Changes the password of the caller, and ends all other sessions.
///
/// # Errors
/// Invalid, naming every fault; too many failures; the present password is another; the session lacks the second factor
/// that the account has.
pub async fn change(app: &App, call: Call) -> Result<Answer> {
    let ChangePassword { current_password, new_password } = call.submission.read()?;
    let user = call.context.officer()?.user;
    let owner = app.db.read(&call.context, move |view| users::password_owner(view, user)).await?;
    let mut faults = Faults::new();
    proving::check_lengths(&mut faults, "/current_password", &current_password, None);
    faults.take("/new_password", check_password(&new_password, &owner));
    let another = new_password != current_password;
    faults.check(another, "/new_password", "expected another password than the present one");
    faults.finish()?;
    let typed = type_password(app, &call, Whose::User(user), current_password, None).await?;
    let hash = app.passwords.hash(SecretString::from(new_password)).await?;
    let mails = app.mails();
    let write = move |tx: &mut Tx<'_>, _: &Call| {
        let (account, permit) = match proving::judge_password(tx, &typed)? {
            Judged::Failed(told) => return Ok(told),
            Judged::Proved { account, permit, .. } => (account, permit),
        };
        if !proved_enough(tx)? {
            let words = "Prove your second factor in this session first.";
            return Err(Error::new(&codes::REAUTHENTICATION_REQUIRED, words));
        }
        store::set_password(tx, &permit, &hash)?;
        let session = tx.context().officer()?.session;
        let reason = EndReason::PasswordChanged;
        let sessions_ended = store::end_sessions(tx, &permit, Some(session), reason)?;
        if mails {
            letters::write(tx, &account, Notice::PasswordChanged, None)?;
        }
        let answer = Answer::ok(&PasswordChanged { sessions_ended })?;
        Ok(Change::by(answer, told(&account, Deed::PasswordChanged, sessions_ended)))
    };
    let answer = app.write(call.clone(), write).await?;
    proving::outcome(app, &call, answer)
}

fn told(account: &Account, deed: Deed, sessions_ended: usize) -> Event {
    Event::in_agency(account.agency_id, deed, SubjectKind::User, account.id)
        .with("user", account.id)
        .with("sessions_ended", sessions_ended)
}

/// Mails what a new password is set with to whoever has that address, and tells the caller nothing of whether anybody has.
///
/// # Errors
/// Invalid; too many requests from this address; this server sends no mail.
pub async fn request_reset(app: &App, call: Call) -> Result<Answer> {
    let RequestReset { email } = call.submission.read()?;
    if !app.mails() {
        let words = "This server sends no mail; ask your agency's administrator.";
        return Err(Refusal::new(&codes::STATE, words).into());
    }
    let mut faults = Faults::new();
    let short = email.len() <= LONGEST_EMAIL;
    faults.check(short, "/email", &format!("expected at most {LONGEST_EMAIL} characters"));
    faults.finish()?;
    app.failures.check(&call.address, call.context.now)?;
    // Each request counts: whoever asks for many addresses is slowed down like whoever guesses.
    app.failures.failed(&call.address, call.context.now);
    app.write(call, move |tx, _| begin_reset(tx, &email)).await
}

/// The account that gets a new password by mail: one that has had one, and was not ended.
fn resettable(account: &Account) -> bool {
    account.password_hash.is_some() && account.status != UserStatus::Deactivated
}

fn begin_reset(tx: &mut Tx<'_>, typed: &str) -> Result<Change<Answer>> {
    let found = match typed.parse::<Email>() {
        Ok(email) => store::account_with(tx, &email)?,
        Err(_) => None,
    };
    let account = found.filter(resettable);
    let agency = account.as_ref().map_or(OPERATOR, |account| account.agency_id);
    tx.lock_chain(ChainOf::Agency(agency).id())?;
    let secret = OpaqueSecret::generate(Purpose::PasswordReset)?;
    let Some(account) = account else {
        let event = Event::in_agency(OPERATOR, Deed::ResetRequested, SubjectKind::Agency, OPERATOR);
        return Ok(Change::by(Answer::accepted(), event.with("mailed", false)));
    };
    let permit = tx.permit::<act::SignIn>(&account.facts())?;
    let since = tx.now().plus_seconds(-GOOD_FOR);
    let mailed = resets::made_since(tx, &permit, since)? < AT_ONCE;
    if mailed {
        let expires_at = tx.now().plus_seconds(GOOD_FOR);
        resets::insert(tx, &permit, secret.digest(), expires_at)?;
        letters::write(tx, &account, Notice::PasswordReset, Some((&secret, expires_at)))?;
    }
    let event = Event::in_agency(agency, Deed::ResetRequested, SubjectKind::User, account.id)
        .with("user", account.id)
        .with("mailed", mailed);
    Ok(Change::by(Answer::accepted(), event))
}

/// Sets a new password with what was mailed, and ends all sessions.
///
/// # Errors
/// The token is not valid; the agency's officers sign in elsewhere; the password is not right.
pub async fn accept_reset(app: &App, call: Call) -> Result<Answer> {
    let AcceptReset { token, password } = call.submission.read()?;
    app.failures.check(&call.address, call.context.now)?;
    let Some(digest) = digest(Purpose::PasswordReset, &token) else {
        app.failures.failed(&call.address, call.context.now);
        return Err(refused());
    };
    let find = move |view: &mut View<'_>| {
        let (_, account) = open(view, digest)?;
        users::password_owner(view, account.id)
    };
    let owner = app.db.read(&call.context, find).await?;
    let mut faults = Faults::new();
    faults.take("/password", check_password(&password, &owner));
    faults.finish()?;
    let hash = app.passwords.hash(SecretString::from(password)).await?;
    let mails = app.mails();
    app.write(call, move |tx, call| redeem(tx, call, digest, &hash, mails)).await
}

fn refused() -> Error {
    let words = "This was used, has ended or never was; ask for another one.";
    Error::new(&codes::INVALID_PASSWORD_RESET, words)
}

/// The reset and its user's account, where it can be redeemed.
fn open(view: &mut View<'_>, digest: SecretDigest) -> Result<(ResetRow, Account)> {
    let reset = resets::find(view, digest)?.ok_or_else(refused)?;
    let account = store::account(view, reset.user_id)?.ok_or_else(refused)?;
    let fine = reset.used_at.is_none() && reset.expires_at > view.now() && resettable(&account);
    if !fine {
        return Err(refused());
    }
    // Whoever holds what was mailed is told: the new password would open nothing.
    if belongs_elsewhere(view, account.agency_id, account.id)? {
        return Err(elsewhere());
    }
    Ok((reset, account))
}

fn redeem(
    tx: &mut Tx<'_>,
    call: &Call,
    digest: SecretDigest,
    hash: &str,
    mails: bool,
) -> Result<Change<Answer>> {
    let (_, account) = open(tx, digest)?;
    tx.lock_chain(ChainOf::Agency(account.agency_id).id())?;
    let (_, account) = open(tx, digest)?;
    let permit = tx.permit::<act::SignIn>(&account.facts())?;
    resets::close_all(tx, &permit)?;
    store::set_password(tx, &permit, hash)?;
    let sessions_ended = store::end_sessions(tx, &permit, None, EndReason::PasswordChanged)?;
    // Whoever reads the account's mail is at home where he or she redeems it.
    guard::succeeded(tx, &permit, &call.address)?;
    if mails {
        letters::write(tx, &account, Notice::PasswordChanged, None)?;
    }
    Ok(Change::by(Answer::empty(), told(&account, Deed::PasswordReset, sessions_ended)))
}
