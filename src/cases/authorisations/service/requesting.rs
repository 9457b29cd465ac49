//! The side that asks: drafts, submits, withdraws.

use super::{moved, still_planned, take, told};
use crate::access::{Permit, act};
use crate::agency::AuthorityMark;
use crate::cases::authorisations::input::{RequestInput, RequestPatch};
use crate::cases::authorisations::model::{self, RequestStatus, Step};
use crate::cases::authorisations::rows::{Found, RequestRow, Terms};
use crate::cases::authorisations::store;
use crate::cases::members::model::may_be_asked;
use crate::cases::members::service as members;
use crate::cases::standing::{self, Seen};
use crate::clock::Instant;
use crate::country::Country;
use crate::db::types::Json;
use crate::db::{Tx, View};
use crate::error::{Error, Faults, Result, codes};
use crate::ids::{AgencyId, AuthorisationId, CaseId};
use crate::journal::event::{Change, Deed, Event};
use crate::submission::Submission;

/// Drafts a request.
///
/// # Errors
/// Not found, forbidden, invalid with every fault named; another one to the country is open, or the case has ended.
pub fn draft(tx: &mut Tx<'_>, case: CaseId, submission: &Submission) -> Result<Change<Found>> {
    let seen = standing::take::<act::DraftRequest>(tx, case)?;
    let input: RequestInput = submission.read()?;
    let mut faults = Faults::new();
    let judged = input.judge(&mut faults);
    if let Some(judged) = &judged {
        judge_addressee(tx, &seen, judged.country, judged.authority, &mut faults)?;
    }
    faults.finish()?;
    let judged = judged.ok_or_else(|| Error::internal("a request without faults"))?;
    still_planned(tx, &seen.permit)?;
    none_open(tx, &seen.permit, judged.country)?;
    let (now, officer) = (tx.now(), tx.context().officer()?);
    let row = RequestRow {
        id: AuthorisationId::new(now),
        case_id: case,
        country: judged.country,
        authority_agency_id: judged.authority,
        agency_id: officer.agency,
        drafted_by: officer.user,
        terms: Json(judged.terms),
        decision_needed_by: judged.decision_needed_by,
        status: RequestStatus::Draft,
        submitted_by: None,
        submitted_at: None,
        grants: 0,
        reason_code: None,
        reason: None,
        decided_by: None,
        decided_at: None,
        version: 1,
        created_at: now,
        updated_at: now,
    };
    store::insert(tx, &seen.permit, &row)?;
    let event = told_terms(Deed::RequestDrafted, &row);
    Ok(Change::by(Found { row, grant: None }, event))
}

/// Changes a draft, by merge patch. Of a request that was submitted it adds when to intervene, where the request did not say
/// so: without that no case is ready, and what was decided stays as it is.
///
/// # Errors
/// Not found, forbidden, a missing or stale version, invalid with every fault named; it was submitted, or the case has
/// ended.
pub fn edit(
    tx: &mut Tx<'_>,
    case: CaseId,
    id: AuthorisationId,
    submission: &Submission,
) -> Result<Change<Found>> {
    let (found, permit) = take::<act::PursueRequest>(tx, case, id)?;
    let patch: RequestPatch = submission.read_guarded(found.row.version)?;
    let mut faults = Faults::new();
    let present = (found.row.terms.0.clone(), found.row.decision_needed_by);
    let changed = patch.apply(&mut faults, present.0.clone(), present.1);
    faults.finish()?;
    if changed == present {
        return Ok(Change::Unchanged(found));
    }
    still_planned(tx, &permit)?;
    let sent = found.row.submitted_at.is_some();
    let (step, deed) = if sent && supplements(&present, &changed) {
        (Step::Supplement, Deed::RequestSupplemented)
    } else {
        (Step::Edit, Deed::RequestEdited)
    };
    let row = moved(tx, &permit, &found, step, |row| {
        row.terms = Json(changed.0);
        row.decision_needed_by = changed.1;
    })?;
    let event = told_terms(deed, &row);
    Ok(Change::by(Found { row, grant: found.grant }, event))
}

/// Whether all that changes is that the request says when to intervene, which it did not.
fn supplements(present: &(Terms, Instant), changed: &(Terms, Instant)) -> bool {
    let criteria = changed.0.intervention_criteria.clone();
    let with = Terms { intervention_criteria: criteria, ..present.0.clone() };
    present.0.intervention_criteria.is_none() && *changed == (with, present.1)
}

