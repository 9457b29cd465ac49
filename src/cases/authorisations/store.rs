//! Queries over requests, grants and questions.

use std::collections::{BTreeMap, BTreeSet};

use diesel::prelude::*;

use crate::access::{Act, Permit, act};
use crate::agency::AuthorityMark;
use crate::cases::authorisations::grant::Grant;
use crate::cases::authorisations::rows::{Found, GrantRow, QuestionRow, RequestRow};
use crate::clock::Instant;
use crate::country::Country;
use crate::db::schema::{agencies, authorisation_grants, authorisation_questions, authorisations};
use crate::db::{Cursor, Page, PageOf, Run, Tx, View, columns};
use crate::error::Result;
use crate::ids::{AgencyId, AuthorisationId, CaseId, UserId};

/// A page of the requests of a case, first one first. With a country: those of its requests that were submitted, which is
/// what whoever only decides is shown.
///
/// # Errors
/// When the database fails.
pub fn list(
    view: &mut View<'_>,
    permit: &Permit<act::ReadRequests>,
    decider: Option<Option<Country>>,
    page: Page,
) -> Result<PageOf<Found>> {
    let after = page.after.map_or(AuthorisationId::from_uuid(uuid::Uuid::nil()), Cursor::id);
    let query = authorisations::table
        .filter(authorisations::case_id.eq(permit.case()?))
        .filter(authorisations::id.gt(after))
        .select(columns::<RequestRow>())
        .order(authorisations::id)
        .limit(page.fetch());
    let rows = match decider {
        None => query.all(view)?,
        Some(country) => query
            .filter(authorisations::country.nullable().eq(country))
            .filter(authorisations::submitted_at.is_not_null())
            .all(view)?,
    };
    let page = page.cut(rows, |row: &RequestRow| Cursor::after_id(row.id));
    let ids = page.items.iter().map(|row| row.id).collect();
    let mut grants = standing_grants(view, permit, ids)?;
    Ok(page.map(|row| {
        let grant = grants.remove(&row.id);
        Found { row, grant }
    }))
}

/// A request of the case, with the version of its grant that stands or stood last.
///
/// # Errors
/// When the database fails.
pub fn find<A: Act>(
    view: &mut View<'_>,
    permit: &Permit<A>,
    id: AuthorisationId,
) -> Result<Option<Found>> {
    let Some(row) = row(view, permit.case()?, id)? else { return Ok(None) };
    let grant = standing_grants(view, permit, vec![id])?.remove(&id);
    Ok(Some(Found { row, grant }))
}

/// A request of the case, for the facts that access rests on.
///
/// # Errors
/// When the database fails.
pub fn row(view: &mut View<'_>, case: CaseId, id: AuthorisationId) -> Result<Option<RequestRow>> {
    authorisations::table
        .filter(authorisations::id.eq(id))
        .filter(authorisations::case_id.eq(case))
        .select(columns::<RequestRow>())
        .maybe(view)
}

fn standing_grants<A: Act>(
    view: &mut View<'_>,
    permit: &Permit<A>,
    ids: Vec<AuthorisationId>,
) -> Result<BTreeMap<AuthorisationId, GrantRow>> {
    let rows: Vec<GrantRow> = authorisation_grants::table
        .filter(authorisation_grants::case_id.eq(permit.case()?))
        .filter(authorisation_grants::authorisation_id.eq_any(ids))
        .select(columns::<GrantRow>())
        .order((authorisation_grants::authorisation_id, authorisation_grants::number))
        .all(view)?;
    // The last version of each stands.
    Ok(rows.into_iter().map(|row| (row.authorisation_id, row)).collect())
}

/// Every request of the case with its grant, first one first.
///
/// # Errors
/// When the database fails.
pub fn all<A: Act>(view: &mut View<'_>, permit: &Permit<A>) -> Result<Vec<Found>> {
    let rows: Vec<RequestRow> = authorisations::table
        .filter(authorisations::case_id.eq(permit.case()?))
        .select(columns::<RequestRow>())
        .order(authorisations::id)
        .all(view)?;
    let ids = rows.iter().map(|row| row.id).collect();
    let mut grants = standing_grants(view, permit, ids)?;
    let with = |row: RequestRow| {
        let grant = grants.remove(&row.id);
        Found { row, grant }
    };
    Ok(rows.into_iter().map(with).collect())
}

/// Every grant that counts in the case, has counted or will.
///
/// # Errors
/// When the database fails.
pub fn grants<A: Act>(view: &mut View<'_>, permit: &Permit<A>) -> Result<Vec<Grant>> {
    let rows: Vec<GrantRow> = authorisation_grants::table
        .filter(authorisation_grants::case_id.eq(permit.case()?))
        .select(columns::<GrantRow>())
        .order((authorisation_grants::authorisation_id, authorisation_grants::number))
        .all(view)?;
    Ok(rows.into_iter().map(Grant::from).collect())
}

