//! What a caller says of a quantity, judged field by field.

use serde::Deserialize;
use utoipa::ToSchema;

use crate::cases::balance::model::{QuantityKind, Told};
use crate::cases::case::model::Measured;
use crate::cases::control::input::told;
use crate::cases::reason::Reason;
use crate::clock::Instant;
use crate::error::Faults;
use crate::field::Field;
use crate::ids::EvidenceId;
use crate::quantity::Quantity;

/// Longest note, in characters.
const LONGEST_NOTE: usize = 2000;

/// A quantity to be reported.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "kind": "sampled", "quantity": {"value": "5", "unit": "g"}, "measured": "measured",
    "occurred_at": "2026-12-01T05:40:00Z", "place": "Laboratory in Osh"
}))]
pub struct QuantityReportInput {
    /// What it is.
    #[serde(default)]
    #[schema(value_type = QuantityKind, required)]
    pub kind: Field<QuantityKind>,
    /// How much.
    #[serde(default)]
    #[schema(value_type = Quantity, required)]
    pub quantity: Field<Quantity>,
    /// Whether that was measured, which it was unless it is said.
    #[serde(default)]
    #[schema(value_type = Option<Measured>)]
    pub measured: Field<Measured>,
    /// When it was so.
    #[serde(default)]
    #[schema(value_type = Instant, required)]
    pub occurred_at: Field<Instant>,
    /// Where, in 1 to 200 characters.
    #[serde(default)]
    #[schema(value_type = String, required)]
    pub place: Field<String>,
    /// The IANA zone in which the time is told; the agency's unless said.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub time_zone: Field<String>,
    /// Anything else, in at most 2000 characters.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub note: Field<String>,
    /// The item of evidence that it became, one that is shown to the own agency.
    #[serde(default)]
    #[schema(value_type = Option<EvidenceId>)]
    pub evidence_id: Field<EvidenceId>,
    /// The number of the report that this one corrects: one of the own agency, or the lead's correction of any.
    #[serde(default)]
    #[schema(value_type = Option<i64>)]
    pub supersedes: Field<i64>,
    /// Why it is corrected, in 1 to 2000 characters; there with `supersedes` and with what there was at first, and only then.
    #[serde(default)]
    #[schema(value_type = Option<Reason>)]
    pub reason: Field<Reason>,
}

/// A report that is right in itself.
#[derive(Debug, Clone)]
pub struct NewReport {
    /// What is told.
    pub told: Told,
    /// Where.
    pub place: String,
    /// The IANA zone in which the time is told.
    pub time_zone: String,
    /// Anything else.
    pub note: Option<String>,
    /// The item of evidence that it became.
    pub evidence: Option<EvidenceId>,
    /// Which report it corrects.
    pub supersedes: Option<i64>,
    /// Why something is corrected.
    pub reason: Option<Reason>,
}

impl QuantityReportInput {
    /// The report; none where a fault was noted.
    pub(super) fn judge(&self, faults: &mut Faults, home: &str) -> Option<NewReport> {
        let kind = self.kind.required(faults, "/kind");
        let quantity = self.quantity.required(faults, "/quantity");
        let measured = self.measured.optional(faults, "/measured").unwrap_or(Measured::Measured);
        let told = told(faults, &self.occurred_at, (&self.place, &self.time_zone), home);
        let note = self.note.optional_text(faults, "/note", LONGEST_NOTE);
        let evidence = self.evidence_id.optional(faults, "/evidence_id");
        let (supersedes, reason) = self.correction(kind, faults);
        let (kind, quantity, said) = (kind?, quantity?, told?);
        let told = Told { kind, quantity, measured, occurred_at: said.occurred_at };
        let (place, time_zone) = (said.place, said.time_zone);
        Some(NewReport { told, place, time_zone, note, evidence, supersedes, reason })
    }

    fn correction(
        &self,
        kind: Option<QuantityKind>,
        faults: &mut Faults,
    ) -> (Option<i64>, Option<Reason>) {
        let supersedes = self.supersedes.optional(faults, "/supersedes");
        if supersedes.is_some() || kind == Some(QuantityKind::Initial) {
            return (supersedes, self.reason.required(faults, "/reason"));
        }
        let reason = self.reason.optional(faults, "/reason");
        let detail = "expected only with supersedes, or with what there was at first";
        faults.check(reason.is_none(), "/reason", detail);
        (None, None)
    }
}
