//! Use cases: open, list, read, change and move a case.

use crate::access::{Facts, act};
use crate::cases::assignments::store as assignments;
use crate::cases::case::guards::{self, Readiness};
use crate::cases::case::input::{CaseInput, CasePatch, Header, NewCase, TransitionInput};
use crate::cases::case::model::CaseStatus;
use crate::cases::case::restricting;
use crate::cases::case::situation;
use crate::cases::case::store::{self, CaseRow, Filter};
use crate::cases::case::transition::{Transition, TransitionCommand, TransitionDenied, transition};
use crate::cases::consignments;
use crate::cases::legs;
use crate::cases::legs::progress::Happening;
use crate::cases::members::store as members;
use crate::cases::reference::CaseReference;
use crate::cases::standing::{self, Seen};
use crate::country::Country;
use crate::db::types::Json;
use crate::db::{Page, PageOf, Tx, View};
use crate::error::{Error, Faults, Result};
use crate::ids::CaseId;
use crate::journal::event::{Change, Deed, Event, SubjectKind};
use crate::submission::Submission;

/// How often a reference is drawn anew when it is taken.
const DRAWS: u32 = 8;

/// Opens a case: the caller's agency leads it, the caller is assigned.
///
/// # Errors
/// Forbidden, or invalid with every fault named.
pub fn open(tx: &mut Tx<'_>, submission: &Submission) -> Result<Change<CaseRow>> {
    let permit = tx.permit::<act::CreateCase>(&Facts::Server)?;
    let input: CaseInput = submission.read()?;
    let mut faults = Faults::new();
    let home = tx.context().officer()?.time_zone.clone();
    let judged = input.judge(&mut faults, &home);
    faults.finish()?;
    let new = judged.ok_or_else(|| Error::internal("a case without faults was not judged"))?;
    let officer = tx.context().officer()?;
    let row = new_row(tx, &new)?;
    store::insert(tx, &permit, &row)?;
    members::insert_lead(tx, &permit, row.id, officer.agency)?;
    assignments::insert_first(tx, &permit, row.id, officer.user, officer.agency)?;
    let mut events = vec![
        told(Event::in_case(row.id, Deed::CaseCreated, SubjectKind::Case, row.id), &row)
            .with("reference", &row.reference)
            .with("lead", row.lead_agency_id),
        Event::in_case(row.id, Deed::OfficerAssigned, SubjectKind::Assignment, officer.user),
    ];
    if !new.consignments.is_empty() {
        let seen = standing::see::<act::PlanConsignments>(tx, row.id)?;
        for consignment in new.consignments {
            consignments::service::insert(tx, &seen.permit, consignment, &mut events)?;
        }
    }
    if !new.legs.is_empty() {
        let seen = standing::see::<act::PlanLeg>(tx, row.id)?;
        for (index, (sequence, plan)) in new.legs.into_iter().enumerate() {
            legs::service::judge_responsible(tx, &seen.permit, &plan, &format!("/legs/{index}"))?;
            legs::service::insert(tx, &seen.permit, sequence, plan, &mut events)?;
        }
    }
    Ok(Change::by_all(row, events))
}

fn new_row(tx: &mut Tx<'_>, new: &NewCase) -> Result<CaseRow> {
    let officer = tx.context().officer()?;
    let now = tx.now();
    let reference = draw_reference(tx, officer.country)?;
    Ok(CaseRow {
        id: CaseId::new(now),
        search: search_text(&reference, &new.code_name, &new.summary),
        reference,
        lead_agency_id: officer.agency,
        code_name: new.code_name.clone(),
        summary: new.summary.clone(),
        modality: new.modality,
        priority: new.priority,
        handling_codes: Json(new.handling_codes.clone()),
        status: CaseStatus::Draft,
        restricted: new.restricted,
        outcome: None,
        was_on_the_move: false,
        close_requested_at: None,
        report_due_at: None,
        created_by: officer.user,
        version: 1,
        created_at: now,
        updated_at: now,
    })
}

/// A reference that no case has. It says nothing of how many cases there are.
///
/// # Errors
/// When the database fails.
pub fn draw_reference(tx: &mut Tx<'_>, country: Option<Country>) -> Result<CaseReference> {
    let year = tx.now().year();
    for _ in 0..DRAWS {
        let random = getrandom::u32().map_err(Error::internal)?;
        let reference = CaseReference::new(country, year, random);
        if !store::has_reference(tx, &reference)? {
            return Ok(reference);
        }
    }
    Err(Error::unavailable(1, "no free case reference was drawn"))
}

/// What a search looks through.
#[must_use]
pub fn search_text(reference: &CaseReference, code_name: &str, summary: &str) -> String {
    store::fold(&format!("{reference}\n{code_name}\n{summary}"))
}

fn told(event: Event, row: &CaseRow) -> Event {
    event
        .with("status", row.status)
        .with("modality", row.modality)
        .with("priority", row.priority)
        .with("handling_codes", &row.handling_codes.0)
        .with("restricted", row.restricted)
        .with("version", row.version)
        .text("code_name", row.code_name.clone())
        .text("summary", row.summary.clone())
}

/// Lists the cases that the caller may see, newest first.
///
/// # Errors
/// When the database fails.
pub fn list(view: &mut View<'_>, filter: &Filter, page: Page) -> Result<PageOf<CaseRow>> {
    let permit = view.permit::<act::ListCases>(&Facts::Server)?;
    let scope = view.context().scope()?;
    let page = store::list(view, &permit, &scope, filter, page)?;
    for row in &page.items {
        view.note_consultation(Some(row.id), None);
    }
    Ok(page)
}

