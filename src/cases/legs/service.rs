//! Use cases of the route. Planning, starting and completing are commands; crossings and diversions are facts.

use crate::access::{Act, Facts, MemberRole, OwnedFacts, Permit, act};
use crate::cases::authorisations::store as authorisations;
use crate::cases::legs::clearance::{self, Lack};
use crate::cases::legs::model::LegStatus;
use crate::cases::legs::rows::{CrossingRow, DiversionRow, LegPlanRow, LegRow};
use crate::cases::legs::store;
use crate::cases::standing::{self, Seen};
use crate::clock::Instant;
use crate::country::Country;
use crate::db::{Cursor, Page, PageOf, Tx, View};
use crate::error::{Error, Result};
use crate::ids::{CaseId, CrossingId, LegId};
use crate::journal::event::{Deed, Event, SubjectKind};

mod crossing;
mod holding;
mod loading;
mod moving;
mod planning;
mod substitution;

pub use crossing::report_crossing;
pub use holding::{befall, stop_uncovered};
pub use loading::{loads, refused_under_way};
pub use moving::{complete, divert, resume, start};
pub use planning::{edit, insert, judge_responsible, plan, remove};
pub use substitution::without_consent;

/// A page of the legs of a case, in the order of the route. Who only decides is shown the legs that touch the own country.
///
/// # Errors
/// Not found.
pub fn list(
    view: &mut View<'_>,
    case: CaseId,
    page: impl FnOnce() -> Result<Page>,
) -> Result<PageOf<LegRow>> {
    let seen = standing::see::<act::ReadRoute>(view, case)?;
    let page = page()?;
    let limits = Sight::of(view, &seen)?;
    let after = page.after.map_or(0, Cursor::number);
    let mut rows = store::all(view, &seen.permit)?;
    rows.retain(|row| i64::from(row.sequence) > after && limits.shows(row));
    rows.truncate(usize::try_from(page.fetch()).unwrap_or(usize::MAX));
    let rows = match limits {
        Sight::All => shown_all(view, &seen.permit, rows)?,
        Sight::Touching(_) => rows,
    };
    Ok(page.cut(rows, |row: &LegRow| Cursor::after_number(i64::from(row.sequence))))
}

/// One leg.
///
/// # Errors
/// Not found.
pub fn get(view: &mut View<'_>, case: CaseId, id: LegId) -> Result<LegRow> {
    let (seen, row) = see(view, case, id)?;
    match Sight::of(view, &seen)? {
        Sight::All => shown(view, &seen.permit, row),
        Sight::Touching(_) => Ok(row),
    }
}

/// A page of the plans that a leg has had.
///
/// # Errors
/// Not found.
pub fn plans(
    view: &mut View<'_>,
    case: CaseId,
    id: LegId,
    page: impl FnOnce() -> Result<Page>,
) -> Result<PageOf<LegPlanRow>> {
    let (seen, row) = see(view, case, id)?;
    store::plans(view, &seen.permit, row.id, page()?)
}

/// A page of the crossings that were reported on a leg.
///
/// # Errors
/// Not found.
pub fn crossings(
    view: &mut View<'_>,
    case: CaseId,
    id: LegId,
    page: impl FnOnce() -> Result<Page>,
) -> Result<PageOf<CrossingRow>> {
    let (seen, row) = see(view, case, id)?;
    store::crossings(view, &seen.permit, row.id, page()?)
}

/// One crossing.
///
/// # Errors
/// Not found.
pub fn crossing(
    view: &mut View<'_>,
    case: CaseId,
    leg: LegId,
    id: CrossingId,
) -> Result<CrossingRow> {
    let (seen, row) = see(view, case, leg)?;
    store::crossing(view, &seen.permit, row.id, id)?.ok_or_else(Error::not_found)
}

/// A page of the other ways that were reported on a leg.
///
/// # Errors
/// Not found.
pub fn diversions(
    view: &mut View<'_>,
    case: CaseId,
    id: LegId,
    page: impl FnOnce() -> Result<Page>,
) -> Result<PageOf<DiversionRow>> {
    let (seen, row) = see(view, case, id)?;
    store::diversions(view, &seen.permit, row.id, page()?)
}

/// Which legs of a case a reader is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sight {
    All,
    Touching(Option<Country>),
}

impl Sight {
    fn of<A: Act>(view: &View<'_>, seen: &Seen<A>) -> Result<Self> {
        let role = seen.facts.membership.map(|membership| membership.role);
        Ok(match role {
            Some(MemberRole::Authority) => Self::Touching(view.context().officer()?.country),
            _ => Self::All,
        })
    }

    fn shows(self, row: &LegRow) -> bool {
        match self {
            Self::All => true,
            Self::Touching(country) => country.is_some_and(|country| row.plan.0.touches(country)),
        }
    }
}

