//! Losses, recoveries and emergency takeovers: facts. Whatever the line of control says, they are recorded.

use super::{Controlled, found, ground, of, overtake, period, timing, told, told_handover};
use crate::access::{Permit, act};
use crate::cases::control::handover::{HandoverFlag, HandoverStatus};
use crate::cases::control::input::{ControlReportInput, TakeoverInput, Told};
use crate::cases::control::model::{self, BegunHow, ControlFlag, EndedHow, Recovery, ReportKind};
use crate::cases::control::rows::{ControlReportRow, HandoverRow, PeriodRow};
use crate::cases::control::store;
use crate::cases::legs::progress::Happening;
use crate::cases::legs::service as legs;
use crate::cases::milestones::model::ReportLimits;
use crate::cases::reason::Reason;
use crate::cases::standing;
use crate::db::Tx;
use crate::db::types::Json;
use crate::error::{Error, Faults, Result};
use crate::ids::{CaseId, ConsignmentId, HandoverId};
use crate::journal::event::{Change, Deed, Event, SubjectKind};
use crate::submission::Submission;

/// Takes the report that control is lost. Whoever was in control stays responsible; the legs under way are lost.
///
/// # Errors
/// Not found, forbidden or invalid.
pub fn report_loss(
    tx: &mut Tx<'_>,
    case: CaseId,
    consignment: ConsignmentId,
    submission: &Submission,
    limits: ReportLimits,
) -> Result<Change<Controlled>> {
    let (permit, said, note) = heard(tx, case, consignment, submission)?;
    let last = store::last(tx, &permit, consignment)?;
    let mut flags = model::lose(PeriodRow::line(last.as_ref()));
    if let (Some(mut row), true) = (last, flags.is_empty()) {
        row.lost_at = Some(said.occurred_at);
        store::update(tx, &permit, &row)?;
    }
    flags.extend(timing(said.occurred_at, tx.now(), limits));
    let row = keep(tx, &permit, consignment, ReportKind::Loss, (said, note, flags))?;
    let mut events = vec![told_report(Deed::ControlLost, &row)];
    events.extend(legs::befall(tx, &permit, Happening::Lost, |_| true)?);
    Ok(Change::by_all(of(tx, &permit, consignment)?, events))
}

/// Takes the report that the goods were found. Whoever was in control is so again; what had been given up as lost for good
/// is in control of whoever reports it.
///
/// # Errors
/// Not found, forbidden or invalid.
pub fn report_recovery(
    tx: &mut Tx<'_>,
    case: CaseId,
    consignment: ConsignmentId,
    submission: &Submission,
    limits: ReportLimits,
) -> Result<Change<Controlled>> {
    let (permit, said, note) = heard(tx, case, consignment, submission)?;
    let last = store::last(tx, &permit, consignment)?;
    let (recovery, mut flags) = model::recover(PeriodRow::line(last.as_ref()));
    let mut events = Vec::new();
    match (recovery, last) {
        (Recovery::Regained, Some(mut row)) => {
            row.lost_at = None;
            store::update(tx, &permit, &row)?;
        }
        (Recovery::Begins, last) => {
            // What was told for a time ahead stays with the report; nobody is in control from a time ahead on.
            let at = said.occurred_at.min(tx.now());
            let ended = last.as_ref().and_then(|last| last.ended_at).unwrap_or(at);
            let begins = Told { occurred_at: at.max(ended), ..said.clone() };
            let how = BegunHow::Recovered;
            let mut row = period(tx, case, consignment, last.as_ref(), how, &begins)?;
            let country = tx.context().officer()?.country;
            let foreign = !ground(tx, &permit, country)?.is_own();
            flags.extend(foreign.then_some(ControlFlag::ForeignControl));
            row.flags = Json(flags.clone());
            store::begin(tx, &permit, &row)?;
            events.push(told(Deed::ControlPassed, &row).with("occurred_at", row.begun_at));
        }
        (Recovery::Regained | Recovery::Nothing, _) => {}
    }
    flags.extend(timing(said.occurred_at, tx.now(), limits));
    let row = keep(tx, &permit, consignment, ReportKind::Recovery, (said, note, flags))?;
    events.push(told_report(Deed::ControlRegained, &row));
    events.extend(found(tx, &permit)?);
    Ok(Change::by_all(of(tx, &permit, consignment)?, events))
}

