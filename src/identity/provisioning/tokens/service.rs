//! Use cases of tokens of provisioning. Whatever decides about them holds the lock of the agency's chain.

use crate::access::{Act, Facts, Permit, act};
use crate::credentials::secrets::{OpaqueSecret, Purpose};
use crate::db::{Page, PageOf, Tx, View};
use crate::error::{Error, Faults, Refusal, Result, codes};
use crate::identity::auth;
use crate::identity::federation::store as providers;
use crate::identity::provisioning::model::{
    LONGEST_LIFE, LONGEST_TOKEN_NAME, MOST_TOKENS, SubjectClaim, TokenStatus,
};
use crate::identity::provisioning::tokens::api::CreateProvisioningToken;
use crate::identity::provisioning::tokens::store::{self, TokenRow};
use crate::ids::{AgencyId, IdentityProviderId, ProvisioningTokenId};
use crate::journal::event::{ChainOf, Change, Deed, Event, SubjectKind};
use crate::submission::Submission;

/// Where a token stands in the contract: below a provider of an agency.
#[derive(Debug, Clone, Copy)]
pub struct Place {
    /// The agency.
    pub agency: AgencyId,
    /// Its provider.
    pub provider: IdentityProviderId,
}

/// What access to the tokens of a provider rests on.
fn of_provider(view: &mut View<'_>, place: Place) -> Result<Facts> {
    let row = providers::find(view, place.provider)?.filter(|row| row.agency_id == place.agency);
    Ok(Facts::OfAgency(row.map(|row| row.agency_id)))
}

/// The token, where it is one of that provider, and leave to do `A` to it.
fn see<A: Act>(
    view: &mut View<'_>,
    place: Place,
    id: ProvisioningTokenId,
) -> Result<(TokenRow, Permit<A>)> {
    let facts = of_provider(view, place)?;
    let row = store::find(view, id)?.filter(|row| row.provider_id == place.provider);
    let facts = if row.is_some() { facts } else { Facts::OfAgency(None) };
    let permit = view.permit(&facts)?;
    row.map(|row| (row, permit)).ok_or_else(Error::not_found)
}

/// The same for a change; no other change in the agency runs until this one has ended.
fn take<A: Act>(
    tx: &mut Tx<'_>,
    place: Place,
    id: ProvisioningTokenId,
) -> Result<(TokenRow, Permit<A>)> {
    let seen = see(tx, place, id)?;
    if tx.lock_chain(ChainOf::Agency(place.agency).id())? { see(tx, place, id) } else { Ok(seen) }
}

/// A page of a provider's tokens.
///
/// # Errors
/// Not found, forbidden; the page asked for is not right.
pub fn list(
    view: &mut View<'_>,
    place: Place,
    page: impl FnOnce() -> Result<Page>,
) -> Result<PageOf<TokenRow>> {
    let facts = of_provider(view, place)?;
    let permit = view.permit::<act::ReadProviders>(&facts)?;
    store::list(view, &permit, place.provider, page()?)
}

/// One of a provider's tokens.
///
/// # Errors
/// Not found, forbidden.
pub fn read(view: &mut View<'_>, place: Place, id: ProvisioningTokenId) -> Result<TokenRow> {
    see::<act::ReadProviders>(view, place, id).map(|(row, _)| row)
}

/// A new token, with what is shown of it once.
pub struct Made {
    /// The token.
    pub row: TokenRow,
    /// What the provider sends.
    pub secret: OpaqueSecret,
}

