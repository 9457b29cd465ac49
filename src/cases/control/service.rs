//! Use cases of control and of handovers.

use crate::access::{Act, Facts, OwnedFacts, Permit, act};
use crate::cases::authorisations::store as authorisations;
use crate::cases::control::handover::HandoverStatus;
use crate::cases::control::input::Told;
use crate::cases::control::model::{BegunHow, ControlFlag, Ground};
use crate::cases::control::rows::{ControlReportRow, HandoverRow, PeriodRow};
use crate::cases::control::store::{self, HandingOver};
use crate::cases::legs::progress::Happening;
use crate::cases::legs::service as route;
use crate::cases::legs::store::{self as legs, Moving};
use crate::cases::legs::whereabouts::Whereabouts;
use crate::cases::milestones::model::ReportLimits;
use crate::cases::standing;
use crate::clock::Instant;
use crate::country::Country;
use crate::db::types::Json;
use crate::db::{Page, PageOf, Tx, View};
use crate::error::{Error, Result};
use crate::ids::{AgencyId, CaseId, ConsignmentId, HandoverId};
use crate::journal::event::{Deed, Event, SubjectKind};

mod handing;
mod keeping;
mod reporting;

pub use handing::{accept, agree, cancel, offer, propose, refuse};
pub use keeping::{end, take};
pub use reporting::{report_loss, report_recovery, take_over};

/// The control of one consignment: every period of it, and what was reported.
#[derive(Debug)]
pub struct Controlled {
    /// The consignment.
    pub consignment: ConsignmentId,
    /// The periods, first one first; at most the last one is open.
    pub periods: Vec<PeriodRow>,
    /// Losses and recoveries, first one first.
    pub reports: Vec<ControlReportRow>,
}

/// Who is in control of each consignment of a case, and the whole line.
///
/// # Errors
/// Not found.
pub fn read(view: &mut View<'_>, case: CaseId) -> Result<Vec<Controlled>> {
    let seen = standing::see::<act::ReadPlan>(view, case)?;
    let mut periods = store::periods(view, &seen.permit)?;
    let mut reports = store::reports(view, &seen.permit)?;
    let consignments = store::consignments(view, &seen.permit)?;
    let controlled = consignments.into_iter().map(|consignment| Controlled {
        consignment,
        periods: periods.remove(&consignment).unwrap_or_default(),
        reports: reports.remove(&consignment).unwrap_or_default(),
    });
    Ok(controlled.collect())
}

/// The control of one consignment, after something was done to it.
fn of<A: Act>(
    view: &mut View<'_>,
    permit: &Permit<A>,
    consignment: ConsignmentId,
) -> Result<Controlled> {
    let periods = store::periods(view, permit)?.remove(&consignment).unwrap_or_default();
    let reports = store::reports(view, permit)?.remove(&consignment).unwrap_or_default();
    Ok(Controlled { consignment, periods, reports })
}

/// A page of the handovers of a case.
///
/// # Errors
/// Not found.
pub fn list(
    view: &mut View<'_>,
    case: CaseId,
    page: impl FnOnce() -> Result<Page>,
) -> Result<PageOf<HandoverRow>> {
    let seen = standing::see::<act::ReadPlan>(view, case)?;
    store::list(view, &seen.permit, page()?)
}

/// One handover.
///
/// # Errors
/// Not found.
pub fn get(view: &mut View<'_>, case: CaseId, id: HandoverId) -> Result<HandoverRow> {
    let seen = standing::see::<act::ReadPlan>(view, case)?;
    store::handover(view, seen.permit.case()?, id)?.ok_or_else(Error::not_found)
}

/// Where the goods of the case are to an agency of the country `own`.
fn ground<A: Act>(view: &mut View<'_>, permit: &Permit<A>, own: Option<Country>) -> Result<Ground> {
    let Whereabouts { country: goods, ahead } = legs::whereabouts(view, permit)?;
    let now = view.now();
    let grants = authorisations::grants(view, permit)?;
    let foreigners_allowed = grants.iter().any(|grant| {
        Some(grant.country) == goods && grant.foreign_officers && grant.is_effective(now)
    });
    Ok(Ground { goods, ahead, own, foreigners_allowed })
}

/// What is odd about the time of a report.
fn timing(occurred_at: Instant, now: Instant, limits: ReportLimits) -> Vec<ControlFlag> {
    let late = limits.is_late(occurred_at, now);
    let future = limits.is_ahead(occurred_at, now);
    let flags = [(late, ControlFlag::Late), (future, ControlFlag::Future)];
    flags.into_iter().filter_map(|(odd, flag)| odd.then_some(flag)).collect()
}

