//! Borders that were crossed: facts. So is that goods have arrived behind one.

use super::{hear, told};
use crate::access::{Act, Facts, OwnedFacts, Permit, act};
use crate::cases::authorisations::store as authorisations;
use crate::cases::control::store as control;
use crate::cases::legs::clearance::{self, Doing};
use crate::cases::legs::input::{Crossing, CrossingInput};
use crate::cases::legs::model::{self, Direction, LegFlag, LegStatus};
use crate::cases::legs::rows::{CrossingRow, LegRow};
use crate::cases::legs::store;
use crate::cases::milestones::model::ReportLimits;
use crate::cases::reason::Reason;
use crate::cases::standing;
use crate::clock::Instant;
use crate::country::Country;
use crate::db::types::Json;
use crate::db::{Tx, View};
use crate::error::{Error, Faults, Result};
use crate::ids::{CaseId, CrossingId, LegId};
use crate::journal::event::{Change, Deed};
use crate::submission::Submission;

/// Takes the report that a border was crossed. A fact: whatever the state of leg and case and whoever allowed what, it is
/// kept; what it breaches becomes a flag (invariants 1, 3, 6, 14 and 19).
///
/// # Errors
/// Not found, forbidden (also where another agency's report is corrected), or invalid.
pub fn report_crossing(
    tx: &mut Tx<'_>,
    case: CaseId,
    id: LegId,
    submission: &Submission,
    limits: ReportLimits,
) -> Result<Change<CrossingRow>> {
    let (leg, permit) = hear::<act::ReportTravel>(tx, case, id)?;
    let input: CrossingInput = submission.read()?;
    let home = tx.context().officer()?.time_zone.clone();
    let mut faults = Faults::new();
    let judged = input.judge(&mut faults, &home);
    if let Some(Crossing { supersedes: Some((old, _)), .. }) = &judged {
        judge_correction(tx, &permit, leg.id, *old, &mut faults)?;
    }
    faults.finish()?;
    let crossing = judged.ok_or_else(|| Error::internal("a crossing without faults"))?;
    let flags = flags(tx, &permit, &leg, &crossing, limits)?;
    let (now, officer) = (tx.now(), tx.context().officer()?);
    let (supersedes_id, reason) = crossing.supersedes.unzip();
    let row = CrossingRow {
        id: CrossingId::new(now),
        case_id: case,
        leg_id: leg.id,
        agency_id: officer.agency,
        user_id: officer.user,
        direction: crossing.direction,
        country: crossing.country,
        occurred_at: crossing.occurred_at,
        recorded_at: now,
        place: crossing.place,
        time_zone: crossing.time_zone,
        note: crossing.note,
        flags: Json(flags),
        supersedes_id,
        reason,
    };
    store::report(tx, &permit, &row)?;
    store::set_on_the_move(tx, &permit)?;
    let mut event = told(Deed::CrossingReported, &leg)
        .with("crossing", row.id)
        .with("direction", row.direction)
        .with("country", row.country)
        .with("occurred_at", row.occurred_at)
        .with("time_zone", &row.time_zone)
        .with("flags", &row.flags.0);
    if let Some(old) = row.supersedes_id {
        event = event.with("supersedes", old);
    }
    let event = event
        .text("place", row.place.clone())
        .optional_text("note", row.note.as_deref())
        .optional_text("reason", row.reason.as_ref().map(Reason::as_str));
    Ok(Change::by(row, event))
}

/// What is corrected is a crossing of this leg that nobody has corrected yet (invariant 18), by the agency that reported it or
/// by the lead.
fn judge_correction(
    view: &mut View<'_>,
    permit: &Permit<act::ReportTravel>,
    leg: LegId,
    old: CrossingId,
    faults: &mut Faults,
) -> Result<()> {
    let Some(found) = store::crossing(view, permit, leg, old)? else {
        faults.add("/supersedes", "expected a crossing of this leg");
        return Ok(());
    };
    let own = found.agency_id == view.context().officer()?.agency;
    let facts = standing::load(view, found.case_id)?.map(|case| OwnedFacts { case, own });
    view.permit::<act::SupersedeReport>(&Facts::Owned(facts))?;
    if let Some(successor) = store::successor(view, permit, old)? {
        let detail =
            format!("expected the crossing that stands: {successor} has corrected this one");
        faults.add("/supersedes", detail);
    }
    Ok(())
}

/// What is odd about a crossing, in the order of the list.
fn flags(
    view: &mut View<'_>,
    permit: &Permit<act::ReportTravel>,
    leg: &LegRow,
    crossing: &Crossing,
    limits: ReportLimits,
) -> Result<Vec<LegFlag>> {
    let plan = &leg.plan.0;
    // A border was crossed where that was seen, wherever it was planned.
    let point = Some(crossing.place.as_str());
    let doing = match crossing.direction {
        Direction::Exit => Doing::Leave(point),
        Direction::Enter => Doing::Enter(point),
    };
    let mut flags = breaches(view, permit, crossing.country, doing, crossing.occurred_at)?;
    if !plan.touches(crossing.country) {
        flags.push(LegFlag::UnexpectedCountry);
    }
    if leg.removed_at.is_some() {
        flags.push(LegFlag::OffPlan);
    }
    // What arrived already was under way.
    if !leg.status.is_under_way() && leg.status != LegStatus::Completed {
        flags.push(LegFlag::NotStarted);
    }
    flags.extend(model::timing_flags(crossing.occurred_at, view.now(), limits));
    flags.sort_unstable();
    flags.dedup();
    Ok(flags)
}

/// What is odd about goods that arrive at `at`, in the order of the list. Where nobody reported that they entered the country,
/// they did so by then, and where it was planned for all that is known.
pub(super) fn arrival(
    view: &mut View<'_>,
    permit: &Permit<act::MoveLeg>,
    leg: &LegRow,
    at: Instant,
    limits: ReportLimits,
) -> Result<Vec<LegFlag>> {
    let plan = &leg.plan.0;
    let country = plan.to.country;
    let unseen =
        plan.from.country != country && !store::has_entered(view, permit, leg.id, country)?;
    let mut flags = Vec::new();
    if unseen {
        let doing = Doing::Enter(plan.entry_point.as_deref());
        flags.extend(breaches(view, permit, country, doing, at)?);
    }
    flags.extend(model::timing_flags(at, view.now(), limits));
    flags.sort_unstable();
    flags.dedup();
    Ok(flags)
}

/// What goods breach that come into `country` or leave it at `at`: its leave, and coming in, that whoever is in control is of
/// the country or welcome there.
fn breaches<A: Act>(
    view: &mut View<'_>,
    permit: &Permit<A>,
    country: Country,
    doing: Doing<'_>,
    at: Instant,
) -> Result<Vec<LegFlag>> {
    let grants = authorisations::grants(view, permit)?;
    let loads = store::loads(view, permit)?;
    let lacks = clearance::in_country(country, doing, &grants, &loads, at);
    let mut flags: Vec<LegFlag> = lacks.into_iter().map(|(breach, _)| breach.flag()).collect();
    let guests_allowed = grants
        .iter()
        .any(|grant| grant.country == country && grant.foreign_officers && grant.is_effective(at));
    let holders = control::holders(view, permit)?;
    let foreign = holders.iter().any(|(_, _, home)| *home != Some(country));
    if matches!(doing, Doing::Enter(_)) && foreign && !guests_allowed {
        flags.push(LegFlag::ForeignControl);
    }
    Ok(flags)
}
