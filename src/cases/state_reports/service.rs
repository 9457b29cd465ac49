//! Use cases: file the report of one's State, correct it.

use crate::access::{Facts, OwnedFacts, Permit, act};
use crate::cases::case::model::CaseStatus;
use crate::cases::standing;
use crate::cases::state_reports::input::{Account, StateReportInput};
use crate::cases::state_reports::store::{self, StateReportRow};
use crate::db::types::Json;
use crate::db::{Page, PageOf, Tx, View};
use crate::error::{Error, Faults, Refusal, Result, codes};
use crate::ids::{CaseId, StateReportId};
use crate::journal::event::{Change, Deed, Event, SubjectKind};
use crate::submission::Submission;

/// A page of the reports of a case.
///
/// # Errors
/// Not found.
pub fn list(
    view: &mut View<'_>,
    case: CaseId,
    page: impl FnOnce() -> Result<Page>,
) -> Result<PageOf<StateReportRow>> {
    let seen = standing::see::<act::ReadStateReports>(view, case)?;
    store::list(view, &seen.permit, page()?)
}

/// One report.
///
/// # Errors
/// Not found.
pub fn get(view: &mut View<'_>, case: CaseId, id: StateReportId) -> Result<StateReportRow> {
    let seen = standing::see::<act::ReadStateReports>(view, case)?;
    store::find(view, &seen.permit, id)?.ok_or_else(Error::not_found)
}

/// Files the report of the caller's own State, or centre.
///
/// # Errors
/// Not found, forbidden, invalid with every fault named; it was filed already, or the case is closed.
pub fn file(
    tx: &mut Tx<'_>,
    case: CaseId,
    submission: &Submission,
) -> Result<Change<StateReportRow>> {
    let seen = standing::take::<act::FileStateReport>(tx, case)?;
    let account = judged(&submission.read()?)?;
    still_open(seen.case.status)?;
    let (now, officer) = (tx.now(), tx.context().officer()?);
    if store::is_filed(tx, &seen.permit, officer.agency, officer.country)? {
        let detail = "Your State's report is filed; whoever filed it corrects it.";
        return Err(Error::new(&codes::DUPLICATE, detail));
    }
    let row = StateReportRow {
        id: StateReportId::new(now),
        case_id: case,
        agency_id: officer.agency,
        country: officer.country,
        summary: account.summary,
        seizures: Json(account.seizures),
        arrests: account.arrests,
        proceeds: account.proceeds.map(Json),
        incidents: account.incidents,
        costs: account.costs.map(Json),
        lessons: account.lessons,
        version: 1,
        filed_by: officer.user,
        filed_at: now,
        updated_at: now,
    };
    store::insert(tx, &seen.permit, row.clone())?;
    let event = told(&row, Deed::StateReportFiled);
    Ok(Change::by(row, event))
}

/// Puts a corrected report in the place of the one that the caller's agency filed.
///
/// # Errors
/// Not found, forbidden, a missing or stale version, invalid with every fault named; or the case is closed.
pub fn correct(
    tx: &mut Tx<'_>,
    case: CaseId,
    id: StateReportId,
    submission: &Submission,
) -> Result<Change<StateReportRow>> {
    let mut permit = own(tx, case, id)?;
    if standing::hold(tx, case)? {
        permit = own(tx, case, id)?;
    }
    let found = store::find(tx, &permit, id)?.ok_or_else(Error::not_found)?;
    let account = judged(&submission.read_guarded(found.version)?)?;
    let mut row = StateReportRow {
        summary: account.summary,
        seizures: Json(account.seizures),
        arrests: account.arrests,
        proceeds: account.proceeds.map(Json),
        incidents: account.incidents,
        costs: account.costs.map(Json),
        lessons: account.lessons,
        ..found.clone()
    };
    if row == found {
        return Ok(Change::Unchanged(row));
    }
    still_open(standing::status(tx, &permit)?)?;
    row.version += 1;
    row.filed_by = tx.context().officer()?.user;
    row.updated_at = tx.now();
    store::update(tx, &permit, &row)?;
    let event = told(&row, Deed::StateReportCorrected).with("version", row.version);
    Ok(Change::by(row, event))
}

fn own(
    tx: &mut Tx<'_>,
    case: CaseId,
    id: StateReportId,
) -> Result<Permit<act::CorrectStateReport>> {
    let agency = tx.context().officer()?.agency;
    let standing = standing::load(tx, case)?;
    let filer = match standing {
        None => None,
        Some(_) => store::filer(tx, case, id)?,
    };
    let facts = standing.zip(filer).map(|(case, filer)| OwnedFacts { case, own: filer == agency });
    tx.permit(&Facts::Owned(facts))
}

fn judged(input: &StateReportInput) -> Result<Account> {
    let mut faults = Faults::new();
    let account = input.judge(&mut faults);
    faults.finish()?;
    account.ok_or_else(|| Error::internal("a report without faults was not judged"))
}

fn still_open(status: CaseStatus) -> Result<()> {
    if status == CaseStatus::Closed {
        return Err(Refusal::new(&codes::STATE, "The case is closed with its reports.").into());
    }
    Ok(())
}

fn told(row: &StateReportRow, deed: Deed) -> Event {
    Event::in_case(row.case_id, deed, SubjectKind::StateReport, row.id)
        .with("country", row.country)
        .with("arrests", row.arrests)
        .with("seizures", row.seizures.0.len())
        .with("proceeds", row.proceeds.as_ref().map(|amount| amount.0))
        .with("costs", row.costs.as_ref().map(|amount| amount.0))
        .text("seizures", serde_json::to_string(&row.seizures.0).unwrap_or_default())
        .text("summary", row.summary.clone())
        .optional_text("incidents", row.incidents.as_deref())
        .optional_text("lessons", row.lessons.as_deref())
}
