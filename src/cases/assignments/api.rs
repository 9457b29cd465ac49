//! Assignments over HTTP.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::answer::Answer;
use crate::cases::api::PageParams;
use crate::cases::assignments::service;
use crate::cases::assignments::store::AssignmentRow;
use crate::clock::Instant;
use crate::error::Result;
use crate::field::Field;
use crate::http::{App, Call};
use crate::ids::{AgencyId, CaseId, UserId};

/// An officer to be assigned.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"user_id": "019b2f3e-6d1c-7c3a-9a53-2f0d9f4b7e11"}))]
pub struct AssignmentInput {
    /// An officer of one's own agency.
    #[serde(default)]
    #[schema(value_type = UserId, required)]
    pub user_id: Field<UserId>,
}

/// An assignment.
#[derive(Debug, Serialize, ToSchema)]
pub struct AssignmentView {
    /// The case.
    pub case_id: CaseId,
    /// The officer.
    pub user_id: UserId,
    /// The officer's agency.
    pub agency_id: AgencyId,
    /// Who assigned him or her.
    pub assigned_by: UserId,
    /// When.
    pub assigned_at: Instant,
}

impl From<AssignmentRow> for AssignmentView {
    fn from(row: AssignmentRow) -> Self {
        Self {
            case_id: row.case_id,
            user_id: row.user_id,
            agency_id: row.agency_id,
            assigned_by: row.assigned_by,
            assigned_at: row.assigned_at,
        }
    }
}

/// A page of one's own agency's assignments.
#[derive(Debug, Serialize, ToSchema)]
pub struct AssignmentList {
    /// The assignments.
    pub items: Vec<AssignmentView>,
    /// What to send as `?cursor=` for the next page.
    pub next_cursor: Option<String>,
}

/// Lists one's own agency's assignments to a case.
///
/// # Errors
/// As the contract says.
pub async fn list_assignments(app: App, call: Call) -> Result<Answer> {
    app.read(call, |view, call| {
        let page = service::list(view, call.id("case_id")?, || PageParams::page(call))?;
        let page = page.map(AssignmentView::from);
        Answer::ok(&AssignmentList { items: page.items, next_cursor: page.next_cursor })
    })
    .await
}

/// Reads one of one's own agency's assignments.
///
/// # Errors
/// As the contract says.
pub async fn get_assignment(app: App, call: Call) -> Result<Answer> {
    app.read(call, |view, call| {
        let row = service::get(view, call.id("case_id")?, call.id("user_id")?)?;
        Ok(Answer::ok(&AssignmentView::from(row))?.version(1))
    })
    .await
}

/// Assigns an officer of one's own agency.
///
/// # Errors
/// As the contract says.
pub async fn create_assignment(app: App, call: Call) -> Result<Answer> {
    app.write(call, |tx, call| {
        let case: CaseId = call.id("case_id")?;
        service::assign(tx, case, &call.submission)?.try_map(|row| {
            let path = format!("/api/v1/cases/{case}/assignments/{}", row.user_id);
            Ok(Answer::created(&AssignmentView::from(row), path)?.version(1))
        })
    })
    .await
}

/// Ends an assignment of an officer of one's own agency.
///
/// # Errors
/// As the contract says.
pub async fn delete_assignment(app: App, call: Call) -> Result<Answer> {
    app.write(call, |tx, call| {
        let ended = service::end(tx, call.id("case_id")?, call.id("user_id")?)?;
        Ok(ended.map(|()| Answer::empty()))
    })
    .await
}
