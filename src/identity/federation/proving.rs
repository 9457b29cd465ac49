//! Proving once more who one is, at the provider that vouches for the session: for what is dangerous.

use crate::access::act;
use crate::answer::Answer;
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::identity::auth::store as sessions;
use crate::identity::federation::accounts::Vouched;
use crate::identity::federation::api::ProvedAnew;
use crate::identity::federation::callback::{refusal, told};
use crate::identity::federation::failure::FederationFailure as Failure;
use crate::identity::federation::links::{self, Kept, VouchedRow};
use crate::identity::federation::model::Recheck;
use crate::identity::federation::store;
use crate::identity::federation::tokens::{self, SKEW};
use crate::ids::{IdentityProviderId, SessionId, UserId};
use crate::journal::event::{ChainOf, Change, Deed, Event, SubjectKind};

/// What a session is made a fresh one with, once the provider has vouched.
pub struct Proof<'a> {
    /// The provider.
    pub provider: IdentityProviderId,
    /// The session.
    pub session: SessionId,
    /// What the provider says.
    pub vouched: &'a Vouched,
    /// When the browser was sent there, in seconds since 1970.
    pub begun_at: i64,
    /// Which session it is there now.
    pub sid: Option<&'a str>,
    /// The tokens that the provider gave with it.
    pub kept: Kept,
    /// Where to go on.
    pub return_to: Option<&'a str>,
    /// How long a session may go unused, in seconds.
    pub idle: i64,
}

/// The session counts as begun now, if the provider says that its user has signed in since the browser was sent there. An
/// answer of 401 is a failure, with its word for a body.
///
/// # Errors
/// Not found, where the provider was removed; the database is away.
pub fn complete(tx: &mut Tx<'_>, proof: &Proof<'_>) -> Result<Change<Answer>> {
    let agency = store::find(tx, proof.provider)?.ok_or_else(Error::not_found)?.agency_id;
    tx.lock_chain(ChainOf::Agency(agency).id())?;
    let (user, row) = match judge(tx, proof)? {
        Ok(found) => found,
        Err((user, failure)) => {
            let event = told(agency, proof.provider, user, failure);
            return Ok(Change::by(refusal(failure), event));
        }
    };
    let account = sessions::account(tx, user)?.ok_or_else(Error::not_found)?;
    let permit = tx.permit::<act::SignIn>(&account.facts())?;
    sessions::renew_session(tx, &permit, proof.session, None)?;
    if row.recheck != Recheck::None && proof.kept.token.is_some() {
        links::checked(tx, proof.session, &proof.kept)?;
        links::goes_on_as(tx, proof.session, proof.sid)?;
    }
    let event =
        Event::in_agency(agency, Deed::Reauthenticated, SubjectKind::Session, proof.session)
            .with("user", user)
            .with("identity_provider", proof.provider);
    let return_to = proof.return_to.map(str::to_owned);
    let answer = Answer::ok(&ProvedAnew { authenticated_at: tx.now(), return_to })?;
    Ok(Change::by(answer, event))
}

type Judged = std::result::Result<(UserId, VouchedRow), (Option<UserId>, Failure)>;

/// Whose session it is, or why the provider's word does not make it a fresh one.
fn judge(tx: &mut Tx<'_>, proof: &Proof<'_>) -> Result<Judged> {
    let now = tx.now();
    let session = sessions::session(tx, proof.session)?;
    let Some(session) = session.filter(|session| session.lives(now, proof.idle)) else {
        return Ok(Err((None, Failure::SessionOver)));
    };
    let user = session.user_id;
    let in_effect = sessions::account(tx, user)?.is_some_and(|account| account.in_effect());
    let row = links::vouched(tx, proof.session)?.filter(|row| row.provider_id == proof.provider);
    let Some(row) = row.filter(|_| in_effect) else {
        return Ok(Err((Some(user), Failure::SessionOver)));
    };
    if row.subject != proof.vouched.subject {
        return Ok(Err((Some(user), Failure::SubjectWrong)));
    }
    let signed_in = tokens::signed_in_at(&proof.vouched.claims, now);
    let anew = signed_in
        .is_some_and(|at| (proof.begun_at - SKEW..=now.seconds() + SKEW).contains(&at.seconds()));
    Ok(if anew { Ok((user, row)) } else { Err((Some(user), Failure::NotSignedInAnew)) })
}