/// Gives a provider a token. Unless `at_once`, it takes effect when somebody confirms it.
///
/// # Errors
/// Not found, forbidden; the sign-in is not recent; invalid, naming every fault; there are two, or the users were brought in
/// under another claim.
pub fn create(
    tx: &mut Tx<'_>,
    place: Place,
    submission: &Submission,
    at_once: bool,
) -> Result<Change<Made>> {
    let facts = of_provider(tx, place)?;
    let permit = tx.permit::<act::KeepProvisioning>(&facts)?;
    auth::recently(tx)?;
    tx.lock_chain(ChainOf::Agency(place.agency).id())?;
    let body: CreateProvisioningToken = submission.read()?;
    let now = tx.now();
    let mut faults = Faults::new();
    let name = body.name.text(&mut faults, "/name", LONGEST_TOKEN_NAME);
    let claim = body.subject_claim.optional(&mut faults, "/subject_claim");
    let expires_at = body.expires_at.required(&mut faults, "/expires_at");
    if let Some(end) = expires_at {
        let fine = end > now && end <= now.plus_seconds(LONGEST_LIFE);
        faults.check(fine, "/expires_at", "expected a time within a year from now");
    }
    faults.finish()?;
    let (Some(name), Some(expires_at)) = (name, expires_at) else {
        return Err(Error::internal("a faultless token lacks a field"));
    };
    let subject_claim = claim.unwrap_or(SubjectClaim::Sub);
    if store::count(tx, place.provider)? >= MOST_TOKENS {
        let words = "It has two tokens: the present one and the next. Take one back first.";
        return Err(Refusal::new(&codes::STATE, words).into());
    }
    if store::uses_another_claim(tx, place.provider, subject_claim)? {
        let words = "This provider brings its users in under another claim already.";
        return Err(Refusal::new(&codes::STATE, words).into());
    }
    let secret = OpaqueSecret::generate(Purpose::Provisioning)?;
    let row = TokenRow {
        id: ProvisioningTokenId::new(now),
        agency_id: place.agency,
        provider_id: place.provider,
        name,
        subject_claim,
        created_by: tx.context().officer()?.user,
        confirmed_by: None,
        confirmed_at: at_once.then_some(now),
        expires_at,
        revoked_at: None,
        last_used_at: None,
        last_address: None,
        version: 1,
        created_at: now,
    };
    store::insert(tx, &permit, &row, secret.digest())?;
    let event = told(Deed::ProvisioningTokenCreated, &row);
    Ok(Change::by(Made { row, secret }, event))
}

/// Lets a token take effect.
///
/// # Errors
/// Not found, forbidden, also to whoever made it; the sign-in is not recent; another version than the one named; it was taken back, or has run out.
pub fn confirm(
    tx: &mut Tx<'_>,
    place: Place,
    id: ProvisioningTokenId,
    submission: &Submission,
) -> Result<Change<TokenRow>> {
    let (before, permit) = take::<act::ConfirmProvisioning>(tx, place, id)?;
    auth::recently(tx)?;
    let confirmed_by = tx.context().officer()?.user;
    if before.created_by == confirmed_by {
        return Err(Error::forbidden("Nobody confirms what he or she made."));
    }
    if submission.if_match.is_some() {
        // Who names the version that was read confirms nothing else.
        submission.guard(before.version)?;
    }
    match before.status(tx.now()) {
        TokenStatus::Active => return Ok(Change::Unchanged(before)),
        TokenStatus::Revoked | TokenStatus::Expired => {
            let words = "This token has ended; make a new one.";
            return Err(Refusal::new(&codes::STATE, words).into());
        }
        TokenStatus::Waiting => {}
    }
    let after = TokenRow {
        confirmed_at: Some(tx.now()),
        confirmed_by: Some(confirmed_by),
        version: before.version + 1,
        ..before
    };
    store::confirm(tx, &permit, &after)?;
    let event = told(Deed::ProvisioningTokenConfirmed, &after);
    Ok(Change::by(after, event))
}

/// Takes a token back: it opens nothing any more.
///
/// # Errors
/// Not found, forbidden.
pub fn revoke(tx: &mut Tx<'_>, place: Place, id: ProvisioningTokenId) -> Result<Change<()>> {
    let (before, permit) = take::<act::StopProvisioning>(tx, place, id)?;
    if before.revoked_at.is_some() {
        return Ok(Change::Unchanged(()));
    }
    let after = TokenRow { revoked_at: Some(tx.now()), version: before.version + 1, ..before };
    store::revoke(tx, &permit, &after)?;
    let event = told(Deed::ProvisioningTokenRevoked, &after);
    Ok(Change::by((), event))
}

fn told(deed: Deed, row: &TokenRow) -> Event {
    Event::in_agency(row.agency_id, deed, SubjectKind::ProvisioningToken, row.id)
        .with("identity_provider", row.provider_id)
        .with("subject_claim", row.subject_claim)
        .with("expires_at", row.expires_at)
        .with("confirmed", row.confirmed_at.is_some())
        .text("name", &row.name)
}