/// Reads a case's header.
///
/// # Errors
/// Not found where it is missing or hidden.
pub fn get(view: &mut View<'_>, id: CaseId) -> Result<CaseRow> {
    Ok(standing::see::<act::ReadCase>(view, id)?.case)
}

/// Changes a case's header, by merge patch.
///
/// # Errors
/// Not found, forbidden, a missing or stale version, or invalid with every fault named; or it cannot be restricted while
/// an agency that was asked would be left without anybody who sees it.
pub fn edit(tx: &mut Tx<'_>, id: CaseId, submission: &Submission) -> Result<Change<CaseRow>> {
    let seen = standing::take::<act::EditCase>(tx, id)?;
    let mut row = seen.case;
    let patch: CasePatch = submission.read_guarded(row.version)?;
    let present = Header {
        code_name: row.code_name.clone(),
        summary: row.summary.clone(),
        priority: row.priority,
        handling_codes: row.handling_codes.0.clone(),
        modality: row.modality,
        restricted: row.restricted,
    };
    let mut faults = Faults::new();
    let header = patch.apply(&mut faults, present.clone());
    faults.finish()?;
    if header == present {
        return Ok(Change::Unchanged(row));
    }
    row.status.plans("its header")?;
    row.search = search_text(&row.reference, &header.code_name, &header.summary);
    row.code_name = header.code_name;
    row.summary = header.summary;
    row.priority = header.priority;
    row.handling_codes = Json(header.handling_codes);
    row.modality = header.modality;
    row.restricted = header.restricted;
    row.version += 1;
    row.updated_at = tx.now();
    store::update_header(tx, &seen.permit, &row)?;
    let mut events = vec![told(Event::in_case(id, Deed::CaseEdited, SubjectKind::Case, id), &row)];
    if row.restricted && !present.restricted {
        events.extend(restricting::keep_deciders(tx, &seen.permit)?);
    }
    Ok(Change::by_all(row, events))
}

/// Moves a case to another state, as its state table allows.
///
/// # Errors
/// Not found, forbidden, a missing or stale version, invalid, or refused with everything that is missing.
pub fn change_state(
    tx: &mut Tx<'_>,
    id: CaseId,
    submission: &Submission,
) -> Result<Change<CaseRow>> {
    let seen = standing::take::<act::ChangeCaseState>(tx, id)?;
    let input: TransitionInput = submission.read_guarded(seen.case.version)?;
    let mut faults = Faults::new();
    let to = input.to.required(&mut faults, "/to");
    let reason = input.reason.optional(&mut faults, "/reason");
    let outcome = input.outcome.optional(&mut faults, "/outcome");
    let mover = situation::mover(tx, &seen)?;
    let Some(to) = to else { return Err(faults.finish().err().unwrap_or_else(Error::not_found)) };
    faults.finish()?;
    let facts = situation::guard_facts(tx, &seen)?;
    let command = TransitionCommand { to, reason, outcome };
    let result =
        transition(seen.case.status, &command, mover, &facts, tx.now()).map_err(|denied| {
            match denied {
                TransitionDenied::NotAllowed => {
                    Error::forbidden("The state table gives this move to somebody else.")
                }
                TransitionDenied::Invalid(faults) => Error::invalid(faults),
                TransitionDenied::Refused(refusal) => refusal.into(),
            }
        })?;
    apply(tx, seen, result)
}

fn apply(
    tx: &mut Tx<'_>,
    seen: Seen<act::ChangeCaseState>,
    moved: Transition,
) -> Result<Change<CaseRow>> {
    let mut row = seen.case;
    let from = row.status;
    row.version += 1;
    row.updated_at = tx.now();
    let event = |deed| Event::in_case(row.id, deed, SubjectKind::Case, row.id).with("from", from);
    let mut held = Vec::new();
    let event = match moved {
        Transition::Moved { to, reason, outcome, report_due } => {
            if to == CaseStatus::Intervention {
                let happening = Happening::Intervened;
                held = legs::service::befall(tx, &seen.permit, happening, |_| true)?;
            }
            let event = event(Deed::CaseMoved)
                .with("to", to)
                .with("outcome", outcome)
                .with("report_due_at", report_due)
                .optional_text("reason", reason.as_deref());
            row.status = to;
            row.outcome = outcome.or(row.outcome);
            row.report_due_at = report_due.or(row.report_due_at);
            event
        }
        Transition::CloseRequested => {
            row.close_requested_at = Some(row.updated_at);
            event(Deed::CaseCloseRequested)
        }
    };
    store::update_status(tx, &seen.permit, &row)?;
    let mut events = vec![event.with("version", row.version)];
    events.extend(held);
    Ok(Change::by_all(row, events))
}

/// What still stands between a case and its start.
///
/// # Errors
/// Not found.
pub fn readiness(view: &mut View<'_>, id: CaseId) -> Result<(CaseStatus, Readiness)> {
    let seen = standing::see::<act::ReadPlan>(view, id)?;
    let facts = situation::guard_facts(view, &seen)?;
    Ok((seen.case.status, guards::readiness(seen.case.status, &facts)))
}

/// Says why the caller consults a case; recorded, durably, before the answer goes out.
///
/// # Errors
/// Not found, or invalid.
pub fn state_reason(view: &mut View<'_>, id: CaseId, submission: &Submission) -> Result<()> {
    let seen = standing::see::<act::StateReason>(view, id)?;
    let input: crate::cases::case::api::ConsultationInput = submission.read()?;
    let mut faults = Faults::new();
    let reason = input.reason.text(&mut faults, "/reason", 500);
    faults.finish()?;
    view.note_consultation(Some(seen.permit.case()?), reason);
    Ok(())
}
