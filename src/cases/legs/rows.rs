//! The rows of legs, of their plans and of crossings.

use diesel::prelude::*;

use crate::cases::legs::model::{Direction, LegFlag, LegStatus, Plan};
use crate::cases::legs::progress::Progress;
use crate::cases::legs::whereabouts::{Crossed, Travelled};
use crate::cases::reason::Reason;
use crate::clock::Instant;
use crate::country::Country;
use crate::db::schema::{crossings, leg_diversions, leg_plans, legs};
use crate::db::types::Json;
use crate::ids::{AgencyId, CaseId, CrossingId, LegId, UserId};

/// A leg's row.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = legs, treat_none_as_default_value = false)]
pub struct LegRow {
    /// The leg.
    pub id: LegId,
    /// Its case.
    pub case_id: CaseId,
    /// Its place on the route, from 1.
    pub sequence: i32,
    /// The agency that planned it.
    pub agency_id: AgencyId,
    /// The country in which it begins, as the plan says.
    pub from_country: Country,
    /// The country in which it ends, as the plan says.
    pub to_country: Country,
    /// When the goods leave, as the plan says.
    pub planned_departure: Instant,
    /// When they arrive, as the plan says.
    pub planned_arrival: Instant,
    /// The plan that stands.
    pub plan: Json<Plan>,
    /// How far it has come; `planned` stands for `cleared` too, which comes from the grants.
    pub status: LegStatus,
    /// Where it stands once the goods are found; there while they are lost.
    pub when_found: Option<LegStatus>,
    /// When the goods left.
    pub started_at: Option<Instant>,
    /// When they arrived.
    pub ended_at: Option<Instant>,
    /// What is odd about its start.
    pub start_flags: Json<Vec<LegFlag>>,
    /// What is odd about its arrival.
    pub arrival_flags: Json<Vec<LegFlag>>,
    /// When the leg was taken off the plan.
    pub removed_at: Option<Instant>,
    /// Counts the changes of this row.
    pub version: i64,
    /// Who planned it.
    pub created_by: UserId,
    /// When it was planned.
    pub created_at: Instant,
    /// When this row was changed last.
    pub updated_at: Instant,
}

impl LegRow {
    /// The row with `plan` in it.
    #[must_use]
    pub fn planned(mut self, plan: Plan, now: Instant) -> Self {
        (self.from_country, self.to_country) = (plan.from.country, plan.to.country);
        self.planned_departure = plan.planned_departure;
        self.planned_arrival = plan.planned_arrival;
        self.plan = Json(plan);
        self.version += 1;
        self.updated_at = now;
        self
    }

    /// The row in another state.
    #[must_use]
    pub fn moved(self, status: LegStatus, now: Instant) -> Self {
        self.progressed(Progress::at(status), now)
    }

    /// The row after something befell it.
    #[must_use]
    pub fn progressed(mut self, progress: Progress, now: Instant) -> Self {
        (self.status, self.when_found) = (progress.status, progress.when_found);
        self.version += 1;
        self.updated_at = now;
        self
    }

    /// How far it has come.
    #[must_use]
    pub fn progress(&self) -> Progress {
        Progress { status: self.status, when_found: self.when_found }
    }

    /// The leg, as far as it tells where the goods are.
    #[must_use]
    pub fn travelled(&self) -> Travelled {
        let Self { from_country: from, to_country: to, status, started_at, ended_at, .. } = *self;
        Travelled { from, to, status, started_at, ended_at }
    }

    /// Whether the leg is planned by `agency`, or `agency` answers for it in some country.
    #[must_use]
    pub fn belongs_to(&self, agency: AgencyId) -> bool {
        self.agency_id == agency
            || self.plan.0.responsible.iter().any(|responsible| responsible.agency_id == agency)
    }
}

/// A plan that a leg has or had. It never changes.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = leg_plans, treat_none_as_default_value = false)]
pub struct LegPlanRow {
    /// The leg.
    pub leg_id: LegId,
    /// Which of its plans, from 1.
    pub number: i64,
    /// Its case.
    pub case_id: CaseId,
    /// The plan; none where the leg was taken off.
    pub plan: Option<Json<Plan>>,
    /// The agency that planned it so.
    pub agency_id: AgencyId,
    /// Who planned it so.
    pub user_id: UserId,
    /// When.
    pub recorded_at: Instant,
}

/// A crossing that was reported. It never changes.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = crossings, treat_none_as_default_value = false)]
pub struct CrossingRow {
    /// The crossing.
    pub id: CrossingId,
    /// Its case.
    pub case_id: CaseId,
    /// The leg on which it was reported.
    pub leg_id: LegId,
    /// The agency that reported it.
    pub agency_id: AgencyId,
    /// Who reported it.
    pub user_id: UserId,
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
    pub flags: Json<Vec<LegFlag>>,
    /// The crossing that this one corrects.
    pub supersedes_id: Option<CrossingId>,
    /// Why it corrects that one.
    pub reason: Option<Reason>,
}

/// A way that the goods took instead, as it was reported. It never changes.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = leg_diversions, treat_none_as_default_value = false)]
pub struct DiversionRow {
    /// The leg.
    pub leg_id: LegId,
    /// Which one of the leg, from 1.
    pub number: i64,
    /// Its case.
    pub case_id: CaseId,
    /// The agency that reported it.
    pub agency_id: AgencyId,
    /// Who reported it.
    pub user_id: UserId,
    /// When it happened.
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
    pub flags: Json<Vec<LegFlag>>,
}

impl CrossingRow {
    /// The crossing, as far as it tells where the goods are.
    #[must_use]
    pub fn crossed(&self) -> Crossed {
        let Self { direction, country, occurred_at, .. } = *self;
        Crossed { direction, country, occurred_at }
    }
}
