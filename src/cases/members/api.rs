//! Memberships over HTTP.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::access::{MemberRole, MemberStatus};
use crate::answer::Answer;
use crate::cases::api::PageParams;
use crate::cases::members::service;
use crate::cases::members::store::MemberRow;
use crate::cases::reason::Reason;
use crate::clock::Instant;
use crate::error::Result;
use crate::field::Field;
use crate::http::{App, Call};
use crate::ids::{AgencyId, CaseId, UserId};

/// An agency to be invited.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"agency_id": "019b2f3e-6d1c-7c3a-9a53-2f0d9f4b7e11", "role": "partner"}))]
pub struct InvitationInput {
    /// The agency.
    #[serde(default)]
    #[schema(value_type = AgencyId, required)]
    pub agency_id: Field<AgencyId>,
    /// As what: partner, authority, coordinator or observer.
    #[serde(default)]
    #[schema(value_type = MemberRole, required)]
    pub role: Field<MemberRole>,
}

/// Why an agency declines or leaves.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"reason": "The route no longer touches our country."}))]
pub struct AnswerInput {
    /// The reason, if it is to be told.
    #[serde(default)]
    #[schema(value_type = Option<Reason>)]
    pub reason: Field<Reason>,
}

/// Why an agency is removed.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"reason": "Invited by mistake."}))]
pub struct RemovalInput {
    /// The reason.
    #[serde(default)]
    #[schema(value_type = Reason, required)]
    pub reason: Field<Reason>,
}

/// A membership.
#[derive(Debug, Serialize, ToSchema)]
pub struct MemberView {
    /// The case.
    pub case_id: CaseId,
    /// The agency.
    pub agency_id: AgencyId,
    /// As what it takes part.
    pub role: MemberRole,
    /// How far the membership has come.
    pub status: MemberStatus,
    /// Who invited it; none for the lead.
    pub invited_by: Option<UserId>,
    /// When it was invited, or opened the case.
    pub invited_at: Instant,
    /// When it answered.
    pub responded_at: Option<Instant>,
    /// When it left or was removed.
    pub ended_at: Option<Instant>,
    /// Why it declined, left or was removed.
    pub reason: Option<String>,
}

impl From<MemberRow> for MemberView {
    fn from(row: MemberRow) -> Self {
        Self {
            case_id: row.case_id,
            agency_id: row.agency_id,
            role: row.role,
            status: row.status,
            invited_by: row.invited_by,
            invited_at: row.invited_at,
            responded_at: row.responded_at,
            ended_at: row.ended_at,
            reason: row.reason,
        }
    }
}

/// A page of memberships.
#[derive(Debug, Serialize, ToSchema)]
pub struct MemberList {
    /// The memberships.
    pub items: Vec<MemberView>,
    /// What to send as `?cursor=` for the next page.
    pub next_cursor: Option<String>,
}

/// Lists who takes part in a case.
///
/// # Errors
/// As the contract says.
pub async fn list_members(app: App, call: Call) -> Result<Answer> {
    app.read(call, |view, call| {
        let page = service::list(view, call.id("case_id")?, || PageParams::page(call))?;
        let page = page.map(MemberView::from);
        Answer::ok(&MemberList { items: page.items, next_cursor: page.next_cursor })
    })
    .await
}

/// Reads one membership.
///
/// # Errors
/// As the contract says.
pub async fn get_member(app: App, call: Call) -> Result<Answer> {
    app.read(call, |view, call| {
        show(service::get(view, call.id("case_id")?, call.id("agency_id")?)?)
    })
    .await
}

/// Invites an agency.
///
/// # Errors
/// As the contract says.
pub async fn invite_member(app: App, call: Call) -> Result<Answer> {
    app.write(call, |tx, call| {
        service::invite(tx, call.id("case_id")?, &call.submission)?.try_map(|row| {
            let path = format!("/api/v1/cases/{}/members/{}", row.case_id, row.agency_id);
            let version = row.version;
            Ok(Answer::created(&MemberView::from(row), path)?.version(version))
        })
    })
    .await
}

/// Accepts an invitation for one's own agency.
///
/// # Errors
/// As the contract says.
pub async fn accept_membership(app: App, call: Call) -> Result<Answer> {
    app.write(call, |tx, call| {
        service::accept(tx, call.id("case_id")?, call.id("agency_id")?)?.try_map(show)
    })
    .await
}

/// Declines an invitation for one's own agency.
///
/// # Errors
/// As the contract says.
pub async fn decline_membership(app: App, call: Call) -> Result<Answer> {
    app.write(call, |tx, call| {
        let (case, agency) = (call.id("case_id")?, call.id("agency_id")?);
        service::decline(tx, case, agency, &call.submission)?.try_map(show)
    })
    .await
}

/// Leaves a case for one's own agency.
///
/// # Errors
/// As the contract says.
pub async fn leave_case(app: App, call: Call) -> Result<Answer> {
    app.write(call, |tx, call| {
        let (case, agency) = (call.id("case_id")?, call.id("agency_id")?);
        service::leave(tx, case, agency, &call.submission)?.try_map(show)
    })
    .await
}

/// Removes an agency.
///
/// # Errors
/// As the contract says.
pub async fn remove_member(app: App, call: Call) -> Result<Answer> {
    app.write(call, |tx, call| {
        let (case, agency) = (call.id("case_id")?, call.id("agency_id")?);
        service::remove(tx, case, agency, &call.submission)?.try_map(show)
    })
    .await
}

fn show(row: MemberRow) -> Result<Answer> {
    let version = row.version;
    Ok(Answer::ok(&MemberView::from(row))?.version(version))
}
