//! Use cases: add and change consignments, add identifiers.

use std::collections::HashMap;

use crate::access::{CaseFacts, Facts, MemberRole, Permit, act};
use crate::cases::case::model::CaseStatus;
use crate::cases::consignments::api::ConsignmentPatch;
use crate::cases::consignments::input::{
    ConsignmentInput, IdentifierInput, NewConsignment, NewIdentifier, judge_live, judge_seals,
};
use crate::cases::consignments::store::{self, ConsignmentRow, IdentifierRow};
use crate::cases::control::store as control;
use crate::cases::legs::clearance::{self, Load};
use crate::cases::legs::service as legs;
use crate::cases::standing::{self, Seen};
use crate::db::types::Json;
use crate::db::{Page, PageOf, Tx, View};
use crate::delivery::Modality;
use crate::error::{Error, Faults, Refusal, Result, codes};
use crate::field::Patch;
use crate::ids::{CaseId, ConsignmentId, IdentifierId};
use crate::journal::chain::hex;
use crate::journal::event::{Change, Deed, Event, SubjectKind};
use crate::matching::{self, Asked};
use crate::submission::Submission;
use crate::text_enum::TextEnum as _;

/// A consignment and those of its identifiers that the caller may read; none where he or she may read none.
pub type Shown = (ConsignmentRow, Option<Vec<IdentifierRow>>);

/// Lists the consignments of a case.
///
/// # Errors
/// Not found where the caller may not read them.
pub fn list(
    view: &mut View<'_>,
    case: CaseId,
    page: impl FnOnce() -> Result<Page>,
) -> Result<PageOf<Shown>> {
    let seen = standing::see::<act::ReadPlan>(view, case)?;
    let rows = store::list(view, &seen.permit, page()?)?;
    let ids = rows.items.iter().map(|row| row.id).collect();
    let mut marks = marks(view, &seen.facts, ids)?;
    Ok(rows.map(|row| {
        let own = marks.as_mut().map(|marks| marks.remove(&row.id).unwrap_or_default());
        (row, own)
    }))
}

/// Reads one consignment.
///
/// # Errors
/// Not found where it is missing or the caller may not read it.
pub fn get(view: &mut View<'_>, case: CaseId, id: ConsignmentId) -> Result<Shown> {
    let seen = standing::see::<act::ReadPlan>(view, case)?;
    let row = store::find_to_read(view, &seen.permit, id)?.ok_or_else(Error::not_found)?;
    let marks = marks(view, &seen.facts, vec![id])?;
    Ok((row, marks.map(|mut marks| marks.remove(&id).unwrap_or_default())))
}

/// Reads one identifier.
///
/// # Errors
/// Not found where it is missing or the caller may not read it.
pub fn get_identifier(
    view: &mut View<'_>,
    case: CaseId,
    consignment: ConsignmentId,
    id: IdentifierId,
) -> Result<IdentifierRow> {
    let seen = standing::see::<act::ReadIdentifiers>(view, case)?;
    store::find_identifier(view, &seen.permit, consignment, id)?.ok_or_else(Error::not_found)
}

fn marks(
    view: &mut View<'_>,
    facts: &CaseFacts,
    ids: Vec<ConsignmentId>,
) -> Result<Option<HashMap<ConsignmentId, Vec<IdentifierRow>>>> {
    match view.permit::<act::ReadIdentifiers>(&Facts::Case(Some(facts.clone()))) {
        Ok(permit) => store::identifiers_of(view, &permit, ids).map(Some),
        Err(error) if error.code() == &codes::NOT_FOUND => Ok(None),
        Err(error) => Err(error),
    }
}