/// Submits a request. The requested agency takes part as an authority from then on, unless it takes part already; in a
/// restricted case it is invited, because somebody there has to be assigned.
///
/// # Errors
/// Not found, forbidden; it was submitted, the agency observes, or the case has ended.
pub fn submit(tx: &mut Tx<'_>, case: CaseId, id: AuthorisationId) -> Result<Change<Found>> {
    let (found, permit) = take::<act::PursueRequest>(tx, case, id)?;
    still_planned(tx, &permit)?;
    model::step(found.status_at(tx.now()), Step::Submit)?;
    let restricted = standing::see::<act::ReadCase>(tx, case)?.case.restricted;
    let (now, user) = (tx.now(), tx.context().officer()?.user);
    let row = moved(tx, &permit, &found, Step::Submit, |row| {
        row.submitted_at = Some(now);
        row.submitted_by = Some(user);
    })?;
    let mut events = vec![told_terms(Deed::RequestSubmitted, &row)];
    events.extend(members::ask_authority(tx, &permit, row.authority_agency_id, restricted)?);
    Ok(Change::by_all(Found { row, grant: None }, events))
}

/// Takes a request back before it was decided.
///
/// # Errors
/// Not found, forbidden; or it was decided.
pub fn withdraw(tx: &mut Tx<'_>, case: CaseId, id: AuthorisationId) -> Result<Change<Found>> {
    let (found, permit) = take::<act::PursueRequest>(tx, case, id)?;
    let row = moved(tx, &permit, &found, Step::Withdraw, |_| {})?;
    let event = told(Deed::RequestWithdrawn, &row);
    Ok(Change::by(Found { row, grant: None }, event))
}

/// A request goes to an agency of the country that holds authority there, does not lead the case, does not observe it and is
/// not the one that asks.
fn judge_addressee(
    view: &mut View<'_>,
    seen: &Seen<act::DraftRequest>,
    country: Country,
    authority: AgencyId,
    faults: &mut Faults,
) -> Result<()> {
    let pointer = "/authority_agency_id";
    let found = store::addressee(view, &seen.permit, authority)?;
    let holds = |found: store::Addressee| {
        found.country == Some(country) && found.mark == AuthorityMark::Held
    };
    if !found.is_some_and(holds) {
        faults.add(pointer, "expected an agency of that country that holds authority there");
    } else if seen.case.lead_agency_id == authority || view.context().officer()?.agency == authority
    {
        let detail =
            "expected an agency that neither leads the case nor asks: nobody decides what he asks";
        faults.add(pointer, detail);
    } else {
        let present = members::standing_of(view, &seen.permit, authority)?;
        if let Err(refusal) = may_be_asked(present) {
            faults.add(pointer, refusal.detail);
        }
    }
    Ok(())
}

/// One request is open to a country at a time.
fn none_open(
    view: &mut View<'_>,
    permit: &Permit<act::DraftRequest>,
    country: Country,
) -> Result<()> {
    let now = view.now();
    let open = store::all(view, permit)?
        .into_iter()
        .find(|found| found.row.country == country && found.status_at(now).is_open());
    let Some(found) = open else { return Ok(()) };
    let (id, status) = (found.row.id, found.status_at(now));
    let detail = format!("The request {id} to {country} is {status}; a country is asked once.");
    Err(Error::new(&codes::DUPLICATE, detail))
}

fn told_terms(deed: Deed, row: &RequestRow) -> Event {
    let Terms { asks, modalities, window, assurances, .. } = &row.terms.0;
    told(deed, row)
        .with("asks", asks)
        .with("modalities", modalities)
        .with("window_from", window.from)
        .with("window_until", window.until)
        .with("decision_needed_by", row.decision_needed_by)
        .text("legal_basis", row.terms.0.legal_basis.clone())
        .text("offence", row.terms.0.offence.clone())
        .text("facts", row.terms.0.facts.clone())
        .optional_text("why_other_means_fail", row.terms.0.why_other_means_fail.as_deref())
        .optional_text("intervention_criteria", row.terms.0.intervention_criteria.as_deref())
        .text("entry_points", row.terms.0.entry_points.join("\n"))
        .text("exit_points", row.terms.0.exit_points.join("\n"))
        .optional_text("assurance_seizure", assurances.seizure.as_deref())
        .optional_text("assurance_prosecution", assurances.prosecution.as_deref())
        .optional_text("assurance_feedback", assurances.feedback.as_deref())
}
