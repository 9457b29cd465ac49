//! The two-sided handover. All are commands.

use super::{found, goes_on, ground, overtake, period, take_handover, told, told_handover};
use crate::access::{Permit, act};
use crate::cases::balance::service as balance;
use crate::cases::control::handover::{
    HandoverFlag, HandoverStatus, HandoverStep, differences, step,
};
use crate::cases::control::input::{
    Acceptance, AcceptanceInput, HandoverReasonInput, Proposal, ProposalInput, Told,
};
use crate::cases::control::model::{BegunHow, ControlFlag, EndedHow, Line};
use crate::cases::control::rows::{HandoverRow, PeriodRow};
use crate::cases::control::store::{self, HandingOver};
use crate::cases::legs::progress::Happening;
use crate::cases::legs::rows::LegRow;
use crate::cases::legs::service as legs;
use crate::cases::legs::store as route;
use crate::cases::milestones::model::ReportLimits;
use crate::cases::reason::Reason;
use crate::cases::standing::{self, Seen};
use crate::clock::Instant;
use crate::db::Tx;
use crate::db::types::Json;
use crate::error::{Error, Faults, Refusal, Result, codes};
use crate::ids::{AgencyId, CaseId, HandoverId};
use crate::journal::event::{Change, Deed};
use crate::submission::Submission;

/// Proposes a handover from whoever is in control: by either side, or by the lead for both. One whose window has passed is a
/// late entry, and is flagged as one.
///
/// # Errors
/// Not found, forbidden, invalid with every fault named; refused by invariant 5 where nobody is in control, or because
/// another handover of the consignment is under way, or the case has ended.
pub fn propose(
    tx: &mut Tx<'_>,
    case: CaseId,
    submission: &Submission,
) -> Result<Change<HandoverRow>> {
    let seen = standing::take::<act::ProposeHandover>(tx, case)?;
    let input: ProposalInput = submission.read()?;
    let mut faults = Faults::new();
    let judged = input.judge(&mut faults, &tx.context().officer()?.time_zone);
    if let Some(proposal) = &judged {
        judge_against_case(tx, &seen, proposal, &mut faults)?;
    }
    faults.finish()?;
    let proposal = judged.ok_or_else(|| Error::internal("a proposal without faults"))?;
    seen.case.status.plans("who is in control")?;
    let last = store::last(tx, &seen.permit, proposal.consignment)?;
    let from = giver(PeriodRow::line(last.as_ref()), proposal.to)?;
    let (now, agency, user) = {
        let officer = tx.context().officer()?;
        (tx.now(), officer.agency, officer.user)
    };
    let leads = seen.case.lead_agency_id == agency;
    if agency != from && agency != proposal.to && !leads {
        let detail = "A handover is proposed by whoever gives, whoever takes, or the lead.";
        return Err(Error::forbidden(detail));
    }
    let mut events = Vec::new();
    if let Some(other) = store::open(tx, &seen.permit, proposal.consignment)? {
        if other.status_at(now) != HandoverStatus::TimedOut {
            let detail = format!("The handover {} is {}; cancel it first.", other.id, other.status);
            return Err(Error::new(&codes::DUPLICATE, detail));
        }
        events.extend(overtake(tx, &seen.permit, proposal.consignment)?);
    }
    let mut row = HandoverRow {
        id: HandoverId::new(now),
        case_id: case,
        consignment_id: proposal.consignment,
        from_agency_id: Some(from),
        to_agency_id: proposal.to,
        leg_id: proposal.leg,
        place: proposal.place,
        time_zone: proposal.time_zone,
        window_from: Some(proposal.window.from),
        window_until: Some(proposal.window.until),
        seals: Json(proposal.seals),
        status: HandoverStatus::Proposed,
        open: true,
        emergency: false,
        proposed_by: user,
        proposing_agency_id: agency,
        agreed_by: None,
        agreed_at: None,
        offered_by: None,
        offered_at: None,
        ended_by: None,
        ended_at: None,
        occurred_at: None,
        received_time_zone: None,
        quantity: None,
        condition: None,
        received_seals: None,
        flags: Json(Vec::new()),
        reason: None,
        version: 1,
        created_at: now,
        updated_at: now,
    };
    row.flags =
        Json(row.is_told_late().then_some(HandoverFlag::RecordedLate).into_iter().collect());
    store::insert(tx, &seen.permit, &row)?;
    events.push(
        told_handover(Deed::HandoverProposed, &row)
            .with("window_from", row.window_from)
            .with("window_until", row.window_until)
            .with("time_zone", &row.time_zone)
            .text("place", row.place.clone())
            .text("seals", row.seals.0.join("\n")),
    );
    Ok(Change::by_all(row, events))
}