fn heard(
    tx: &mut Tx<'_>,
    case: CaseId,
    consignment: ConsignmentId,
    submission: &Submission,
) -> Result<(Permit<act::ReportControl>, Told, Option<String>)> {
    let seen = standing::take::<act::ReportControl>(tx, case)?;
    store::quantity(tx, &seen.permit, consignment)?.ok_or_else(Error::not_found)?;
    let input: ControlReportInput = submission.read()?;
    let mut faults = Faults::new();
    let judged = input.judge(&mut faults, &tx.context().officer()?.time_zone);
    faults.finish()?;
    let (said, note) = judged.ok_or_else(|| Error::internal("a report without faults"))?;
    Ok((seen.permit, said, note))
}

fn keep(
    tx: &mut Tx<'_>,
    permit: &Permit<act::ReportControl>,
    consignment: ConsignmentId,
    kind: ReportKind,
    (said, note, flags): (Told, Option<String>, Vec<ControlFlag>),
) -> Result<ControlReportRow> {
    let officer = tx.context().officer()?;
    let row = ControlReportRow {
        consignment_id: consignment,
        number: 0,
        case_id: permit.case()?,
        kind,
        agency_id: officer.agency,
        user_id: officer.user,
        occurred_at: said.occurred_at,
        recorded_at: tx.now(),
        place: said.place,
        time_zone: said.time_zone,
        note,
        flags: Json(flags),
    };
    store::report(tx, permit, &row)?;
    Ok(row)
}

fn told_report(deed: Deed, row: &ControlReportRow) -> Event {
    Event::in_case(row.case_id, deed, SubjectKind::Control, row.consignment_id)
        .with("occurred_at", row.occurred_at)
        .with("time_zone", &row.time_zone)
        .with("flags", &row.flags.0)
        .text("place", row.place.clone())
        .optional_text("note", row.note.as_deref())
}

/// Takes the report that the caller's agency had to take over at once. A new period of control begins; a handover that was
/// under way comes to nothing.
///
/// # Errors
/// Not found, forbidden or invalid.
pub fn take_over(
    tx: &mut Tx<'_>,
    case: CaseId,
    submission: &Submission,
    limits: ReportLimits,
) -> Result<Change<HandoverRow>> {
    let seen = standing::take::<act::ReportControl>(tx, case)?;
    let permit = seen.permit;
    let input: TakeoverInput = submission.read()?;
    let mut faults = Faults::new();
    let judged = input.judge(&mut faults, &tx.context().officer()?.time_zone);
    if let Some((consignment, ..)) = &judged {
        let known = store::quantity(tx, &permit, *consignment)?.is_some();
        faults.check(known, "/consignment_id", "expected a consignment of the case");
    }
    faults.finish()?;
    let (consignment, said, reason) =
        judged.ok_or_else(|| Error::internal("a takeover without faults"))?;
    let last = store::last(tx, &permit, consignment)?;
    let (agency, country) = {
        let officer = tx.context().officer()?;
        (officer.agency, officer.country)
    };
    let line = PeriodRow::line(last.as_ref());
    let (begins, mut flags) = model::take_over(line, agency, said.occurred_at, tx.now());
    if !ground(tx, &permit, country)?.is_own() {
        flags.push(ControlFlag::ForeignControl);
    }
    flags.extend(timing(said.occurred_at, tx.now(), limits));
    let mut events = overtake(tx, &permit, consignment)?;
    let row = emergency(tx, case, consignment, last.as_ref(), (&said, &reason, &flags))?;
    store::insert(tx, &permit, &row)?;
    events.push(
        told_handover(Deed::HandoverAccepted, &row)
            .with("occurred_at", said.occurred_at)
            .with("time_zone", &said.time_zone)
            .text("place", said.place.clone())
            .text("reason", reason.as_str()),
    );
    if let Some(at) = begins {
        let begins = Told { occurred_at: at, ..said };
        let passed = pass(tx, &permit, last.as_ref(), (consignment, row.id), (begins, flags))?;
        events.push(passed);
    }
    events.extend(found(tx, &permit)?);
    Ok(Change::by_all(row, events))
}