/// A page of the versions of a grant.
///
/// # Errors
/// When the database fails.
pub fn versions(
    view: &mut View<'_>,
    permit: &Permit<act::ReadRequests>,
    id: AuthorisationId,
    page: Page,
) -> Result<PageOf<GrantRow>> {
    let rows = authorisation_grants::table
        .filter(authorisation_grants::authorisation_id.eq(id))
        .filter(authorisation_grants::case_id.eq(permit.case()?))
        .filter(authorisation_grants::number.gt(page.after.map_or(0, Cursor::number)))
        .select(columns::<GrantRow>())
        .order(authorisation_grants::number)
        .limit(page.fetch())
        .all(view)?;
    Ok(page.cut(rows, |row: &GrantRow| Cursor::after_number(row.number)))
}

/// A page of what was asked and answered about a request.
///
/// # Errors
/// When the database fails.
pub fn questions(
    view: &mut View<'_>,
    permit: &Permit<act::ReadRequests>,
    id: AuthorisationId,
    page: Page,
) -> Result<PageOf<QuestionRow>> {
    let rows = authorisation_questions::table
        .filter(authorisation_questions::authorisation_id.eq(id))
        .filter(authorisation_questions::case_id.eq(permit.case()?))
        .filter(authorisation_questions::number.gt(page.after.map_or(0, Cursor::number)))
        .select(columns::<QuestionRow>())
        .order(authorisation_questions::number)
        .limit(page.fetch())
        .all(view)?;
    Ok(page.cut(rows, |row: &QuestionRow| Cursor::after_number(row.number)))
}

/// Whom a request can be addressed to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Queryable)]
pub struct Addressee {
    /// The agency's country.
    pub country: Option<Country>,
    /// Whether it holds authority for it.
    pub mark: AuthorityMark,
}

/// An agency, as far as a request can be addressed to it; nothing where there is none.
///
/// # Errors
/// When the database fails.
pub fn addressee<A: Act>(
    view: &mut View<'_>,
    _: &Permit<A>,
    agency: AgencyId,
) -> Result<Option<Addressee>> {
    agencies::table.find(agency).select((agencies::country, agencies::authority_mark)).maybe(view)
}

/// Those of the countries for which some agency on this server holds authority.
///
/// # Errors
/// When the database fails.
pub fn represented<A: Act>(
    view: &mut View<'_>,
    _: &Permit<A>,
    countries: &[Country],
) -> Result<BTreeSet<Country>> {
    let holding: Vec<Option<Country>> = agencies::table
        .filter(agencies::country.eq_any(countries.to_vec()))
        .filter(agencies::authority_mark.eq(AuthorityMark::Held))
        .select(agencies::country)
        .all(view)?;
    Ok(holding.into_iter().flatten().collect())
}

/// Inserts a draft.
///
/// # Errors
/// When the database fails.
pub fn insert(tx: &mut Tx<'_>, permit: &Permit<act::DraftRequest>, row: &RequestRow) -> Result<()> {
    let row = RequestRow { case_id: permit.case()?, ..row.clone() };
    diesel::insert_into(authorisations::table).values(row).run(tx)?;
    Ok(())
}

/// What changes a request.
pub trait Handling: Act {}
impl Handling for act::PursueRequest {}
impl Handling for act::HandleRequest {}
impl Handling for act::DecideRequest {}
impl Handling for act::RecordOralGrant {}

/// Writes a request.
///
/// # Errors
/// When the database fails.
pub fn update<A: Handling>(tx: &mut Tx<'_>, permit: &Permit<A>, row: &RequestRow) -> Result<()> {
    diesel::update(authorisations::table.find(row.id))
        .filter(authorisations::case_id.eq(permit.case()?))
        .set((
            authorisations::terms.eq(row.terms.clone()),
            authorisations::decision_needed_by.eq(row.decision_needed_by),
            authorisations::status.eq(row.status),
            authorisations::submitted_by.eq(row.submitted_by),
            authorisations::submitted_at.eq(row.submitted_at),
            authorisations::grants.eq(row.grants),
            authorisations::reason_code.eq(row.reason_code),
            authorisations::reason.eq(&row.reason),
            authorisations::decided_by.eq(row.decided_by),
            authorisations::decided_at.eq(row.decided_at),
            authorisations::version.eq(row.version),
            authorisations::updated_at.eq(row.updated_at),
        ))
        .run(tx)?;
    Ok(())
}

/// Inserts a version of a grant.
///
/// # Errors
/// When the database fails.
pub fn insert_grant<A: Handling>(
    tx: &mut Tx<'_>,
    permit: &Permit<A>,
    row: &GrantRow,
) -> Result<()> {
    let row = GrantRow { case_id: permit.case()?, ..row.clone() };
    diesel::insert_into(authorisation_grants::table).values(row).run(tx)?;
    Ok(())
}

