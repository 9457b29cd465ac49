//! The rows of periods of control, reports and handovers.

use diesel::prelude::*;

use crate::cases::control::handover::{Handover, HandoverFlag, HandoverStatus};
use crate::cases::control::model::{BegunHow, ControlFlag, EndedHow, Line, ReportKind};
use crate::cases::reason::Reason;
use crate::clock::Instant;
use crate::db::schema::{control_periods, control_reports, handovers};
use crate::db::types::Json;
use crate::ids::{AgencyId, CaseId, ConsignmentId, HandoverId, LegId, UserId};
use crate::quantity::Quantity;

/// A period in which one agency is in control of a consignment.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = control_periods, treat_none_as_default_value = false)]
pub struct PeriodRow {
    /// The consignment.
    pub consignment_id: ConsignmentId,
    /// Which period of it, from 1.
    pub number: i64,
    /// The case.
    pub case_id: CaseId,
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
    /// Since when nobody knows where the goods are.
    pub lost_at: Option<Instant>,
    /// How it ended.
    pub ended_how: Option<EndedHow>,
    /// When.
    pub ended_at: Option<Instant>,
    /// Where.
    pub ended_place: Option<String>,
    /// The zone in which that was told.
    pub ended_time_zone: Option<String>,
    /// Who recorded it.
    pub ended_by: Option<UserId>,
    /// What is odd about its beginning.
    pub flags: Json<Vec<ControlFlag>>,
    /// What is odd about its end.
    pub ended_flags: Json<Vec<ControlFlag>>,
    /// When its beginning was recorded.
    pub recorded_at: Instant,
}

impl PeriodRow {
    /// Where the line stands of which this is the last period.
    #[must_use]
    pub fn line(last: Option<&Self>) -> Line {
        let Some(last) = last else { return Line::Before };
        match (last.ended_how, last.ended_at) {
            (Some(how), Some(at)) => Line::Over { how, at },
            _ => Line::Held {
                by: last.agency_id,
                since: last.begun_at,
                lost: last.lost_at.is_some(),
            },
        }
    }
}

/// A loss or a recovery, as it was reported. It never changes.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = control_reports, treat_none_as_default_value = false)]
pub struct ControlReportRow {
    /// The consignment.
    pub consignment_id: ConsignmentId,
    /// Which report of it, from 1.
    pub number: i64,
    /// The case.
    pub case_id: CaseId,
    /// What was reported.
    pub kind: ReportKind,
    /// The agency that reported it.
    pub agency_id: AgencyId,
    /// Who reported it.
    pub user_id: UserId,
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
    pub flags: Json<Vec<ControlFlag>>,
}

/// A handover's row.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = handovers, treat_none_as_default_value = false)]
pub struct HandoverRow {
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
    /// The first moment of its window.
    pub window_from: Option<Instant>,
    /// The last moment of its window.
    pub window_until: Option<Instant>,
    /// The seals with which the goods are given.
    pub seals: Json<Vec<String>>,
    /// Where it stands, apart from what the clock tells.
    pub status: HandoverStatus,
    /// Whether it may still be accepted: the database holds one of these for each consignment.
    pub open: bool,
    /// Whether it was a takeover that could not wait.
    pub emergency: bool,
    /// Who proposed it.
    pub proposed_by: UserId,
    /// The agency that proposed it.
    pub proposing_agency_id: AgencyId,
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
    pub quantity: Option<Json<Quantity>>,
    /// In which condition.
    pub condition: Option<String>,
    /// With which seals.
    pub received_seals: Option<Json<Vec<String>>>,
    /// What is odd about it.
    pub flags: Json<Vec<HandoverFlag>>,
    /// Why it was refused or cancelled, or could not wait.
    pub reason: Option<Reason>,
    /// Counts the changes of this row.
    pub version: i64,
    /// When it was proposed.
    pub created_at: Instant,
    /// When this row was changed last.
    pub updated_at: Instant,
}

impl HandoverRow {
    /// The handover, as far as its rules ask.
    #[must_use]
    pub fn handover(&self) -> Handover {
        Handover {
            status: self.status,
            from: self.from_agency_id.unwrap_or(self.to_agency_id),
            to: self.to_agency_id,
            proposed_by: self.proposing_agency_id,
            until: self.window_until.unwrap_or(self.created_at),
            told_late: self.is_told_late(),
        }
    }

    /// Whether it was proposed after its window.
    #[must_use]
    pub fn is_told_late(&self) -> bool {
        self.window_until.is_some_and(|until| self.created_at > until)
    }

    /// Where it stands at `now`.
    #[must_use]
    pub fn status_at(&self, now: Instant) -> HandoverStatus {
        self.handover().status_at(now)
    }
    /// Whether goods are offered on `leg` at `now`, so that it waits until they are taken or not.
    #[must_use]
    pub fn offers_on(&self, leg: LegId, now: Instant) -> bool {
        self.leg_id == Some(leg) && self.status_at(now) == HandoverStatus::Offered
    }
}
