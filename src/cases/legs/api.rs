//! Legs over HTTP.

#![expect(clippy::missing_errors_doc, reason = "a handler's errors are those of its use case")]

use serde::Serialize;
use utoipa::ToSchema;

use crate::answer::Answer;
use crate::cases::api::{PageParams, report_limits};
use crate::cases::legs::model::{Direction, End, LegFlag, LegStatus, Mode, Plan, Responsible};
use crate::cases::legs::rows::{CrossingRow, DiversionRow, LegPlanRow, LegRow};
use crate::cases::legs::service;
use crate::cases::reason::Reason;
use crate::clock::Instant;
use crate::country::Country;
use crate::error::Result;
use crate::http::{App, Call};
use crate::ids::{AgencyId, CaseId, CrossingId, LegId, UserId};

pub use crate::cases::legs::input::{
    CompleteInput, CrossingInput, DivertInput, LegInput, LegPatch, ResumeInput, StartInput,
};

/// A leg as it is, or was, planned.
#[derive(Debug, Serialize, ToSchema)]
pub struct PlanView {
    /// Where it begins.
    pub from: End,
    /// Where it ends.
    pub to: End,
    /// How the goods travel.
    pub mode: Mode,
    /// Where they leave the first country.
    pub exit_point: Option<String>,
    /// Where they enter the second.
    pub entry_point: Option<String>,
    /// When they leave.
    pub planned_departure: Instant,
    /// When they arrive.
    pub planned_arrival: Instant,
    /// Who answers for them, by country.
    pub responsible: Vec<Responsible>,
}

/// A leg of the route.
#[derive(Debug, Serialize, ToSchema)]
pub struct LegView {
    /// The leg.
    pub id: LegId,
    /// Its case.
    pub case_id: CaseId,
    /// Its place on the route, from 1.
    pub sequence: i32,
    /// The agency that planned it.
    pub agency_id: AgencyId,
    /// The plan that stands.
    #[serde(flatten)]
    pub plan: PlanView,
    /// How far it has come.
    pub status: LegStatus,
    /// Where it stands once the goods are found, if nothing else befalls it; there while they are lost.
    pub when_found: Option<LegStatus>,
    /// When the goods left.
    pub started_at: Option<Instant>,
    /// When they arrived.
    pub ended_at: Option<Instant>,
    /// What is odd about its start.
    pub start_flags: Vec<LegFlag>,
    /// What is odd about its arrival. Where nobody reported that the goods entered the country, that is what an entry is held
    /// to.
    pub arrival_flags: Vec<LegFlag>,
    /// When the leg was taken off the plan.
    pub removed_at: Option<Instant>,
    /// When it was planned.
    pub created_at: Instant,
    /// When it was changed last.
    pub updated_at: Instant,
}

/// The legs of a case.
#[derive(Debug, Serialize, ToSchema)]
pub struct LegList {
    /// The legs, in the order of the route.
    pub items: Vec<LegView>,
    /// What to send as `?cursor=` for the next page.
    pub next_cursor: Option<String>,
}

/// A plan that a leg has, or had.
#[derive(Debug, Serialize, ToSchema)]
pub struct LegPlanView {
    /// Which of its plans, from 1.
    pub number: i64,
    /// The plan; none where the leg was taken off.
    pub plan: Option<PlanView>,
    /// The agency that planned it so.
    pub agency_id: AgencyId,
    /// Who planned it so.
    pub planned_by: UserId,
    /// When.
    pub recorded_at: Instant,
}

/// The plans of a leg.
#[derive(Debug, Serialize, ToSchema)]
pub struct LegPlanList {
    /// The plans, first one first.
    pub items: Vec<LegPlanView>,
    /// What to send as `?cursor=` for the next page.
    pub next_cursor: Option<String>,
}

/// A crossing of a border, as it was reported.
#[derive(Debug, Serialize, ToSchema)]
pub struct CrossingView {
    /// The crossing.
    pub id: CrossingId,
    /// Its case.
    pub case_id: CaseId,
    /// The leg on which it was reported.
    pub leg_id: LegId,
    /// The agency that reported it.
    pub agency_id: AgencyId,
    /// Who reported it.
    pub reported_by: UserId,
    /// Which way.
    pub direction: Direction,
    /// Of which country's border.
    pub country: Country,
    /// When it happened.
    pub occurred_at: Instant,
    /// When it was recorded.
    pub recorded_at: Instant,
    /// Where it happened.
    pub place: String,
    /// The zone in which the time was told.
    pub time_zone: String,
    /// Anything else.
    pub note: Option<String>,
    /// What is odd about it.
    pub flags: Vec<LegFlag>,
    /// The crossing that this one corrects.
    pub supersedes: Option<CrossingId>,
    /// Why it corrects that one.
    pub reason: Option<Reason>,
}