/// Goods, receiver and leg belong to the case.
fn judge_against_case(
    tx: &mut Tx<'_>,
    seen: &Seen<act::ProposeHandover>,
    proposal: &Proposal,
    faults: &mut Faults,
) -> Result<()> {
    let known = store::quantity(tx, &seen.permit, proposal.consignment)?.is_some();
    faults.check(known, "/consignment_id", "expected a consignment of the case");
    let acts = store::acting(tx, &seen.permit, proposal.to)?.is_some();
    faults.check(acts, "/to_agency_id", "expected an agency that acts on the route of the case");
    if let Some(leg) = proposal.leg {
        let there = route::find(tx, &seen.permit, leg)?.is_some_and(|leg| leg.removed_at.is_none());
        faults.check(there, "/leg_id", "expected a leg of the case");
    }
    Ok(())
}

/// Who gives: whoever is in control.
fn giver(line: Line, to: AgencyId) -> Result<AgencyId, Refusal> {
    match line {
        Line::Held { by, .. } if by != to => Ok(by),
        Line::Held { .. } => {
            Err(Refusal::new(&codes::INVARIANT_5, "The agency is in control already."))
        }
        Line::Before | Line::Over { .. } => {
            let detail =
                "Nobody is in control; an agency of the country where the goods are takes control.";
            Err(Refusal::new(&codes::INVARIANT_5, detail))
        }
    }
}

/// Agrees to a handover that the other side has proposed.
///
/// # Errors
/// Not found, forbidden; or the handover is not waiting for that.
pub fn agree(tx: &mut Tx<'_>, case: CaseId, id: HandoverId) -> Result<Change<HandoverRow>> {
    let own = |row: &HandoverRow, agency| row.handover().agreeing() == agency;
    let (row, permit) = take_handover::<act::AnswerHandover>(tx, case, id, own)?;
    let row = moved(tx, &permit, row, HandoverStep::Agree, |row, user, now| {
        row.agreed_by = Some(user);
        row.agreed_at = Some(now);
    })?;
    let event = told_handover(Deed::HandoverAgreed, &row);
    Ok(Change::by(row, event))
}

/// Offers the goods, as whoever is in control.
///
/// # Errors
/// Not found, forbidden; or nobody has agreed to it.
pub fn offer(tx: &mut Tx<'_>, case: CaseId, id: HandoverId) -> Result<Change<HandoverRow>> {
    let (row, permit) = take_handover::<act::OfferHandover>(tx, case, id, gives)?;
    let row = moved(tx, &permit, row, HandoverStep::Offer, |row, user, now| {
        row.offered_by = Some(user);
        row.offered_at = Some(now);
    })?;
    let mut events = vec![told_handover(Deed::HandoverOffered, &row)];
    let here = |leg: &LegRow| Some(leg.id) == row.leg_id;
    events.extend(legs::befall(tx, &permit, Happening::Offered, here)?);
    Ok(Change::by_all(row, events))
}

