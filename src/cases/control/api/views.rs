//! What control and handovers look like to a client.

use serde::Serialize;
use utoipa::ToSchema;

use crate::cases::control::handover::{HandoverFlag, HandoverStatus};
use crate::cases::control::input::HandoverWindow;
use crate::cases::control::model::{BegunHow, ControlFlag, EndedHow, ReportKind};
use crate::cases::control::rows::{ControlReportRow, HandoverRow, PeriodRow};
use crate::cases::control::service::Controlled;
use crate::cases::reason::Reason;
use crate::clock::Instant;
use crate::ids::{AgencyId, CaseId, ConsignmentId, HandoverId, LegId, UserId};
use crate::quantity::Quantity;

/// Who is in control of each consignment now, and the whole line.
#[derive(Debug, Serialize, ToSchema)]
pub struct ControlView {
    /// The consignments of the case.
    pub consignments: Vec<ControlledView>,
}

/// Whoever is in control.
#[derive(Debug, Serialize, ToSchema)]
pub struct HolderView {
    /// The agency.
    pub agency_id: AgencyId,
    /// Since when.
    pub since: Instant,
    /// Since when nobody knows where the goods are; the agency stays responsible.
    pub lost_since: Option<Instant>,
}

/// The control of one consignment.
#[derive(Debug, Serialize, ToSchema)]
pub struct ControlledView {
    /// The consignment.
    pub consignment_id: ConsignmentId,
    /// Who is in control now.
    pub in_control: Option<HolderView>,
    /// The periods of control, first one first; each begins when the one before ended.
    pub periods: Vec<PeriodView>,
    /// Losses and recoveries as they were reported, first one first.
    pub reports: Vec<ControlReportView>,
}

/// A period in which one agency is in control.
#[derive(Debug, Serialize, ToSchema)]
pub struct PeriodView {
    /// Which period, from 1.
    pub number: i64,
    /// Who is in control.
    pub agency_id: AgencyId,
    /// How it began.
    pub begun_how: BegunHow,
    /// When.
    pub begun_at: Instant,
    /// Where.
    pub begun_place: String,
    /// The zone in which that was told.
    pub begun_time_zone: String,
    /// Who recorded it.
    pub begun_by: UserId,
    /// The handover by which it began.
    pub handover_id: Option<HandoverId>,
    /// How it ended.
    pub ended_how: Option<EndedHow>,
    /// When.
    pub ended_at: Option<Instant>,
    /// Where.
    pub ended_place: Option<String>,
    /// The zone in which that was told.
    pub ended_time_zone: Option<String>,
    /// Who recorded that.
    pub ended_by: Option<UserId>,
    /// What is odd about its beginning.
    pub flags: Vec<ControlFlag>,
    /// What is odd about its end.
    pub ended_flags: Vec<ControlFlag>,
}

/// A loss or a recovery, as it was reported.
#[derive(Debug, Serialize, ToSchema)]
pub struct ControlReportView {
    /// Which report, from 1.
    pub number: i64,
    /// What was reported.
    pub kind: ReportKind,
    /// The agency that reported it.
    pub agency_id: AgencyId,
    /// Who reported it.
    pub reported_by: UserId,
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
    pub flags: Vec<ControlFlag>,
}

impl From<Controlled> for ControlledView {
    fn from(controlled: Controlled) -> Self {
        let holder = controlled.periods.last().filter(|last| last.ended_at.is_none());
        let in_control = holder.map(|last| HolderView {
            agency_id: last.agency_id,
            since: last.begun_at,
            lost_since: last.lost_at,
        });
        Self {
            consignment_id: controlled.consignment,
            in_control,
            periods: controlled.periods.into_iter().map(PeriodView::from).collect(),
            reports: controlled.reports.into_iter().map(ControlReportView::from).collect(),
        }
    }
}

impl From<PeriodRow> for PeriodView {
    fn from(row: PeriodRow) -> Self {
        Self {
            number: row.number,
            agency_id: row.agency_id,
            begun_how: row.begun_how,
            begun_at: row.begun_at,
            begun_place: row.begun_place,
            begun_time_zone: row.begun_time_zone,
            begun_by: row.begun_by,
            handover_id: row.handover_id,
            ended_how: row.ended_how,
            ended_at: row.ended_at,
            ended_place: row.ended_place,
            ended_time_zone: row.ended_time_zone,
            ended_by: row.ended_by,
            flags: row.flags.0,
            ended_flags: row.ended_flags.0,
        }
    }
}