/// The crossings of a leg.
#[derive(Debug, Serialize, ToSchema)]
pub struct CrossingList {
    /// The crossings, in the order in which they were recorded.
    pub items: Vec<CrossingView>,
    /// What to send as `?cursor=` for the next page.
    pub next_cursor: Option<String>,
}

/// Another way than planned, as it was reported.
#[derive(Debug, Serialize, ToSchema)]
pub struct DiversionView {
    /// Which one of the leg, from 1.
    pub number: i64,
    /// The agency that reported it.
    pub agency_id: AgencyId,
    /// Who reported it.
    pub reported_by: UserId,
    /// When it was seen.
    pub occurred_at: Instant,
    /// When it was recorded.
    pub recorded_at: Instant,
    /// Where it was seen.
    pub place: Option<String>,
    /// The zone in which the time was told.
    pub time_zone: String,
    /// What is known of the reason.
    pub reason: Reason,
    /// What is odd about it.
    pub flags: Vec<LegFlag>,
}

/// The other ways that the goods took on a leg.
#[derive(Debug, Serialize, ToSchema)]
pub struct DiversionList {
    /// The reports, in the order in which they were recorded.
    pub items: Vec<DiversionView>,
    /// What to send as `?cursor=` for the next page.
    pub next_cursor: Option<String>,
}

impl From<Plan> for PlanView {
    fn from(plan: Plan) -> Self {
        Self {
            from: plan.from,
            to: plan.to,
            mode: plan.mode,
            exit_point: plan.exit_point,
            entry_point: plan.entry_point,
            planned_departure: plan.planned_departure,
            planned_arrival: plan.planned_arrival,
            responsible: plan.responsible,
        }
    }
}

impl From<LegRow> for LegView {
    fn from(row: LegRow) -> Self {
        Self {
            id: row.id,
            case_id: row.case_id,
            sequence: row.sequence,
            agency_id: row.agency_id,
            plan: row.plan.0.into(),
            status: row.status,
            when_found: row.when_found,
            started_at: row.started_at,
            ended_at: row.ended_at,
            start_flags: row.start_flags.0,
            arrival_flags: row.arrival_flags.0,
            removed_at: row.removed_at,
            created_at: row.created_at,
            updated_at: row.updated_at,
        }
    }
}

impl From<LegPlanRow> for LegPlanView {
    fn from(row: LegPlanRow) -> Self {
        Self {
            number: row.number,
            plan: row.plan.map(|plan| plan.0.into()),
            agency_id: row.agency_id,
            planned_by: row.user_id,
            recorded_at: row.recorded_at,
        }
    }
}

impl From<CrossingRow> for CrossingView {
    fn from(row: CrossingRow) -> Self {
        Self {
            id: row.id,
            case_id: row.case_id,
            leg_id: row.leg_id,
            agency_id: row.agency_id,
            reported_by: row.user_id,
            direction: row.direction,
            country: row.country,
            occurred_at: row.occurred_at,
            recorded_at: row.recorded_at,
            place: row.place,
            time_zone: row.time_zone,
            note: row.note,
            flags: row.flags.0,
            supersedes: row.supersedes_id,
            reason: row.reason,
        }
    }
}

impl From<DiversionRow> for DiversionView {
    fn from(row: DiversionRow) -> Self {
        Self {
            number: row.number,
            agency_id: row.agency_id,
            reported_by: row.user_id,
            occurred_at: row.occurred_at,
            recorded_at: row.recorded_at,
            place: row.place,
            time_zone: row.time_zone,
            reason: row.reason,
            flags: row.flags.0,
        }
    }
}

fn show(row: LegRow) -> Result<Answer> {
    let version = row.version;
    Ok(Answer::ok(&LegView::from(row))?.version(version))
}

fn ids(call: &Call) -> Result<(CaseId, LegId)> {
    Ok((call.id("case_id")?, call.id("leg_id")?))
}

/// `GET /cases/{case_id}/legs`
pub async fn list_legs(app: App, call: Call) -> Result<Answer> {
    app.read(call, |view, call| {
        let page = service::list(view, call.id("case_id")?, || PageParams::page(call))?;
        let page = page.map(LegView::from);
        Answer::ok(&LegList { items: page.items, next_cursor: page.next_cursor })
    })
    .await
}

/// `POST /cases/{case_id}/legs`
pub async fn create_leg(app: App, call: Call) -> Result<Answer> {
    app.write(call, |tx, call| {
        service::plan(tx, call.id("case_id")?, &call.submission)?.try_map(|row| {
            let path = format!("/api/v1/cases/{}/legs/{}", row.case_id, row.id);
            let version = row.version;
            Ok(Answer::created(&LegView::from(row), path)?.version(version))
        })
    })
    .await
}

