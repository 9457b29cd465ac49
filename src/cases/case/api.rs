//! Cases over HTTP.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::answer::Answer;
use crate::cases::case::guards::{Next, Readiness};
use crate::cases::case::model::{CaseStatus, HandlingCode, Modality, Outcome, Priority};
use crate::cases::case::service;
use crate::cases::case::store::{CaseRow, Filter};
use crate::cases::reference::CaseReference;
use crate::clock::Instant;
use crate::error::{Error, Fault, Missing, Result};
use crate::field::Field;
use crate::http::{App, Call};
use crate::ids::{AgencyId, CaseId, UserId};
use crate::text_enum::TextEnum;

/// A case's header.
#[derive(Debug, Serialize, ToSchema)]
pub struct CaseView {
    /// The case.
    pub id: CaseId,
    /// What officers call it by on the phone.
    pub reference: CaseReference,
    /// Its code name.
    pub code_name: String,
    /// What it is about; absent in lists where a case is consulted only with a reason.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub summary: Option<String>,
    /// Its state.
    pub status: CaseStatus,
    /// How urgent it is.
    pub priority: Priority,
    /// What is proposed to travel.
    pub modality: Modality,
    /// Under which conditions what it holds may be used.
    pub handling_codes: Vec<HandlingCode>,
    /// Whether only assigned users see it.
    pub restricted: bool,
    /// The agency that opened it.
    pub lead_agency_id: AgencyId,
    /// How it ended.
    pub outcome: Option<Outcome>,
    /// When the lead asked to close it; the coordinator's confirmation follows.
    pub close_requested_at: Option<Instant>,
    /// When the written report of an intervention is due.
    pub report_due_at: Option<Instant>,
    /// Who opened it.
    pub created_by: UserId,
    /// When it was opened.
    pub created_at: Instant,
    /// When its header or state was changed last.
    pub updated_at: Instant,
}

impl From<CaseRow> for CaseView {
    fn from(row: CaseRow) -> Self {
        Self {
            id: row.id,
            reference: row.reference,
            code_name: row.code_name,
            summary: Some(row.summary),
            status: row.status,
            priority: row.priority,
            modality: row.modality,
            handling_codes: row.handling_codes.0,
            restricted: row.restricted,
            lead_agency_id: row.lead_agency_id,
            outcome: row.outcome,
            close_requested_at: row.close_requested_at,
            report_due_at: row.report_due_at,
            created_by: row.created_by,
            created_at: row.created_at,
            updated_at: row.updated_at,
        }
    }
}

/// A page of cases, newest first.
#[derive(Debug, Serialize, ToSchema)]
pub struct CaseList {
    /// The cases.
    pub items: Vec<CaseView>,
    /// What to send as `?cursor=` for the next page.
    pub next_cursor: Option<String>,
}

/// Which of the cases one may see are listed.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default, deny_unknown_fields)]
pub struct CaseParams {
    /// In this state.
    pub status: Option<String>,
    /// With these words in reference, code name or summary.
    pub q: Option<String>,
    /// With a lead or member of this country (ISO 3166-1 alpha-2), or with a leg that touches it.
    pub country: Option<String>,
    /// With this agency as lead or member.
    pub member: Option<String>,
    /// Whose header or state was changed at this time or later (RFC 3339).
    pub updated_since: Option<String>,
    /// How many at the most: 1 to 200, 50 when missing.
    pub limit: Option<String>,
    /// The `next_cursor` of an earlier answer.
    pub cursor: Option<String>,
}

impl CaseParams {
    fn filter(&self) -> Result<Filter> {
        let mut faults = Vec::new();
        let mut wrong = |name: &str, detail: String| faults.push(Fault::new(name, detail));
        let status = self.status.as_deref().and_then(|word| {
            let status = CaseStatus::from_word(word);
            if status.is_none() {
                wrong("?status", format!("expected one of {}", CaseStatus::words()));
            }
            status
        });
        let words = self.q.as_deref().map(str::trim).filter(|words| !words.is_empty());
        if words.is_some_and(|words| words.chars().count() > 200) {
            wrong("?q", "expected at most 200 characters".to_owned());
        }
        let country = self
            .country
            .as_deref()
            .and_then(|code| code.parse().map_err(|error| wrong("?country", error)).ok());
        let member = self.member.as_deref().and_then(|id| {
            id.parse().map_err(|_| wrong("?member", "expected an agency's id".to_owned())).ok()
        });
        let updated_since = self.updated_since.as_deref().and_then(|time| {
            let words = "expected a time such as 2026-03-01T04:30:00Z";
            time.parse().map_err(|_| wrong("?updated_since", words.to_owned())).ok()
        });
        if !faults.is_empty() {
            return Err(Error::invalid(faults));
        }
        let words = words.map(str::to_owned);
        Ok(Filter { status, words, country, member, updated_since })
    }
}