fn see(view: &mut View<'_>, case: CaseId, id: LegId) -> Result<(Seen<act::ReadRoute>, LegRow)> {
    let seen = standing::see::<act::ReadRoute>(view, case)?;
    let limits = Sight::of(view, &seen)?;
    let row = store::find(view, &seen.permit, id)?.filter(|row| limits.shows(row));
    row.map(|row| (seen, row)).ok_or_else(Error::not_found)
}

/// The leg `id` of the case, where the caller may do `A` to what belongs to the agency. No other change of the case runs
/// until this one has ended. A leg that was taken off the plan is not acted on.
fn take<A: Act>(tx: &mut Tx<'_>, case: CaseId, id: LegId) -> Result<(LegRow, Permit<A>)> {
    let planned = |row: &LegRow| row.removed_at.is_none();
    let found = own(tx, case, id, planned)?;
    if standing::hold(tx, case)? { own(tx, case, id, planned) } else { Ok(found) }
}

/// The leg of which a fact is told, also one that was taken off the plan: reality keeps to no plan.
fn hear<A: Act>(tx: &mut Tx<'_>, case: CaseId, id: LegId) -> Result<(LegRow, Permit<A>)> {
    let found = own(tx, case, id, |_| true)?;
    if standing::hold(tx, case)? { own(tx, case, id, |_| true) } else { Ok(found) }
}

fn own<A: Act>(
    view: &mut View<'_>,
    case: CaseId,
    id: LegId,
    which: fn(&LegRow) -> bool,
) -> Result<(LegRow, Permit<A>)> {
    let agency = view.context().officer()?.agency;
    let standing = standing::load(view, case)?;
    let row = match standing {
        None => None,
        Some(_) => store::owned(view, case, id)?.filter(which),
    };
    let own = row.as_ref().is_some_and(|row| row.belongs_to(agency));
    let facts = standing.filter(|_| row.is_some()).map(|case| OwnedFacts { case, own });
    let permit = view.permit(&Facts::Owned(facts))?;
    row.map(|row| (row, permit)).ok_or_else(Error::not_found)
}

/// What the countries have not allowed of a leg at this moment.
fn lacks<A: Act>(view: &mut View<'_>, permit: &Permit<A>, row: &LegRow) -> Result<Vec<Lack>> {
    let now = view.now();
    lacks_since(view, permit, row, now)
}

/// The same for a leg that is said to have begun at `began`: leave counts then, and still does.
fn lacks_since<A: Act>(
    view: &mut View<'_>,
    permit: &Permit<A>,
    row: &LegRow,
    began: Instant,
) -> Result<Vec<Lack>> {
    let grants = authorisations::grants(view, permit)?;
    let loads = store::loads(view, permit)?;
    let lacking = |at| clearance::lacks(&row.plan.0, &grants, &loads, at);
    let today = lacking(view.now());
    Ok(if today.is_empty() { lacking(began) } else { today })
}

/// What stands between the first leg of the case and its start; nothing where there is no leg.
///
/// # Errors
/// When the database fails.
pub fn first_leg_lacks<A: Act>(view: &mut View<'_>, permit: &Permit<A>) -> Result<Vec<Lack>> {
    match store::all(view, permit)?.first() {
        Some(first) => lacks(view, permit, first),
        None => Ok(Vec::new()),
    }
}

/// The leg as it is shown: `cleared` where nothing stands between it and its start.
fn shown<A: Act>(view: &mut View<'_>, permit: &Permit<A>, row: LegRow) -> Result<LegRow> {
    let mut rows = shown_all(view, permit, vec![row])?;
    rows.pop().ok_or_else(Error::not_found)
}

fn shown_all<A: Act>(
    view: &mut View<'_>,
    permit: &Permit<A>,
    mut rows: Vec<LegRow>,
) -> Result<Vec<LegRow>> {
    let ahead = |row: &LegRow| row.status == LegStatus::Planned && row.removed_at.is_none();
    if rows.iter().any(ahead) {
        let (grants, loads) = (authorisations::grants(view, permit)?, store::loads(view, permit)?);
        let now = view.now();
        for row in rows.iter_mut().filter(|row| ahead(row)) {
            if clearance::lacks(&row.plan.0, &grants, &loads, now).is_empty() {
                row.status = LegStatus::Cleared;
            }
        }
    }
    Ok(rows)
}

/// What an event about a leg tells in any case.
fn told(deed: Deed, row: &LegRow) -> Event {
    Event::in_case(row.case_id, deed, SubjectKind::Leg, row.id)
        .with("sequence", row.sequence)
        .with("status", row.status)
        .with("version", row.version)
}