/// The goods as the dossier of a request shows them: with their identifiers to whoever may read those, and to the
/// authority that is asked.
///
/// # Errors
/// When the database fails.
pub fn dossier(
    view: &mut View<'_>,
    permit: &Permit<act::ReadRequests>,
    facts: &CaseFacts,
) -> Result<Vec<Shown>> {
    let rows = store::of_dossier(view, permit)?;
    let ids = rows.iter().map(|row| row.id).collect();
    let decides = facts.membership.is_some_and(|member| member.role == MemberRole::Authority);
    let mut marks = if decides {
        Some(store::identifiers_of(view, permit, ids)?)
    } else {
        marks(view, facts, ids)?
    };
    let shown = rows.into_iter().map(|row| {
        let own = marks.as_mut().map(|marks| marks.remove(&row.id).unwrap_or_default());
        (row, own)
    });
    Ok(shown.collect())
}

/// Adds a consignment to a case.
///
/// # Errors
/// Not found, forbidden, or invalid with every fault named; refused by invariant 3 where a leg is under way whose countries do
/// not let it pass, or because the case has ended.
pub fn add(tx: &mut Tx<'_>, case: CaseId, submission: &Submission) -> Result<Change<Shown>> {
    let seen = standing::take::<act::PlanConsignments>(tx, case)?;
    let input: ConsignmentInput = submission.read()?;
    let mut faults = Faults::new();
    let judged = input.judge(&mut faults, "");
    faults.finish()?;
    let new =
        judged.ok_or_else(|| Error::internal("a consignment without faults was not judged"))?;
    seen.case.status.plans("what travels")?;
    let load = Load {
        consignment: ConsignmentId::new(tx.now()),
        modality: new.modality,
        quantity: new.quantity,
        live_quantity: new.live_quantity,
    };
    judge_under_way(tx, &seen.permit, load)?;
    let mut events = Vec::new();
    let shown = insert(tx, &seen.permit, new, &mut events)?;
    Ok(Change::by_all(shown, events))
}

/// Inserts a judged consignment with its identifiers, and tells of it in `events`.
///
/// # Errors
/// When the database fails.
pub fn insert(
    tx: &mut Tx<'_>,
    permit: &Permit<act::PlanConsignments>,
    new: NewConsignment,
    events: &mut Vec<Event>,
) -> Result<Shown> {
    let (now, case) = (tx.now(), permit.case()?);
    let row = ConsignmentRow {
        id: ConsignmentId::new(now),
        case_id: case,
        agency_id: tx.context().officer()?.agency,
        kind: new.kind,
        substance: new.substance,
        quantity: Json(new.quantity),
        measured: new.measured,
        modality: new.modality,
        live_quantity: new.live_quantity.map(Json),
        packaging: new.packaging,
        concealment: new.concealment,
        hazard: new.hazard,
        seals: Json(new.seals),
        version: 1,
        created_at: now,
        updated_at: now,
    };
    store::insert(tx, permit, row.clone())?;
    events.push(told(
        Event::in_case(case, Deed::ConsignmentAdded, SubjectKind::Consignment, row.id),
        &row,
    ));
    let mut marks = Vec::new();
    for identifier in new.identifiers {
        if !store::has_identifier(
            tx,
            permit,
            row.id,
            identifier.kind,
            identifier.normal_form.as_str(),
        )? {
            marks.push(insert_identifier(tx, permit, row.id, identifier, events)?);
        }
    }
    Ok((row, Some(marks)))
}

fn told(event: Event, row: &ConsignmentRow) -> Event {
    event
        .with("kind", row.kind)
        .with("quantity", row.quantity.0)
        .with("measured", row.measured)
        .with("modality", row.modality)
        .with("live_quantity", row.live_quantity.as_ref().map(|live| live.0))
        .optional_text("substance", row.substance.as_deref())
        .optional_text("packaging", row.packaging.as_deref())
        .optional_text("concealment", row.concealment.as_deref())
        .optional_text("hazard", row.hazard.as_deref())
        .text("seals", row.seals.0.join("\n"))
}