/// Why a case is consulted.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"reason": "Preparing the handover at Korday"}))]
pub struct ConsultationInput {
    /// The reason, at most 500 characters.
    #[serde(default)]
    #[schema(value_type = String, required)]
    pub reason: Field<String>,
}

/// Lists the cases that the caller may see.
///
/// # Errors
/// As the contract says.
pub async fn list_cases(app: App, call: Call) -> Result<Answer> {
    app.read(call, |view, call| {
        let sent: CaseParams = call.query()?;
        let page = call.page(sent.limit.as_deref(), sent.cursor.as_deref());
        let (filter, page) = match (sent.filter(), page) {
            (Ok(filter), Ok(page)) => (filter, page),
            (filter, page) => {
                let faults = [filter.err(), page.err()].into_iter().flatten();
                return Err(Error::invalid(faults.flat_map(|e| e.faults().to_vec()).collect()));
            }
        };
        let hide_summaries = view.context().reason_required;
        let page = service::list(view, &filter, page)?.map(|row| {
            let view = CaseView::from(row);
            if hide_summaries { CaseView { summary: None, ..view } } else { view }
        });
        Answer::ok(&CaseList { items: page.items, next_cursor: page.next_cursor })
    })
    .await
}

/// Opens a case.
///
/// # Errors
/// As the contract says.
pub async fn create_case(app: App, call: Call) -> Result<Answer> {
    app.write(call, |tx, call| {
        service::open(tx, &call.submission)?.try_map(|row| {
            let (path, version) = (format!("/api/v1/cases/{}", row.id), row.version);
            Ok(Answer::created(&CaseView::from(row), path)?.version(version))
        })
    })
    .await
}

/// Reads a case's header.
///
/// # Errors
/// As the contract says.
pub async fn get_case(app: App, call: Call) -> Result<Answer> {
    app.read(call, |view, call| show(service::get(view, call.id("case_id")?)?)).await
}

/// Changes a case's header.
///
/// # Errors
/// As the contract says.
pub async fn edit_case(app: App, call: Call) -> Result<Answer> {
    app.write(call, |tx, call| {
        service::edit(tx, call.id("case_id")?, &call.submission)?.try_map(show)
    })
    .await
}

/// Moves a case to another state.
///
/// # Errors
/// As the contract says.
pub async fn change_case_state(app: App, call: Call) -> Result<Answer> {
    app.write(call, |tx, call| {
        service::change_state(tx, call.id("case_id")?, &call.submission)?.try_map(show)
    })
    .await
}

/// Records why the caller consults a case.
///
/// # Errors
/// As the contract says.
pub async fn create_consultation(app: App, call: Call) -> Result<Answer> {
    app.read(call, |view, call| {
        service::state_reason(view, call.id("case_id")?, &call.submission)?;
        Ok(Answer::empty())
    })
    .await
}

fn show(row: CaseRow) -> Result<Answer> {
    let version = row.version;
    Ok(Answer::ok(&CaseView::from(row))?.version(version))
}

/// What still stands between a case and its next states, item by item.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReadinessView {
    /// Where the case stands.
    pub status: CaseStatus,
    /// What stands between it and `ready`; nothing once it is ready.
    pub ready: Vec<Missing>,
    /// What stands between it and `active` beyond that; nothing once it is active.
    pub active: Vec<Missing>,
    /// Where it goes next on its way; none after its end.
    pub next: Option<NextView>,
}

/// The state to which a case goes next, and what stands between.
#[derive(Debug, Serialize, ToSchema)]
pub struct NextView {
    /// The state.
    pub to: CaseStatus,
    /// What is missing; nothing where whoever makes the move may make it now.
    pub missing: Vec<Missing>,
}

/// Says what still stands between a case and its start, and its next state.
///
/// # Errors
/// As the contract says.
pub async fn get_case_readiness(app: App, call: Call) -> Result<Answer> {
    app.read(call, |view, call| {
        let (status, readiness) = service::readiness(view, call.id("case_id")?)?;
        let Readiness { ready, active, next } = readiness;
        let next = next.map(|Next { to, missing }| NextView { to, missing });
        Answer::ok(&ReadinessView { status, ready, active, next })
    })
    .await
}
