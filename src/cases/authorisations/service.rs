//! Use cases of requests for authorisation. All are commands.

use crate::access::{Act, CaseFacts, Facts, MemberRole, Permit, RequestFacts, act};
use crate::cases::authorisations::model::{self, Step};
use crate::cases::authorisations::rows::{Found, GrantRow, QuestionRow, RequestRow};
use crate::cases::authorisations::store::{self, Handling};
use crate::cases::case::store::CaseRow;
use crate::cases::consignments::service::{self as consignments, Shown};
use crate::cases::legs::rows::LegRow;
use crate::cases::legs::store as legs;
use crate::cases::standing;
use crate::db::{Page, PageOf, Tx, View};
use crate::error::{Error, Result};
use crate::ids::{AuthorisationId, CaseId};
use crate::journal::event::{Deed, Event, SubjectKind};

mod deciding;
mod handling;
mod requesting;

pub use deciding::{confirm, extend, grant, grant_orally, refuse, revoke};
pub use handling::{acknowledge, answer, request_info};
pub use requesting::{draft, edit, submit, withdraw};

/// A page of the requests of a case. Who only decides is shown what was submitted to the own country.
///
/// # Errors
/// Not found.
pub fn list(
    view: &mut View<'_>,
    case: CaseId,
    page: impl FnOnce() -> Result<Page>,
) -> Result<PageOf<Found>> {
    let seen = standing::see::<act::ReadRequests>(view, case)?;
    let country = view.context().officer()?.country;
    let decider = only_decides(&seen.facts).then_some(country);
    store::list(view, &seen.permit, decider, page()?)
}

/// One request.
///
/// # Errors
/// Not found.
pub fn get(view: &mut View<'_>, case: CaseId, id: AuthorisationId) -> Result<Found> {
    see::<act::ReadRequests>(view, case, id).map(|(found, _)| found)
}

/// A page of the versions of its grant.
///
/// # Errors
/// Not found.
pub fn versions(
    view: &mut View<'_>,
    case: CaseId,
    id: AuthorisationId,
    page: impl FnOnce() -> Result<Page>,
) -> Result<PageOf<GrantRow>> {
    let (_, permit) = see::<act::ReadRequests>(view, case, id)?;
    store::versions(view, &permit, id, page()?)
}

/// A page of what was asked and answered about it.
///
/// # Errors
/// Not found.
pub fn questions(
    view: &mut View<'_>,
    case: CaseId,
    id: AuthorisationId,
    page: impl FnOnce() -> Result<Page>,
) -> Result<PageOf<QuestionRow>> {
    let (_, permit) = see::<act::ReadRequests>(view, case, id)?;
    store::questions(view, &permit, id, page()?)
}

/// What an authority needs in order to decide: the request, the header, the goods with their identifiers, and the legs
/// that touch the country.
#[derive(Debug)]
pub struct Dossier {
    /// The request.
    pub request: Found,
    /// The header of the case.
    pub case: CaseRow,
    /// The goods.
    pub consignments: Vec<Shown>,
    /// The legs that touch the country, in the order of the route.
    pub legs: Vec<LegRow>,
}

/// The dossier of a request.
///
/// # Errors
/// Not found.
pub fn dossier(view: &mut View<'_>, case: CaseId, id: AuthorisationId) -> Result<Dossier> {
    let (request, permit) = see::<act::ReadRequests>(view, case, id)?;
    let seen = standing::see::<act::ReadCase>(view, case)?;
    let consignments = consignments::dossier(view, &permit, &seen.facts)?;
    let mut route = legs::all(view, &permit)?;
    route.retain(|leg| leg.plan.0.touches(request.row.country));
    Ok(Dossier { request, case: seen.case, consignments, legs: route })
}

fn only_decides(facts: &CaseFacts) -> bool {
    facts.membership.is_some_and(|membership| membership.role == MemberRole::Authority)
}

/// The request `id` of the case, where the caller may do `A` to it. A draft does not exist for who only decides.
fn see<A: Act>(
    view: &mut View<'_>,
    case: CaseId,
    id: AuthorisationId,
) -> Result<(Found, Permit<A>)> {
    let (agency, country) = {
        let officer = view.context().officer()?;
        (officer.agency, officer.country)
    };
    let standing = standing::load(view, case)?;
    let row = match &standing {
        None => None,
        Some(facts) => store::row(view, case, id)?
            .filter(|row| row.submitted_at.is_some() || !only_decides(facts)),
    };
    let facts = standing.zip(row).map(|(case, row)| RequestFacts {
        case,
        requesting: row.agency_id == agency,
        addressed: row.authority_agency_id == agency && row.submitted_at.is_some(),
        own_country: country == Some(row.country),
    });
    let permit = view.permit(&Facts::Request(facts))?;
    let found = store::find(view, &permit, id)?;
    found.map(|found| (found, permit)).ok_or_else(Error::not_found)
}

/// The same for a change: no other change of the case runs until this one has ended.
fn take<A: Act>(tx: &mut Tx<'_>, case: CaseId, id: AuthorisationId) -> Result<(Found, Permit<A>)> {
    let seen = see(tx, case, id)?;
    if standing::hold(tx, case)? { see(tx, case, id) } else { Ok(seen) }
}

/// Does `step` to the request and writes it; what else changes is in its row already.
fn moved<A: Handling>(
    tx: &mut Tx<'_>,
    permit: &Permit<A>,
    found: &Found,
    step: Step,
    change: impl FnOnce(&mut RequestRow),
) -> Result<RequestRow> {
    let now = tx.now();
    let mut row = found.row.clone();
    row.status = model::step(found.status_at(now), step)?;
    row.version += 1;
    row.updated_at = now;
    change(&mut row);
    store::update(tx, permit, &row)?;
    Ok(row)
}

/// Requests are neither written nor granted once a case has ended.
fn still_planned<A: Act>(tx: &mut Tx<'_>, permit: &Permit<A>) -> Result<()> {
    standing::status(tx, permit)?.plans("what was asked of the countries")
}

fn told(deed: Deed, row: &RequestRow) -> Event {
    Event::in_case(row.case_id, deed, SubjectKind::Authorisation, row.id)
        .with("country", row.country)
        .with("authority", row.authority_agency_id)
        .with("status", row.status)
        .with("version", row.version)
}