/// Ends the period of whoever was in control and begins one of the caller's agency.
fn pass(
    tx: &mut Tx<'_>,
    permit: &Permit<act::ReportControl>,
    last: Option<&PeriodRow>,
    (consignment, handover): (ConsignmentId, HandoverId),
    (begins, flags): (Told, Vec<ControlFlag>),
) -> Result<Event> {
    let user = tx.context().officer()?.user;
    if let Some(mut former) = last.filter(|last| last.ended_at.is_none()).cloned() {
        former.ended_how = Some(EndedHow::TakenOver);
        former.ended_at = Some(begins.occurred_at);
        former.ended_place = Some(begins.place.clone());
        former.ended_time_zone = Some(begins.time_zone.clone());
        former.ended_by = Some(user);
        store::update(tx, permit, &former)?;
    }
    let case = permit.case()?;
    let mut row = period(tx, case, consignment, last, BegunHow::Emergency, &begins)?;
    row.handover_id = Some(handover);
    row.flags = Json(flags);
    store::begin(tx, permit, &row)?;
    Ok(told(Deed::ControlPassed, &row).with("occurred_at", row.begun_at))
}

fn emergency(
    tx: &Tx<'_>,
    case: CaseId,
    consignment: ConsignmentId,
    last: Option<&PeriodRow>,
    (said, reason, flags): (&Told, &Reason, &[ControlFlag]),
) -> Result<HandoverRow> {
    let (now, officer) = (tx.now(), tx.context().officer()?);
    let odd = flags.iter().map(|flag| match flag {
        ControlFlag::ForeignControl => HandoverFlag::ForeignControl,
        ControlFlag::NobodyInControl => HandoverFlag::NobodyInControl,
        ControlFlag::Repeated => HandoverFlag::Repeated,
        ControlFlag::OutOfOrder => HandoverFlag::OutOfOrder,
        ControlFlag::Gap => HandoverFlag::Gap,
        ControlFlag::Late => HandoverFlag::Late,
        ControlFlag::Future => HandoverFlag::Future,
    });
    let holder = last.filter(|last| last.ended_at.is_none()).map(|last| last.agency_id);
    Ok(HandoverRow {
        id: HandoverId::new(now),
        case_id: case,
        consignment_id: consignment,
        from_agency_id: holder,
        to_agency_id: officer.agency,
        leg_id: None,
        place: said.place.clone(),
        time_zone: said.time_zone.clone(),
        window_from: None,
        window_until: None,
        seals: Json(Vec::new()),
        status: HandoverStatus::Accepted,
        open: false,
        emergency: true,
        proposed_by: officer.user,
        proposing_agency_id: officer.agency,
        agreed_by: None,
        agreed_at: None,
        offered_by: None,
        offered_at: None,
        ended_by: Some(officer.user),
        ended_at: Some(now),
        occurred_at: Some(said.occurred_at),
        received_time_zone: Some(said.time_zone.clone()),
        quantity: None,
        condition: None,
        received_seals: None,
        flags: Json(std::iter::once(HandoverFlag::Emergency).chain(odd).collect()),
        reason: Some(reason.clone()),
        version: 1,
        created_at: now,
        updated_at: now,
    })
}
