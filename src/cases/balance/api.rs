//! The mass balance over HTTP.

#![expect(clippy::missing_errors_doc, reason = "a handler's errors are those of its use case")]

use serde::Serialize;
use utoipa::ToSchema;

use crate::answer::Answer;
use crate::cases::api::balance_rules;
use crate::cases::balance::model::{QuantityFlag, QuantityKind};
use crate::cases::balance::rows::QuantityReportRow;
use crate::cases::balance::service::{self, Balanced};
use crate::cases::case::model::Measured;
use crate::cases::reason::Reason;
use crate::clock::Instant;
use crate::error::Result;
use crate::http::{App, Call};
use crate::ids::{AgencyId, ConsignmentId, EvidenceId, UserId};
use crate::quantity::Quantity;

pub use crate::cases::balance::input::QuantityReportInput;

/// How a consignment adds up: what there was at first = what remained + what was removed + samples + what is lost.
#[derive(Debug, Serialize, ToSchema)]
pub struct BalanceView {
    /// The consignment.
    pub consignment_id: ConsignmentId,
    /// What there was at first.
    pub initial: Quantity,
    /// Whether that was measured.
    pub measured: Measured,
    /// What was taken out, as where goods were replaced.
    pub removed: Quantity,
    /// What was taken as samples.
    pub sampled: Quantity,
    /// What is lost.
    pub lost: Quantity,
    /// What was there when somebody looked last.
    pub remaining: Option<RemainingView>,
    /// What is missing, where there was less than there should be.
    pub missing: Option<Quantity>,
    /// What is too much, where there was more than there should be, or more was taken than there was.
    pub surplus: Option<Quantity>,
    /// How much may be missing or too much.
    pub tolerance: Quantity,
    /// Whether it adds up within the tolerance; null while nobody has said what remained.
    pub balanced: Option<bool>,
    /// Whether it is known what became of all of it: control has ended, and what remained was told at the end or after it.
    pub settled: bool,
    /// What it rests on, first one first.
    pub reports: Vec<QuantityReportView>,
}

/// What was there when somebody looked last.
#[derive(Debug, Serialize, ToSchema)]
pub struct RemainingView {
    /// How much, in the unit of what there was at first.
    pub quantity: Quantity,
    /// When.
    pub at: Instant,
}

/// A quantity, as it was reported.
#[derive(Debug, Serialize, ToSchema)]
pub struct QuantityReportView {
    /// Which report of the consignment, from 1.
    pub number: i64,
    /// What it is.
    pub kind: QuantityKind,
    /// How much.
    pub quantity: Quantity,
    /// Whether that was measured.
    pub measured: Measured,
    /// The agency that reported it.
    pub agency_id: AgencyId,
    /// Who reported it.
    pub reported_by: UserId,
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
    /// The item of evidence that it became, where your agency is shown it.
    pub evidence_id: Option<EvidenceId>,
    /// The number of the report that it corrects.
    pub supersedes: Option<i64>,
    /// Why.
    pub reason: Option<Reason>,
    /// What is odd about it.
    pub flags: Vec<QuantityFlag>,
}

impl From<Balanced> for BalanceView {
    fn from(balanced: Balanced) -> Self {
        let balance = balanced.balance;
        let difference =
            balance.difference.map(|difference| (difference, balance.quantity(difference.abs())));
        let where_it = |is: fn(&rust_decimal::Decimal) -> bool| {
            difference.filter(|(difference, _)| is(difference)).map(|(_, quantity)| quantity)
        };
        Self {
            consignment_id: balanced.consignment,
            initial: balance.initial.quantity,
            measured: balance.initial.measured,
            removed: balance.quantity(balance.removed),
            sampled: balance.quantity(balance.sampled),
            lost: balance.quantity(balance.lost),
            remaining: balance.remaining.map(|remaining| RemainingView {
                quantity: balance.quantity(remaining.amount),
                at: remaining.at,
            }),
            missing: where_it(|difference| difference.is_sign_positive() && !difference.is_zero()),
            surplus: where_it(rust_decimal::Decimal::is_sign_negative),
            tolerance: balance.quantity(balance.tolerance),
            balanced: balance.is_balanced(),
            settled: balance.settled,
            reports: balanced.reports.into_iter().map(QuantityReportView::from).collect(),
        }
    }
}

impl From<QuantityReportRow> for QuantityReportView {
    fn from(row: QuantityReportRow) -> Self {
        Self {
            number: row.number,
            kind: row.kind,
            quantity: row.quantity.0,
            measured: row.measured,
            agency_id: row.agency_id,
            reported_by: row.user_id,
            occurred_at: row.occurred_at,
            recorded_at: row.recorded_at,
            place: row.place,
            time_zone: row.time_zone,
            note: row.note,
            evidence_id: row.evidence_id,
            supersedes: row.supersedes,
            reason: row.reason,
            flags: row.flags.0,
        }
    }
}

/// `GET /cases/{case_id}/consignments/{consignment_id}/balance`
pub async fn get_balance(app: App, call: Call) -> Result<Answer> {
    let rules = balance_rules(&app.config);
    app.read(call, move |view, call| {
        let (case, consignment) = (call.id("case_id")?, call.id("consignment_id")?);
        let balanced = service::read(view, case, consignment, rules.tolerance)?;
        Answer::ok(&BalanceView::from(balanced))
    })
    .await
}

/// `POST /cases/{case_id}/consignments/{consignment_id}/report-quantity`
pub async fn report_quantity(app: App, call: Call) -> Result<Answer> {
    let rules = balance_rules(&app.config);
    app.write(call, move |tx, call| {
        let (case, consignment) = (call.id("case_id")?, call.id("consignment_id")?);
        service::report(tx, case, consignment, &call.submission, rules)?
            .try_map(|balanced| Answer::ok(&BalanceView::from(balanced)))
    })
    .await
}