/// Writes that a grant was confirmed, or when it ended.
///
/// # Errors
/// When the database fails.
pub fn update_grant<A: Handling>(
    tx: &mut Tx<'_>,
    permit: &Permit<A>,
    row: &GrantRow,
) -> Result<()> {
    diesel::update(authorisation_grants::table.find((row.authorisation_id, row.number)))
        .filter(authorisation_grants::case_id.eq(permit.case()?))
        .set((
            authorisation_grants::confirmed_by.eq(row.confirmed_by),
            authorisation_grants::confirmed_at.eq(row.confirmed_at),
            authorisation_grants::ended_at.eq(row.ended_at),
        ))
        .run(tx)?;
    Ok(())
}

/// Every version of the grant of a request, first one first.
///
/// # Errors
/// When the database fails.
pub fn versions_of<A: Handling>(
    view: &mut View<'_>,
    permit: &Permit<A>,
    id: AuthorisationId,
) -> Result<Vec<GrantRow>> {
    authorisation_grants::table
        .filter(authorisation_grants::authorisation_id.eq(id))
        .filter(authorisation_grants::case_id.eq(permit.case()?))
        .select(columns::<GrantRow>())
        .order(authorisation_grants::number)
        .all(view)
}

/// Inserts what was asked or answered, behind what was said before.
///
/// # Errors
/// When the database fails.
pub fn insert_question<A: Handling>(
    tx: &mut Tx<'_>,
    permit: &Permit<A>,
    row: &QuestionRow,
) -> Result<()> {
    let before: i64 = authorisation_questions::table
        .filter(authorisation_questions::authorisation_id.eq(row.authorisation_id))
        .count()
        .one(tx)?;
    let row = QuestionRow { case_id: permit.case()?, number: before + 1, ..row.clone() };
    diesel::insert_into(authorisation_questions::table).values(row).run(tx)?;
    Ok(())
}

/// Whether a request of the case was ever submitted to `agency`.
///
/// # Errors
/// When the database fails.
pub fn was_asked(view: &mut View<'_>, case: CaseId, agency: AgencyId) -> Result<bool> {
    let asked: i64 = authorisations::table
        .filter(authorisations::authority_agency_id.eq(agency))
        .filter(authorisations::case_id.eq(case))
        .filter(authorisations::submitted_at.is_not_null())
        .count()
        .one(view)?;
    Ok(asked > 0)
}

/// Whether a grant that `agency` gave in the case counts now, or will.
///
/// # Errors
/// When the database fails.
pub fn grants_something<A: Act>(
    view: &mut View<'_>,
    permit: &Permit<A>,
    agency: AgencyId,
) -> Result<bool> {
    let now = view.now();
    let found = all(view, permit)?;
    Ok(found
        .iter()
        .any(|found| found.row.authority_agency_id == agency && found.status_at(now).is_granted()))
}

/// The agencies that have something to decide in the case, or to take back, each with those of its officers who have
/// decided or recorded a decision there.
///
/// # Errors
/// When the database fails.
pub fn deciders<A: Act>(
    view: &mut View<'_>,
    permit: &Permit<A>,
) -> Result<BTreeMap<AgencyId, BTreeSet<UserId>>> {
    let now = view.now();
    let mut deciders: BTreeMap<AgencyId, BTreeSet<UserId>> = BTreeMap::new();
    let mut found = all(view, permit)?;
    found.retain(|found| found.row.submitted_at.is_some() && found.status_at(now).is_open());
    for Found { row, grant } in found {
        let granted = grant.map(|grant| [Some(grant.recorded_by), grant.confirmed_by]);
        let acted = granted.into_iter().flatten().chain([row.decided_by]).flatten();
        deciders.entry(row.authority_agency_id).or_default().extend(acted);
    }
    Ok(deciders)
}

/// The requests of the case about which whoever only decides for `country` reads in the journal.
///
/// # Errors
/// When the database fails.
pub fn submitted_to(
    view: &mut View<'_>,
    permit: &Permit<act::ReadCaseJournal>,
    country: Option<Country>,
) -> Result<BTreeSet<AuthorisationId>> {
    let ids: Vec<AuthorisationId> = authorisations::table
        .filter(authorisations::case_id.eq(permit.case()?))
        .filter(authorisations::country.nullable().eq(country))
        .filter(authorisations::submitted_at.is_not_null())
        .select(authorisations::id)
        .all(view)?;
    Ok(ids.into_iter().collect())
}

/// The requests of the case that await a decision at `now`.
///
/// # Errors
/// When the database fails.
pub fn undecided<A: Act>(view: &mut View<'_>, permit: &Permit<A>) -> Result<Vec<AuthorisationId>> {
    let now: Instant = view.now();
    let found = all(view, permit)?;
    let undecided = found.iter().filter(|found| found.status_at(now).is_undecided());
    Ok(undecided.map(|found| found.row.id).collect())
}