/// A period that begins with the caller's agency, when and where it is `said`.
fn period(
    tx: &Tx<'_>,
    case: CaseId,
    consignment: ConsignmentId,
    last: Option<&PeriodRow>,
    how: BegunHow,
    said: &Told,
) -> Result<PeriodRow> {
    let officer = tx.context().officer()?;
    Ok(PeriodRow {
        consignment_id: consignment,
        number: last.map_or(1, |last| last.number + 1),
        case_id: case,
        agency_id: officer.agency,
        begun_how: how,
        begun_at: said.occurred_at,
        begun_place: said.place.clone(),
        begun_time_zone: said.time_zone.clone(),
        begun_by: officer.user,
        handover_id: None,
        lost_at: None,
        ended_how: None,
        ended_at: None,
        ended_place: None,
        ended_time_zone: None,
        ended_by: None,
        flags: Json(Vec::new()),
        ended_flags: Json(Vec::new()),
        recorded_at: tx.now(),
    })
}

/// Ends the open handover of a consignment, which something else has overtaken; a leg that was held for it goes on.
fn overtake<A: HandingOver + Moving>(
    tx: &mut Tx<'_>,
    permit: &Permit<A>,
    consignment: ConsignmentId,
) -> Result<Vec<Event>> {
    let Some(mut row) = store::open(tx, permit, consignment)? else { return Ok(Vec::new()) };
    let (now, user) = (tx.now(), tx.context().officer()?.user);
    row.status = match row.status_at(now) {
        HandoverStatus::TimedOut => HandoverStatus::TimedOut,
        _ => HandoverStatus::Cancelled,
    };
    row.open = false;
    row.ended_by = Some(user);
    row.ended_at = Some(now);
    row.version += 1;
    row.updated_at = now;
    store::write(tx, permit, &row)?;
    let mut events = vec![told_handover(Deed::HandoverCancelled, &row)];
    events.extend(goes_on(tx, permit, &row)?);
    Ok(events)
}

/// The leg that was held for a handover goes on, unless other goods are still being handed over there.
fn goes_on<A: Moving>(
    tx: &mut Tx<'_>,
    permit: &Permit<A>,
    ended: &HandoverRow,
) -> Result<Vec<Event>> {
    let Some(leg) = ended.leg_id else { return Ok(Vec::new()) };
    let now = tx.now();
    if store::all_open(tx, permit)?.iter().any(|other| other.offers_on(leg, now)) {
        return Ok(Vec::new());
    }
    route::befall(tx, permit, Happening::HandoverEnded, |row| row.id == leg)
}

/// The legs that were lost are found, unless other goods of the case still are.
fn found<A: Moving>(tx: &mut Tx<'_>, permit: &Permit<A>) -> Result<Vec<Event>> {
    if store::is_anything_lost(tx, permit)? {
        return Ok(Vec::new());
    }
    route::befall(tx, permit, Happening::Found, |_| true)
}

fn told(deed: Deed, period: &PeriodRow) -> Event {
    Event::in_case(period.case_id, deed, SubjectKind::Control, period.consignment_id)
        .with("agency", period.agency_id)
        .with("period", period.number)
        .with("flags", &period.flags.0)
}

fn told_handover(deed: Deed, row: &HandoverRow) -> Event {
    Event::in_case(row.case_id, deed, SubjectKind::Handover, row.id)
        .with("consignment", row.consignment_id)
        .with("from", row.from_agency_id)
        .with("to", row.to_agency_id)
        .with("status", row.status)
        .with("flags", &row.flags.0)
        .with("version", row.version)
}

/// The handover `id` of the case, where the caller may do `A` to it; `own` says of which agencies it is the own.
fn see<A: Act>(
    view: &mut View<'_>,
    case: CaseId,
    id: HandoverId,
    own: fn(&HandoverRow, AgencyId) -> bool,
) -> Result<(HandoverRow, Permit<A>)> {
    let agency = view.context().officer()?.agency;
    let standing = standing::load(view, case)?;
    let row = match standing {
        None => None,
        Some(_) => store::handover(view, case, id)?,
    };
    let facts = standing
        .zip(row.as_ref())
        .map(|(standing, row)| OwnedFacts { case: standing, own: own(row, agency) });
    let permit = view.permit(&Facts::Owned(facts))?;
    row.map(|row| (row, permit)).ok_or_else(Error::not_found)
}

/// The same for a change: no other change of the case runs until this one has ended.
fn take_handover<A: Act>(
    tx: &mut Tx<'_>,
    case: CaseId,
    id: HandoverId,
    own: fn(&HandoverRow, AgencyId) -> bool,
) -> Result<(HandoverRow, Permit<A>)> {
    let seen = see(tx, case, id, own)?;
    if standing::hold(tx, case)? { see(tx, case, id, own) } else { Ok(seen) }
}
