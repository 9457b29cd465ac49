//! Use cases: report a quantity, see how everything adds up.

use std::collections::BTreeSet;

use crate::access::{Act, MemberRole, Permit, act};
use crate::cases::balance::input::{NewReport, QuantityReportInput};
use crate::cases::balance::model::{self, Balance, QuantityFlag, QuantityKind, Told, Tolerance};
use crate::cases::balance::rows::QuantityReportRow;
use crate::cases::balance::store::{self, Telling};
use crate::cases::case::model::Modality;
use crate::cases::control::rows::PeriodRow;
use crate::cases::control::store as control;
use crate::cases::legs::clearance::Load;
use crate::cases::legs::service as legs;
use crate::cases::milestones::model::ReportLimits;
use crate::cases::reason::Reason;
use crate::cases::standing;
use crate::db::types::Json;
use crate::db::{Tx, View};
use crate::error::{Error, Faults, Result};
use crate::ids::{AgencyId, CaseId, ConsignmentId, EvidenceId};
use crate::journal::event::{Change, Deed, Event, SubjectKind};
use crate::quantity::Quantity;
use crate::submission::Submission;

/// What reported quantities are held against.
#[derive(Debug, Clone, Copy)]
pub struct Rules {
    /// When a report is late, and when it is ahead.
    pub limits: ReportLimits,
    /// How far a balance may be off.
    pub tolerance: Tolerance,
}

/// How a consignment adds up, and what that rests on.
#[derive(Debug)]
pub struct Balanced {
    /// The consignment.
    pub consignment: ConsignmentId,
    /// How it adds up.
    pub balance: Balance,
    /// Every report, first one first; the items of evidence are those that the caller's agency is shown.
    pub reports: Vec<QuantityReportRow>,
}

/// How a consignment adds up.
///
/// # Errors
/// Not found.
pub fn read(
    view: &mut View<'_>,
    case: CaseId,
    consignment: ConsignmentId,
    tolerance: Tolerance,
) -> Result<Balanced> {
    let seen = standing::see::<act::ReadPlan>(view, case)?;
    of(view, &seen.permit, consignment, tolerance)?.ok_or_else(Error::not_found)
}

/// Takes the report of a quantity. A fact: what does not add up is flagged.
///
/// # Errors
/// Not found, forbidden, or invalid with every fault named.
pub fn report(
    tx: &mut Tx<'_>,
    case: CaseId,
    consignment: ConsignmentId,
    submission: &Submission,
    rules: Rules,
) -> Result<Change<Balanced>> {
    let seen = standing::take::<act::ReportControl>(tx, case)?;
    let permit = seen.permit;
    store::initial(tx, &permit, consignment)?.ok_or_else(Error::not_found)?;
    let input: QuantityReportInput = submission.read()?;
    let mut faults = Faults::new();
    let judged = input.judge(&mut faults, &tx.context().officer()?.time_zone);
    if let Some(new) = &judged {
        let leads = seen.facts.membership.is_some_and(|member| member.role == MemberRole::Lead);
        judge_against_case(tx, &permit, consignment, new, leads, &mut faults)?;
    }
    faults.finish()?;
    let new = judged.ok_or_else(|| Error::internal("a quantity without faults"))?;
    let event = keep(tx, &permit, consignment, new, rules)?;
    let balanced = of(tx, &permit, consignment, rules.tolerance)?;
    Ok(Change::by(balanced.ok_or_else(|| Error::internal("a balance of nothing"))?, event))
}

/// The item is shown to the own agency; what is corrected is there, its own unless it leads, and not corrected yet.
fn judge_against_case(
    view: &mut View<'_>,
    permit: &Permit<act::ReportControl>,
    consignment: ConsignmentId,
    new: &NewReport,
    leads: bool,
    faults: &mut Faults,
) -> Result<()> {
    let agency = view.context().officer()?.agency;
    if let Some(item) = new.evidence {
        let shown = store::shown(view, permit, agency, &[item])?;
        let detail = "expected an item of evidence of the case that is shown to your agency";
        faults.check(!shown.is_empty(), "/evidence_id", detail);
    }
    let initial = new.told.kind == QuantityKind::Initial;
    if initial && !leads && store::added_by(view, permit, consignment)? != Some(agency) {
        let detail = "What there was at first is told anew by the agency that added the consignment, or by the lead.";
        return Err(Error::forbidden(detail));
    }
    if let Some(number) = new.supersedes {
        let reports = store::reports(view, permit, consignment)?;
        let same = |row: &QuantityReportRow| (row.kind == QuantityKind::Initial) == initial;
        let known = reports.iter().find(|row| row.number == number);
        let detail = "expected a report of what there was at first to correct one, and no other";
        faults.check(known.is_none_or(same), "/supersedes", detail);
        let own = |row: &QuantityReportRow| row.agency_id == agency || leads;
        let there = reports.iter().any(|row| row.number == number && own(row));
        let detail =
            "expected the number of a report of the consignment that your agency may correct";
        faults.check(there, "/supersedes", detail);
        if let Some(later) = reports.iter().find(|row| row.supersedes == Some(number)) {
            let detail =
                format!("it is corrected already; correct number {} instead", later.number);
            faults.add("/supersedes", detail);
        }
    }
    Ok(())
}

