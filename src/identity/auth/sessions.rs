//! One's own sessions: the present one and all others.

use crate::access::{Facts, UserFacts, act};
use crate::answer::Answer;
use crate::db::{Page, PageOf, Tx, View};
use crate::error::{Error, Result};
use crate::identity::agencies::store::{self as agencies, AgencyRow};
use crate::identity::auth::store::{self, SessionRow};
use crate::identity::users::store::{self as users, EndReason, UserRow};
use crate::ids::SessionId;
use crate::journal::event::{ChainOf, Change, Deed, Event, SubjectKind};

/// Who one is, and for whom.
///
/// # Errors
/// When nobody has signed in.
pub fn me(view: &mut View<'_>) -> Result<(UserRow, AgencyRow)> {
    let officer = view.context().officer()?;
    view.permit::<act::SignIn>(&Facts::account_of(officer))?;
    let user = users::find(view, officer.user)?.ok_or_else(Error::not_found)?;
    let agency = agencies::find(view, officer.agency)?.ok_or_else(Error::not_found)?;
    Ok((user, agency))
}

/// A page of one's own sessions that still go on.
///
/// # Errors
/// The page asked for is not right.
pub fn list(
    view: &mut View<'_>,
    idle: i64,
    page: impl FnOnce() -> Result<Page>,
) -> Result<PageOf<SessionRow>> {
    let officer = view.context().officer()?;
    let permit = view.permit::<act::SignIn>(&Facts::account_of(officer))?;
    store::live_sessions(view, &permit, idle, page()?)
}

/// Ends the present session.
///
/// # Errors
/// When nobody has signed in.
pub fn sign_out(tx: &mut Tx<'_>) -> Result<Change<Answer>> {
    let session = tx.context().officer()?.session;
    end(tx, session, EndReason::SignedOut)
}

/// Ends one of one's own sessions; one that has ended already stays as it is.
///
/// # Errors
/// Not found, also where it is somebody else's.
pub fn end(tx: &mut Tx<'_>, id: SessionId, reason: EndReason) -> Result<Change<Answer>> {
    let officer = tx.context().officer()?;
    tx.lock_chain(ChainOf::Agency(officer.agency).id())?;
    let found = store::session(tx, id)?;
    let owner = found
        .as_ref()
        .map(|session| UserFacts { user: session.user_id, agency: session.agency_id });
    let permit = tx.permit::<act::SignIn>(&Facts::User(owner))?;
    let session = found.ok_or_else(Error::not_found)?;
    if session.ended_at.is_some() {
        return Ok(Change::Unchanged(Answer::empty()));
    }
    store::end_session(tx, &permit, id, reason)?;
    let event = Event::in_agency(officer.agency, Deed::SessionEnded, SubjectKind::Session, id)
        .with("user", officer.user)
        .with("end", reason);
    Ok(Change::by(Answer::empty(), event))
}