impl From<ControlReportRow> for ControlReportView {
    fn from(row: ControlReportRow) -> Self {
        Self {
            number: row.number,
            kind: row.kind,
            agency_id: row.agency_id,
            reported_by: row.user_id,
            occurred_at: row.occurred_at,
            recorded_at: row.recorded_at,
            place: row.place,
            time_zone: row.time_zone,
            note: row.note,
            flags: row.flags.0,
        }
    }
}

/// A handover.
#[derive(Debug, Serialize, ToSchema)]
pub struct HandoverView {
    /// The handover.
    pub id: HandoverId,
    /// Its case.
    pub case_id: CaseId,
    /// The consignment.
    pub consignment_id: ConsignmentId,
    /// Who gives; nobody where an emergency takeover found nobody in control.
    pub from_agency_id: Option<AgencyId>,
    /// Who takes.
    pub to_agency_id: AgencyId,
    /// The leg on which it happens.
    pub leg_id: Option<LegId>,
    /// Where.
    pub place: String,
    /// The zone of that place.
    pub time_zone: String,
    /// When it is to happen; none of an emergency takeover.
    pub window: Option<HandoverWindow>,
    /// The seals with which the goods are given.
    pub seals: Vec<String>,
    /// Where it stands now: `timed_out` comes by itself.
    pub status: HandoverStatus,
    /// Whether it was a takeover that could not wait.
    pub emergency: bool,
    /// The agency that proposed it.
    pub proposing_agency_id: AgencyId,
    /// Who proposed it.
    pub proposed_by: UserId,
    /// Who agreed.
    pub agreed_by: Option<UserId>,
    /// When.
    pub agreed_at: Option<Instant>,
    /// Who offered.
    pub offered_by: Option<UserId>,
    /// When.
    pub offered_at: Option<Instant>,
    /// Who accepted, refused or cancelled.
    pub ended_by: Option<UserId>,
    /// When that was recorded.
    pub ended_at: Option<Instant>,
    /// When the goods changed hands.
    pub occurred_at: Option<Instant>,
    /// The zone in which that was told.
    pub received_time_zone: Option<String>,
    /// How much was received.
    pub quantity: Option<Quantity>,
    /// In which condition.
    pub condition: Option<String>,
    /// With which seals.
    pub received_seals: Option<Vec<String>>,
    /// What is odd about it.
    pub flags: Vec<HandoverFlag>,
    /// Why it was refused or cancelled, or could not wait.
    pub reason: Option<Reason>,
    /// When it was proposed.
    pub created_at: Instant,
    /// When it was changed last.
    pub updated_at: Instant,
}

impl HandoverView {
    /// The handover as it stands at `now`.
    #[must_use]
    pub fn of(row: HandoverRow, now: Instant) -> Self {
        let status = row.status_at(now);
        let window = row
            .window_from
            .zip(row.window_until)
            .map(|(from, until)| HandoverWindow { from, until });
        Self {
            id: row.id,
            case_id: row.case_id,
            consignment_id: row.consignment_id,
            from_agency_id: row.from_agency_id,
            to_agency_id: row.to_agency_id,
            leg_id: row.leg_id,
            place: row.place,
            time_zone: row.time_zone,
            window,
            seals: row.seals.0,
            status,
            emergency: row.emergency,
            proposing_agency_id: row.proposing_agency_id,
            proposed_by: row.proposed_by,
            agreed_by: row.agreed_by,
            agreed_at: row.agreed_at,
            offered_by: row.offered_by,
            offered_at: row.offered_at,
            ended_by: row.ended_by,
            ended_at: row.ended_at,
            occurred_at: row.occurred_at,
            received_time_zone: row.received_time_zone,
            quantity: row.quantity.map(|quantity| quantity.0),
            condition: row.condition,
            received_seals: row.received_seals.map(|seals| seals.0),
            flags: row.flags.0,
            reason: row.reason,
            created_at: row.created_at,
            updated_at: row.updated_at,
        }
    }
}

/// A page of handovers.
#[derive(Debug, Serialize, ToSchema)]
pub struct HandoverList {
    /// The handovers, in the order in which they were proposed.
    pub items: Vec<HandoverView>,
    /// What to send as `?cursor=` for the next page.
    pub next_cursor: Option<String>,
}
