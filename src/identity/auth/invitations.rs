//! Redeeming an invitation: the first password of an account.

use secrecy::SecretString;

use crate::access::act;
use crate::answer::Answer;
use crate::credentials::secrets::{Purpose, SecretDigest, digest};
use crate::db::{Tx, View};
use crate::error::{Error, Faults, Result, codes};
use crate::http::{App, Call};
use crate::identity::auth::api::AcceptInvitation;
use crate::identity::auth::store::{self, Account, InvitationRow};
use crate::identity::model::UserStatus;
use crate::identity::password::check_password;
use crate::identity::users::store as users;
use crate::journal::event::{ChainOf, Change, Deed, Event, SubjectKind};

/// Sets the first password of the invited user.
///
/// # Errors
/// The invitation is not valid; the password is not right.
pub async fn accept(app: &App, call: Call) -> Result<Answer> {
    let AcceptInvitation { token, password } = call.submission.read()?;
    let digest = digest(Purpose::Invitation, &token).ok_or_else(refused)?;
    let find = move |view: &mut View<'_>| {
        let (_, account) = open(view, digest)?;
        users::password_owner(view, account.id)
    };
    let owner = app.db.read(&call.context, find).await?;
    let mut faults = Faults::new();
    faults.take("/password", check_password(&password, &owner));
    faults.finish()?;
    let hash = app.passwords.hash(SecretString::from(password)).await?;
    app.write(call, move |tx, _| redeem(tx, digest, &hash)).await
}

fn refused() -> Error {
    let words = "This invitation was used, has ended or never was; ask for a new account.";
    Error::new(&codes::INVALID_INVITATION, words)
}

/// The invitation and its user's account, where it can be redeemed.
fn open(view: &mut View<'_>, digest: SecretDigest) -> Result<(InvitationRow, Account)> {
    let invitation = store::invitation(view, digest)?.ok_or_else(refused)?;
    let account = store::account(view, invitation.user_id)?.ok_or_else(refused)?;
    let fine = invitation.used_at.is_none()
        && invitation.expires_at > view.now()
        && account.status == UserStatus::Invited;
    if fine { Ok((invitation, account)) } else { Err(refused()) }
}

fn redeem(tx: &mut Tx<'_>, digest: SecretDigest, hash: &str) -> Result<Change<Answer>> {
    let (_, account) = open(tx, digest)?;
    tx.lock_chain(ChainOf::Agency(account.agency_id).id())?;
    let (invitation, account) = open(tx, digest)?;
    let permit = tx.permit::<act::SignIn>(&account.facts())?;
    store::redeem(tx, &permit, invitation.id)?;
    store::set_password(tx, &permit, hash)?;
    // Whoever waits for a confirmation goes on waiting.
    if account.confirmed_at.is_some() {
        store::activate(tx, &permit)?;
    }
    let (agency, user) = (account.agency_id, account.id);
    let event = Event::in_agency(agency, Deed::InvitationAccepted, SubjectKind::User, user)
        .with("user", user);
    Ok(Change::by(Answer::empty(), event))
}
