//! Use cases of links.

use crate::access::{Act, Facts, Permit, Role, act};
use crate::answer::Answer;
use crate::db::{Tx, View};
use crate::error::{Error, Refusal, Result, codes};
use crate::identity::agencies::store as agencies;
use crate::identity::auth::begin::{belongs_elsewhere, recently};
use crate::identity::auth::store as sessions;
use crate::identity::federation::accounts::{self, Vouched};
use crate::identity::federation::callback::{refusal, told};
use crate::identity::federation::claims;
use crate::identity::federation::failure::FederationFailure as Failure;
use crate::identity::federation::identities::{self, IdentityRow};
use crate::identity::federation::linking::api::Linked;
use crate::identity::federation::store::{self, ProviderRow};
use crate::identity::letters::{self, Notice};
use crate::identity::model::UserStatus;
use crate::identity::provisioning;
use crate::identity::users::store::{self as users, EndReason, UserRow};
use crate::ids::{IdentityProviderId, SessionId, UserId};
use crate::journal::event::{ChainOf, Change, Deed, Event, SubjectKind};

/// Whether the caller may begin to link the own account to `provider`.
///
/// # Errors
/// Not found, where it is another agency's; the sign-in is not recent; the account is an admin's, a provider's own, or known
/// there already.
pub fn may_begin(view: &mut View<'_>, provider: &ProviderRow) -> Result<()> {
    let officer = view.context().officer()?;
    let user = view.permit::<act::KeepLinks>(&Facts::account_of(officer))?.user()?;
    if provider.agency_id != officer.agency {
        return Err(Error::not_found());
    }
    recently(view)?;
    let row = users::find(view, user)?.ok_or_else(Error::not_found)?;
    let known = identities::of_user(view, user)?;
    let words = if row.provider_id.is_some() {
        "An identity provider vouches for your account already."
    } else if row.roles.0.has_any(&[Role::AgencyAdmin, Role::SystemAdmin]) {
        "Admins sign in here alone: it is the way back when a provider is not to be had."
    } else if known.iter().any(|row| row.provider_id == provider.id) {
        "Your account is linked to this identity provider already."
    } else {
        return Ok(());
    };
    Err(Refusal::new(&codes::STATE, words).into())
}

/// What a link is made of, once the provider has vouched.
pub struct Linking<'a> {
    /// The provider.
    pub provider: IdentityProviderId,
    /// The session in which the link was begun.
    pub session: SessionId,
    /// What the provider says.
    pub vouched: &'a Vouched,
    /// Where to go on.
    pub return_to: Option<&'a str>,
    /// How long a session may go unused, in seconds.
    pub idle: i64,
    /// Whether the user is told by mail.
    pub mails: bool,
}

/// Links the account of whoever began it to whom the provider has vouched for. An answer of 401 is a failure, with its word
/// for a body.
///
/// # Errors
/// Not found, where the provider was removed; the database is away.
pub fn complete(tx: &mut Tx<'_>, linking: &Linking<'_>) -> Result<Change<Answer>> {
    let found = store::find(tx, linking.provider)?.ok_or_else(Error::not_found)?;
    tx.lock_chain(ChainOf::Agency(found.agency_id).id())?;
    let provider = store::find(tx, linking.provider)?.ok_or_else(Error::not_found)?;
    let account = account_of(tx, linking)?.filter(|row| row.agency_id == provider.agency_id);
    let failure = match &account {
        None => Some(Failure::SessionOver),
        Some(row) => objection(tx, &provider, row, linking.vouched)?,
    };
    let account = match (account, failure) {
        (Some(row), None) => row,
        (row, failure) => {
            let failure = failure.unwrap_or(Failure::SessionOver);
            let user = row.map(|row| row.id);
            let event = told(provider.agency_id, provider.id, user, failure);
            return Ok(Change::by(refusal(failure), event));
        }
    };
    let Vouched { subject, claims } = linking.vouched;
    let permit = tx.permit::<act::SignIn>(&Facts::User(Some(account.facts())))?;
    identities::link(tx, &permit, provider.id, subject, account.id)?;
    if let Some(directory_id) = accounts::directory_id(claims) {
        identities::note_directory_id(tx, provider.id, subject, directory_id)?;
    }
    tell(tx, &account, linking.mails)?;
    let event = event(Deed::ProviderLinked, &account, provider.id).text("subject", subject);
    let return_to = linking.return_to.map(str::to_owned);
    Ok(Change::by(Answer::ok(&Linked { linked_to: provider.id, return_to })?, event))
}

/// The account of the session in which the link was begun, if that still goes on.
fn account_of(view: &mut View<'_>, linking: &Linking<'_>) -> Result<Option<UserRow>> {
    let now = view.now();
    let session = sessions::session(view, linking.session)?;
    let Some(session) = session.filter(|session| session.lives(now, linking.idle)) else {
        return Ok(None);
    };
    let row = users::find(view, session.user_id)?;
    Ok(row.filter(|row| row.status == UserStatus::Active && row.confirmed_at.is_some()))
}

