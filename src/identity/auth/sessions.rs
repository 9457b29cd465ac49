//! Sessions: one's own, the present one and all others; and as an admin, those of an account of the agency.

use crate::access::{Facts, Permit, UserFacts, act};
use crate::answer::Answer;
use crate::db::{Page, PageOf, Tx, View};
use crate::error::{Error, Result};
use crate::identity::agencies::store::{self as agencies, AgencyRow};
use crate::identity::auth::store::{self, SessionRow};
use crate::identity::users::store::{self as users, EndReason, UserRow};
use crate::ids::{AgencyId, SessionId, UserId};
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
    Ok(Change::by(Answer::empty(), ended(&session, reason)))
}

/// Ends all of one's own sessions but the present one, or `including_this`.
///
/// # Errors
/// The query is not right.
pub fn end_all(
    tx: &mut Tx<'_>,
    including_this: impl FnOnce() -> Result<bool>,
) -> Result<Change<Answer>> {
    let officer = tx.context().officer()?;
    let (user, agency, present) = (officer.user, officer.agency, officer.session);
    let permit = tx.permit::<act::SignIn>(&Facts::account_of(officer))?;
    let kept = (!including_this()?).then_some(present);
    tx.lock_chain(ChainOf::Agency(agency).id())?;
    let reason = EndReason::Revoked;
    let count = store::end_sessions(tx, &permit, kept, reason)?;
    Ok(all_ended(count, agency, user, reason))
}

/// Leave to look after the sessions of an account, with the agency that it belongs to.
fn oversee(view: &mut View<'_>, user: UserId) -> Result<(Permit<act::OverseeSessions>, AgencyId)> {
    let found = users::find(view, user)?;
    let permit = view.permit(&Facts::User(found.as_ref().map(UserRow::facts)))?;
    Ok((permit, found.ok_or_else(Error::not_found)?.agency_id))
}

/// A page of the sessions that still go on of an account of the agency.
///
/// # Errors
/// Not found, also for whoever is no admin of the account's agency; the page asked for is not right.
pub fn list_of(
    view: &mut View<'_>,
    user: UserId,
    idle: i64,
    page: impl FnOnce() -> Result<Page>,
) -> Result<PageOf<SessionRow>> {
    let (permit, _) = oversee(view, user)?;
    store::live_sessions(view, &permit, idle, page()?)
}

/// Ends a session of an account of the agency; one that has ended already stays as it is.
///
/// # Errors
/// Not found, also where it is another account's.
pub fn end_of(tx: &mut Tx<'_>, user: UserId, id: SessionId) -> Result<Change<Answer>> {
    let (permit, agency) = oversee(tx, user)?;
    tx.lock_chain(ChainOf::Agency(agency).id())?;
    let session = store::session(tx, id)?.filter(|session| session.user_id == user);
    let session = session.ok_or_else(Error::not_found)?;
    if session.ended_at.is_some() {
        return Ok(Change::Unchanged(Answer::empty()));
    }
    let reason = EndReason::EndedByAdmin;
    store::end_session(tx, &permit, id, reason)?;
    Ok(Change::by(Answer::empty(), ended(&session, reason)))
}

/// Ends all sessions of an account of the agency.
///
/// # Errors
/// Not found.
pub fn end_all_of(tx: &mut Tx<'_>, user: UserId) -> Result<Change<Answer>> {
    let (permit, agency) = oversee(tx, user)?;
    tx.lock_chain(ChainOf::Agency(agency).id())?;
    let reason = EndReason::EndedByAdmin;
    let count = store::end_sessions(tx, &permit, None, reason)?;
    Ok(all_ended(count, agency, user, reason))
}

/// That a session was ended; the entry's actor is who ended it.
fn ended(session: &SessionRow, reason: EndReason) -> Event {
    let (agency, id) = (session.agency_id, session.id);
    Event::in_agency(agency, Deed::SessionEnded, SubjectKind::Session, id)
        .with("user", session.user_id)
        .with("end", reason)
}

/// That so many sessions of `user` were ended at once.
fn all_ended(count: usize, agency: AgencyId, user: UserId, reason: EndReason) -> Change<Answer> {
    if count == 0 {
        return Change::Unchanged(Answer::empty());
    }
    let event = Event::in_agency(agency, Deed::SessionsEnded, SubjectKind::User, user)
        .with("user", user)
        .with("sessions_ended", count)
        .with("end", reason);
    Change::by(Answer::empty(), event)
}
