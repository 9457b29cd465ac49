//! The rows of reported quantities.

use diesel::prelude::*;

use crate::cases::balance::model::{QuantityFlag, QuantityKind, Told};
use crate::cases::case::model::Measured;
use crate::cases::reason::Reason;
use crate::clock::Instant;
use crate::db::schema::quantity_reports;
use crate::db::types::Json;
use crate::ids::{AgencyId, CaseId, ConsignmentId, EvidenceId, UserId};
use crate::quantity::Quantity;

/// A quantity, as it was reported. It never changes.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = quantity_reports, treat_none_as_default_value = false)]
pub struct QuantityReportRow {
    /// The consignment.
    pub consignment_id: ConsignmentId,
    /// Which report of it, from 1.
    pub number: i64,
    /// The case.
    pub case_id: CaseId,
    /// What it is.
    pub kind: QuantityKind,
    /// How much.
    pub quantity: Json<Quantity>,
    /// Whether that was measured.
    pub measured: Measured,
    /// The agency that reported it.
    pub agency_id: AgencyId,
    /// Who reported it.
    pub user_id: UserId,
    /// When it was so.
    pub occurred_at: Instant,
    /// When it was recorded.
    pub recorded_at: Instant,
    /// Where.
    pub place: String,
    /// The zone in which the time was told.
    pub time_zone: String,
    /// Anything else.
    pub note: Option<String>,
    /// The item of evidence that it became.
    pub evidence_id: Option<EvidenceId>,
    /// Which report it corrects.
    pub supersedes: Option<i64>,
    /// Why.
    pub reason: Option<Reason>,
    /// What is odd about it.
    pub flags: Json<Vec<QuantityFlag>>,
}

impl QuantityReportRow {
    /// The report, as far as the balance asks.
    #[must_use]
    pub fn told(&self) -> Told {
        Told {
            kind: self.kind,
            quantity: self.quantity.0,
            measured: self.measured,
            occurred_at: self.occurred_at,
        }
    }
}