/// Why the account is not linked to whom the provider vouches for.
fn objection(
    view: &mut View<'_>,
    provider: &ProviderRow,
    account: &UserRow,
    vouched: &Vouched,
) -> Result<Option<Failure>> {
    let Some(grants) = provider.grants().filter(|_| provider.enabled) else {
        return Ok(Some(Failure::ProviderNotInEffect));
    };
    let kind = agencies::find(view, provider.agency_id)?.ok_or_else(Error::not_found)?.kind;
    match claims::judge(&vouched.claims, grants, kind).roles {
        Err(denial) => return Ok(Some(denial.into())),
        Ok(given) if !accounts::covers(given, account.roles.0) => {
            return Ok(Some(Failure::RolesBeyond));
        }
        Ok(_) => {}
    }
    let known = identities::of_user(view, account.id)?;
    if account.provider_id.is_some() || known.iter().any(|row| row.provider_id == provider.id) {
        return Ok(Some(Failure::AlreadyLinked));
    }
    let subject = &vouched.subject;
    let directory_id = accounts::directory_id(&vouched.claims);
    let taken = identities::account(view, provider.id, subject)?.is_some()
        || provisioning::account(view, provider.id, subject, directory_id)?.is_some();
    Ok(taken.then_some(Failure::SubjectTaken))
}

fn event(deed: Deed, account: &UserRow, provider: IdentityProviderId) -> Event {
    Event::in_agency(account.agency_id, deed, SubjectKind::User, account.id)
        .with("user", account.id)
        .with("identity_provider", provider)
}

fn tell(tx: &mut Tx<'_>, account: &UserRow, mails: bool) -> Result<()> {
    if !mails {
        return Ok(());
    }
    let account = sessions::account(tx, account.id)?.ok_or_else(Error::not_found)?;
    letters::write(tx, &account, Notice::LinkChanged, None)
}

/// To which providers the caller's account is linked.
///
/// # Errors
/// When the database fails.
pub fn list_own(view: &mut View<'_>) -> Result<Vec<IdentityRow>> {
    let facts = Facts::account_of(view.context().officer()?);
    let permit = view.permit::<act::KeepLinks>(&facts)?;
    identities::of_user(view, permit.user()?)
}

/// To which providers an account of the agency is linked.
///
/// # Errors
/// Not found, also for whoever is no admin of the account's agency.
pub fn list_of(view: &mut View<'_>, user: UserId) -> Result<Vec<IdentityRow>> {
    let (permit, _) = oversee(view, user)?;
    identities::of_user(view, permit.user()?)
}

fn oversee(view: &mut View<'_>, user: UserId) -> Result<(Permit<act::OverseeLinks>, UserRow)> {
    let found = users::find(view, user)?;
    let permit = view.permit(&Facts::User(found.as_ref().map(UserRow::facts)))?;
    Ok((permit, found.ok_or_else(Error::not_found)?))
}

/// Parts the caller's account from a provider, and ends the sessions by it.
///
/// # Errors
/// Not found; the sign-in is not recent; the agency has its officers sign in through a provider only.
pub fn remove_own(
    tx: &mut Tx<'_>,
    provider: IdentityProviderId,
    mails: bool,
) -> Result<Change<Answer>> {
    let officer = tx.context().officer()?;
    let (user, agency) = (officer.user, officer.agency);
    let permit = tx.permit::<act::KeepLinks>(&Facts::account_of(officer))?;
    tx.lock_chain(ChainOf::Agency(agency).id())?;
    let row = users::find(tx, user)?.ok_or_else(Error::not_found)?;
    is_known(tx, user, provider)?;
    recently(tx)?;
    if belongs_elsewhere(tx, agency, user)? {
        let words = "You could not sign in any more: your agency has its officers sign in through its identity provider.";
        return Err(Refusal::new(&codes::STATE, words).into());
    }
    part(tx, &permit, &row, provider, mails)
}

/// Parts an account of the agency from a provider, and ends the sessions by it.
///
/// # Errors
/// Not found; the sign-in is not recent; the account is the provider's own.
pub fn remove_of(
    tx: &mut Tx<'_>,
    user: UserId,
    provider: IdentityProviderId,
    mails: bool,
) -> Result<Change<Answer>> {
    let (_, found) = oversee(tx, user)?;
    tx.lock_chain(ChainOf::Agency(found.agency_id).id())?;
    let (permit, row) = oversee(tx, user)?;
    is_known(tx, user, provider)?;
    recently(tx)?;
    part(tx, &permit, &row, provider, mails)
}

fn is_known(view: &mut View<'_>, user: UserId, provider: IdentityProviderId) -> Result<()> {
    let known = identities::of_user(view, user)?;
    let known = known.iter().any(|row| row.provider_id == provider);
    if known { Ok(()) } else { Err(Error::not_found()) }
}

fn part<A: Act>(
    tx: &mut Tx<'_>,
    permit: &Permit<A>,
    row: &UserRow,
    provider: IdentityProviderId,
    mails: bool,
) -> Result<Change<Answer>> {
    if row.provider_id.is_some() {
        let words = "The account is the identity provider's own; it is ended instead.";
        return Err(Refusal::new(&codes::STATE, words).into());
    }
    identities::unlink(tx, permit, provider)?;
    let mut events = vec![event(Deed::ProviderUnlinked, row, provider)];
    let reason = EndReason::ProviderUnlinked;
    events.extend(accounts::end_sessions(tx, permit, provider, row, reason)?);
    tell(tx, row, mails)?;
    Ok(Change::by_all(Answer::empty(), events))
}
