//! Reports on action taken over HTTP.

use serde::Serialize;
use utoipa::ToSchema;

use crate::answer::Answer;
use crate::cases::api::PageParams;
use crate::cases::state_reports::model::Seizure;
use crate::cases::state_reports::service;
use crate::cases::state_reports::store::StateReportRow;
use crate::clock::Instant;
use crate::country::Country;
use crate::error::Result;
use crate::http::{App, Call};
use crate::ids::{AgencyId, CaseId, StateReportId, UserId};
use crate::quantity::Quantity;

pub use crate::cases::state_reports::input::StateReportInput;

/// A report on action taken.
#[derive(Debug, Serialize, ToSchema)]
pub struct StateReportView {
    /// The report.
    pub id: StateReportId,
    /// Its case.
    pub case_id: CaseId,
    /// The agency that filed it.
    pub agency_id: AgencyId,
    /// The State for which it was filed; none of a regional centre.
    pub country: Option<Country>,
    /// What was done.
    pub summary: String,
    /// What was seized.
    pub seizures: Vec<Seizure>,
    /// How many people were arrested.
    pub arrests: i32,
    /// Proceeds that were secured.
    pub proceeds: Option<Quantity>,
    /// What went wrong.
    pub incidents: Option<String>,
    /// What it cost.
    pub costs: Option<Quantity>,
    /// What to do otherwise.
    pub lessons: Option<String>,
    /// Who filed it, or corrected it last.
    pub filed_by: UserId,
    /// When it was filed.
    pub filed_at: Instant,
    /// When it was corrected last.
    pub updated_at: Instant,
}

impl From<StateReportRow> for StateReportView {
    fn from(row: StateReportRow) -> Self {
        Self {
            id: row.id,
            case_id: row.case_id,
            agency_id: row.agency_id,
            country: row.country,
            summary: row.summary,
            seizures: row.seizures.0,
            arrests: row.arrests,
            proceeds: row.proceeds.map(|amount| amount.0),
            incidents: row.incidents,
            costs: row.costs.map(|amount| amount.0),
            lessons: row.lessons,
            filed_by: row.filed_by,
            filed_at: row.filed_at,
            updated_at: row.updated_at,
        }
    }
}

/// A page of reports.
#[derive(Debug, Serialize, ToSchema)]
pub struct StateReportList {
    /// The reports.
    pub items: Vec<StateReportView>,
    /// What to send as `?cursor=` for the next page.
    pub next_cursor: Option<String>,
}

fn show(row: StateReportRow) -> Result<Answer> {
    let version = row.version;
    Ok(Answer::ok(&StateReportView::from(row))?.version(version))
}

/// Lists the reports of a case.
///
/// # Errors
/// As the contract says.
pub async fn list_state_reports(app: App, call: Call) -> Result<Answer> {
    app.read(call, |view, call| {
        let page = service::list(view, call.id("case_id")?, || PageParams::page(call))?;
        let page = page.map(StateReportView::from);
        Answer::ok(&StateReportList { items: page.items, next_cursor: page.next_cursor })
    })
    .await
}

/// Files the report of one's own State.
///
/// # Errors
/// As the contract says.
pub async fn create_state_report(app: App, call: Call) -> Result<Answer> {
    app.write(call, |tx, call| {
        service::file(tx, call.id("case_id")?, &call.submission)?.try_map(|row| {
            let path = format!("/api/v1/cases/{}/reports/{}", row.case_id, row.id);
            let version = row.version;
            Ok(Answer::created(&StateReportView::from(row), path)?.version(version))
        })
    })
    .await
}

/// Reads one report.
///
/// # Errors
/// As the contract says.
pub async fn get_state_report(app: App, call: Call) -> Result<Answer> {
    app.read(call, |view, call| {
        show(service::get(view, call.id("case_id")?, call.id("state_report_id")?)?)
    })
    .await
}

/// Corrects the report that one's own agency filed.
///
/// # Errors
/// As the contract says.
pub async fn change_state_report(app: App, call: Call) -> Result<Answer> {
    app.write(call, |tx, call| {
        let (case, id) = (call.id("case_id")?, call.id("state_report_id")?);
        service::correct(tx, case, id, &call.submission)?.try_map(show)
    })
    .await
}