/// Changes a consignment, by merge patch.
///
/// # Errors
/// Not found, forbidden, a missing or stale version, or invalid with every fault named; refused by invariants 3, 10 and 18, or
/// because the case has ended.
pub fn edit(
    tx: &mut Tx<'_>,
    case: CaseId,
    id: ConsignmentId,
    submission: &Submission,
) -> Result<Change<Shown>> {
    let seen = standing::take::<act::PlanConsignments>(tx, case)?;
    let found = store::find_to_change(tx, &seen.permit, id)?.ok_or_else(Error::not_found)?;
    let patch: ConsignmentPatch = submission.read_guarded(found.version)?;
    let mut row = patched(&found, &patch)?;
    let marks = marks(tx, &seen.facts, vec![id])?;
    let marks = marks.map(|mut marks| marks.remove(&id).unwrap_or_default());
    if unchanged(&row, &found) {
        return Ok(Change::Unchanged((row, marks)));
    }
    seen.case.status.plans("what travels")?;
    if row.quantity != found.quantity || row.measured != found.measured {
        judge_initial(tx, &seen, id)?;
    }
    if row.modality != found.modality || row.live_quantity != found.live_quantity {
        judge_substitution(tx, &seen, row.modality)?;
        judge_under_way(tx, &seen.permit, row.load())?;
    }
    row.version += 1;
    row.updated_at = tx.now();
    store::update(tx, &seen.permit, &row)?;
    let event = Event::in_case(case, Deed::ConsignmentEdited, SubjectKind::Consignment, id);
    let event = told(event, &row).with("version", row.version);
    Ok(Change::by((row, marks), event))
}

/// What there was at first is a fact once somebody is in control of it or something of the case was on the move: it is told
/// anew with a reason, and never overwritten (invariant 18).
fn judge_initial(
    view: &mut View<'_>,
    seen: &Seen<act::PlanConsignments>,
    id: ConsignmentId,
) -> Result<()> {
    let held = control::last(view, &seen.permit, id)?.is_some();
    if !held && !seen.case.was_on_the_move {
        return Ok(());
    }
    let detail = "Control has begun or a leg was started: how much there was at first is told anew by report-quantity, as \
                  initial and with a reason.";
    Err(Refusal::new(&codes::INVARIANT_18, detail).into())
}

/// While a leg is under way nothing becomes live of what its countries do not let pass (invariant 3).
fn judge_under_way(
    view: &mut View<'_>,
    permit: &Permit<act::PlanConsignments>,
    load: Load,
) -> Result<()> {
    if load.modality == Modality::Substituted {
        return Ok(());
    }
    Ok(clearance::refuse(legs::refused_under_way(view, permit, load)?)?)
}

/// What is planned may be replaced on paper; once the case is ready, goods are replaced only where every country on the
/// route has consented (invariant 10).
fn judge_substitution(
    view: &mut View<'_>,
    seen: &Seen<act::PlanConsignments>,
    modality: Modality,
) -> Result<()> {
    let planned = matches!(seen.case.status, CaseStatus::Draft | CaseStatus::Planning);
    if planned || modality == Modality::Live {
        return Ok(());
    }
    let missing = legs::without_consent(view, &seen.permit, view.now())?;
    if missing.is_empty() {
        return Ok(());
    }
    let detail =
        "Every country on the route has to let the goods be replaced; see what is missing.";
    Err(Refusal::new(&codes::INVARIANT_10, detail).missing(missing).into())
}

