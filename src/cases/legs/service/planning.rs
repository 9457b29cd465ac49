//! The plan of the route: added to at its end, changed while a leg is ahead, taken off from its end.

use super::{shown, take, told};
use crate::access::{Act, Permit, act};
use crate::cases::legs::input::{LegInput, LegPatch};
use crate::cases::legs::model::{self, LegStatus, Plan};
use crate::cases::legs::rows::LegRow;
use crate::cases::legs::store;
use crate::cases::standing;
use crate::db::types::Json;
use crate::db::{Tx, View};
use crate::error::{Error, Faults, Missing, Refusal, Result, codes};
use crate::ids::{CaseId, LegId};
use crate::journal::event::{Change, Deed, Event};
use crate::submission::Submission;

/// Plans a leg at the end of the route. A command.
///
/// # Errors
/// Not found, forbidden, invalid with every fault named; or it does not join the route, or the case has ended.
pub fn plan(tx: &mut Tx<'_>, case: CaseId, submission: &Submission) -> Result<Change<LegRow>> {
    let seen = standing::take::<act::PlanLeg>(tx, case)?;
    let input: LegInput = submission.read()?;
    let home = tx.context().officer()?.time_zone.clone();
    let mut faults = Faults::new();
    let judged = input.judge(&mut faults, "", &home);
    faults.finish()?;
    let (sequence, plan) = judged.ok_or_else(|| Error::internal("a leg without faults"))?;
    judge_responsible(tx, &seen.permit, &plan, "")?;
    seen.case.status.plans("its route")?;
    let mut events = Vec::new();
    let row = insert(tx, &seen.permit, sequence, plan, &mut events)?;
    let row = shown(tx, &seen.permit, row)?;
    Ok(Change::by_all(row, events))
}

/// Puts a leg at the end of the route, where it joins.
///
/// # Errors
/// When it does not join the route, or its place is taken.
pub fn insert(
    tx: &mut Tx<'_>,
    permit: &Permit<act::PlanLeg>,
    sequence: Option<i32>,
    plan: Plan,
    events: &mut Vec<Event>,
) -> Result<LegRow> {
    let route = store::all(tx, permit)?;
    let next = i32::try_from(route.len()).map_or(i32::MAX, |legs| legs + 1);
    let sequence = sequence.unwrap_or(next);
    if sequence < next {
        let detail =
            format!("Leg {sequence} is planned; change it, or take it off the plan first.");
        return Err(Error::new(&codes::DUPLICATE, detail));
    }
    if sequence > next {
        let detail = format!("Plan leg {next} first; legs follow each other without a gap.");
        let missing = vec![Missing::reason("no-leg-before")];
        return Err(Refusal::new(&codes::INVARIANT_12, detail).missing(missing).into());
    }
    model::fit(&plan, route.last().map(|row| &row.plan.0), None)?;
    let (now, officer) = (tx.now(), tx.context().officer()?);
    let row = LegRow {
        id: LegId::new(now),
        case_id: permit.case()?,
        sequence,
        agency_id: officer.agency,
        from_country: plan.from.country,
        to_country: plan.to.country,
        planned_departure: plan.planned_departure,
        planned_arrival: plan.planned_arrival,
        plan: Json(plan),
        status: LegStatus::Planned,
        when_found: None,
        started_at: None,
        ended_at: None,
        start_flags: Json(Vec::new()),
        arrival_flags: Json(Vec::new()),
        removed_at: None,
        version: 1,
        created_by: officer.user,
        created_at: now,
        updated_at: now,
    };
    store::insert(tx, permit, &row)?;
    events.push(told_plan(Deed::LegPlanned, &row));
    Ok(row)
}