/// Takes the goods: the receiver is in control from then on. What was received otherwise than given becomes a flag.
///
/// # Errors
/// Not found, forbidden, invalid with every fault named; or the goods are not offered, or the window has passed.
pub fn accept(
    tx: &mut Tx<'_>,
    case: CaseId,
    id: HandoverId,
    submission: &Submission,
    limits: ReportLimits,
) -> Result<Change<HandoverRow>> {
    let (row, permit) = take_handover::<act::AnswerHandover>(tx, case, id, takes)?;
    let input: AcceptanceInput = submission.read()?;
    let mut faults = Faults::new();
    let home = tx.context().officer()?.time_zone.clone();
    let judged = input.judge(&mut faults, (tx.now(), limits.allowed_skew), &home);
    let last = store::last(tx, &permit, row.consignment_id)?;
    // Hands come before papers: it may have happened before the offer was recorded, and in the control of who gives.
    let begun = last.as_ref().map(|last| last.begun_at);
    if let (Some(acceptance), Some(begun)) = (&judged, begun) {
        let fine = acceptance.occurred_at.plus_seconds(limits.allowed_skew) >= begun;
        faults.check(fine, "/occurred_at", "expected a time after the present control began");
    }
    faults.finish()?;
    let acceptance = judged.ok_or_else(|| Error::internal("an acceptance without faults"))?;
    let status = step(&row.handover(), HandoverStep::Accept, acceptance.occurred_at)?;
    // Nobody but who is in control gives: whatever ends control ends the handover, in the same transaction.
    let last = last
        .filter(|last| last.ended_at.is_none() && Some(last.agency_id) == row.from_agency_id)
        .ok_or_else(|| Error::internal("a handover from who is not in control"))?;
    let late = limits.is_late(acceptance.occurred_at, tx.now());
    receive(tx, &permit, HandoverRow { status, ..row }, last, (acceptance, late))
}

/// Writes what was received by a handover that is accepted, and passes control on.
fn receive(
    tx: &mut Tx<'_>,
    permit: &Permit<act::AnswerHandover>,
    row: HandoverRow,
    mut last: PeriodRow,
    (acceptance, late): (Acceptance, bool),
) -> Result<Change<HandoverRow>> {
    let (now, user, country) = {
        let officer = tx.context().officer()?;
        (tx.now(), officer.user, officer.country)
    };
    let given = balance::expected(tx, permit, row.consignment_id)?
        .ok_or_else(|| Error::internal("a handover of no consignment"))?;
    let mut flags = differences(&given, &acceptance.quantity, &row.seals.0, &acceptance.seals);
    let foreign = !ground(tx, permit, country)?.is_own();
    flags.extend(foreign.then_some(HandoverFlag::ForeignControl));
    let after_window = row.window_until.is_some_and(|until| now > until);
    flags.extend(after_window.then_some(HandoverFlag::RecordedLate));
    flags.extend(late.then_some(HandoverFlag::Late));
    // Clocks of the field may differ a little: the line of control never runs backwards.
    let changed_hands = acceptance.occurred_at.max(last.begun_at);
    let row = HandoverRow {
        open: false,
        ended_by: Some(user),
        ended_at: Some(now),
        occurred_at: Some(changed_hands),
        received_time_zone: Some(acceptance.time_zone.clone()),
        quantity: Some(Json(acceptance.quantity)),
        condition: Some(acceptance.condition),
        received_seals: Some(Json(acceptance.seals)),
        flags: Json(flags),
        version: row.version + 1,
        updated_at: now,
        ..row
    };
    store::write(tx, permit, &row)?;
    last.ended_how = Some(EndedHow::HandedOver);
    last.ended_at = Some(changed_hands);
    last.ended_place = Some(row.place.clone());
    last.ended_time_zone = Some(acceptance.time_zone.clone());
    last.ended_by = Some(user);
    store::update(tx, permit, &last)?;
    let (place, time_zone) = (row.place.clone(), acceptance.time_zone);
    let begins = Told { occurred_at: changed_hands, place, time_zone };
    let how = BegunHow::HandedOver;
    let mut next = period(tx, row.case_id, row.consignment_id, Some(&last), how, &begins)?;
    next.handover_id = Some(row.id);
    let odd = [(foreign, ControlFlag::ForeignControl), (late, ControlFlag::Late)];
    next.flags = Json(odd.into_iter().filter_map(|(odd, flag)| odd.then_some(flag)).collect());
    store::begin(tx, permit, &next)?;
    let mut events = vec![
        told_handover(Deed::HandoverAccepted, &row)
            .with("occurred_at", changed_hands)
            .with("time_zone", &row.received_time_zone)
            .with("quantity", row.quantity.as_ref().map(|quantity| quantity.0))
            .optional_text("condition", row.condition.as_deref())
            .text("seals", row.received_seals.as_ref().map_or(String::new(), |s| s.0.join("\n"))),
        told(Deed::ControlPassed, &next).with("occurred_at", changed_hands),
    ];
    events.extend(goes_on(tx, permit, &row)?);
    events.extend(found(tx, permit)?);
    Ok(Change::by_all(row, events))
}