/// Records a quantity and tells of it.
///
/// # Errors
/// When the database fails.
pub fn keep<A: Telling>(
    tx: &mut Tx<'_>,
    permit: &Permit<A>,
    consignment: ConsignmentId,
    new: NewReport,
    rules: Rules,
) -> Result<Event> {
    let mut over = false;
    if new.told.kind == QuantityKind::Initial {
        over = restate(tx, permit, consignment, new.told)?;
    }
    let (initial, _) = store::initial(tx, permit, consignment)?
        .ok_or_else(|| Error::internal("a quantity of no consignment"))?;
    let reports = store::reports(tx, permit, consignment)?;
    let before: Vec<Told> = effective(&reports)
        .filter(|row| Some(row.number) != new.supersedes)
        .map(QuantityReportRow::told)
        .collect();
    let mut flags =
        model::judge(initial, &before, new.told, rules.tolerance, new.evidence.is_some());
    flags.extend(over.then_some(QuantityFlag::OverLiveCap));
    flags.extend(model::timing(new.told.occurred_at, tx.now(), rules.limits));
    let officer = tx.context().officer()?;
    let row = QuantityReportRow {
        consignment_id: consignment,
        number: reports.last().map_or(1, |last| last.number + 1),
        case_id: permit.case()?,
        kind: new.told.kind,
        quantity: Json(new.told.quantity),
        measured: new.told.measured,
        agency_id: officer.agency,
        user_id: officer.user,
        occurred_at: new.told.occurred_at,
        recorded_at: tx.now(),
        place: new.place,
        time_zone: new.time_zone,
        note: new.note,
        evidence_id: new.evidence,
        supersedes: new.supersedes,
        reason: new.reason,
        flags: Json(flags),
    };
    store::insert(tx, permit, &row)?;
    Ok(told(&row))
}

/// Writes what there was at first as it is told now: everything that was reported is held against that from then on, and the
/// reports keep what was said before. Tells whether that is more than the countries of the legs under way let pass.
fn restate<A: Telling>(
    tx: &mut Tx<'_>,
    permit: &Permit<A>,
    consignment: ConsignmentId,
    told: Told,
) -> Result<bool> {
    let of = |load: &&Load| load.consignment == consignment;
    let before = legs::loads(tx, permit)?.iter().find(of).copied();
    let before = before.ok_or_else(|| Error::internal("a quantity of no consignment"))?;
    let now = Load { quantity: told.quantity, ..before };
    let over = !legs::refused_under_way(tx, permit, now)?.is_empty();
    store::restate(tx, permit, consignment, told)?;
    Ok(over)
}

fn told(row: &QuantityReportRow) -> Event {
    Event::in_case(
        row.case_id,
        Deed::QuantityReported,
        SubjectKind::Consignment,
        row.consignment_id,
    )
    .with("number", row.number)
    .with("kind", row.kind)
    .with("quantity", row.quantity.0)
    .with("measured", row.measured)
    .with("occurred_at", row.occurred_at)
    .with("time_zone", &row.time_zone)
    .with("supersedes", row.supersedes)
    .with("flags", &row.flags.0)
    .text("place", row.place.clone())
    .optional_text("note", row.note.as_deref())
    .optional_text("reason", row.reason.as_ref().map(Reason::as_str))
    // Not everybody who reads this is shown the item: whoever is can tell it from the digest.
    .optional_text("evidence", row.evidence_id.map(|item| item.to_string()).as_deref())
}

/// What is left of a consignment by what was taken from it, where it travels live; elsewhere what is carried is not what
/// there was.
///
/// # Errors
/// When the database fails.
pub fn expected<A: Act>(
    view: &mut View<'_>,
    permit: &Permit<A>,
    consignment: ConsignmentId,
) -> Result<Option<Quantity>> {
    let Some((initial, modality)) = store::initial(view, permit, consignment)? else {
        return Ok(None);
    };
    if modality != Modality::Live {
        return Ok(Some(initial.quantity));
    }
    let reports = store::reports(view, permit, consignment)?;
    let told: Vec<Told> = effective(&reports).map(QuantityReportRow::told).collect();
    let tolerance = Tolerance { measured: 0, estimated: 0 };
    let balance = model::balance(initial, &told, PeriodRow::line(None), tolerance);
    Ok(Some(balance.quantity(balance.left())))
}

fn of<A: Act>(
    view: &mut View<'_>,
    permit: &Permit<A>,
    consignment: ConsignmentId,
    tolerance: Tolerance,
) -> Result<Option<Balanced>> {
    let Some((initial, _)) = store::initial(view, permit, consignment)? else { return Ok(None) };
    let last = control::last(view, permit, consignment)?;
    let mut reports = store::reports(view, permit, consignment)?;
    let told: Vec<Told> = effective(&reports).map(QuantityReportRow::told).collect();
    let balance = model::balance(initial, &told, PeriodRow::line(last.as_ref()), tolerance);
    hide(view, permit, &mut reports)?;
    Ok(Some(Balanced { consignment, balance, reports }))
}

/// Leaves out the items of evidence that the caller's agency is not shown.
fn hide<A: Act>(
    view: &mut View<'_>,
    permit: &Permit<A>,
    reports: &mut [QuantityReportRow],
) -> Result<()> {
    let agency: AgencyId = view.context().officer()?.agency;
    let items: Vec<EvidenceId> = reports.iter().filter_map(|row| row.evidence_id).collect();
    let shown = store::shown(view, permit, agency, &items)?;
    for row in reports {
        row.evidence_id = row.evidence_id.filter(|item| shown.contains(item));
    }
    Ok(())
}

/// Those that no other one corrects.
fn effective(reports: &[QuantityReportRow]) -> impl Iterator<Item = &QuantityReportRow> {
    let corrected: BTreeSet<i64> = reports.iter().filter_map(|row| row.supersedes).collect();
    reports.iter().filter(move |row| !corrected.contains(&row.number))
}