/// Changes the plan of a leg that was not started, by merge patch. A command.
///
/// # Errors
/// Not found, forbidden, a missing or stale version, invalid with every fault named; or the leg was started, would not
/// join the route, or the case has ended.
pub fn edit(
    tx: &mut Tx<'_>,
    case: CaseId,
    id: LegId,
    submission: &Submission,
) -> Result<Change<LegRow>> {
    let (row, permit) = take::<act::EditLeg>(tx, case, id)?;
    let patch: LegPatch = submission.read_guarded(row.version)?;
    let home = tx.context().officer()?.time_zone.clone();
    let mut faults = Faults::new();
    let plan = patch.apply(&mut faults, row.plan.0.clone(), &home);
    faults.finish()?;
    if plan.responsible != row.plan.0.responsible {
        judge_responsible(tx, &permit, &plan, "")?;
    }
    if plan == row.plan.0 {
        let row = shown(tx, &permit, row)?;
        return Ok(Change::Unchanged(row));
    }
    standing::status(tx, &permit)?.plans("its route")?;
    model::replan(row.status)?;
    let route = store::all(tx, &permit)?;
    let neighbour = |by: i32| {
        let at = row.sequence + by;
        route.iter().find(|other| other.sequence == at).map(|other| &other.plan.0)
    };
    model::fit(&plan, neighbour(-1), neighbour(1))?;
    let row = row.planned(plan, tx.now());
    store::replan(tx, &permit, &row)?;
    let event = told_plan(Deed::LegReplanned, &row);
    let row = shown(tx, &permit, row)?;
    Ok(Change::by(row, event))
}

/// Takes the last leg off the plan, where it was not started. A command. The leg and its plans stay readable.
///
/// # Errors
/// Not found, forbidden, a missing or stale version; or the leg was started, another follows, or the case has ended.
pub fn remove(
    tx: &mut Tx<'_>,
    case: CaseId,
    id: LegId,
    submission: &Submission,
) -> Result<Change<LegRow>> {
    let (row, permit) = take::<act::EditLeg>(tx, case, id)?;
    submission.guard(row.version)?;
    standing::status(tx, &permit)?.plans("its route")?;
    model::replan(row.status)?;
    if store::all(tx, &permit)?.iter().any(|other| other.sequence > row.sequence) {
        let detail = "Legs follow this one; a route is taken back from its end.";
        let missing = vec![Missing::reason("legs-follow")];
        return Err(Refusal::new(&codes::INVARIANT_12, detail).missing(missing).into());
    }
    let now = tx.now();
    let row = LegRow { removed_at: Some(now), ..row.clone().moved(row.status, now) };
    store::replan(tx, &permit, &row)?;
    let event = told(Deed::LegRemoved, &row);
    Ok(Change::by(row, event))
}

/// Who answers for a leg in a country takes part in the case and is of that country.
///
/// # Errors
/// Invalid, naming each that is not; `at` is the pointer of the leg.
pub fn judge_responsible<A: Act>(
    view: &mut View<'_>,
    permit: &Permit<A>,
    plan: &Plan,
    at: &str,
) -> Result<()> {
    if plan.responsible.is_empty() {
        return Ok(());
    }
    let members = store::accepted(view, permit)?;
    let mut faults = Faults::new();
    for (index, responsible) in plan.responsible.iter().enumerate() {
        let fine = members.contains(&(responsible.agency_id, Some(responsible.country)));
        let pointer = format!("{at}/responsible/{index}/agency_id");
        let detail = "expected an agency of that country that takes part in the case";
        faults.check(fine, &pointer, detail);
    }
    faults.finish()
}

fn told_plan(deed: Deed, row: &LegRow) -> Event {
    let plan = &row.plan.0;
    told(deed, row)
        .with("from", plan.from.country)
        .with("to", plan.to.country)
        .with("mode", plan.mode)
        .with("planned_departure", plan.planned_departure)
        .with("planned_arrival", plan.planned_arrival)
        .with("responsible", &plan.responsible)
        .text("from_place", plan.from.place.clone())
        .text("to_place", plan.to.place.clone())
        .optional_text("exit_point", plan.exit_point.as_deref())
        .optional_text("entry_point", plan.entry_point.as_deref())
}