/// Refuses what is offered, with a reason where one is said; whoever gave stays in control.
///
/// # Errors
/// Not found, forbidden, invalid; or nothing is offered.
pub fn refuse(
    tx: &mut Tx<'_>,
    case: CaseId,
    id: HandoverId,
    submission: &Submission,
) -> Result<Change<HandoverRow>> {
    let (row, permit) = take_handover::<act::AnswerHandover>(tx, case, id, takes)?;
    ends(tx, &permit, row, submission, (HandoverStep::Refuse, Deed::HandoverRefused))
}

/// Lets a handover come to nothing before it is accepted, with a reason where one is said: by either side, or by who proposed
/// it.
///
/// # Errors
/// Not found, forbidden, invalid; or it has ended.
pub fn cancel(
    tx: &mut Tx<'_>,
    case: CaseId,
    id: HandoverId,
    submission: &Submission,
) -> Result<Change<HandoverRow>> {
    let own = |row: &HandoverRow, agency| {
        gives(row, agency) || takes(row, agency) || row.proposing_agency_id == agency
    };
    let (row, permit) = take_handover::<act::OfferHandover>(tx, case, id, own)?;
    ends(tx, &permit, row, submission, (HandoverStep::Cancel, Deed::HandoverCancelled))
}

fn ends<A: HandingOver + route::Moving>(
    tx: &mut Tx<'_>,
    permit: &Permit<A>,
    row: HandoverRow,
    submission: &Submission,
    (step, deed): (HandoverStep, Deed),
) -> Result<Change<HandoverRow>> {
    let input: HandoverReasonInput = submission.read_or_empty()?;
    let mut faults = Faults::new();
    let reason = input.reason.optional(&mut faults, "/reason");
    faults.finish()?;
    let row = moved(tx, permit, row, step, |row, user, now| {
        row.open = false;
        row.ended_by = Some(user);
        row.ended_at = Some(now);
        row.reason.clone_from(&reason);
    })?;
    let mut events = vec![
        told_handover(deed, &row).optional_text("reason", reason.as_ref().map(Reason::as_str)),
    ];
    events.extend(goes_on(tx, permit, &row)?);
    Ok(Change::by_all(row, events))
}

fn gives(row: &HandoverRow, agency: AgencyId) -> bool {
    row.from_agency_id == Some(agency)
}

fn takes(row: &HandoverRow, agency: AgencyId) -> bool {
    row.to_agency_id == agency
}

fn moved<A: HandingOver>(
    tx: &mut Tx<'_>,
    permit: &Permit<A>,
    mut row: HandoverRow,
    what: HandoverStep,
    change: impl FnOnce(&mut HandoverRow, crate::ids::UserId, Instant),
) -> Result<HandoverRow> {
    let (now, user) = (tx.now(), tx.context().officer()?.user);
    row.status = step(&row.handover(), what, now)?;
    row.version += 1;
    row.updated_at = now;
    change(&mut row, user, now);
    store::write(tx, permit, &row)?;
    Ok(row)
}