/// `GET /cases/{case_id}/legs/{leg_id}`
pub async fn get_leg(app: App, call: Call) -> Result<Answer> {
    app.read(call, |view, call| {
        let (case, leg) = ids(call)?;
        show(service::get(view, case, leg)?)
    })
    .await
}

/// `PATCH /cases/{case_id}/legs/{leg_id}`
pub async fn edit_leg(app: App, call: Call) -> Result<Answer> {
    app.write(call, |tx, call| {
        let (case, leg) = ids(call)?;
        service::edit(tx, case, leg, &call.submission)?.try_map(show)
    })
    .await
}

/// `DELETE /cases/{case_id}/legs/{leg_id}`
pub async fn delete_leg(app: App, call: Call) -> Result<Answer> {
    app.write(call, |tx, call| {
        let (case, leg) = ids(call)?;
        service::remove(tx, case, leg, &call.submission)?.try_map(show)
    })
    .await
}

/// `GET /cases/{case_id}/legs/{leg_id}/plans`
pub async fn list_leg_plans(app: App, call: Call) -> Result<Answer> {
    app.read(call, |view, call| {
        let (case, leg) = ids(call)?;
        let page = service::plans(view, case, leg, || PageParams::page(call))?;
        let page = page.map(LegPlanView::from);
        Answer::ok(&LegPlanList { items: page.items, next_cursor: page.next_cursor })
    })
    .await
}

/// `POST /cases/{case_id}/legs/{leg_id}/start`
pub async fn start_leg(app: App, call: Call) -> Result<Answer> {
    let limits = report_limits(&app.config);
    app.write(call, move |tx, call| {
        let (case, leg) = ids(call)?;
        service::start(tx, case, leg, &call.submission, limits)?.try_map(show)
    })
    .await
}

/// `POST /cases/{case_id}/legs/{leg_id}/complete`
pub async fn complete_leg(app: App, call: Call) -> Result<Answer> {
    let limits = report_limits(&app.config);
    app.write(call, move |tx, call| {
        let (case, leg) = ids(call)?;
        service::complete(tx, case, leg, &call.submission, limits)?.try_map(show)
    })
    .await
}

/// `POST /cases/{case_id}/legs/{leg_id}/divert`
pub async fn divert_leg(app: App, call: Call) -> Result<Answer> {
    let limits = report_limits(&app.config);
    app.write(call, move |tx, call| {
        let (case, leg) = ids(call)?;
        service::divert(tx, case, leg, &call.submission, limits)?.try_map(show)
    })
    .await
}

/// `POST /cases/{case_id}/legs/{leg_id}/resume`
pub async fn resume_leg(app: App, call: Call) -> Result<Answer> {
    app.write(call, |tx, call| {
        let (case, leg) = ids(call)?;
        service::resume(tx, case, leg, &call.submission)?.try_map(show)
    })
    .await
}

/// `POST /cases/{case_id}/legs/{leg_id}/report-crossing`
pub async fn report_crossing(app: App, call: Call) -> Result<Answer> {
    let limits = report_limits(&app.config);
    app.write(call, move |tx, call| {
        let (case, leg) = ids(call)?;
        service::report_crossing(tx, case, leg, &call.submission, limits)?.try_map(|row| {
            let path = format!("/api/v1/cases/{case}/legs/{leg}/crossings/{}", row.id);
            Ok(Answer::created(&CrossingView::from(row), path)?.version(1))
        })
    })
    .await
}

/// `GET /cases/{case_id}/legs/{leg_id}/crossings`
pub async fn list_crossings(app: App, call: Call) -> Result<Answer> {
    app.read(call, |view, call| {
        let (case, leg) = ids(call)?;
        let page = service::crossings(view, case, leg, || PageParams::page(call))?;
        let page = page.map(CrossingView::from);
        Answer::ok(&CrossingList { items: page.items, next_cursor: page.next_cursor })
    })
    .await
}

/// `GET /cases/{case_id}/legs/{leg_id}/crossings/{crossing_id}`
pub async fn get_crossing(app: App, call: Call) -> Result<Answer> {
    app.read(call, |view, call| {
        let (case, leg) = ids(call)?;
        let row = service::crossing(view, case, leg, call.id("crossing_id")?)?;
        Ok(Answer::ok(&CrossingView::from(row))?.version(1))
    })
    .await
}

/// `GET /cases/{case_id}/legs/{leg_id}/diversions`
pub async fn list_diversions(app: App, call: Call) -> Result<Answer> {
    app.read(call, |view, call| {
        let (case, leg) = ids(call)?;
        let page = service::diversions(view, case, leg, || PageParams::page(call))?;
        let page = page.map(DiversionView::from);
        Answer::ok(&DiversionList { items: page.items, next_cursor: page.next_cursor })
    })
    .await
}