fn patched(found: &ConsignmentRow, patch: &ConsignmentPatch) -> Result<ConsignmentRow> {
    let mut faults = Faults::new();
    let mut row = found.clone();
    patch.substance.patch_text(&mut faults, "/substance", 200).apply(&mut row.substance);
    patch.packaging.patch_text(&mut faults, "/packaging", 2000).apply(&mut row.packaging);
    patch.concealment.patch_text(&mut faults, "/concealment", 2000).apply(&mut row.concealment);
    patch.hazard.patch_text(&mut faults, "/hazard", 2000).apply(&mut row.hazard);
    if let Some(quantity) = patch.quantity.patch_required(&mut faults, "/quantity") {
        row.quantity = Json(quantity);
    }
    if let Some(measured) = patch.measured.patch_required(&mut faults, "/measured") {
        row.measured = measured;
    }
    if let Some(modality) = patch.modality.patch_required(&mut faults, "/modality") {
        row.modality = modality;
    }
    match patch.live_quantity.patch(&mut faults, "/live_quantity") {
        Patch::Keep => {}
        Patch::Clear => row.live_quantity = None,
        Patch::Set(live) => row.live_quantity = Some(Json(live)),
    }
    match patch.seals.patch(&mut faults, "/seals") {
        Patch::Keep => {}
        Patch::Clear => row.seals = Json(Vec::new()),
        Patch::Set(seals) => row.seals = Json(seals),
    }
    judge_seals(&row.seals.0, &mut faults, "/seals");
    let live = row.live_quantity.as_ref().map(|live| live.0);
    judge_live(row.modality, &row.quantity.0, live.as_ref(), &mut faults, "/live_quantity");
    faults.finish()?;
    Ok(row)
}

fn unchanged(row: &ConsignmentRow, found: &ConsignmentRow) -> bool {
    row.substance == found.substance
        && row.quantity == found.quantity
        && row.measured == found.measured
        && row.modality == found.modality
        && row.live_quantity == found.live_quantity
        && row.packaging == found.packaging
        && row.concealment == found.concealment
        && row.hazard == found.hazard
        && row.seals == found.seals
}

/// Adds an identifier to a consignment.
///
/// # Errors
/// Not found, forbidden, invalid with every fault named, or a duplicate.
pub fn add_identifier(
    tx: &mut Tx<'_>,
    case: CaseId,
    consignment: ConsignmentId,
    submission: &Submission,
) -> Result<Change<IdentifierRow>> {
    let seen = standing::take::<act::PlanConsignments>(tx, case)?;
    let found = store::find_to_change(tx, &seen.permit, consignment)?;
    found.ok_or_else(Error::not_found)?;
    let input: IdentifierInput = submission.read()?;
    let mut faults = Faults::new();
    let judged = input.judge(&mut faults, "");
    faults.finish()?;
    let new =
        judged.ok_or_else(|| Error::internal("an identifier without faults was not judged"))?;
    seen.case.status.plans("what travels")?;
    if store::has_identifier(tx, &seen.permit, consignment, new.kind, new.normal_form.as_str())? {
        return Err(Error::new(&codes::DUPLICATE, "The consignment has this identifier already."));
    }
    let mut events = Vec::new();
    let row = insert_identifier(tx, &seen.permit, consignment, new, &mut events)?;
    Ok(Change::by_all(row, events))
}

fn insert_identifier(
    tx: &mut Tx<'_>,
    permit: &Permit<act::PlanConsignments>,
    consignment: ConsignmentId,
    new: NewIdentifier,
    events: &mut Vec<Event>,
) -> Result<IdentifierRow> {
    let now = tx.now();
    let row = IdentifierRow {
        id: IdentifierId::new(now),
        case_id: permit.case()?,
        consignment_id: consignment,
        agency_id: tx.context().officer()?.agency,
        kind: new.kind,
        value: new.value,
        normal_form: new.normal_form.into_string(),
        version: 1,
        created_at: now,
    };
    let mark = store::insert_identifier(tx, permit, row.clone())?;
    let asked = Asked {
        kind: row.kind.as_str(),
        normal_form: &row.normal_form,
        case: Some(row.case_id),
        identifier: Some(row.id),
        watch: None,
    };
    events.extend(matching::meet(tx, asked)?.events);
    events.push(
        Event::in_case(permit.case()?, Deed::IdentifierAdded, SubjectKind::Identifier, row.id)
            .with("consignment", consignment)
            .with("kind", row.kind)
            // Not even a salted digest of the value: whoever guesses it could tell.
            .with("mark", hex(&mark.digest))
            .with("mark_key", mark.key),
    );
    Ok(row)
}
